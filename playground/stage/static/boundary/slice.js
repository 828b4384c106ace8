/**
 * Which plane of more than two inputs the map shows: two of the inputs, or the first two principal components; and where
 * the other inputs are held.
 */

import { button, press } from "./buttons.js";
import { createHeld } from "./held.js";
import { el, setText } from "../shell/dom.js";

/**
 * @param {object} host
 * @param {import("../shell/store.js").Store} host.store
 * @param {HTMLElement} host.element where the choice and what is held stand
 * @param {boolean} [host.fixed] the plane is only told, not chosen
 * @param {boolean} [host.told] a line says what is held where
 * @param {(message: string) => void} host.warn shows and announces what went wrong
 * @param {(origin: number[]) => void} [host.onMove] the plane moves under a slider; the server follows
 */
export function createSlice({ store, element, fixed = false, told = true, warn, onMove = () => {} }) {
  const t = (key, values) => store.t(`boundary.slice.${key}`, values);
  /** @type {{across: number, down: number, held: (number|null)[]}} */
  const chosen = { across: 0, down: 1, held: [] };
  let built = "";
  let scene = null;
  let busy = false;
  let waiting = null;

  const selects = ["across", "down"].map((side) => {
    const select = el("select", { class: "boundary-select", "data-testid": `slice-${side}` });
    select.addEventListener("change", () => choose(side, Number(select.value)));
    return select;
  });
  const labels = ["across", "down"].map((side, k) =>
    el("label", { class: "boundary-side" }, el("span", { text: t(side) }), selects[k]),
  );
  const components = button({ label: t("components"), pressed: false, testid: "slice-components" }, () =>
    components.getAttribute("aria-pressed") === "true" ? columns() : send({ kind: "components" }),
  );
  const median = button({ label: t("median"), testid: "slice-median" }, () => {
    chosen.held.fill(null);
    columns();
  });
  const choice = el(
    "div",
    { class: "boundary-slice-choice", role: "group", "aria-label": t("label") },
    ...labels,
    components,
    median,
  );
  const held = createHeld({ t, onMove: move });
  const note = el("p", { class: "boundary-slice-note", "data-testid": "slice-note" });
  note.hidden = !told;
  element.append(choice, note, held.element);
  choice.hidden = held.element.hidden = fixed;

  /** Ask for a plane; while one is under way, the newest one waits. */
  async function send(fields) {
    if (busy) {
      waiting = fields;
      return;
    }
    busy = true;
    try {
      await store.send("plane", fields);
    } catch (error) {
      waiting = null;
      warn(error.message);
      if (scene?.plane.kind === "columns") onMove(scene.plane.told ?? scene.plane.origin); // back to what the server shows
    }
    busy = false;
    const next = waiting;
    waiting = null;
    if (next) send(next);
    else if (scene) update(scene);
  }

  const columns = (more = {}) => send({ kind: "columns", ...chosen, ...more });

  /** Choose one side; the two change places when it was the other one's. What was held elsewhere stays there. */
  function choose(side, column) {
    const other = side === "across" ? "down" : "across";
    if (chosen[other] === column) chosen[other] = chosen[side];
    chosen[side] = column;
    columns();
  }

  function move(column, value) {
    chosen.held[column] = value;
    showHeld(false);
    tellMove();
    columns();
  }

  /** Where the plane stands with the sliders as they are. */
  function tellMove() {
    if (scene?.plane.kind !== "columns") return;
    onMove(scene.plane.origin.map((at, k) => (isShown(k) ? at : (chosen.held[k] ?? scene.ranges[k][2]))));
  }

  const isShown = (k) => k === chosen.across || k === chosen.down;

  function showHeld(again) {
    const names = scene.columns;
    held.update(
      {
        names,
        ranges: scene.ranges,
        held: chosen.held,
        columns: scene.plane.kind === "columns" ? names.map((_, k) => k).filter((k) => !isShown(k)) : [],
      },
      again,
    );
    median.hidden = chosen.held.every((value, k) => value === null || isShown(k)) || scene.plane.kind !== "columns";
  }

  /** @param {object} next scene */
  function update(next) {
    scene = next;
    const { columns: names = [], plane, plane_note: line = "" } = scene;
    const many = names.length > 2;
    element.hidden = !many;
    if (!many) return;
    setText(note, line);
    const key = JSON.stringify(names);
    const others = key !== built;
    if (others) {
      built = key;
      const [across, down] = scene.telling;
      Object.assign(chosen, { across, down, held: names.map(() => null) });
      selects.forEach((select) =>
        select.replaceChildren(...names.map((name, k) => el("option", { value: k, text: name }))),
      );
    }
    if (busy && !others) return tellMove(); // it tells of a moment before the newest choice
    if (plane.kind === "columns") {
      const sides = { across: plane.across.indexOf(1), down: plane.down.indexOf(1) };
      Object.assign(chosen, sides, { held: names.map((_, k) => plane.chosen?.[k] ?? null) });
    }
    if (fixed) return;
    selects[0].value = String(chosen.across);
    selects[1].value = String(chosen.down);
    press(components, plane.kind === "components");
    showHeld(true);
  }

  return {
    update,
    /** Hold the inputs that are not shown where a point has them. */
    hold: (point) => columns({ held: undefined, point }),
  };
}
