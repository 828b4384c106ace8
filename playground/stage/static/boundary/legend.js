/** Legend of the boundary: classes, marks, and a colour bar with numbers. */

import { el } from "../shell/dom.js";
import { brief } from "../shell/numbers.js";
import { ends } from "./map.js";
import { ticks } from "./scale.js";
import { amount, inUnits } from "./units.js";
import { drawMark, hasPart, PARTS } from "./points.js";

/**
 * @typedef {object} LegendState
 * @property {object} scene
 * @property {import("./palette.js").Palette} palette
 * @property {import("./map.js").MapModel | null} model
 * @property {boolean} smooth
 * @property {boolean} curve
 * @property {boolean} train
 * @property {boolean} validation
 * @property {boolean} test
 * @property {boolean} wrong
 */

/**
 * @param {HTMLElement} element
 * @param {(key: string, values?: object) => string} t
 */
export function createLegend(element, t) {
  let shown = "";
  return {
    /** Build the legend again when what it says changed. @param {LegendState} state */
    update(state) {
      const { scene, palette, model } = state;
      const bar = state.curve ? null : barOf(state, t);
      const items = legendItems(state, t).filter(({ kind }) => kind === "class"); // the marks' entries are their toggles
      const key = JSON.stringify([items, bar, palette.dark, palette.surface, model?.kind]);
      if (key === shown) return;
      shown = key;
      const nodes = items.map((item) => {
        const swatch = el("span", { class: "boundary-swatch" });
        swatch.style.background = item.colour;
        return el("span", { class: "boundary-legend-item" }, swatch, el("span", { text: item.text }));
      });
      const list = el("div", { class: "boundary-legend-items" }, ...nodes);
      const extra =
        scene.task === "multiclass" && !model?.focus
          ? [el("span", { class: "boundary-legend-note", text: t("boundary.legend.stronger") })]
          : [];
      element.replaceChildren(list, ...extra, ...(bar ? [colourBar(bar)] : []));
    },
  };
}

/** A class's name; toy sets only number theirs. */
export function className(scene, k, t) {
  const name = scene.class_names[k] ?? String(k);
  return /^\d+$/.test(name) ? t("boundary.class", { name }) : name;
}

/** The score that a share of the colours stands for, of a loss without probabilities: they end at the margins, −1 and 1. */
export function scoreText(share) {
  const bound = share <= 0 ? "≤\u00a0" : share >= 1 ? "≥\u00a0" : "";
  return `${bound}${brief(2 * share - 1)}`;
}

/** Entries of the legend: classes, then the marks that are shown. */
export function legendItems({ scene, palette, wrong, model, ...state }, t) {
  const parts = PARTS.filter((part) => state[part] && (part === "train" || hasPart(scene, part)));
  const items = [];
  if (scene.task !== "regression" && !(model?.focus && !parts.length)) {
    scene.class_names.forEach((_, k) => {
      items.push({ kind: "class", colour: palette.classColour(k), text: className(scene, k, t) });
    });
  }
  for (const part of parts) items.push({ kind: part, colour: palette.muted, text: t(`boundary.legend.${part}`) });
  if (wrong && scene.task !== "regression") {
    items.push({ kind: "ring", colour: palette.ink, text: t("boundary.legend.wrong") });
  }
  return items;
}

/** Draw a legend entry's mark into a downloaded picture. */
export const drawLegendItem = (palette) => (context, item, x, y) => {
  if (item.kind === "class") {
    context.fillStyle = item.colour;
    context.fillRect(x - 5, y - 5, 10, 10);
  } else if (item.kind === "ring") {
    context.beginPath();
    context.arc(x, y, 5.5, 0, 2 * Math.PI);
    context.strokeStyle = item.colour;
    context.lineWidth = 1.2;
    context.stroke();
  } else {
    drawMark(context, x, y, 4.2, item.kind, item.colour, palette);
  }
};

/** What the colour bar says: caption, ends, tick numbers and the stops of its gradient. */
function barOf({ scene, palette, model, smooth }, t) {
  if (!model || model.kind === "classes") return null;
  const [low, high] = ends(model);
  const stops = [];
  const parts = smooth ? 10 : 20;
  for (let k = 0; k <= parts; k++) {
    const share = k / parts;
    if (smooth) {
      stops.push(`${palette.onMap(low + (high - low) * share)} ${100 * share}%`);
    } else if (k % 2 === 1) {
      const colour = palette.onMap(low + (high - low) * share);
      stops.push(`${colour} ${5 * (k - 1)}% ${5 * (k + 1)}%`);
    }
  }
  const caption = model.focus
    ? t("boundary.legend.activation")
    : model.kind === "binary"
      ? t(scene.probable === false ? "boundary.legend.score" : "boundary.legend.probability", {
          name: className(scene, 1, t),
        })
      : t("boundary.legend.value");
  const range = scene.task === "regression" && !model.focus ? model.range.map((v) => inUnits(scene, v)) : model.range;
  const scored = model.kind === "binary" && scene.probable === false;
  const marks = (model.kind === "binary" ? [0, 0.5, 1] : ticks(range, 4)).map((value) => ({
    text: scored ? scoreText(value) : amount(value),
    at: (value - range[0]) / (range[1] - range[0] || 1),
  }));
  return { caption, stops, marks };
}

function colourBar({ caption, stops, marks }) {
  const strip = el("div", { class: "boundary-bar-strip" });
  strip.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const numbers = el("div", { class: "boundary-bar-numbers" });
  for (const { text, at } of marks) {
    const number = el("span", { text });
    number.style.left = `${Math.round(1000 * Math.min(1, Math.max(0, at))) / 10}%`;
    if (at < 0.04) number.dataset.edge = "start";
    if (at > 0.96) number.dataset.edge = "end";
    numbers.append(number);
  }
  return el(
    "div",
    { class: "boundary-bar" },
    el("span", { class: "boundary-bar-caption", text: caption }),
    strip,
    numbers,
  );
}
