/** What each rule remembers at one step of the race, as a table. */

import { significant } from "../shell/numbers.js";
import { el, setText } from "../shell/dom.js";

/**
 * The numbers of a path at a step.
 * @param {{columns: string[], values: Float32Array, steps: number}} path
 * @param {number} step
 * @returns {Record<string, number>} by column; the last step there is when the path ended before
 */
export function at(path, step) {
  const row = Math.max(0, Math.min(path.steps, Math.floor(step)));
  const width = path.columns.length;
  return Object.fromEntries(path.columns.map((name, i) => [name, path.values[row * width + i]]));
}

const pair = (row, name) => `${significant(row[`${name}.x`])}, ${significant(row[`${name}.y`])}`;

/**
 * @param {Record<string, string>} labels
 * @param {(rule: string|null) => void} onHover
 */
export function createTable(labels, onHover) {
  const heads = ["rule", "rate", "loss", "w", "g", "effective", "state"];
  const body = el("tbody");
  const element = el(
    "div",
    { class: "surface-table", tabindex: "0", role: "region", "aria-label": labels.table },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el("tr", {}, ...heads.map((name) => el("th", { scope: "col", title: labels[`${name}_tip`] }, labels[name]))),
      ),
      body,
    ),
  );
  /** @type {Map<string, HTMLElement[]>} */
  let cells = new Map();

  return {
    element,
    /** @param {object[]} paths in the order of the rows */
    build(paths) {
      cells = new Map();
      body.replaceChildren(
        ...paths.map((path) => {
          const row = heads.slice(1).map(() => el("td"));
          cells.set(path.rule, row);
          const swatch = el("span", { class: "surface-swatch", style: `background:${path.colour}` });
          return el(
            "tr",
            { on: { pointerenter: () => onHover(path.rule), pointerleave: () => onHover(null) } },
            el("th", { scope: "row" }, swatch, path.label),
            ...row,
          );
        }),
      );
    },
    /** @param {object[]} paths @param {number} step */
    update(paths, step) {
      for (const path of paths) {
        const row = at(path, step);
        const ended = path.diverged && step >= path.steps;
        const state = path.state.map(({ name, symbol }) => `${symbol} = (${pair(row, name)})`).join("  ");
        const texts = [
          significant(path.rate),
          ended ? labels.diverged : significant(row.loss),
          pair(row, "w"),
          pair(row, "g"),
          pair(row, "e"),
          state || "–",
        ];
        cells.get(path.rule)?.forEach((cell, i) => setText(cell, texts[i]));
      }
    },
  };
}
