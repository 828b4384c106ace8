/** Sliders for the inputs that the map does not show: where each is held, in the unit of the data. */

import { brief } from "../shell/numbers.js";
import { el, setAttribute, setText } from "../shell/dom.js";
import { button } from "./buttons.js";

/** Sliders at once; of more inputs, those that were moved and those whose name holds what was searched for. */
const MOST = 6;
/** Significant digits of a value. */
const DIGITS = 5;

let created = 0;

/**
 * Which inputs have a slider.
 * @param {string[]} names of all inputs
 * @param {number[]} columns those that are held
 * @param {(number|null)[]} held their values, null at the median
 * @param {string} search
 * @returns {{shown: number[], more: number}} and how many others would fit the search
 */
export function slidersFor(names, columns, held, search) {
  const wanted = search.trim().toLowerCase();
  const fit = columns.filter((k) => names[k].toLowerCase().includes(wanted));
  const moved = wanted ? [] : fit.filter((k) => held[k] !== null);
  const shown = [...moved, ...fit.filter((k) => !moved.includes(k))].slice(0, MOST);
  return { shown: shown.sort((a, b) => a - b), more: fit.length - shown.length };
}

/**
 * @param {object} host
 * @param {(key: string, values?: object) => string} host.t
 * @param {(column: number, value: number | null) => void} host.onMove a slider was moved; null: back to the median
 */
export function createHeld({ t, onMove }) {
  let names = [];
  let ranges = [];
  let columns = [];
  let held = [];
  let key = "";
  /** @type {Map<number, {node: HTMLElement, show: () => void}>} */
  let rows = new Map();

  const id = `boundary-held-${(created += 1)}`;
  const summary = el("summary", { "data-testid": "held" });
  const search = el("input", {
    type: "search",
    id,
    class: "boundary-search",
    autocomplete: "off",
    "data-testid": "held-search",
    on: { input: () => choose() },
  });
  const finder = el("div", { class: "boundary-held-find" }, el("label", { for: id, text: t("search") }), search);
  const list = el("div", { class: "boundary-held-list" });
  const more = el("p", { class: "boundary-held-more", role: "status" });
  const hint = el("p", { class: "boundary-held-more", text: t("hint") });
  const element = el("details", { class: "boundary-held" }, summary, finder, list, more, hint);

  /** One slider with its name, its value, and the way back. */
  function buildRow(column) {
    const [low, high, , step] = ranges[column];
    const name = names[column];
    const own = `${id}-${column}`;
    const range = el("input", {
      type: "range",
      id: own,
      class: "boundary-range",
      min: low,
      max: high,
      step,
      disabled: low === high,
      "data-arrows": true,
      "data-testid": `hold-${column}`,
      on: { input: () => onMove(column, Number(Number(range.value).toPrecision(10))) },
    });
    const value = el("output", { class: "boundary-held-value", for: own });
    const back = button({ label: t("reset", { name }), icon: "undo", class: "boundary-held-back" }, () => {
      onMove(column, null);
      range.focus();
    });
    const node = el(
      "div",
      { class: "boundary-held-row" },
      el("label", { for: own, title: name, text: name }),
      range,
      value,
      back,
    );
    return {
      node,
      show() {
        const at = held[column] ?? ranges[column][2];
        if (Number(range.value) !== at) range.value = String(at);
        const text = brief(at, DIGITS);
        setAttribute(range, "aria-valuetext", held[column] === null ? t("at_median", { value: text }) : text);
        setText(value, text);
        back.style.visibility = held[column] === null ? "hidden" : "visible";
      },
    };
  }

  /** The list after another search, or other inputs; the sliders that stay keep the focus. */
  function choose() {
    const found = slidersFor(names, columns, held, search.value);
    rows = new Map(found.shown.map((column) => [column, rows.get(column) ?? buildRow(column)]));
    const nodes = [...rows.values()].map(({ node }) => node);
    if (nodes.length !== list.children.length || nodes.some((node, k) => node !== list.children[k]))
      list.replaceChildren(...nodes);
    finder.hidden = columns.length <= MOST;
    const said = found.shown.length ? (found.more ? t("more", { n: found.more }) : "") : t("none");
    setText(more, said);
    more.hidden = !said;
    for (const row of rows.values()) row.show();
  }

  return {
    element,
    /**
     * @param {{names: string[], ranges: number[][], columns: number[], held: (number|null)[]}} shown `ranges`: lowest,
     *   highest, median and step of each input
     * @param {boolean} [again] which sliders there are may change
     */
    update(shown, again = true) {
      ({ columns, held } = shown);
      const now = JSON.stringify([shown.names, shown.ranges]);
      if (now !== key) {
        key = now;
        ({ names, ranges } = shown);
        rows = new Map();
        search.value = "";
        list.replaceChildren();
      }
      element.hidden = !columns.length;
      setText(summary, t("held", { n: columns.length }));
      if (again) choose();
      else for (const row of rows.values()) row.show();
    },
  };
}
