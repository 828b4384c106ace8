/** A wall's networks as a table, for keyboard and screen reader: the best ones first. */

import { el, setText, throttled } from "../shell/dom.js";
import { brief, percent, significant } from "../shell/numbers.js";
import { ranked } from "./places.js";

/** Milliseconds between updates. */
const EVERY = 1000;
const DIVERGED = 2;

/**
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store
 * @param {(place: number) => void} open opens a network in the playground
 * @returns {{destroy: () => void}}
 */
export function createTable(element, store, open) {
  const t = (key, values) => store.t(`wall.${key}`, values);
  const heads = () => [...store.data.titles, t("loss"), t("accuracy"), t("epochs"), ""];
  const head = el("tr");
  const body = el("tbody");
  const details = el(
    "details",
    { class: "wall-details", "data-testid": "wall-table", on: { toggle: () => fill.request() } },
    el("summary", { text: t("table") }),
    el(
      "div",
      { class: "wall-scroll", tabindex: "0", role: "region", "aria-label": t("table") },
      el("table", {}, el("thead", {}, head), body),
    ),
  );
  element.replaceChildren(details);

  /** @type {{row: HTMLElement, cells: HTMLElement[], place: number}[]} */
  let rows = [];
  /** While it plays the rows stay in their order: nobody reads what jumps. */
  let order = [];

  function build(count) {
    head.replaceChildren(...heads().map((text) => el("th", { scope: "col", text })));
    rows = Array.from({ length: count }, () => {
      const entry = { row: null, cells: [], place: 0 };
      entry.cells = heads()
        .slice(0, -1)
        .map((_, i) => (i ? el("td") : el("th", { scope: "row" })));
      const button = el("button", {
        type: "button",
        class: "stage-button stage-button-small",
        text: t("open"),
        on: { click: () => open(entry.place) },
      });
      entry.cells.push(button);
      entry.row = el("tr", {}, ...entry.cells.slice(0, -1), el("td", {}, button));
      return entry;
    });
    body.replaceChildren(...rows.map(({ row }) => row));
  }

  const fill = throttled(() => {
    const { scene, frame } = store;
    if (!details.open || !scene || !frame?.arrays.loss) return;
    if (rows.length !== scene.places.length) build(scene.places.length);
    const { loss, accuracy, epochs, status } = frame.arrays;
    if (order.length !== rows.length || frame.status !== "playing") order = ranked(loss);
    order.forEach((place, i) => {
      const entry = rows[i];
      const [x, y] = scene.sides.map(({ values }) => brief(values[place], 3, 1e-6));
      entry.place = place;
      const lost = status[place] === DIVERGED ? t("diverged") : significant(loss[place]);
      [x, y, lost, percent(accuracy[place]), String(epochs[place])].forEach((text, k) => setText(entry.cells[k], text));
      entry.cells.at(-1).setAttribute("aria-label", t("open_one", { x, y }));
    });
  }, EVERY);

  const offs = [
    store.on("frame", fill.request),
    store.on("scene", () => {
      rows = [];
      order = [];
      fill.request();
    }),
  ];
  return {
    destroy() {
      offs.forEach((off) => off());
      fill.cancel();
    },
  };
}
