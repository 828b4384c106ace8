/** Loss, accuracy and learning rate over the epochs: one chart, fed at most ten times a second. */

import { createChart } from "./chart.js";
import { el, setText, throttled } from "../shell/dom.js";
import { decimal, learningRate, percent, whole } from "../shell/numbers.js";
import { hasPart, PARTS } from "../boundary/points.js";
import { roomOf } from "../shell/room.js";
import {
  curveMarks,
  curveRows,
  ghostRows,
  nearestIndex,
  penalized,
  splitRows,
  techniqueName,
  withPenalty,
} from "./rows.js";

/** Milliseconds between drawings while the run plays. */
const INTERVAL = 110;
/** Epochs drawn while the run plays; all of them when it stands. */
const MOST_PLAYING = 120;

/**
 * Create the curves.
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store
 * @returns {{destroy: () => void, setGhost: (history: number[][]) => void}}
 */
export function createCurves(element, store) {
  const t = (key, values) => store.t(`stage.curves.${key}`, values);
  const reading = el("p", { class: "stage-reading stage-number" });
  const log = el("input", { type: "checkbox", "data-testid": "log-loss" });
  const penalty = el("input", { type: "checkbox", "data-testid": "with-penalty" });
  const penaltyLabel = el(
    "label",
    { class: "stage-check", title: t("penalty_help") },
    penalty,
    el("span", { text: t("penalty") }),
  );
  penaltyLabel.hidden = true;
  const host = el("div", {
    class: "stage-curves-chart",
    tabindex: 0,
    role: "slider",
    "aria-label": t("label"),
    "aria-valuemin": 0,
    "aria-valuemax": 0,
    "aria-valuenow": 0,
    "data-testid": "curves",
  });
  const around = el("div", { class: "stage-chart" }, host);
  element.replaceChildren(
    el(
      "div",
      { class: "stage-curves-head" },
      reading,
      penaltyLabel,
      el("label", { class: "stage-check", title: t("log_help") }, log, el("span", { text: t("log") })),
    ),
    around,
  );

  let chart = null;
  let shown = "";
  let cursor = -1;
  let drawn = null;
  let ghost = [];
  let ghostShown = "";
  let past = null;

  /** Whether a part has points: then there is a line of it. */
  const has = (part) => Boolean(store.scene) && hasPart(store.scene, part);
  const parts = () => PARTS.filter((part) => part === "train" || has(part));

  /** Rows of a history as they are drawn: with the penalties in the training loss where that is asked for. */
  const shownOf = (history) => (penalty.checked ? history.map(withPenalty) : history);
  const rowsAt = (index) => (index < 0 ? [] : splitRows(shownOf([store.history[index]])[0]));

  function specName() {
    const task = store.scene?.task === "regression" ? "curves_regression" : "curves";
    return `${task}${log.checked ? "_log" : ""}`;
  }

  function ensureChart() {
    const name = specName();
    const look = `${name} ${parts().join()} ${penalty.checked}`;
    if (look === shown || !store.scene) return;
    shown = look;
    host.dataset.rows = name.includes("regression") ? "2" : "3";
    if (chart) chart.change(name);
    else
      chart = createChart(host, name, store, {
        around,
        chrome: 76,
        name: "training-curves",
        stretch: () => roomOf(store).curves,
        parts,
        named: () => (penalty.checked ? { train: t("train_penalty") } : {}),
      });
    ghostShown = "";
    chart.set("cursor", []);
    drawn = null;
  }

  /** The chart's place keeps its height while it is made anew. */
  const keepHeight = () => host.style.setProperty("--stretch", String(roomOf(store).curves));

  function draw() {
    ensureChart();
    if (!chart) return;
    const most = store.frame?.status === "playing" ? MOST_PLAYING : Infinity;
    const key = `${store.history.length}:${store.history.at(-1)?.join()}:${store.frame?.status}:${penalty.checked}`;
    if (key !== drawn) {
      drawn = key;
      penaltyLabel.hidden = !penalized(store.history);
      chart.set("history", curveRows(shownOf(store.history), most));
      chart.set("marks", marks());
      showGhost();
      if (cursor >= 0) point(cursor);
      else rest();
      chart.flush();
    }
    showReading();
  }

  function point(index) {
    cursor = Math.max(-1, Math.min(index, store.history.length - 1));
    chart?.set("cursor", rowsAt(cursor));
  }

  /** Where the run diverged, and where its learning rate was cut as the loss had reached a plateau. */
  function marks() {
    const plateau = techniqueName(store.scene?.experiment?.schedule) === "reduce_on_plateau";
    const found = curveMarks(store.history, { diverged: store.frame?.status === "diverged", plateau });
    return found.map(({ epoch, kind }) => ({ epoch, label: t(`mark.${kind}`) }));
  }

  /** The part of the ghost that is due; its name goes along as the column `run`. */
  function showGhost() {
    const rows = ghostRows(ghost, store.history.at(-1)?.[0] ?? 0);
    const name = store.ghostName ?? "";
    const key = `${name}:${rows.length}:${rows.at(-1)?.join()}:${penalty.checked}`;
    if (!chart || key === ghostShown) return false;
    ghostShown = key;
    chart.set(
      "ghost",
      curveRows(shownOf(rows), MOST_PLAYING)
        .filter(({ split }) => split === "train" || has(split))
        .map((row) => ({ ...row, run: name })),
    );
    host.toggleAttribute("data-ghost", rows.length > 0);
    host.setAttribute("data-ghost-name", name);
    host.setAttribute("aria-description", name);
    return true;
  }

  /** Without a pointer the cursor marks the epoch that the time slider looks at. */
  function rest() {
    const index = past === null ? -1 : nearestIndex(store.history, past);
    chart?.set("cursor", rowsAt(index));
  }

  function showReading() {
    if (cursor < 0 || !store.history[cursor]) {
      setText(reading, t("hint"));
      reading.classList.add("stage-muted");
      return;
    }
    reading.classList.remove("stage-muted");
    const [row] = shownOf([store.history[cursor]]);
    const [epoch, , lossTrain, lossTest, accuracyTrain, accuracyTest, rate, loss, accuracyHeld] = row;
    const withAccuracy = (its, accuracy) =>
      Number.isFinite(accuracy) ? `${decimal(its)} (${percent(accuracy)})` : decimal(its);
    const text = [
      t("reading", { epoch: whole(epoch) }),
      `${t("train")} ${withAccuracy(lossTrain, accuracyTrain)}`,
      ...(Number.isFinite(loss) ? [`${t("validation")} ${withAccuracy(loss, accuracyHeld)}`] : []),
      ...(Number.isFinite(lossTest) ? [`${t("test")} ${withAccuracy(lossTest, accuracyTest)}`] : []),
      `η ${learningRate(rate)}`,
    ].join(" · ");
    setText(reading, text);
    host.setAttribute("aria-valuemax", String(store.history.at(-1)[0]));
    host.setAttribute("aria-valuenow", String(epoch));
    host.setAttribute("aria-valuetext", text);
  }

  function read(index) {
    point(index);
    if (cursor < 0) rest();
    chart?.flush();
    showReading();
  }

  const pointer = throttled(() => {
    const view = chart?.view();
    if (!view || position === null) return;
    const canvas = host.querySelector("canvas");
    if (!canvas) return;
    const epoch = view.scale("x").invert(position - canvas.getBoundingClientRect().left - view.origin()[0]);
    const index = nearestIndex(store.history, epoch);
    if (index !== cursor) read(index);
  }, 30);
  let position = null;
  host.addEventListener("pointermove", (event) => {
    position = event.clientX;
    pointer.request();
  });
  const leave = () => {
    position = null;
    pointer.cancel();
    if (cursor >= 0) read(-1);
  };
  host.addEventListener("pointerleave", leave);
  host.addEventListener("keydown", (event) => {
    if (event.target !== host) return;
    const stride = event.shiftKey ? 10 : 1;
    const last = store.history.length - 1;
    const from = cursor < 0 ? last : cursor;
    const to = { ArrowLeft: from - stride, ArrowRight: from + stride, Home: 0, End: last }[event.key];
    if (event.key === "Escape") read(-1);
    else if (to !== undefined) read(Math.max(0, Math.min(last, to)));
    else return;
    event.preventDefault();
  });
  host.addEventListener("blur", () => read(-1));

  const drawing = throttled(draw, INTERVAL);
  log.addEventListener("change", draw);
  penalty.addEventListener("change", draw);
  const offs = [
    store.on("frame", () => drawing.request()),
    store.on("scene", () => {
      if (cursor >= store.history.length) cursor = -1;
      drawing.request();
    }),
    store.on("resize", keepHeight),
    store.on("ghost", (history) => setGhost(history ?? [])),
    store.on("scrub", (epoch) => {
      past = epoch;
      if (cursor < 0) read(-1);
    }),
  ];
  keepHeight();
  draw();

  function setGhost(history) {
    ghost = history;
    if (showGhost()) chart.flush();
  }

  return {
    setGhost,
    destroy() {
      drawing.cancel();
      pointer.cancel();
      offs.forEach((off) => off());
      chart?.destroy();
    },
  };
}
