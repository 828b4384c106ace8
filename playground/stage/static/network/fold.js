/** Columns too tall to draw whole: the "+54" badge and the popover with the maps of all their units. */

import { activeAround, el, within } from "../shell/dom.js";
import { button, placeBeside } from "./popover.js";
import { fitCanvas, drawDead, drawSaturated, drawStruck } from "./draw.js";
import { layerName, unitLabel, unitState } from "./words.js";

const TILE = 32;
const GAP = 5;

/**
 * @param {object} view
 * @param {HTMLElement} parent layer of the overlay that scrolls with the canvas
 */
export function createFold(view, parent) {
  const holder = el("div", { class: "network-badges" });
  parent.append(holder);
  let key = "";
  let open = null;

  function place() {
    const { layout, expanded, store, columns } = view;
    const next = JSON.stringify(
      layout.columns.map(({ badge }) => badge && [Math.round(badge.x), Math.round(badge.y), badge.hidden]),
    );
    if (next === key) return;
    key = next;
    holder.replaceChildren();
    for (const column of layout.columns) {
      if (!column.badge) continue;
      const wide = expanded.has(column.layer);
      const name = layerName(store, columns[column.layer]);
      const text = wide ? store.t("network.fold.collapse_short") : `+${column.badge.hidden}`;
      const label = store.t(wide ? "network.fold.collapse" : "network.fold.show", {
        layer: name,
        count: column.badge.hidden,
      });
      const badge = button("network-badge", text, label, () =>
        wide ? setExpanded(column.layer, false) : show(column.layer),
      );
      badge.style.left = `${column.badge.x}px`;
      badge.style.top = `${column.badge.y}px`;
      badge.dataset.testid = `fold-${column.layer}`;
      holder.append(badge);
    }
  }

  function setExpanded(layer, on) {
    close();
    if (on) view.expanded.add(layer);
    else view.expanded.delete(layer);
    view.relayout();
    const badge = within(holder, `[data-testid="fold-${layer}"]`);
    if (badge) badge.focus();
  }

  function close() {
    if (!open) return;
    const inside = open.element.contains(activeAround(open.element));
    open.element.remove();
    const badge = within(holder, `[data-testid="fold-${open.layer}"]`);
    if (inside && badge) badge.focus();
    open = null;
    view.hover(null);
  }

  function show(layer) {
    const again = open?.layer === layer;
    close();
    if (again) return;
    const { store, columns } = view;
    const column = columns[layer];
    const across = Math.max(4, Math.min(8, Math.floor((view.popovers.clientWidth - 30) / (TILE + GAP))));
    const rows = Math.ceil(column.size / across);
    const element = el("div", {
      class: "network-fold",
      role: "dialog",
      "aria-label": store.t("network.fold.title", { layer: layerName(store, column), count: column.size }),
      "data-testid": "unit-grid",
    });
    const head = el("div", { class: "network-editor-head" });
    head.append(
      el("strong", { text: store.t("network.fold.title", { layer: layerName(store, column), count: column.size }) }),
    );
    head.append(button("network-icon", "×", store.t("network.edit.close"), close));
    const grid = el("div", { class: "network-fold-grid", "data-arrows": "" });
    const canvas = el("canvas", { "aria-hidden": "true" });
    grid.append(canvas);
    const buttons = Array.from({ length: column.size }, (_, unit) => tile(layer, unit, across));
    grid.append(...buttons);
    grid.addEventListener("keydown", (event) => moveInGrid(event, buttons, across));
    const wide = button("", store.t("network.fold.expand"), "", () => setExpanded(layer, true));
    element.append(head, grid, wide);
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      close();
    });
    open = { element, layer, canvas, buttons, across, rows };
    view.popovers.append(element);
    const badge = view.layout.columns[layer].badge;
    const at = view.toPopover(badge ? badge.x : 0, badge ? badge.y : 0);
    draw();
    placeBeside(element, view.popovers, at.x, at.y);
    buttons[0].tabIndex = 0;
    buttons[0].focus({ preventScroll: true });
  }

  function tile(layer, unit, across) {
    const target = { kind: "unit", layer, unit };
    const element = el("button", {
      class: "network-unit",
      type: "button",
      tabindex: "-1",
      "aria-label": unitLabel(view, layer, unit),
      title: unitLabel(view, layer, unit),
    });
    element.style.cssText =
      `left:${(unit % across) * (TILE + GAP) + 2}px;top:${Math.floor(unit / across) * (TILE + GAP) + 2}px;` +
      `width:${TILE}px;height:${TILE}px`;
    element.addEventListener("pointerenter", () => view.hover(target));
    element.addEventListener("pointerleave", () => view.hover(null));
    element.addEventListener("focus", () => {
      if (element.matches(":focus-visible")) view.hover(target);
    });
    element.addEventListener("click", () => view.pin(target));
    return element;
  }

  function draw() {
    if (!open) return;
    const { columns, atlas, palette, stats } = view;
    const column = columns[open.layer];
    const context = fitCanvas(open.canvas, open.across * (TILE + GAP), open.rows * (TILE + GAP));
    context.clearRect(0, 0, open.canvas.width, open.canvas.height);
    const drawn = view.layout.columns[open.layer].byUnit;
    for (let unit = 0; unit < column.size; unit += 1) {
      const x = (unit % open.across) * (TILE + GAP) + 2;
      const y = Math.floor(unit / open.across) * (TILE + GAP) + 2;
      atlas.draw(context, column.first + unit, x, y, TILE);
      const pinned = view.pinned?.layer === open.layer && view.pinned.unit === unit;
      context.strokeStyle = pinned || drawn.has(unit) ? palette.text : palette.border;
      context.lineWidth = pinned ? 3 : 1;
      context.strokeRect(x - 0.5, y - 0.5, TILE + 1, TILE + 1);
      const node = { x: x + TILE / 2, y: y + TILE / 2, size: TILE };
      const state = stats ? unitState(view, open.layer, unit) : "alive";
      if (state === "dead") drawDead(context, palette, node);
      else if (state === "saturated") drawSaturated(context, palette, node);
      else if (state === "dropped" || state === "left_out") drawStruck(context, palette, node);
    }
  }

  return {
    place,
    draw,
    close,
    contains: (node) => Boolean(open?.element.contains(node)),
    get open() {
      return Boolean(open);
    },
  };
}

function moveInGrid(event, buttons, across) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
  if (!step || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const at = buttons.findIndex((each) => each.tabIndex === 0);
  const next = buttons[at + step];
  if (!next) return;
  buttons[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
