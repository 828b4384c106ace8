/** The editor of a weight, a bias or another parameter of one unit. */

import { significant } from "../shell/numbers.js";
import { activeAround, el, within } from "../shell/dom.js";
import { button, placeBeside } from "./popover.js";
import { arrayOf, parametersOf } from "./model.js";
import { parameterName, unitName } from "./words.js";

const LIVE_EVERY = 60; // milliseconds between values sent while the slider moves
let editors = 0;

/**
 * @param {object} view the network view: store, scene, columns, overlay
 * @returns {{open(target: object, x: number, y: number): void, close(): void, readonly target: object|null,
 *   contains(node: Node): boolean}}
 */
export function createEditor(view) {
  const { store, overlay } = view;
  let form = null;
  let target = null;
  let goBack = null;
  let undo = null;

  function close({ restore = false } = {}) {
    if (!form) return;
    if (restore && undo) undo();
    const focusInside = form.contains(activeAround(form));
    form.remove();
    form = null;
    target = null;
    undo = null;
    if (focusInside && goBack && goBack.isConnected) goBack.focus();
    view.redraw();
  }

  function open(wanted, x, y) {
    close();
    const column = view.columns[wanted.layer];
    const choices = parametersOf(column, wanted.unit);
    const values = arrayOf(store.frame, "parameters", view.scene.n_parameters);
    if (!choices.length || !values) return;
    target = wanted;
    goBack = activeAround(overlay);
    form = buildForm(view, wanted, choices, values, {
      close,
      setUndo: (way) => {
        undo = way;
      },
    });
    view.popovers.append(form);
    placeBeside(form, view.popovers, x, y);
    const number = /** @type {HTMLInputElement} */ (within(form, "input[type=number]"));
    number.select();
    number.focus();
    view.redraw();
  }

  return {
    open,
    close,
    get target() {
      return target;
    },
    contains: (node) => Boolean(form?.contains(node)),
  };
}

function chosenFirst(wanted, choices, values) {
  const role = wanted.kind === "link" ? "weight" : "bias";
  const fitting = choices.filter(
    (choice) => choice.role === role && (role === "bias" || choice.source === wanted.source),
  );
  return fitting.reduce(
    (best, choice) => (Math.abs(values[choice.index]) > Math.abs(values[best.index]) ? choice : best),
    fitting[0] || choices[0],
  );
}

function buildForm(view, wanted, choices, values, { close, setUndo }) {
  const { store } = view;
  const id = `network-editor-${(editors += 1)}`;
  const form = el("form", {
    class: "network-editor",
    role: "dialog",
    "aria-labelledby": `${id}-title`,
    "data-testid": "parameter-editor",
    novalidate: "",
  });
  const head = el("div", { class: "network-editor-head" });
  head.append(el("strong", { text: unitName(view, wanted.layer, wanted.unit), id: `${id}-title` }));
  head.append(button("network-icon", "×", store.t("network.edit.close"), () => close({ restore: true })));
  const select = el("select", { "aria-label": store.t("network.edit.which") });
  choices.forEach((choice, place) => {
    select.append(new Option(parameterName(view, wanted.layer, wanted.unit, choice), String(place)));
  });
  const number = el("input", { type: "number", step: "any", "aria-label": store.t("network.edit.value") });
  const slider = el("input", { type: "range", "aria-label": store.t("network.edit.slider") });
  const problem = el("div", { class: "network-editor-problem", role: "alert" });
  const row = el("div", { class: "network-editor-row" });
  const apply = el("button", { class: "network-primary", text: store.t("network.edit.apply"), type: "submit" });
  const cancel = button("", store.t("network.edit.cancel"), "", () => close({ restore: true }));
  row.append(cancel, apply);
  form.append(head, select, number, slider, problem, row);

  let choice = chosenFirst(wanted, choices, values);
  let before = 0;
  let waiting = 0;

  function send(index, value) {
    return store.send("set_parameter", { index, value }).then((reply) => {
      if (reply?.type === "error") throw new Error(reply.message);
      problem.textContent = "";
    });
  }
  const complain = (error) => {
    problem.textContent = error.message || store.t("network.edit.refused");
  };

  function show(next) {
    choice = next;
    const parameters = arrayOf(store.frame, "parameters", view.scene.n_parameters) || values;
    before = parameters[choice.index];
    setUndo(null);
    const reach = Math.max(2, Math.ceil(Math.abs(before) * 2));
    slider.min = String(-reach);
    slider.max = String(reach);
    slider.step = String(reach / 200);
    slider.value = String(before);
    number.value = String(Number(before.toPrecision(5)));
    slider.setAttribute("aria-valuetext", significant(before));
  }

  function live() {
    number.value = slider.value;
    slider.setAttribute("aria-valuetext", significant(Number(slider.value)));
    if (store.frame && store.frame.status !== "playing") {
      const [index, value] = [choice.index, before];
      setUndo(() => send(index, value).catch(() => {}));
    }
    if (waiting) return;
    waiting = window.setTimeout(() => {
      waiting = 0;
      send(choice.index, Number(slider.value)).catch(complain);
    }, LIVE_EVERY);
  }

  select.addEventListener("change", () => show(choices[Number(select.value)]));
  slider.addEventListener("input", live);
  number.addEventListener("input", () => {
    if (Number.isFinite(number.valueAsNumber)) slider.value = number.value;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = number.valueAsNumber;
    if (!Number.isFinite(value)) {
      complain(new Error(store.t("network.edit.not_a_number")));
      number.focus();
      return;
    }
    window.clearTimeout(waiting);
    waiting = 0;
    apply.disabled = true;
    send(choice.index, value)
      .then(() => close(), complain)
      .finally(() => {
        apply.disabled = false;
      });
  });
  form.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      window.clearTimeout(waiting);
      close({ restore: true });
    }
  });
  select.value = String(choices.indexOf(choice));
  show(choice);
  return form;
}
