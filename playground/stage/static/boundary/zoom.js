/** Full size: the boundary over everything of the stage but what lies above it (the toolbar). */

import { activeAround, el } from "../shell/dom.js";

/**
 * @param {HTMLElement} element where the view lives otherwise
 * @param {HTMLElement} root the view
 * @param {(on: boolean) => void} onChange
 */
export function createZoom(element, root, onChange) {
  let overlay = null;
  let holder = null;
  let silenced = [];

  function open() {
    /** @type {HTMLElement} */
    const stage = element.closest("[data-testid='stage']") ?? element.parentElement;
    const frame = stage.getBoundingClientRect();
    const here = element.getBoundingClientRect();
    const top = Math.max(0, here.top - frame.top);
    holder = el("div", { class: "boundary-holder" });
    holder.style.height = `${root.offsetHeight}px`;
    overlay = el("div", { class: "boundary-overlay", role: "dialog", "aria-label": root.getAttribute("aria-label") });
    overlay.style.top = `${top}px`;
    if (getComputedStyle(stage).position === "static") stage.style.position = "relative";
    silence(stage, frame.top + top);
    root.replaceWith(holder);
    overlay.append(root);
    stage.append(overlay);
    document.addEventListener("keydown", escape);
    onChange(true);
  }

  /** What the overlay covers must not be reached by the tab key. */
  function silence(stage, edge) {
    for (let node = element; node !== stage && node.parentElement; node = node.parentElement) {
      for (const sibling of /** @type {HTMLCollectionOf<HTMLElement>} */ (node.parentElement.children)) {
        const covered = sibling !== node && !sibling.inert && sibling.getBoundingClientRect().bottom > edge + 1;
        if (!covered || sibling instanceof HTMLDialogElement || sibling instanceof HTMLStyleElement) continue;
        sibling.inert = true;
        silenced.push(sibling);
      }
    }
  }

  function close() {
    if (!overlay) return;
    const focused = overlay.contains(activeAround(overlay));
    document.removeEventListener("keydown", escape);
    holder.replaceWith(root);
    overlay.remove();
    overlay = holder = null;
    for (const node of silenced) node.inert = false;
    silenced = [];
    onChange(false);
    return focused;
  }

  function escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    close();
  }

  return {
    get on() {
      return overlay !== null;
    },
    toggle: () => (overlay ? close() : open()),
    close,
    /** Height that the plot may take, in CSS pixels, given that of everything else in the view: the toolbar above
     * stays in sight where enough is left. */
    room: (others) => {
      const seen = Math.min(window.innerHeight, screen.availHeight || Infinity);
      const above = overlay ? Math.max(0, overlay.getBoundingClientRect().top) : 0;
      const below = seen - (above < 0.4 * seen ? above : 0);
      return Math.max(240, Math.min(overlay?.clientHeight || below, below) - others);
    },
  };
}
