/**
 * What lies over the canvas for the keyboard and for assistive technology: one button per drawn unit,
 * the legend, the table of weights of a small network.
 */

import { significant } from "../shell/numbers.js";
import { el, setText } from "../shell/dom.js";
import { keyName } from "../shell/keys.js";
import { arrayOf, strongestIndex } from "./model.js";
import { neighbour } from "./layout.js";
import { layerName, sourceName, unitLabel, unitName } from "./words.js";

const TABLE_LIMIT = 200; // parameters up to which the weights stand in a table

/**
 * Buttons over the drawn units with one tab stop for all of them (roving focus).
 * @param {object} view
 * @param {HTMLElement} parent
 */
export function createUnitButtons(view, parent) {
  const holder = el("div", {
    class: "network-unit-buttons",
    role: "group",
    "aria-label": view.store.t("network.units_label"),
    "data-arrows": "",
  });
  parent.append(holder);
  /** @type {Map<string, HTMLButtonElement & {node?: import("./layout.js").Node}>} */
  let buttons = new Map();
  let current = "1:0";

  const keyOf = (node) => `${node.layer}:${node.unit}`;

  function focusOn(node) {
    if (!node) return;
    setCurrent(keyOf(node));
    buttons.get(current).focus();
  }

  function setCurrent(key) {
    const last = buttons.get(current);
    if (last) last.tabIndex = -1;
    current = key;
    const next = buttons.get(current);
    if (next) next.tabIndex = 0;
  }

  function onKey(event, node) {
    const target = { kind: "unit", layer: node.layer, unit: node.unit };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      if (event.shiftKey) return;
      event.preventDefault();
      focusOn(neighbour(view.layout, node, event.key));
    } else if (event.key === "Enter") {
      event.preventDefault();
      view.activate(target, node.x, node.y);
    } else if (keyName(event) === "e") {
      event.preventDefault();
      view.edit({ ...target, kind: "bias" }, node.x, node.y);
    } else if (event.key === "Escape" && view.pinned) {
      event.preventDefault();
      view.pin(null);
    }
  }

  function makeButton(node) {
    /** @type {HTMLButtonElement & {node?: import("./layout.js").Node}} */
    const button = el("button", {
      class: "network-unit",
      type: "button",
      tabindex: "-1",
      "aria-keyshortcuts": "Enter E",
      "data-testid": `unit-${node.layer}-${node.unit}`,
    });
    button.addEventListener("focus", () => {
      setCurrent(keyOf(node));
      if (button.matches(":focus-visible")) view.hover({ kind: "unit", layer: node.layer, unit: node.unit });
    });
    button.addEventListener("blur", () => view.hover(null));
    button.addEventListener("keydown", (event) => onKey(event, button.node));
    button.addEventListener("click", (event) => {
      if (event.detail === 0)
        view.activate({ kind: "unit", layer: node.layer, unit: node.unit }, button.node.x, button.node.y);
    });
    return button;
  }

  return {
    focusOn,
    /** Follow the layout: add, move and remove buttons. */
    place() {
      const next = new Map();
      for (const column of view.layout.columns) {
        for (const node of column.nodes) {
          const key = keyOf(node);
          const button = buttons.get(key) || makeButton(node);
          button.node = node;
          const half = node.size / 2;
          button.style.cssText = `left:${node.x - half}px;top:${node.y - half}px;width:${node.size}px;height:${node.size}px`;
          next.set(key, button);
        }
      }
      for (const [key, button] of buttons) if (!next.has(key)) button.remove();
      buttons = next;
      let before = null;
      for (const button of buttons.values()) {
        if (!button.isConnected) holder.insertBefore(button, before ? before.nextSibling : holder.firstChild);
        before = button;
      }
      setCurrent(buttons.has(current) ? current : buttons.keys().next().value);
      this.label();
    },
    /** Renew what assistive technology reads; call it now and then, not per frame. */
    label() {
      for (const button of buttons.values()) {
        const text = unitLabel(view, button.node.layer, button.node.unit);
        if (button.getAttribute("aria-label") !== text) button.setAttribute("aria-label", text);
        const pinned = Boolean(view.pinned?.layer === button.node.layer && view.pinned.unit === button.node.unit);
        if (button.getAttribute("aria-pressed") !== String(pinned)) button.setAttribute("aria-pressed", String(pinned));
      }
    },
  };
}

/** The legend: signs always, the marks of units only while some unit bears them. */
export function createLegend(view) {
  const { store } = view;
  const element = el("div", { class: "network-legend" });
  const entry = (name) => {
    const item = el("span", { class: "network-legend-item" });
    item.append(el("i", { class: `network-mark network-mark-${name}`, "aria-hidden": "true" }));
    item.append(el("span", { text: store.t(`network.legend.${name}`) }));
    element.append(item);
    return item;
  };
  const always = ["positive", "negative"].map(entry);
  const items = Object.fromEntries(
    ["zero", "dead", "saturated", "dropped", "skip", "left_out", "folded"].map((name) => [name, entry(name)]),
  );
  return {
    element,
    update(seen) {
      always.forEach((item) => {
        item.hidden = false;
      });
      for (const [name, item] of Object.entries(items)) {
        if (item.hidden === Boolean(seen[name])) item.hidden = !seen[name];
      }
    },
  };
}

/** A table of all weights and biases for readers of the page's text; empty for large networks. */
export function createWeightTable(view) {
  const element = el("div", { class: "network-hidden" });
  let key = "";
  let cells = [];

  function build() {
    const { store, columns } = view;
    cells = [];
    const tables = columns.slice(1).map((column) => {
      const table = el("table");
      table.append(el("caption", { text: store.t("network.table.caption", { layer: layerName(store, column) }) }));
      const head = el("tr");
      head.append(el("th", { text: store.t("network.table.unit"), scope: "col" }));
      for (let source = 0; source < column.weight.cols; source += 1) {
        head.append(el("th", { text: sourceName(view, column.layer, source), scope: "col" }));
      }
      head.append(el("th", { text: store.t("network.parameter.bias"), scope: "col" }));
      table.append(head);
      for (let unit = 0; unit < column.size; unit += 1) {
        const row = el("tr");
        row.append(el("th", { text: unitName(view, column.layer, unit), scope: "row" }));
        for (let source = 0; source <= column.weight.cols; source += 1) {
          const cell = el("td");
          row.append(cell);
          cells.push({ cell, column, unit, source });
        }
        table.append(row);
      }
      return table;
    });
    element.replaceChildren(...tables);
  }

  return {
    element,
    update() {
      const values = arrayOf(view.store.frame, "parameters", view.scene.n_parameters);
      const small = view.scene.n_parameters <= TABLE_LIMIT;
      const next = small ? `${view.scene.revision}` : "large";
      if (next !== key) {
        key = next;
        if (small) build();
        else element.replaceChildren(el("p", { text: view.store.t("network.table.too_large") }));
      }
      if (!values || !small) return;
      for (const { cell, column, unit, source } of cells) {
        const index =
          source < column.weight.cols
            ? strongestIndex(column, unit, source, values)
            : column.bias
              ? column.bias.offset + unit * column.pieces
              : -1;
        setText(cell, index < 0 ? "" : significant(values[index]));
      }
    },
  };
}
