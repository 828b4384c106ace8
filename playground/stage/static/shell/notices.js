/** Short messages over the stage: refusals, confirmations. They never move what lies below. */

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** Milliseconds that a message stays. */
const STAY = { info: 5000, warn: 9000, error: 12000 };
const MOST = 3;

/**
 * Create the place for messages; it listens for `notice` events `{message, level}`.
 * @param {HTMLElement} element
 * @param {import("./store.js").Store} store
 * @returns {{destroy: () => void}}
 */
export function createNotices(element, store) {
  const timers = new Set();
  element.setAttribute("role", "alert");

  function show({ message, level = "info" }) {
    if (!message) return;
    const twin = [.../** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-message]"))].find(
      (other) => other.dataset.message === message,
    );
    twin?.remove();
    const kind = level in STAY ? level : "info";
    const close = el("button", {
      type: "button",
      class: "stage-button stage-button-small",
      "aria-label": store.t("stage.status.dismiss"),
      on: { click: () => notice.remove() },
    });
    close.append(icon("close"));
    const notice = el(
      "div",
      { class: `stage-notice stage-notice-${kind}`, "data-message": message, "data-testid": "notice" },
      el("span", { text: message }),
      close,
    );
    element.append(notice);
    while (element.children.length > MOST) element.firstChild.remove();
    const timer = setTimeout(() => {
      timers.delete(timer);
      notice.remove();
    }, STAY[kind]);
    timers.add(timer);
  }

  const off = store.on("notice", show);
  return {
    destroy() {
      off();
      timers.forEach(clearTimeout);
    },
  };
}
