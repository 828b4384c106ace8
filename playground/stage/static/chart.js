/** One Altair chart: rendered by vega-embed, fed through Vega's view API, in the stage's theme. */

import { el, setText } from "./dom.js";
import { vegaConfig } from "./theme.js";

/** Width of a small multiple with its axis, in pixels. */
const FACET_WIDTH = 176;
/** Least and most width of a plotting area. */
const WIDTHS = [160, 900];

let bundle = null;

/**
 * Load vega-embed once for the page.
 * @returns {Promise<{embed: Function, vega: object}>}
 */
export function loadVega() {
  bundle ??= import("./vega.js").then(() => ({ embed: globalThis.vegaEmbed, vega: globalThis.vega }));
  return bundle;
}

/**
 * @typedef {object} Chart
 * @property {(name: string, rows: object[]) => void} set replaces the rows of a named data set
 * @property {() => void} flush draws what was set (several sets, one drawing)
 * @property {(spec: object) => Promise<void>} change shows another specification with the same data
 * @property {() => object|null} view Vega's view, once there is one
 * @property {() => void} destroy
 */

/**
 * Create a chart that fits the width of `element`.
 * @param {HTMLElement} element
 * @param {object} spec Vega-Lite specification with named data sets
 * @param {import("./store.js").Store} store
 * @param {{chrome?: number, name?: string}} [options] `chrome`: pixels that axes and paddings take beside the
 *   plotting area; `name`: of the files that the menu saves
 * @returns {Chart}
 */
export function createChart(element, spec, store, { chrome = 70, name = "chart" } = {}) {
  const rows = new Map();
  let current = spec;
  let embedded = null;
  let width = 0;
  let job = 0;
  let timer = 0;
  let destroyed = false;
  const host = el("div", { class: "stage-chart" });
  element.append(host);

  async function render() {
    const mine = ++job;
    width = element.clientWidth;
    if (width < 40) return;
    try {
      const { embed } = await loadVega();
      if (mine !== job || destroyed) return;
      const target = el("div", { class: "stage-chart-target" });
      const result = await embed(target, fitted(current, width - chrome), {
        mode: "vega-lite",
        renderer: "canvas",
        actions: { export: { png: true, svg: true }, source: false, compiled: false, editor: false },
        config: vegaConfig(store.theme),
        downloadFileName: name,
        scaleFactor: { png: 2, svg: 1 },
        tooltip: tooltipHandler(store),
        i18n: {
          CLICK_TO_VIEW_ACTIONS: store.t("stage.curves.menu"),
          PNG_ACTION: store.t("stage.curves.png"),
          SVG_ACTION: store.t("stage.curves.svg"),
        },
      });
      if (mine !== job || destroyed) {
        result.finalize();
        return;
      }
      embedded?.finalize();
      embedded = result;
      target.querySelector("summary")?.setAttribute("aria-label", store.t("stage.curves.menu"));
      // The menu's links are made when it is used; until then they lead nowhere.
      host.replaceChildren(target);
      for (const [dataset, values] of rows) put(dataset, values);
      embedded.view.run();
    } catch (error) {
      if (destroyed) return;
      console.error("stage: a chart failed", error);
      const message = el("p", { class: "stage-error" });
      setText(message, store.t("stage.status.chart_failed", { message: error.message }));
      host.replaceChildren(message);
    }
  }

  function put(dataset, values) {
    const { vega } = globalThis;
    embedded.view.change(dataset, vega.changeset().remove(vega.truthy).insert(values.map((row) => ({ ...row }))));
  }

  const watch = new ResizeObserver(() => {
    if (Math.abs(element.clientWidth - width) < 2) return;
    clearTimeout(timer);
    timer = setTimeout(render, embedded ? 150 : 0);
  });
  watch.observe(element);
  const off = store.on("theme", render);

  return {
    set(dataset, values) {
      rows.set(dataset, values);
      if (embedded) put(dataset, values);
    },
    flush() {
      if (embedded) embedded.view.run();
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
      off();
      embedded?.finalize();
      host.remove();
    },
  };
}

/**
 * The specification with its plotting areas as wide as there is room for.
 * @param {object} spec
 * @param {number} room pixels
 * @returns {object} a copy
 */
export function fitted(spec, room) {
  const width = Math.round(Math.max(WIDTHS[0], Math.min(WIDTHS[1], room)));
  if (spec.vconcat) return { ...spec, vconcat: spec.vconcat.map((row) => ({ ...row, width })) };
  if (spec.facet) return { ...spec, columns: Math.max(1, Math.floor((room + 60) / FACET_WIDTH)) };
  return typeof spec.width === "number" ? { ...spec, width } : { ...spec };
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
