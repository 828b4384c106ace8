/** Which plane of more than two inputs the map shows: two of the inputs, or the first two principal components. */

import { button, press } from "./buttons.js";
import { el, setText } from "../shell/dom.js";

/**
 * @param {object} host
 * @param {import("../shell/store.js").Store} host.store
 * @param {HTMLElement} host.element where the choice and what is held stand
 * @param {boolean} host.fixed the plane is only told, not chosen
 * @param {(message: string) => void} host.warn shows and announces what went wrong
 */
export function createSlice({ store, element, fixed, warn }) {
  const t = (key, values) => store.t(`boundary.slice.${key}`, values);
  const chosen = { across: 0, down: 1 };
  let built = "";

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
  const median = button({ label: t("median"), testid: "slice-median" }, () => columns());
  const choice = el(
    "div",
    { class: "boundary-slice-choice", role: "group", "aria-label": t("label") },
    ...labels,
    components,
    median,
  );
  const note = el("p", { class: "boundary-slice-note", "data-testid": "slice-note" });
  element.append(choice, note);

  const send = (fields) => store.send("plane", fields).catch((error) => warn(error.message));
  const columns = (more = {}) => send({ kind: "columns", ...chosen, ...more });

  /** Choose one side; the two change places when it was the other one's. */
  function choose(side, column) {
    const other = side === "across" ? "down" : "across";
    if (chosen[other] === column) chosen[other] = chosen[side];
    chosen[side] = column;
    columns();
  }

  /** @param {object} scene */
  function update({ columns: names = [], plane, plane_note: told = "" }) {
    const many = names.length > 2;
    element.hidden = !many;
    if (!many) return;
    const key = JSON.stringify(names);
    if (key !== built) {
      built = key;
      Object.assign(chosen, { across: 0, down: 1 });
      selects.forEach((select) =>
        select.replaceChildren(...names.map((name, k) => el("option", { value: k, text: name }))),
      );
    }
    if (plane.kind === "columns") {
      Object.assign(chosen, { across: plane.across.indexOf(1), down: plane.down.indexOf(1) });
    }
    selects[0].value = String(chosen.across);
    selects[1].value = String(chosen.down);
    press(components, plane.kind === "components");
    choice.hidden = fixed;
    median.hidden = plane.held !== "values";
    setText(note, told);
  }

  return {
    update,
    /** Hold the inputs that are not shown where a point has them. */
    hold: (point) => columns({ point }),
  };
}
