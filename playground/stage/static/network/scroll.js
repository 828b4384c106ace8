/** What tells that a wide network goes on to the left or the right, and leads there. */

import { activeAround } from "../shell/dom.js";
import { button } from "./popover.js";

/** Share of what is seen that one press moves on. */
const STRIDE = 0.6;

/**
 * @param {object} store the stage's store
 * @param {HTMLElement} frame around the scrolling area; its `data-more` names the sides with more to see
 * @param {HTMLElement} scroll
 * @returns {{update(): void}} call `update` after the network's width has changed
 */
export function createScrollCue(store, frame, scroll) {
  const move = (direction) => () => {
    const behavior = store.reducedMotion ? "auto" : "smooth";
    scroll.scrollBy({ left: direction * STRIDE * scroll.clientWidth, behavior });
  };
  const left = button("network-further network-further-left", "‹", store.t("network.scroll.left"), move(-1));
  const right = button("network-further network-further-right", "›", store.t("network.scroll.right"), move(1));
  left.dataset.testid = "network-left";
  right.dataset.testid = "network-right";
  left.hidden = right.hidden = true;
  frame.append(left, right);

  function update() {
    const most = scroll.scrollWidth - scroll.clientWidth;
    const wide = scroll.classList.contains("network-scrolls");
    show(left, right, wide && scroll.scrollLeft > 2);
    show(right, left, wide && scroll.scrollLeft < most - 2);
    frame.dataset.more = [!left.hidden && "left", !right.hidden && "right"].filter(Boolean).join(" ");
  }

  /** A button that vanishes under the keyboard's focus hands it to the other one. */
  function show(one, other, on) {
    if (one.hidden === !on) return;
    const focused = !on && one === activeAround(one);
    one.hidden = !on;
    if (focused) {
      other.hidden = false;
      other.focus();
    }
  }

  scroll.addEventListener("scroll", update, { passive: true });
  return { update };
}
