/** The panel of errors: how a classifier or a regression is judged, in sentences, tables and charts. */

import { el, setText } from "../shell/dom.js";
import { percent, significant, whole } from "../shell/numbers.js";
import { calibrationRows, confusionRows, rateRows, residualRows } from "./rows.js";

/** Columns of the measures of a class, and of a regression's errors. */
const MEASURES = ["points", "precision", "recall", "f1", "auc", "ap"];
const ERRORS = ["mae", "rmse", "r2"];
/** Classes from which on their table of confusions takes the whole width. */
const MANY = 6;

/**
 * @typedef {object} Judged how a classifier does on one part, as playground/live/judged.py tells it
 * @property {string} part
 * @property {number} points
 * @property {number} drawn rows that the curves are drawn from
 * @property {number[][]} confusion
 * @property {number} accuracy
 * @property {number} balanced_accuracy
 * @property {{class_index: number, share: number}} majority
 * @property {{points: number, precision: number|null, recall: number|null, f1: number|null}[]} classes
 * @property {({x: number[], y: number[], area: number}|null)[]} roc
 * @property {({x: number[], y: number[], area: number}|null)[]} precision_recall
 * @property {{confidence: number[], accuracy: number[], counts: number[], error: number}|null} calibration
 */

/**
 * Create the panel.
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store
 * @param {(element: HTMLElement) => {put: Function, note: Function, destroy: () => void}} createCards
 * @returns {{show: (stats: object) => void, destroy: () => void}}
 */
export function createErrors(element, store, createCards) {
  const t = (key, values) => store.t(`stage.judged.${key}`, values);
  const choice = el("select", { class: "stage-input stage-select", "data-testid": "judged-part" });
  const chooser = el("label", { class: "stage-judged-part" }, el("span", { text: t("choose") }), choice);
  const lead = el("div", { class: "stage-judged-lead", "data-testid": "judged" });
  const measures = createTable(t, "table", ["class", ...MEASURES], "measures");
  const fits = createTable(t, "fits", ["fit_part", ...ERRORS], "fits");
  const charts = el("div", {});
  const bins = createTable(
    t,
    "numbers",
    ["calibration_confidence", "calibration_accuracy", "calibration_count"],
    "bins",
  );
  const numbers = el("details", { class: "stage-judged-numbers" }, el("summary", { text: t("numbers") }), bins.element);
  element.replaceChildren(chooser, lead, measures.element, fits.element, charts, numbers);
  const cards = createCards(charts);
  let last = null;
  choice.addEventListener("change", () => {
    store.judgedPart = choice.value;
    if (last) show(last);
  });

  /** The part that was chosen, or the one that the run is watched on. */
  function chosen(parts) {
    const names = parts.map(({ part }) => part);
    if (choice.dataset.parts !== names.join()) {
      choice.dataset.parts = names.join();
      choice.replaceChildren(...names.map((name) => el("option", { value: name, text: t(`part.${name}`) })));
    }
    const found = parts.find(({ part }) => part === store.judgedPart) ?? parts[0];
    if (found) choice.value = found.part;
    chooser.hidden = parts.length < 2;
    return found;
  }

  function show(stats) {
    last = stats;
    const names = (store.scene?.class_names ?? []).map(String);
    const parts = (stats.judged ?? []).filter(({ confusion }) => confusion.length === names.length);
    const judged = chosen(parts);
    charts.toggleAttribute("data-many", names.length > MANY);
    const { residuals } = stats;
    cards.note(judged || residuals ? "" : store.t("stage.panels.waiting"));
    lead.replaceChildren(...(judged ? sentences(judged, names, t).map((text) => el("p", { text })) : []));
    measures.show(judged ? judged.classes.map((each, k) => measureRow(each, k, judged, names)) : []);
    fits.show(
      (stats.fits ?? []).map((fit) => [t(`part.${fit.part}`), ...ERRORS.map((name) => significant(fit[name]))]),
    );
    const matrix = judged ? confusionRows(judged.confusion, names) : [];
    for (const part of ["test", "validation", "train"]) {
      cards.put(part === "test" ? "confusion" : `confusion_${part}`, judged?.part === part ? matrix : []);
    }
    cards.put("roc", judged ? rateRows(judged.roc, names) : []);
    cards.put("precision_recall", judged ? rateRows(judged.precision_recall, names) : []);
    const calibration = judged?.calibration ? calibrationRows(judged.calibration) : [];
    cards.put("calibration", calibration);
    numbers.hidden = !calibration.length;
    bins.show(calibration.map((bin) => [percent(bin.confidence), percent(bin.accuracy), whole(bin.count)]));
    const held = residuals?.part.includes("validation");
    cards.put("residuals", residuals && !held ? residualRows(residuals) : []);
    cards.put("residuals_validated", residuals && held ? residualRows(residuals) : []);
  }

  return { show, destroy: cards.destroy };
}

