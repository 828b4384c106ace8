/** One Altair chart: rendered by vega-embed, fed through Vega's view API, in the stage's theme. */

import { el, setText } from "../shell/dom.js";
import { createSaveMenu, saveAs } from "../shell/save-menu.js";
import { loadSpecs } from "../shell/specs.js";
import { enlarged, vegaConfig } from "../shell/theme.js";

/** Width of a small multiple with its axis, in pixels. */
const FACET_WIDTH = 168;
/** Least and most width of a plotting area. */
const WIDTHS = [160, 900];
/** Rows that were replaced and that Vega may still remember, with their marks: its own 10,000 are 16 MB. */
const REMEMBERED = 500;
/** Rows that may be replaced before a chart that copies them is built anew: Vega keeps a key of each, 4 bytes. */
const MOST_KEYS = 500_000;

/** Transforms that write into the rows. */
const WRITING = new Set(["formula", "stack", "window", "joinaggregate", "bin", "timeunit", "identifier", "impute"]);

let bundle = null;

/**
 * Load vega-embed once for the page.
 * @returns {Promise<Function>} its `embed`
 */
export function loadVegaEmbed() {
  // @ts-expect-error: no file of this folder; playground/stage/vega.py makes it
  bundle ??= import("../vega.js").then(
    () => globalThis.vegaEmbed,
    (error) => {
      bundle = null; // the next chart tries again
      throw error;
    },
  );
  return bundle;
}

/**
 * @typedef {object} Chart
 * @property {(name: string, rows: object[]) => void} set replaces the rows of a named data set
 * @property {() => void} flush draws what was set (several sets, one drawing)
 * @property {(kind: string) => Promise<void>} change shows another of the page's charts with the same data
 * @property {() => object|null} view Vega's view, once there is one
 * @property {() => void} destroy
 */

/**
 * Create a chart that fits the width of `element`.
 * @param {HTMLElement} element
 * @param {string} kind which of the page's charts
 * @param {import("../shell/store.js").Store} store
 * @param {{around?: HTMLElement, chrome?: number, name?: string, refit?: boolean, stretch?: () => number,
 *   parts?: (() => string[])|null, named?: () => Object<string, string>}} [options]
 *   `chrome`: pixels that axes and paddings take beside the plotting area; `around`: an element of class `stage-chart`
 *   that holds `element`, where that is a control or an image by itself and so can hold no menu; `name`: of the files that
 *   the menu saves; `refit`: lay the chart out anew with all new rows (they may bring new axes); `stretch`: by how much
 *   rows of plots are higher than specified; `parts`: of the data, which the chart tells apart; `named`: other names
 *   for some of them in the legend
 * @returns {Chart}
 */
export function createChart(
  element,
  kind,
  store,
  { around, chrome = 78, name = "chart", refit = false, stretch = () => 1, parts = null, named = () => ({}) } = {},
) {
  const rows = new Map();
  let current = kind;
  let embedded = null;
  let menu = null;
  let width = 0;
  let height = 1;
  let job = 0;
  let keys = 0;
  let timer = 0;
  let destroyed = false;
  const host = el("div", { class: "stage-chart" });
  element.append(host);

  async function render() {
    const mine = ++job;
    width = element.clientWidth;
    height = stretch();
    if (width < 40) return;
    try {
      const target = el("div", { class: "stage-chart-target" });
      const result = await drawn(target, store.theme, () => mine === job && !destroyed);
      if (!result) return;
      if (mine !== job || destroyed) {
        result.finalize();
        return;
      }
      embedded?.finalize();
      embedded = result;
      embedded.view.cleanThreshold = REMEMBERED;
      keys = copies(result.vgSpec) ? 0 : -Infinity;
      host.replaceChildren(target);
      menu?.remove();
      menu = createSaveMenu(store, { label: store.t("stage.curves.menu"), kinds: ["png", "svg"], save });
      (around ?? host).append(menu);
    } catch (error) {
      if (destroyed) return;
      console.error("stage: a chart failed", error);
      const message = el("p", { class: "stage-error" });
      setText(message, store.t("stage.status.chart_failed", { message: error.message }));
      menu?.remove();
      host.replaceChildren(message);
    }
  }

  /** The chart in a theme; undefined where it is no longer wanted by the time that Vega is there. */
  async function drawn(target, theme, wanted = () => true) {
    const [embed, specs] = await Promise.all([loadVegaEmbed(), loadSpecs(store.data)]);
    if (!wanted()) return undefined;
    const room = width - chrome * theme.type;
    const spec = parts ? ofParts(specs[current], parts(), named()) : specs[current];
    return embed(target, withRows(enlarged(fitted(spec, room, height), theme.type)), {
      mode: "vega-lite",
      renderer: "canvas",
      actions: false,
      defaultStyle: false,
      logLevel: 1, // errors; an empty chart is not worth a warning
      config: vegaConfig(theme),
      tooltip: tooltipHandler(store),
    });
  }

  /** Save the chart; in another theme than the page's it is drawn once more. */
  async function save(ending, theme) {
    const own = theme === store.theme;
    const result = own ? embedded : await drawn(el("div"), theme);
    saveAs(await result.view.toImageURL(ending, ending === "png" ? 2 : 1), `${name}.${ending}`);
    if (!own) result.finalize();
  }

  /** Rows that are there already go into the specification, so that the first layout fits them. */
  function withRows(fittedSpec) {
    const datasets = { ...fittedSpec.datasets };
    for (const [dataset, values] of rows) datasets[dataset] = values.map((row) => ({ ...row }));
    return { ...fittedSpec, datasets };
  }

  function refitLater() {
    if (Math.abs(element.clientWidth - width) < 2 && Math.abs(stretch() - height) < 0.02) return;
    clearTimeout(timer);
    timer = setTimeout(render, embedded ? 150 : 0);
  }
  const watch = new ResizeObserver(refitLater);
  watch.observe(element);
  const offs = [store.on("theme", render), store.on("resize", refitLater)];

  return {
    set(dataset, values) {
      const grew = values.length > 0 && !rows.get(dataset)?.length;
      rows.set(dataset, values);
      if (!embedded) return;
      keys += values.length;
      embedded.view.data(
        dataset,
        values.map((row) => ({ ...row })),
      ); // Vega writes into the rows it is given
      if (grew || refit) embedded.view.resize();
    },
    flush() {
      if (embedded) embedded.view.run();
      if (keys > MOST_KEYS) {
        keys = 0;
        render();
      }
    },
    change(next) {
      current = next;
      return render();
    },
    view: () => embedded?.view ?? null,
    destroy() {
      destroyed = true;
      clearTimeout(timer);
      watch.disconnect();
      offs.forEach((off) => off());
      embedded?.finalize();
      menu?.remove();
      host.remove();
    },
  };
}

