/** The chart that overlays all lanes: loss or accuracy, with bands over the repeats and names at the lines' ends. */

import { HISTORY_COLUMNS } from "../shell/decode.js";
import { createChart } from "../curves/chart.js";
import { el, setText, throttled } from "../shell/dom.js";
import { raceRows, shortNames, spread } from "./rows.js";

/** Milliseconds between drawings while the race runs. */
const INTERVAL = 120;
/** Epochs drawn of each lane while the race runs, and when it stands. */
const MOST_PLAYING = 70;
const MOST = 400;
/** Pixels that the axis and the paddings take. */
const CHROME = 62;
/** Pixels for the names beside the lines, of a wide and of a narrow chart; and characters that fit. */
const NAMES = { wide: 150, narrow: 84 };
const CHARACTERS = { wide: 22, narrow: 11 };
const NARROW = 520;
const LINE = 14;
const VALIDATION_LOSS = HISTORY_COLUMNS.indexOf("loss_validation");

/**
 * @param {HTMLElement} element
 * @param {import("../shell/store.js").Store} store the race's
 * @param {() => import("../shell/store.js").Store[]} lanes
 * @returns {{destroy: () => void}}
 */
export function createRaceChart(element, store, lanes) {
  const t = (key, values) => store.t(`race.chart.${key}`, values);
  const view = { measure: "loss", split: "test", log: false };
  const buttons = [];
  const choice = (name, key, value, testid) => {
    const made = el("button", {
      type: "button",
      class: "stage-button race-choice",
      text: t(key),
      "data-testid": testid,
      on: { click: () => set({ [name]: value }) },
    });
    buttons.push(() => made.setAttribute("aria-pressed", String(view[name] === value)));
    return made;
  };
  const held = choice("split", "validation", "validation", "race-validation");
  held.hidden = true;
  const log = el("input", {
    type: "checkbox",
    "data-testid": "log-loss",
    on: { change: () => set({ log: log.checked }) },
  });
  const logLabel = el("label", { class: "stage-check" }, log, el("span", { text: store.t("stage.curves.log") }));
  const accuracy = el(
    "div",
    { class: "race-choices", role: "group", "aria-label": t("measure") },
    choice("measure", "loss", "loss", "race-loss"),
    choice("measure", "accuracy", "accuracy", "race-accuracy"),
  );
  const caption = el("p", { class: "stage-muted race-caption" });
  const title = store.t("race.region.chart");
  const host = el("div", { class: "race-plot", role: "img", "aria-label": title, "data-testid": "race-chart" });
  const around = el("div", { class: "stage-chart" }, host);
  element.replaceChildren(
    el(
      "div",
      { class: "race-chart-head" },
      accuracy,
      el(
        "div",
        { class: "race-choices", role: "group", "aria-label": t("split") },
        choice("split", "test", "test", "race-test"),
        held,
        choice("split", "train", "train", "race-train"),
      ),
      logLabel,
    ),
    around,
    caption,
  );

  let chart = null;
  let shown = "";
  let size = "";

  function set(changes) {
    Object.assign(view, changes);
    draw();
  }

  /** Lanes with unlike epochs are compared by step, as the race is. */
  function axis() {
    const perEpoch = new Set(store.race.lanes.map((lane) => lane.steps_per_epoch));
    return store.race.mode === "step" && perEpoch.size > 1 ? "step" : "epoch";
  }

  function ensure() {
    if (store.race.task === "regression") view.measure = "loss";
    const name = `${view.measure}_${axis()}${view.measure === "loss" && view.log ? "_log" : ""}`;
    const room = element.clientWidth < NARROW ? "narrow" : "wide";
    if (name === shown && room === size) return;
    if (chart && room !== size) {
      chart.destroy();
      chart = null;
    }
    if (chart) chart.change(name);
    else chart = createChart(host, name, store, { around, chrome: CHROME + NAMES[room], name: "race" });
    shown = name;
    size = room;
  }

  function draw() {
    if (!store.race) return;
    held.hidden = !lanes().some(({ history }) => Number.isFinite(history.at(-1)?.[VALIDATION_LOSS]));
    if (held.hidden && view.split === "validation") view.split = "test";
    buttons.forEach((update) => update());
    accuracy.hidden = store.race.task === "regression";
    logLabel.hidden = view.measure !== "loss";
    ensure();
    if (!chart) return;
    const playing = store.frame?.status === "playing";
    const shownLanes = lanes().map(({ history, band, frame }) => {
      const alive = frame?.status !== "diverged";
      return { history, band, alive, whole: alive && (frame?.seeds_alive ?? 1) >= (frame?.seeds ?? 1) };
    });
    const rows = raceRows(shownLanes, { ...view, axis: axis(), most: playing ? MOST_PLAYING : MOST });
    chart.set("lines", rows);
    chart.set("goal", goal());
    chart.set("left", leftOf(rows));
    chart.set("ends", endsOf(rows));
    chart.flush();
    if (!playing) {
      chart.set("ends", endsOf(rows)); // the axis has its final range only now
      chart.flush();
    }
    describe();
  }

  /** Where the race is decided: an epoch, or a loss. */
  function goal() {
    const { kind, value } = store.race.criterion;
    if (kind === "reach_loss") return view.measure === "loss" && view.split === "test" ? [{ y: value }] : [];
    if (axis() === "step") return [{ x: value * store.race.lanes[0].steps_per_epoch }];
    // Far ahead of the lanes the mark would squeeze them into a corner.
    const furthest = Math.max(...lanes().map((lane) => lane.history.at(-1)?.[0] ?? 0));
    return value <= 3 * furthest ? [{ x: value }] : [];
  }

  /** Where the line of a lane that has diverged leaves the picture. */
  function leftOf(rows) {
    const gone = lanes().flatMap((lane, i) => (lane.frame?.status === "diverged" ? [i] : []));
    return gone.flatMap((lane) => rows.findLast((row) => row.lane === lane && row.value !== null) ?? []);
  }

  function endsOf(rows) {
    const scale = chart.view()?.scale("y");
    const height = store.data.height ?? 240;
    const last = store.race.lanes.map((lane) => rows.findLast((row) => row.lane === lane.lane && row.value !== null));
    const wanted = last.map((row) => {
      if (!row) return null;
      const place = scale ? scale(Math.max(row.value, view.log && view.measure === "loss" ? 1e-12 : -Infinity)) : NaN;
      return Number.isFinite(place) ? place : height / 2;
    });
    const places = spread(wanted, height, LINE);
    const names = shortNames(store.race.lanes, CHARACTERS[size || "wide"]);
    return names.flatMap((label, i) => (places[i] === null ? [] : [{ lane: i, place: places[i], label }]));
  }

  function describe() {
    const many = store.race.seeds > 1;
    setText(
      caption,
      many && view.split === "test"
        ? t("bands", { seeds: store.race.seeds })
        : many
          ? t("medians", { seeds: store.race.seeds })
          : "",
    );
    host.setAttribute("aria-label", t("label", { lanes: store.race.lanes.map((lane) => lane.label).join(", ") }));
  }

  const drawing = throttled(draw, INTERVAL);
  const offs = ["frame", "race", "resize"].map((event) => store.on(event, () => drawing.request()));
  // A chart that was laid out anew (another width or theme) has other scales; its names follow.
  offs.push(store.on("theme", () => setTimeout(() => drawing.request(), 300)));
  const settled = setInterval(() => {
    const canvas = host.querySelector("canvas");
    if (canvas && canvas !== settledFor) {
      settledFor = canvas;
      drawing.request();
    }
  }, 400);
  let settledFor = null;
  draw();
  return {
    destroy() {
      drawing.cancel();
      clearInterval(settled);
      offs.forEach((off) => off());
      chart?.destroy();
    },
  };
}
