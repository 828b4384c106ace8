/** The network of the stage: a canvas for what changes with every frame, elements over it for what needs focus. */

import { createHeaders, createLayerBar } from "./edit-layers.js";
import { createEditor } from "./edit.js";
import { createAtlas, paletteOf } from "./atlas.js";
import { createTooltip } from "./popover.js";
import { drawNetwork, fitCanvas, weightReference } from "./draw.js";
import { createFold } from "./fold.js";
import { networkFile } from "./figure.js";
import { mostDrawn, placeLinks, placeNetwork } from "./layout.js";
import { arrayOf, chooseUnits, columnsOf, importance, shownInputs } from "./model.js";
import { createLegend, createUnitButtons, createWeightTable } from "./overlay.js";
import { followPointer } from "./pointer.js";
import { buildSkeleton } from "./skeleton.js";
import { tooltipLines } from "./words.js";
import { roomOf } from "../shell/room.js";
import { createSaveMenu, saveAs } from "../shell/save-menu.js";
import { watchSight } from "../shell/sight.js";
import { createSlow } from "../slow/slow.js";

const CHOOSE_EVERY = 1000; // milliseconds between choices of the units and links to draw
const LABELS_EVERY = 1000; // milliseconds between renewals of labels, legend and table
const TOOLTIP_EVERY = 150;
const DROPPED_EVERY = 600; // a mask that changed with every frame would only flicker

/**
 * Show the network of `store.scene` in `element` and keep it current.
 * @param {HTMLElement} element
 * @param {object} store see the stage's main module
 * @returns {{destroy(): void}}
 */
