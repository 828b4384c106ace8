/** Headers over the columns, with buttons that add and remove units and layers. */

import { whole } from "../shell/numbers.js";
import { activeAround, el, within } from "../shell/dom.js";
import { button } from "./popover.js";
import { layerName } from "./words.js";

/**
 * Ask the server to change the network's structure; a refusal is said in the view's status line.
 * @param {number} place index of the hidden layer, from 0
 */
function change(view, op, place) {
  return view.store
    .send("structure", { op, layer: place })
    .then((reply) => {
      if (reply?.type === "error") throw new Error(reply.message);
    })
    .catch((error) => view.say(error.message));
}

/** The line over the network: number of hidden layers with − and +, number of parameters. */
export function createLayerBar(view) {
  const { store } = view;
  const bar = el("div", { class: "network-bar", role: "group", "aria-label": store.t("network.bar.label") });
  const depth = () => view.columns.length - 2;
  const fewer = button("network-step", "−", store.t("network.bar.remove_layer"), () =>
    change(view, "remove_layer", depth() - 1),
  );
  const more = button("network-step", "+", store.t("network.bar.add_layer"), () => change(view, "add_layer", depth()));
  fewer.dataset.testid = "remove-layer";
  more.dataset.testid = "add-layer";
  const count = el("span", { class: "network-bar-count" });
  const parameters = el("span", { class: "network-bar-parameters" });
  bar.append(fewer, more, count, parameters);
  return {
    element: bar,
    update() {
      fewer.disabled = depth() <= 0;
      more.disabled = depth() >= store.data.limits.layers;
      count.textContent = store.t(depth() === 1 ? "network.bar.layer" : "network.bar.layers", { count: depth() });
      parameters.textContent = store.t("network.bar.parameters", {
        count: whole(view.scene.n_parameters),
      });
    },
  };
}

/**
 * Headers of all columns, placed over the network.
 * @param {object} view
 * @param {HTMLElement} parent layer of the overlay that scrolls with the canvas
 */
export function createHeaders(view, parent) {
  let key = "";
  const holder = el("div", { class: "network-headers" });
  parent.append(holder);

  function header(column, placed) {
    const { store } = view;
    const box = el("div", { class: "network-header" });
    box.style.left = `${placed.x}px`;
    box.dataset.layer = String(column.layer);
    const title = column.kind === "hidden" ? column.activationLabel : layerName(store, column);
    const name = el("button", {
      class: "network-layer-name",
      text: title,
      type: "button",
      "aria-label": `${layerName(store, column)}${column.activation ? `, ${title}` : ""}`,
    });
    const showLayer = () => view.hover({ kind: "layer", layer: column.layer, unit: 0 }, placed.x, 58);
    name.addEventListener("pointerenter", showLayer);
    name.addEventListener("focus", showLayer);
    name.addEventListener("click", showLayer);
    name.addEventListener("pointerleave", () => view.hover(null));
    name.addEventListener("blur", () => view.hover(null));
    box.append(name);
    if (column.kind === "hidden") box.append(unitButtons(column));
    else if (column.kind === "input") box.append(el("div", { class: "network-count", text: String(column.size) }));
    const notes = el("div", { class: "network-notes" });
    if (column.norm)
      notes.append(
        el("span", {
          class: "network-note",
          text: store.t(`network.header.${column.norm}`),
          title: store.t(`network.tooltip.${column.norm}`),
        }),
      );
    if (column.dropout) {
      const rate = Math.round(column.dropout * 100);
      notes.append(
        el("span", {
          class: "network-note",
          text: store.t("network.header.dropout", { rate }),
          title: store.t("network.tooltip.dropout", { rate }),
        }),
      );
    }
    if (column.pieces > 1) {
      notes.append(
        el("span", {
          class: "network-note",
          text: store.t("network.header.pieces", { count: column.pieces }),
          title: store.t("network.tooltip.pieces", { count: column.pieces }),
        }),
      );
    }
    box.append(notes);
    return box;
  }

  function unitButtons(column) {
    const { store } = view;
    const row = el("div", { class: "network-units" });
    const fewer = button("network-step", "−", store.t("network.header.remove_unit", { layer: column.layer }), () =>
      change(view, "remove_unit", column.layer - 1),
    );
    const more = button("network-step", "+", store.t("network.header.add_unit", { layer: column.layer }), () =>
      change(view, "add_unit", column.layer - 1),
    );
    fewer.disabled = column.size <= 1;
    more.disabled = column.size >= store.data.limits.units;
    fewer.dataset.testid = `remove-unit-${column.layer}`;
    more.dataset.testid = `add-unit-${column.layer}`;
    row.append(fewer, el("span", { class: "network-count", text: String(column.size) }), more);
    return row;
  }

  return {
    /** Rebuild when the structure or the geometry changed; keeps the keyboard focus. */
    update() {
      const { columns, layout } = view;
      const next = JSON.stringify([
        columns.map(({ size, activation, dropout, norm, pieces }) => [size, activation, dropout, norm, pieces]),
        layout.columns.map((placed) => Math.round(placed.x)),
      ]);
      if (next === key) return;
      key = next;
      holder.classList.toggle("network-headers-narrow", layout.pitchX < 82);
      holder.classList.toggle("network-headers-tight", layout.pitchX < 64);
      const active = activeAround(holder);
      const focus = active && holder.contains(active) ? active.dataset.testid : null;
      holder.replaceChildren(...columns.map((column, place) => header(column, layout.columns[place])));
      const again = focus ? within(holder, `[data-testid="${focus}"]`) : null;
      if (again) again.focus();
    },
  };
}
