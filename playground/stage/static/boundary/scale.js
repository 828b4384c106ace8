/** The plot's square: data ↔ pixels, ticks, axes and numbers. */

import { brief } from "../shell/numbers.js";

/**
 * @typedef {object} Plot a square of the canvas, in CSS pixels
 * @property {number} left
 * @property {number} top
 * @property {number} size
 * @property {number[][]} domain ranges of x and y; y grows upwards
 * @property {number[]|null} [units] mean and sd of a target that is shown upwards in its own unit
 */

export const MARGIN = { left: 40, right: 8, top: 8, bottom: 34 };

/**
 * The plot inside a canvas that is `width` wide; the canvas must be `plotHeight(width, type)` high.
 * @param {number} width
 * @param {number[][]} domain of x and of y
 * @param {number} [type] by how much letters are larger than usual
 * @returns {Plot}
 */
export function makePlot(width, domain, type = 1) {
  return { left: MARGIN.left * type, top: MARGIN.top, size: plotSize(width, type), domain };
}

const plotSize = (width, type) => Math.max(40, width - MARGIN.left * type - MARGIN.right);

/** Height of a canvas of this width with a square plot. */
export const plotHeight = (width, type = 1) => plotSize(width, type) + MARGIN.top + MARGIN.bottom * type;

const span = ([low, high]) => high - low || 1;

export const toX = (plot, x) => plot.left + ((x - plot.domain[0][0]) / span(plot.domain[0])) * plot.size;
export const toY = (plot, y) => plot.top + (1 - (y - plot.domain[1][0]) / span(plot.domain[1])) * plot.size;

/** Data coordinates of a pixel, held inside the domain. */
export function toData(plot, px, py) {
  const u = Math.min(1, Math.max(0, (px - plot.left) / plot.size));
  const v = Math.min(1, Math.max(0, (py - plot.top) / plot.size));
  return [plot.domain[0][0] + u * span(plot.domain[0]), plot.domain[1][1] - v * span(plot.domain[1])];
}

/** Whether a pixel lies in the plot. */
export const inside = (plot, px, py) =>
  px >= plot.left && px <= plot.left + plot.size && py >= plot.top && py <= plot.top + plot.size;

/**
 * Round numbers that cut a range into at most about `count` parts.
 * @param {number[]} range
 * @param {number} count
 * @returns {number[]}
 */
export function ticks([low, high], count) {
  const width = high - low;
  if (!(width > 0) || !Number.isFinite(width)) return [low];
  const rough = width / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(k * step || 0);
  return found;
}

/**
 * Axes with ticks and names around a plot.
 * @param {CanvasRenderingContext2D} context
 * @param {Plot} plot
 * @param {import("./palette.js").Palette} palette
 * @param {{x: string, y: string, rows?: string[] | null}} names `rows`: upwards stand these, evenly, and no numbers
 * @param {string} font family
 */
export function drawAxes(context, plot, palette, names, font) {
  const { left, top, size } = plot;
  const right = left + size;
  const bottom = top + size;
  const { type } = palette;
  const count = size < 240 * type ? 4 : 6;
  context.save();
  context.lineWidth = 1;
  context.strokeStyle = palette.grid;
  context.fillStyle = palette.muted;
  context.font = `${11 * type}px ${font}`;
  context.strokeRect(left - 0.5, top - 0.5, size + 1, size + 1);
  context.beginPath();
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of ticks(plot.domain[0], count)) {
    const x = Math.round(toX(plot, tick)) + 0.5;
    context.moveTo(x, bottom + 1);
    context.lineTo(x, bottom + 5);
    context.fillText(brief(tick), Math.min(x, right - 6 * type), bottom + 7);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  const [mean, sd] = plot.units ?? [0, 1];
  const vertical = plot.domain[1].map((value) => mean + sd * value);
  let widest = 0;
  for (const tick of names.rows ? [] : ticks(vertical, count)) {
    const y = Math.round(toY(plot, (tick - mean) / sd)) + 0.5;
    context.moveTo(left - 1, y);
    context.lineTo(left - 5, y);
    const said = brief(tick);
    widest = Math.max(widest, context.measureText(said).width);
    context.fillText(said, left - 7, Math.min(Math.max(y, top + 5 * type), bottom - 5 * type), left - 8);
  }
  context.stroke();
  context.fillStyle = palette.ink;
  (names.rows ?? []).forEach((name, k) => {
    // In the plot, along its edge: beside it there is no room for names.
    const y = bottom - ((k + 1) / names.rows.length) * size + 10 * type;
    context.textAlign = "left";
    context.lineWidth = 3;
    context.strokeStyle = palette.surface;
    context.strokeText(name, left + 5 * type, y, size / 2);
    context.fillText(name, left + 5 * type, y, size / 2);
  });
  context.font = `${12 * type}px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(names.x, left + size / 2, bottom + MARGIN.bottom * type, size);
  const beside = widest <= left - 7 - 16 * type; // else the name stands in the plot, along its edge
  context.translate(beside ? 11 * type : left + 14 * type, top + size / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = palette.surface;
  if (!beside) context.strokeText(names.y, 0, -3, size);
  context.fillText(names.y, 0, -3, size);
  context.restore();
}