export function createNetworkView(element, store) {
  const view = {
    store,
    scene: null,
    columns: [],
    layout: null,
    drawn: [],
    expanded: new Set(),
    palette: null,
    atlas: createAtlas(),
    stats: null,
    dropped: null,
    hovered: null,
    pinned: null,
    slow: null,
    redraw,
    relayout,
    hover,
    activate,
    pin,
    edit,
    say,
    toPopover,
    reveal,
  };
  const dom = buildSkeleton(view);
  element.append(dom.root);
  view.root = dom.root;
  view.overlay = dom.plane;
  view.popovers = dom.popovers;
  const tooltip = createTooltip(dom.popovers);
  const headers = createHeaders(view, dom.plane);
  const units = createUnitButtons(view, dom.plane);
  const fold = createFold(view, dom.plane);
  const editor = createEditor(view);
  const bar = createLayerBar(view);
  const legend = createLegend(view);
  const table = createWeightTable(view);
  const slow = createSlow(view);
  dom.root.classList.toggle("network-readonly", Boolean(store.readOnly));
  dom.root.prepend(bar.element);
  bar.element.append(
    createSaveMenu(store, { label: store.t("network.save"), kinds: ["svg", "png"], save, testid: "network-save" }),
  );
  dom.root.append(legend.element, slow.element, table.element);

  let pending = 0;
  let width = 0;
  let height = 0;
  let lastUnits = null;
  let shown = null;
  let tooltipAt = { x: 0, y: 0 };
  let sentFocus = "";
  const due = { choose: 0, labels: 0, tooltip: 0, dropped: 0 };

  function redraw() {
    if (!pending) pending = requestAnimationFrame(draw);
  }

  function readArrays(now) {
    const count = view.columns.reduce((sum, column) => sum + column.size, 0);
    const hiddenUnits = count - view.columns[0].size - view.columns[view.columns.length - 1].size;
    view.stats = arrayOf(store.frame, "unit_stats", count * 4);
    const maps = store.painter?.units() ?? arrayOf(store.frame, "units");
    if (!maps || maps.shape[0] !== count) view.atlas.clear();
    else if (maps !== lastUnits) view.atlas.update(maps, view.palette.table);
    lastUnits = maps;
    if (view.slow) view.dropped = view.slow.dropped();
    else if (now >= due.dropped || !isPlaying()) {
      due.dropped = now + DROPPED_EVERY;
      const usesDropout = view.columns.some((column) => column.dropout > 0 || column.dropRate > 0);
      view.dropped = usesDropout ? arrayOf(store.frame, "dropped", hiddenUnits) : null;
    }
    return view.slow ? view.slow.parameters() : arrayOf(store.frame, "parameters", view.scene.n_parameters);
  }

  function isPlaying() {
    return Boolean(store.frame?.status === "playing");
  }

  function draw(now) {
    pending = 0;
    if (!view.scene || !width) return;
    if (!sight.seen && isPlaying()) return; // drawn once it is in sight again
    sendFocus();
    const parameters = readArrays(now);
    if (now >= due.choose || !view.layout) choose(parameters, now);
    const { layout } = view;
    const context = fitCanvas(dom.canvas, layout.width, layout.height);
    const styles = view.slow ? view.slow.styles() : weightStyles(parameters);
    const picture = {
      layout,
      columns: view.columns,
      palette: view.palette,
      atlas: view.atlas,
      styles,
      stats: view.stats,
      emphasised: view.hovered && view.hovered.kind !== "layer" ? view.hovered : null,
      selected: editor.target || view.slow?.selected(),
      focused: view.slow ? unitOf(view.slow.selected()) : view.pinned,
      playingDropout: view.dropped
        ? { dropped: view.dropped, hidden: view.columns.length - 2, columns: view.columns }
        : null,
    };
    shown = picture;
    drawNetwork(context, picture);
    if (view.slow) view.slow.draw(context, picture);
    if (now >= due.tooltip) renewTooltip(now);
    if (now >= due.labels || !isPlaying()) renewLabels(now, styles);
  }

  /** Save the picture as it was last drawn. */
  async function save(kind, theme) {
    if (!shown) return;
    const maps = view.atlas.count ? lastUnits : null;
    const { scene, columns } = view;
    saveAs(
      await networkFile(kind, shown, { store, scene, columns, units: maps }, theme),
      `network-epoch-${store.frame?.epoch ?? 0}.${kind}`,
    );
  }

  function weightStyles(parameters) {
    const { experiment } = view.scene;
    const rate = store.frame?.learning_rate || 0;
    const zero = experiment && experiment.l1 ? Math.max(1e-3, 2 * rate * experiment.l1) : 1e-6;
    return view.columns.map((column) =>
      column.weight && parameters ? { values: parameters, reference: weightReference(column), zero } : null,
    );
  }

  /** Choose units and links anew; the geometry changes only when the units do. */
  function choose(parameters, now) {
    due.choose = now + CHOOSE_EVERY;
    const { columns, pinned, expanded } = view;
    const before = JSON.stringify(view.drawn);
    view.drawn = columns.map((column, index) => {
      const most = mostDrawn(column);
      if (column.size <= most || expanded.has(column.layer))
        return Array.from({ length: column.size }, (_, unit) => unit);
      const wanted = column.kind === "input" ? shownInputs(view.scene) : [];
      if (pinned?.layer === column.layer) wanted.push(pinned.unit);
      const norms = parameters
        ? importance(column, columns[index + 1], parameters, view.stats)
        : new Float64Array(column.size);
      return chooseUnits(norms, view.drawn[index] || [], most, wanted);
    });
    if (!view.layout || JSON.stringify(view.drawn) !== before) place();
    const target = view.hovered?.kind === "unit" ? view.hovered : null;
    view.layout.links = placeLinks(columns, view.layout, parameters, target);
  }

  function place() {
    view.layout = placeNetwork(view.columns, view.drawn, {
      width,
      height,
      expanded: view.expanded,
      classes: view.scene.task === "multiclass",
      roomy: Boolean(view.slow),
      inputs: view.scene.inputs,
    });
    dom.plane.style.width = `${view.layout.width}px`;
    dom.plane.style.height = `${view.layout.height}px`;
    dom.scroll.classList.toggle("network-scrolls", view.layout.width > width + 1);
    headers.update();
    units.place();
    fold.place();
    dom.names.update();
    dom.cue.update();
  }

  function relayout() {
    view.layout = null;
    due.choose = 0;
    redraw();
  }

  function renewLabels(now, styles) {
    due.labels = now + LABELS_EVERY;
    units.label();
    table.update();
    if (fold.open) fold.draw();
    const states = new Set();
    if (view.stats) for (let at = 3; at < view.stats.length; at += 4) states.add(view.stats[at]);
    legend.update({
      zero: styles.some((style) => style && !view.slow && hasZero(style)),
      dead: states.has(1),
      saturated: states.has(2),
      dropped: Boolean(view.dropped?.includes(1)),
      left_out: Boolean(view.dropped?.includes(2)),
      skip: view.columns.some((column) => column.skips),
      folded: view.layout.columns.some((column) => column.badge),
    });
  }

  function hasZero({ values, zero }) {
    return view.columns.some(({ weight }) => {
      if (!weight) return false;
      for (let index = weight.offset; index < weight.offset + weight.rows * weight.cols; index += 1) {
        if (Math.abs(values[index]) <= zero) return true;
      }
      return false;
    });
  }

  // --- what is under the pointer or has the focus ---------------------------------------------------

  function hover(target, x = null, y = null) {
    const changed = JSON.stringify(target) !== JSON.stringify(view.hovered);
    view.hovered = target;
    if (target) {
      const node =
        target.layer !== undefined && view.layout?.columns[target.layer]
          ? view.layout.columns[target.layer].byUnit.get(target.unit)
          : null;
      tooltipAt = x === null ? { x: node ? node.x : 0, y: node ? node.y : 0 } : { x, y };
    }
    if (!changed) {
      if (target) redraw();
      return;
    }
    due.tooltip = 0;
    due.choose = 0;
    if (!target) tooltip.hide();
    redraw();
  }

  /** Tell the server whose map the large plot shows; once per picture, so that passing by costs little. */
  function sendFocus() {
    const unit = view.hovered?.kind === "unit" ? view.hovered : view.pinned;
    const fields = unit ? { layer: unit.layer, unit: unit.unit } : { layer: null };
    const key = JSON.stringify(fields);
    if (key === sentFocus) return;
    sentFocus = key;
    store.send("focus", fields).catch((error) => say(error.message));
  }

  function renewTooltip(now) {
    due.tooltip = now + TOOLTIP_EVERY;
    if (!view.hovered || editor.target) tooltip.hide();
    else {
      const at = toPopover(tooltipAt.x, tooltipAt.y);
      tooltip.show(tooltipLines(view, view.hovered), at.x, at.y);
    }
  }

  function toPopover(x, y) {
    return { x: x - dom.scroll.scrollLeft, y };
  }

  /** Scroll a column of a wide network into sight. */
  function reveal(layer) {
    const placed = view.layout?.columns[layer];
    if (!placed || view.layout.width <= width) return;
    const { scrollLeft } = dom.scroll;
    if (placed.x - 110 < scrollLeft) dom.scroll.scrollLeft = placed.x - 110;
    else if (placed.x + 60 > scrollLeft + width) dom.scroll.scrollLeft = placed.x + 60 - width;
  }

  /** A click or Enter on a unit, a bias or a link. */
  function activate(target, x, y) {
    if (view.slow) view.slow.select(target);
    else if (target.kind === "unit") {
      const same = view.pinned?.layer === target.layer && view.pinned.unit === target.unit;
      pin(same ? null : target);
    } else edit(target, x, y);
  }

  function pin(target) {
    view.pinned = target ? { layer: target.layer, unit: target.unit } : null;
    if (!target) view.hovered = null;
    tooltip.hide();
    due.choose = 0;
    redraw();
  }

  function edit(target, x, y) {
    if (view.slow || store.readOnly) return;
    tooltip.hide();
    const at = toPopover(x, y);
    editor.open(target, at.x, at.y);
  }

  function say(message) {
    dom.status.textContent = message;
  }

  // --- what comes from outside ----------------------------------------------------------------------

  function onScene() {
    const { scene } = store;
    if (!scene || !scene.layers) return;
    const columns = columnsOf(scene);
    if (shapeOf(columns) !== shapeOf(view.columns)) {
      editor.close();
      fold.close();
      view.expanded.clear();
      view.drawn = [];
      if (view.pinned && (!columns[view.pinned.layer] || columns[view.pinned.layer].size <= view.pinned.unit)) {
        view.pinned = null;
      }
      view.hovered = null;
      tooltip.hide();
    }
    if (!view.scene || scene.run !== view.scene.run) sentFocus = ""; // a new run forgets the focus
    view.scene = scene;
    view.columns = columns;
    if (view.slow) view.slow.onScene();
    say("");
    bar.update();
    relayout();
  }

  function onTheme() {
    view.palette = paletteOf(store.theme);
    lastUnits = null;
    redraw();
  }

  function onSlow(on) {
    editor.close();
    fold.close();
    view.slow = on ? slow : null;
    dom.root.classList.toggle("network-is-slow", Boolean(on));
    if (on) slow.start();
    else slow.stop();
    relayout();
  }

  function onResize() {
    const next = Math.floor(dom.scroll.clientWidth);
    const { units: room } = roomOf(store);
    if (!next || (next === width && room === height)) return;
    width = next;
    height = room;
    relayout();
  }

  const sight = watchSight(dom.root, redraw);
  const observer = new ResizeObserver(onResize);
  observer.observe(dom.scroll);
  const pointer = followPointer(view, dom, { editor, fold });
  const stops = [
    store.on("scene", onScene),
    store.on("frame", redraw),
    store.on("plane", redraw),
    store.on("theme", onTheme),
    store.on("resize", onResize),
    store.on("slow", (on) => onSlow(Boolean(on))),
    store.on("connection", () => {
      sentFocus = "";
    }), // another session may answer after a break
  ];
  onTheme();
  onScene();
  onResize();
  if (store.slow) onSlow(true); // asked for before this part was loaded

  return {
    destroy() {
      for (const stop of stops) stop();
      cancelAnimationFrame(pending);
      observer.disconnect();
      sight.destroy();
      pointer.destroy();
      slow.destroy();
      dom.root.remove();
    },
  };
}

/** What must stay the same for open editors and folded columns to stay as they are. */
function shapeOf(columns) {
  return columns.map(({ size, pieces, norm }) => `${size}/${pieces}/${norm}`).join();
}

function unitOf(target) {
  return target?.kind === "unit" ? target : null;
}