/**
 * The specification with its plotting areas as wide as there is room for.
 * @param {object} spec
 * @param {number} room pixels
 * @param {number} [stretch] by how much the rows of plots are higher than specified
 * @returns {object} a copy
 */
export function fitted(spec, room, stretch = 1) {
  const width = Math.round(Math.max(WIDTHS[0], Math.min(WIDTHS[1], room)));
  if (spec.vconcat) return fittedRows(spec, width, stretch);
  if (spec.facet) return { ...spec, columns: Math.max(1, Math.floor((room + 4) / FACET_WIDTH)) };
  return typeof spec.width === "number" ? { ...spec, width } : { ...spec };
}

/**
 * Whether Vega computes with copies of the rows (its Relay), whose keys it never forgets.
 * @param {{data: object[]}} vegaSpec the compiled specification
 * @returns {boolean}
 */
export function copies(vegaSpec) {
  return vegaSpec.data.some((each) => each.source && each.transform?.some(({ type }) => WRITING.has(type)));
}

/**
 * The chart with some of the data's parts only, which a colour tells apart.
 * @param {object} spec
 * @param {string[]} parts
 * @param {Object<string, string>} [named] what the legend calls some of them
 * @returns {object}
 */
export function ofParts(spec, parts, named = {}) {
  return JSON.parse(JSON.stringify(spec), (key, value) => {
    if (key !== "color" || !value?.scale?.domain?.includes("train")) return value;
    const { domain, range } = value.scale;
    const kept = domain.map((_, k) => k).filter((k) => parts.includes(domain[k]));
    const scale = { ...value.scale, domain: kept.map((k) => domain[k]), range: kept.map((k) => range[k]) };
    if (!value.legend || !Object.keys(named).length) return { ...value, scale };
    const labelExpr = `(${JSON.stringify(named)})[datum.value] || (${value.legend.labelExpr})`;
    return { ...value, scale, legend: { ...value.legend, labelExpr } };
  });
}

/** Plots one above the other, all as wide as there is room for. */
function fittedRows(spec, width, stretch) {
  const high = (row) => (typeof row.height === "number" ? { height: Math.round(row.height * stretch) } : {});
  return { ...spec, vconcat: spec.vconcat.map((row) => ({ ...row, width, ...high(row) })) };
}

/** A tooltip inside the stage, so that it also shows in full screen; its text goes in as text. */
function tooltipHandler(store) {
  return (_handler, event, _item, value) => {
    const root = store.root;
    let tip = root.querySelector(":scope > .stage-tip");
    if (value === null || value === undefined || value === "") {
      tip?.remove();
      return;
    }
    if (!tip) {
      tip = el("div", { class: "stage-tip", role: "tooltip" });
      root.append(tip);
    }
    const entries = typeof value === "object" ? Object.entries(value) : [["", value]];
    tip.replaceChildren(
      ...entries.map(([key, text]) => el("div", {}, key ? el("b", { text: `${key} ` }) : "", String(text))),
    );
    const box = root.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - tip.offsetWidth - 4);
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${event.clientY - box.top + 14}px`;
  };
}
