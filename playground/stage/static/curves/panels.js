/** The panels under the stage: layers, reading the curves, errors, runs. Only the open one is fed. */

import { createChart } from "./chart.js";
import { el, setText } from "../shell/dom.js";
import { icon } from "../shell/icons.js";
import { createErrors } from "./judged.js";
import { createRuns } from "./runs.js";
import { gradientRows, healthRows, histogramRows, learnedRows } from "./rows.js";

const NAMES = ["layers", "diagnosis", "errors", "runs"];
/** @type {(keyof typeof import("./rows.js").HISTOGRAMS)[]} */
const HISTOGRAM_KINDS = ["pre_activation", "activation", "weight"];

/**
 * Create the panels.
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store
 * @returns {{destroy: () => void}}
 */
export function createPanels(element, store) {
  const t = (key, values) => store.t(`stage.panels.${key}`, values);
  const makers = { layers: createLayers, diagnosis: createDiagnosis, errors: createErrorsPanel, runs: createRuns };
  const title = (name) => (name === "runs" ? store.t("runs.list.title") : t(name));
  const body = el("div", { class: "stage-panel", id: "stage-panel", hidden: true });
  const buttons = NAMES.map((name) =>
    el("button", {
      type: "button",
      class: "stage-tab",
      text: title(name),
      "aria-expanded": "false",
      "aria-controls": "stage-panel",
      "data-testid": `panel-${name}`,
      on: { click: () => open(store.openPanel === name ? null : name) },
    }),
  );
  element.replaceChildren(el("div", { class: "stage-tabs" }, ...buttons), body);
  let panel = null;

  function open(name) {
    panel?.destroy();
    panel = null;
    store.openPanel = name;
    store.stats = null;
    buttons.forEach((button, i) => button.setAttribute("aria-expanded", String(NAMES[i] === name)));
    body.hidden = !name;
    body.replaceChildren();
    if (name) panel = makers[name](body, store, t);
    announce();
  }

  /** Tell the server which panel to feed. */
  function announce() {
    if (!store.connected) return;
    store
      .send("panels", { open: store.data.limits.panels.filter((name) => name === store.openPanel) })
      .catch((error) => {
        console.warn("stage: panels were refused", error);
      });
  }

  const offs = [
    store.on("stats", (stats) => panel?.show(stats)),
    store.on("runs", ({ runs }) => {
      const count = runs.length ? ` (${runs.length})` : "";
      setText(buttons[NAMES.indexOf("runs")], title("runs") + count);
    }),
    store.on("connection", (state) => {
      if ((state === "open" || state === "fallback") && store.openPanel) announce();
    }),
  ];
  if (store.openPanel) open(store.openPanel);
  return {
    destroy() {
      offs.forEach((off) => off());
      panel?.destroy();
    },
  };
}

/** Cards with charts that show only while they have rows. */
function createCards(element, store, waiting) {
  const note = el("p", { class: "stage-muted", text: waiting });
  const grid = el("div", { class: "stage-cards" });
  element.replaceChildren(note, grid);
  const cards = new Map();
  return {
    put(name, rows, options = {}) {
      let card = cards.get(name);
      if (!card) {
        if (!rows.length) return;
        const box = el("div", { class: `stage-card stage-card-${name}`, "data-testid": `chart-${name}` });
        grid.append(box);
        card = { box, chart: createChart(box, name, store, { name, refit: true, ...options }) };
        cards.set(name, card);
      }
      card.box.hidden = !rows.length;
      card.chart.set("rows", rows);
      card.chart.flush();
    },
    note(text) {
      setText(note, text);
      note.hidden = !text;
    },
    destroy: () => cards.forEach((card) => card.chart.destroy()),
  };
}

function createLayers(element, store, t) {
  const cards = createCards(element, store, t("waiting"));
  return {
    show({ layers, gradient_norms: norms }) {
      if (!layers) return;
      const names = layers.map((_, i) => (i < layers.length - 1 ? t("hidden", { number: i + 1 }) : t("output")));
      cards.note(layers.length < 2 ? t("no_hidden") : "");
      for (const kind of HISTOGRAM_KINDS) {
        cards.put(kind, histogramRows(layers, names, kind), { chrome: 0 });
      }
      cards.put("gradients", norms ? gradientRows(norms, names) : []);
      cards.put("health", healthRows(layers, names));
      cards.put("learned", learnedRows(layers, names));
    },
    destroy: cards.destroy,
  };
}

function createErrorsPanel(element, store, t) {
  return createErrors(element, store, (place) => createCards(place, store, t("waiting")));
}

function createDiagnosis(element, store, t) {
  const list = el("ul", { class: "stage-findings", "data-testid": "diagnosis" });
  const note = el("p", { class: "stage-muted", text: t("waiting") });
  element.replaceChildren(note, list);
  let shown = "";

  function entry(finding) {
    const level = ["good", "info", "warn"].includes(finding.level) ? finding.level : "info";
    const item = el(
      "li",
      { class: `stage-finding stage-finding-${level}`, "data-finding": finding.id },
      icon(level),
      el(
        "div",
        {},
        el("strong", {}, el("span", { class: "visually-hidden", text: `${t(level)}: ` }), finding.title),
        el("p", { text: finding.text }),
      ),
    );
    if (finding.action) {
      item.append(
        el("button", {
          type: "button",
          class: "stage-button stage-button-text-only",
          text: finding.action,
          on: { click: (event) => apply(finding, event.currentTarget) },
        }),
      );
    }
    return item;
  }

  function apply(finding, button) {
    button.disabled = true;
    store
      .send("apply", { suggestion: finding.id })
      .then(() => store.emit("notice", { message: t("applied", { action: finding.action }), level: "info" }))
      .catch((error) => store.emit("notice", { message: error.message, level: "error" }))
      .finally(() => {
        button.disabled = false;
      });
  }

  return {
    show({ diagnosis }) {
      if (!diagnosis) return;
      const key = JSON.stringify(diagnosis);
      if (key === shown) return; // a list that is rebuilt under the pointer loses the click
      shown = key;
      note.hidden = diagnosis.length > 0;
      setText(note, diagnosis.length ? "" : t("nothing"));
      list.replaceChildren(...diagnosis.map(entry));
    },
    destroy() {},
  };
}
