/** Mouse, pen and touch over the network: hover, click; on touch the first tap hovers, the second clicks. */

import { hitTest } from "./layout.js";

const TOUCH_REACH = 14; // pixels around a link or bias that a finger may miss by

/**
 * @param {object} view
 * @param {{plane: HTMLElement, root: HTMLElement}} dom
 * @param {{editor: object, fold: object}} popovers closed by a press elsewhere
 */
export function followPointer(view, dom, { editor, fold }) {
  const { plane } = dom;
  let tapped = "";
  let hovering = false;

  function find(event) {
    if (!view.layout || event.target.closest(".network-header, .network-badge")) return null;
    const box = plane.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const reach = event.pointerType === "touch" ? TOUCH_REACH : 6;
    return { target: hitTest(view.layout, x, y, reach), x, y };
  }

  function onMove(event) {
    if (event.pointerType === "touch" || event.buttons) return;
    const found = find(event);
    if (!found) return;
    if (found.target || hovering) view.hover(found.target, found.target ? found.x : null, found.y);
    hovering = Boolean(found.target);
    plane.style.cursor = found.target ? "pointer" : "";
  }

  function onLeave(event) {
    if (event.pointerType === "touch" || !hovering) return;
    hovering = false;
    view.hover(null);
  }

  function onClick(event) {
    if (event.detail === 0) return; // from the keyboard: the unit's own button answers
    const found = find(event);
    if (!found) return;
    const { target, x, y } = found;
    const touch = event.pointerType === "touch";
    const key = JSON.stringify(target);
    if (!target) {
      tapped = "";
      if (touch) view.hover(null);
      else if (view.pinned && !view.slow) view.pin(null);
      return;
    }
    if (touch && tapped !== key) {
      tapped = key;
      view.hover(target, x, y);
      return;
    }
    tapped = "";
    view.activate(target, x, y);
  }

  /** A press outside an open popover closes it. */
  function onPress(event) {
    const path = event.composedPath();
    const inside = (popover) => path.some((node) => node instanceof Node && popover.contains(node));
    if (editor.target && !inside(editor)) editor.close();
    if (fold.open && !inside(fold) && !path.some((node) => node.classList?.contains("network-badge"))) {
      fold.close();
    }
  }

  const root = document;
  plane.addEventListener("pointermove", onMove);
  plane.addEventListener("pointerleave", onLeave);
  plane.addEventListener("click", onClick);
  root.addEventListener("pointerdown", onPress, true);
  return {
    destroy() {
      plane.removeEventListener("pointermove", onMove);
      plane.removeEventListener("pointerleave", onLeave);
      plane.removeEventListener("click", onClick);
      root.removeEventListener("pointerdown", onPress, true);
    },
  };
}
