/** Buttons, popovers and tooltips over the network. */

import { el } from "../shell/dom.js";

/** A small push button. */
export function button(className, text, label, onClick) {
  const element = el("button", { class: className || null, text, type: "button" });
  if (label) {
    element.setAttribute("aria-label", label);
    element.title = label;
  }
  element.addEventListener("click", onClick);
  return element;
}

/** Put a popover beside a point, inside its positioned parent. */
export function placeBeside(popover, parent, x, y) {
  popover.style.left = "0px";
  popover.style.top = "0px";
  const width = popover.offsetWidth;
  const height = popover.offsetHeight;
  const room = parent.clientWidth;
  let left = x + 16;
  if (left + width > room - 4) left = x - width - 16;
  if (left < 4) left = Math.max(4, Math.min(room - width - 4, x - width / 2));
  const beside = left >= x || left + width <= x;
  let top = beside ? y - height / 3 : y + 22;
  top = Math.max(4, Math.min(Math.max(4, parent.clientHeight - height - 4), top));
  popover.style.left = `${Math.round(left)}px`;
  popover.style.top = `${Math.round(top)}px`;
}

/** A tooltip over the network; `show` replaces its lines. */
export function createTooltip(parent) {
  const element = el("div", { class: "network-tooltip", role: "tooltip", hidden: "" });
  parent.append(element);
  let shown = "";
  return {
    show(lines, x, y) {
      const text = lines.join("\n");
      if (text !== shown) {
        shown = text;
        element.replaceChildren(
          ...lines.map((line, place) => el("div", { class: place === 0 && "network-tooltip-head", text: line })),
        );
      }
      element.hidden = false;
      placeBeside(element, parent, x, y);
    },
    hide() {
      if (element.hidden) return;
      element.hidden = true;
      shown = "";
    },
    get open() {
      return !element.hidden;
    },
  };
}
