/** A menu that saves a figure: as which kind of file, and how it looks. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { inLook, LOOKS } from "./looks.js";

/**
 * Hand something to the visitor as a file.
 * @param {string|Blob} made an address, or what is in the file
 * @param {string} name
 */
export function saveAs(made, name) {
  const href = typeof made === "string" ? made : URL.createObjectURL(made);
  el("a", { href, download: name }).click();
  if (typeof made !== "string") setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/**
 * Create a menu.
 * @param {import("./store.js").Store} store
 * @param {{label: string, kinds: string[], save: (kind: string, theme: import("./theme.js").Theme) => Promise<void>,
 *   class?: string, testid?: string}} options `kinds`: endings of files; `save` makes the file in a theme
 * @returns {HTMLElement}
 */
export function createSaveMenu(store, { label, kinds, save, class: classes = "", testid }) {
  const looks = el(
    "select",
    { "data-testid": "look", on: { change: () => (store.look = looks.value) } },
    ...LOOKS.map((look) => el("option", { value: look, text: store.t(`stage.looks.${look}`) })),
  );
  const summary = el("summary", { "aria-label": label, title: label, "data-testid": testid }, icon("save"));
  const menu = el(
    "details",
    {
      class: `stage-menu ${classes}`.trim(),
      on: {
        toggle: () => (looks.value = store.look ?? LOOKS[0]),
        keydown: (event) => {
          if (event.key !== "Escape" || !menu.open) return;
          event.stopPropagation();
          menu.open = false;
          summary.focus();
        },
      },
    },
    summary,
    el(
      "div",
      { class: "stage-menu-list" },
      el("label", {}, el("span", { text: store.t("stage.looks.label") }), looks),
      ...kinds.map((kind) =>
        el("button", { type: "button", text: store.t(`stage.curves.${kind}`), on: { click: () => chosen(kind) } }),
      ),
    ),
  );

  async function chosen(kind) {
    menu.open = false;
    try {
      await save(kind, inLook(store.theme, looks.value));
    } catch (error) {
      console.error("stage: a figure could not be saved", error);
      store.emit("notice", { message: store.t("stage.looks.failed"), level: "error" });
    }
  }
  return menu;
}
