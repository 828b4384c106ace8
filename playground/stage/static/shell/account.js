/**
 * The run in words and numbers outside the pictures: the attributes of the root, the status line, a spoken
 * summary, and a table of all current values for assistive technology.
 */

import { el, setAttribute, setText, throttled } from "./dom.js";
import { decimal, percent, whole } from "./numbers.js";
import { whyWithout } from "./socket.js";

/** Root attributes by the header field that they show. */
const ATTRIBUTES = {
  "data-status": "status",
  "data-frame": "frame",
  "data-step": "step",
  "data-epoch": "epoch",
  "data-loss-train": "loss_train",
  "data-loss-validation": "loss_validation",
  "data-loss-test": "loss_test",
  "data-accuracy-train": "accuracy_train",
  "data-accuracy-validation": "accuracy_validation",
  "data-accuracy-test": "accuracy_test",
  "data-engine": "engine",
  "data-device": "device",
  "data-steps-per-second": "steps_per_second",
  "data-revision": "revision",
};
/** Milliseconds between spoken summaries while the run plays, and between updates of the table. */
const SPEAK_EVERY = 15000;
const TABLE_EVERY = 1000;
/** Rows of the table: name of the text and how the value is written. */
/** @type {[string, (value: *) => string][]} */
const ROWS = [
  ["epoch", whole],
  ["step", whole],
  ["loss_train", (loss) => decimal(loss)],
  ["loss_validation", (loss) => decimal(loss)],
  ["loss_test", (loss) => decimal(loss)],
  ["accuracy_train", percent],
  ["accuracy_validation", percent],
  ["accuracy_test", percent],
  ["learning_rate", (rate) => decimal(rate, 6)],
  ["steps_per_second", whole],
  ["engine", (engine) => engine ?? "–"],
];

/** Rows of parts that may have no points. */
const OPTIONAL = new Set(["loss_validation", "accuracy_validation", "loss_test", "accuracy_test"]);

/**
 * Bring the attributes of a stage's root in line with a frame.
 * @param {HTMLElement} root
 * @param {object|null} frame
 */
export function showAttributes(root, frame) {
  for (const [attribute, field] of Object.entries(ATTRIBUTES)) setAttribute(root, attribute, frame?.[field] ?? "");
}

/**
 * Create the account of the run.
 * @param {HTMLElement} root the stage
 * @param {HTMLElement} element where the status line goes
 * @param {import("./store.js").Store} store
 * @param {{summary?: (frame: object) => string, values?: boolean}} [options] `summary`: what is spoken of a frame;
 *   `values`: with the table of values
 * @returns {{destroy: () => void}}
 */
export function createAccount(root, element, store, { summary = null, values: tabled = true } = {}) {
  const t = (key, values) => store.t(`stage.status.${key}`, values);
  const state = el("span", { class: "stage-state" });
  const reason = el("span", { class: "stage-reason", "data-testid": "reason" });
  const spoken = el("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  const cells = Object.fromEntries(ROWS.map(([name]) => [name, el("td")]));
  const table = el(
    "table",
    { "data-testid": "values" },
    el("caption", { text: store.t("stage.region.values") }),
    el("tbody", {}, ...ROWS.map(([name]) => el("tr", {}, el("th", { scope: "row", text: t(name) }), cells[name]))),
  );
  const unseen = el("div", { class: "visually-hidden" }, table); // Firefox would show the caption of a clipped table
  element.replaceChildren(
    el("p", { class: "stage-line" }, el("span", { class: "stage-dot", "aria-hidden": "true" }), state, reason),
    spoken,
    ...(tabled ? [unseen] : []),
  );

  let connection = "connecting";
  let spokenAt = -Infinity;
  let spokenStatus = "";

  function line() {
    if (connection !== "open" && connection !== "fallback") {
      setText(state, t(connection));
      setText(reason, "");
      return;
    }
    setText(state, store.frame ? t(store.frame.status) : t("loading"));
    const notices = store.scene?.notices ?? [];
    const text = store.frame?.reason || (connection === "fallback" ? t(whyWithout()) : notices.join(" "));
    setText(reason, text);
    setAttribute(reason, "title", text || null);
  }

  const speak = throttled(() => {
    const { frame } = store;
    if (!frame) return;
    const now = performance.now();
    const wait = frame.status === "playing" ? SPEAK_EVERY : 0;
    if (frame.status === spokenStatus && now - spokenAt < wait) return;
    spokenAt = now;
    spokenStatus = frame.status;
    const values = {
      status: t(frame.status),
      epoch: whole(frame.epoch),
      step: whole(frame.step),
      loss_train: decimal(frame.loss_train),
      loss_test: decimal(frame.loss_test),
      accuracy: percent(frame.accuracy_test),
    };
    const told = (value) => value !== null && value !== undefined;
    const key =
      store.scene?.tested === false ? "summary_train" : told(frame.accuracy_test) ? "summary_accuracy" : "summary";
    const said = summary ? summary(frame) : t(key, values);
    setText(spoken, frame.reason ? `${said} ${frame.reason}` : said);
  }, TABLE_EVERY);

  const fill = throttled(() => {
    for (const [name, write] of ROWS) {
      const value = store.frame?.[name];
      setText(cells[name], write(value));
      if (OPTIONAL.has(name)) cells[name].parentElement.hidden = value === null || value === undefined;
    }
  }, TABLE_EVERY);

  const offs = [
    store.on("frame", () => {
      showAttributes(root, store.frame);
      line();
      speak.request();
      fill.request();
    }),
    store.on("scene", line),
    store.on("connection", (next) => {
      connection = next;
      line();
    }),
  ];
  line();
  return {
    destroy() {
      offs.forEach((off) => off());
      speak.cancel();
      fill.cancel();
    },
  };
}