/**
 * What is said of a classifier: beside whoever always answers with the most frequent class.
 * @param {Judged} judged
 * @param {string[]} names of the classes
 * @param {(key: string, values?: object) => string} t
 * @returns {string[]}
 */
export function sentences(judged, names, t) {
  const { majority } = judged;
  const all = t("accuracy", {
    accuracy: percent(judged.accuracy),
    points: whole(judged.points),
    of: t(`of.${judged.part}`),
    majority: names[majority.class_index],
    share: percent(majority.share),
  });
  const found = [judged.accuracy > majority.share ? all : `${all} ${t("no_better")}`];
  const present = judged.classes.filter(({ points }) => points).length;
  found.push(t("balanced", { balanced: percent(judged.balanced_accuracy), guess: percent(1 / present) }));
  if (judged.calibration) found.push(t("calibrated", { error: percent(judged.calibration.error) }));
  if (judged.drawn < judged.points) {
    found.push(t("drawn", { drawn: whole(judged.drawn), points: whole(judged.points) }));
  }
  return found;
}

/**
 * One class in words and numbers.
 * @param {Judged["classes"][number]} each
 * @param {number} k its index
 * @param {Judged} judged
 * @param {string[]} names of the classes
 * @returns {string[]}
 */
export function measureRow(each, k, judged, names) {
  const shares = [each.precision, each.recall, each.f1].map(percent);
  const areas = [judged.roc[k], judged.precision_recall[k]].map((curve) => (curve ? curve.area.toFixed(3) : "–"));
  return [names[k], whole(each.points), ...shares, ...areas];
}

/** A table with headings that explain themselves; hidden while it has no rows. */
function createTable(t, caption, columns, testid) {
  const heads = columns.map((name) => {
    const key = `${name}_help`;
    const help = ["class", "points", "fit_part"].includes(name) || name.startsWith("calibration") ? null : t(key);
    return el("th", { scope: "col", title: help, text: t(name) });
  });
  const body = el("tbody");
  const table = el(
    "table",
    { class: "stage-judged-table", "data-testid": testid },
    el("caption", { class: "visually-hidden", text: t(caption) }),
    el("thead", {}, el("tr", {}, ...heads)),
    body,
  );
  const element = el(
    "div",
    { class: "stage-judged-scroll", role: "region", "aria-label": t(caption), tabindex: 0 },
    table,
  );
  return {
    element,
    show(rows) {
      element.hidden = !rows.length;
      while (body.children.length > rows.length) body.lastElementChild.remove();
      rows.forEach((row, i) => {
        const line = body.children[i] ?? body.appendChild(lineOf(row.length));
        row.forEach((text, k) => setText(line.children[k], text));
      });
    },
  };
}

function lineOf(cells) {
  const rest = Array.from({ length: cells - 1 }, () => el("td"));
  return el("tr", {}, el("th", { scope: "row" }), ...rest);
}
