/** Keyboard control of the stage and the list of its keys. */

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** What each key does: key, with shift or not, action, and how the key is written. */
export const KEYS = [
  { key: " ", shift: false, action: "play", shown: "space" },
  { key: "ArrowRight", shift: false, action: "step", shown: "→" },
  { key: "ArrowRight", shift: true, action: "epoch", shown: "⇧ →" },
  { key: "r", shift: false, action: "reset", shown: "R" },
  { key: "r", shift: true, action: "redraw", shown: "⇧ R" },
  { key: "f", shift: false, action: "fullscreen", shown: "F" },
  { key: "?", shift: null, action: "help", shown: "?" },
];

/** What the help explains besides the keys. */
const HINTS = [...["network", "boundary", "curves", "slow"].map((name) => `stage.help.${name}`), "runs.timeline.hint"];

/** Elements in which a key means itself. */
const TYPING =
  "input:not([type='range'], [type='checkbox']), textarea, select, [contenteditable=''], [contenteditable='true']";
/** Elements that react to the space key themselves. */
const PRESSABLE =
  "button, a[href], summary, input[type='checkbox'], [role='button'], [role='tab'], [role='menuitem'], [data-space]";
/** Elements that move with the arrow keys themselves. */
const MOVABLE =
  "input, [role='tab'], [role='slider'], [role='listbox'], [role='grid'], [role='application'], [data-arrows]";

/**
 * The key of an event as its Latin letter or digit, also where the keyboard writes others (Korean, French digits) or an
 * input method takes the letters: then the key's place on the keyboard says which one it is.
 * @param {KeyboardEvent} event
 * @returns {string} lower case, or the name of a key that writes nothing
 */
export function keyName({ key, code }) {
  const named = key.length > 1 && !["Process", "Unidentified", "Dead"].includes(key);
  if (named || /^[a-z0-9 ?]$/i.test(key)) return named ? key : key.toLowerCase();
  const place = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code ?? "");
  return place ? place[1].toLowerCase() : key;
}

/**
 * The action of a key event, or null when the key belongs to somebody else.
 * @param {KeyboardEvent} event
 * @param {Element} root the stage
 * @returns {string|null}
 */
export function actionOf(event, root) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const target = event.composedPath()[0];
  const around = surrounds(target, root);
  if (!around && !event.composedPath().includes(root)) return null;
  const key = keyName(event);
  const found = KEYS.find((k) => k.key === key && (k.shift === null || k.shift === event.shiftKey));
  if (!found) return null;
  if (!around && target instanceof Element) {
    if (target.closest(TYPING)) return null;
    if (key === " " && target.closest(PRESSABLE)) return null;
    if (key === "ArrowRight" && target.closest(MOVABLE)) return null;
  }
  return found.action;
}

/** Whether `target` is the page around the stage: its body, or a scrolling area that takes the focus. */
function surrounds(target, root) {
  if (target === document.body || target === document.documentElement) return true;
  return target !== root && Boolean(target.contains?.(root.getRootNode?.().host ?? root));
}

/**
 * Listen for the stage's keys.
 * @param {Element} root the stage
 * @param {Object<string, (held: boolean) => void>} act what each action does; told whether a held key repeats it
 * @returns {{destroy: () => void}}
 */
export function createKeys(root, act) {
  const handle = (event) => {
    // A held Enter presses a focused button again and again, which no other key does.
    if (event.repeat && event.key === "Enter" && event.composedPath()[0]?.closest?.("button")) {
      event.preventDefault();
      return;
    }
    const action = actionOf(event, root);
    if (!action || (event.repeat && action !== "step" && action !== "epoch")) return;
    event.preventDefault();
    event.stopPropagation(); // the page around has shortcuts of its own, on the same letters
    act[action](event.repeat);
  };
  // Keys pressed inside the stage come up to its root after its parts had their turn; keys pressed on the page
  // around it are taken before the page's own shortcuts see them.
  const onPage = (event) => {
    if (root.isConnected && !event.composedPath().includes(root)) handle(event);
  };
  root.addEventListener("keydown", handle);
  globalThis.addEventListener("keydown", onPage, true);
  return {
    destroy() {
      root.removeEventListener("keydown", handle);
      globalThis.removeEventListener("keydown", onPage, true);
    },
  };
}

/**
 * The dialog that lists the keys and explains the marks of the stage.
 * @param {HTMLElement} root the stage
 * @param {import("./store.js").Store} store
 * @param {string[]} [names] texts of the explanations
 * @returns {{toggle: () => void, destroy: () => void}}
 */
export function createHelp(root, store, names = HINTS) {
  const t = (key) => store.t(`stage.help.${key}`);
  const close = el("button", {
    type: "button",
    class: "stage-button",
    "aria-label": t("close"),
    title: t("close"),
    on: { click: () => dialog.close() },
  });
  close.append(icon("close"));
  const keys = KEYS.map((k) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("kbd", { text: store.t(`stage.keys.${k.action}`) })),
      el("td", { text: store.t(`stage.toolbar.${k.action === "play" ? "play_or_pause" : k.action}`) }),
    ),
  );
  const hints = names.map((name) => el("li", { text: store.t(name) }));
  const dialog = el(
    "dialog",
    { class: "stage-dialog", "aria-label": t("title"), "data-testid": "help-dialog" },
    el("div", { class: "stage-dialog-head" }, el("h3", { text: t("title") }), close),
    el("table", { class: "stage-keys" }, el("tbody", {}, ...keys)),
    el("ul", {}, ...hints),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  root.append(dialog);
  return {
    toggle() {
      if (dialog.open) dialog.close();
      else dialog.showModal();
    },
    destroy: () => dialog.remove(),
  };
}
