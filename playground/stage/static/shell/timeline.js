/**
 * The time slider: looks back through the checkpoints of the running run, without stopping it. Its last position is
 * the present.
 */

import { el, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { whole } from "./numbers.js";

/** Milliseconds between two positions that are asked for while the slider is dragged. */
const ASK_EVERY = 50;

/**
 * The slider's position for an epoch.
 * @param {number[]} epochs of the checkpoints
 * @param {number|null|undefined} epoch that is looked at; null for the present
 * @returns {number} index of the nearest checkpoint; the number of checkpoints for the present
 */
export function positionOf(epochs, epoch) {
  if (epoch === null || epoch === undefined || !epochs.length) return epochs.length;
  const distance = (k) => Math.abs(epochs[k] - epoch);
  return epochs.reduce((best, _, k) => (distance(k) < distance(best) ? k : best), 0);
}

/**
 * Create the time slider.
 * @param {HTMLElement} element
 * @param {import("./store.js").Store} store
 * @returns {{destroy: () => void}}
 */
export function createTimeline(element, store) {
  const t = (key, values) => store.t(`runs.timeline.${key}`, values);
  const slider = el("input", {
    type: "range",
    class: "stage-range stage-timeline-range",
    min: 0,
    max: 1,
    step: 1,
    value: 1,
    disabled: true,
    "aria-label": t("label"),
    "data-testid": "timeline",
  });
  const value = el("span", { class: "stage-timeline-value stage-number" });
  const live = el(
    "button",
    {
      type: "button",
      class: "stage-button stage-timeline-live",
      title: t("live_help"),
      "aria-pressed": "true",
      "data-testid": "live",
      on: { click: () => look(null) },
    },
    icon("live"),
    el("span", { text: t("live") }),
  );
  const note = el("p", { class: "stage-timeline-note", role: "status" });
  element.replaceChildren(
    el("label", { class: "stage-timeline-field" }, el("span", { class: "stage-field-name", text: t("title") }), slider),
    value,
    live,
    note,
  );

  let epochs = [];
  let held = false;
  let seen = null; // the epoch that is looked at, as far as the visitor has chosen
  let wanted = null;
  let busy = false;
  let timer = 0;

  /** Look at an epoch's checkpoint; null is the present. Only the newest wish is sent. */
  function look(epoch) {
    seen = epoch;
    wanted = { epoch };
    show();
    ask();
  }

  function ask() {
    if (busy || !wanted) return;
    const next = wanted;
    wanted = null;
    busy = true;
    const pause = new Promise((resolve) => (timer = setTimeout(resolve, ASK_EVERY)));
    store
      .send("scrub", next)
      .catch((error) => store.emit("notice", { message: error.message, level: "error" }))
      .then(() => pause)
      .then(() => {
        busy = false;
        ask();
      });
  }

  function show() {
    const last = store.frame?.epoch ?? 0;
    if (!held) {
      if (epochs !== store.marks?.epochs) epochs = store.marks?.epochs ?? [];
      const few = epochs.length < 2;
      slider.disabled = few;
      setAttribute(slider, "max", Math.max(1, epochs.length));
      slider.value = String(few ? 1 : positionOf(epochs, seen));
      setAttribute(element, "title", few ? t("waiting") : null);
    }
    const text =
      seen === null ? t("now", { epoch: whole(last) }) : t("past", { epoch: whole(seen), last: whole(last) });
    setText(value, text);
    setAttribute(slider, "aria-valuetext", text);
    setAttribute(live, "aria-pressed", String(seen === null));
    setText(note, seen === null ? "" : t("note", { epoch: whole(seen) }));
  }

  slider.addEventListener("pointerdown", () => (held = true));
  const release = () => {
    held = false;
    show();
  };
  for (const event of ["pointerup", "pointercancel", "change", "blur"]) slider.addEventListener(event, release);
  slider.addEventListener("input", () => {
    const position = Number(slider.value);
    look(position >= epochs.length ? null : epochs[position]);
  });
  slider.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || seen === null) return;
    event.preventDefault();
    event.stopPropagation();
    look(null);
  });

  let told = null;
  const offs = [
    store.on("marks", show),
    store.on("frame", () => {
      const scrubbed = store.frame.scrubbed ?? null;
      setAttribute(store.root, "data-scrubbed", scrubbed);
      if (scrubbed !== told) {
        told = scrubbed;
        store.emit("scrub", scrubbed);
      }
      if (!busy && !wanted && !held) seen = scrubbed;
      show();
    }),
  ];
  show();
  return {
    destroy() {
      clearTimeout(timer);
      offs.forEach((off) => off());
    },
  };
}
