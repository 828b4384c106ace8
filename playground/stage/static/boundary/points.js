/** Points on the boundary: marks that differ by shape, rings around misclassified ones, and finding one. */

import { toX, toY } from "./scale.js";

/** The parts of the data; a point says its part by the place in this list. As in playground/data/prepare.py. */
export const PARTS = ["train", "validation", "test"];

/** Whether a part has points: a validation part only where some are held out, a test part unless all are trained on. */
export const hasPart = (scene, part) => scene.points.part.includes(PARTS.indexOf(part));

/** Shades that a regression's targets are rounded to, so that each needs its picture only once. */
const SHADES = 32;

/** From this many on, rings get thinner, or an untrained network's would bury the points. */
const MANY_RINGS = 80;

/** Radius of a mark for a plot of this size and this many points, in CSS pixels. */
export function markRadius(size, count) {
  const crowded = count > 2000 ? 0.6 : count > 800 ? 0.8 : 1;
  return Math.max(2.5, Math.min(5.5, size / 115)) * crowded;
}

/** Width of the line around a mark; half of it shows. */
const outlineWidth = (radius) => Math.min(2.4, Math.max(1.6, radius * 0.5));

/** Corners of the hollow marks, as shares of their reach: a triangle, a diamond. */
const CORNERS = {
  validation: [
    [0, -1.1],
    [1, 0.7],
    [-1, 0.7],
  ],
  test: [
    [0, -1],
    [1, 0],
    [0, 1],
    [-1, 0],
  ],
};

/**
 * Draw one mark: a filled circle for training, a hollow triangle for validation, a hollow diamond for the test.
 * @param {CanvasRenderingContext2D} context
 * @param {string} part one of `PARTS`
 * @param {string} colour
 * @param {import("./palette.js").Palette} palette
 */
export function drawMark(context, x, y, radius, part, colour, palette) {
  context.lineJoin = "miter";
  context.beginPath();
  if (part === "train") {
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = outlineWidth(radius);
    context.strokeStyle = palette.outline;
    context.stroke();
    context.fillStyle = colour;
    context.fill();
    return;
  }
  const reach = radius * 1.3;
  for (const [dx, dy] of CORNERS[part]) context.lineTo(x + dx * reach, y + dy * reach);
  context.closePath();
  const edge = Math.max(1.3, radius * 0.55);
  context.lineWidth = edge + outlineWidth(radius);
  context.strokeStyle = palette.outline;
  context.stroke();
  context.fillStyle = palette.surface;
  context.fill();
  context.lineWidth = edge;
  context.strokeStyle = colour;
  context.stroke();
}

/**
 * @typedef {object} PointView what to draw of the points
 * @property {{x1: number[], x2: number[], y: number[], part: number[], near?: number[]}} points `part`: places in
 *   `PARTS`; `near`: how near the shown plane, from 0 to 1, where it is one of many
 * @property {Uint8Array | null} hidden 1 where a point was just erased
 * @property {number[][]} added rows [x1, x2, y] that the server has not confirmed yet
 * @property {boolean[]} shows which of `PARTS` are shown
 * @property {boolean} regression
 * @property {[number, number]} range of a regression's targets
 * @property {boolean} curve y is the height, not a colour on the plane
 */

/** Height of a point in the plot: its second input, or its target under a curve. */
const height = (view, x2, y) => (view.curve ? y : x2);

/** How strongly a mark far from the shown plane is still drawn. */
const FAINTEST = 0.12;

/** Steps that the strength of rings is rounded to, so that few lines have to be drawn. */
const STRENGTHS = 4;

/** How strongly a point is drawn: the farther from the shown plane, the fainter. */
const strength = (points, k) => (points.near ? FAINTEST + (1 - FAINTEST) * points.near[k] : 1);

/** Whether a point's part is shown. */
const shown = (view, k) => !view.hidden?.[k] && view.shows[view.points.part[k]];

/**
 * Draw all points. Marks are drawn once per colour and part and then copied.
 * @param {CanvasRenderingContext2D} context scaled by `scale`
 * @param {import("./scale.js").Plot} plot
 * @param {PointView} view
 * @param {import("./palette.js").Palette} palette
 * @param {number} scale device pixels per CSS pixel
 */
export function drawPoints(context, plot, view, palette, scale) {
  const { points, added } = view;
  const n = points.x1.length;
  const radius = markRadius(plot.size, n + added.length);
  const half = Math.ceil((radius * 2 + 1) * scale);
  const sprites = new Map();
  const [low, high] = view.range ?? [0, 1];
  const shade = (y) => Math.round(Math.min(1, Math.max(0, (y - low) / (high - low || 1))) * (SHADES - 1));
  const sprite = (y, part) => {
    const key = (view.regression ? shade(y) : y) * PARTS.length + part;
    let image = sprites.get(key);
    if (!image) {
      image = document.createElement("canvas");
      image.width = image.height = 2 * half;
      const brush = image.getContext("2d");
      brush.scale(scale, scale);
      const colour = view.curve
        ? palette.classColour(0)
        : view.regression
          ? palette.diverging(shade(y) / (SHADES - 1))
          : palette.classColour(y);
      drawMark(brush, half / scale, half / scale, radius, PARTS[part], colour, palette);
      sprites.set(key, image);
    }
    return image;
  };
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.size, plot.size);
  context.clip();
  context.setTransform(1, 0, 0, 1, 0, 0);
  const put = (x1, x2, y, part) => {
    const x = Math.round(toX(plot, x1) * scale) - half;
    const top = Math.round(toY(plot, height(view, x2, y)) * scale) - half;
    context.drawImage(sprite(y, part), x, top);
  };
  for (const part of [2, 1, 0]) {
    for (let k = 0; k < n; k++) {
      if (points.part[k] !== part || !shown(view, k)) continue;
      context.globalAlpha = strength(points, k);
      put(points.x1[k], points.x2[k], points.y[k], part);
    }
  }
  context.globalAlpha = 1;
  for (const [x1, x2, y] of added) put(x1, x2, y, 0);
  context.restore();
}

/**
 * Rings around misclassified points.
 * @param {Uint8Array} wrong 1 where a point is misclassified
 */
export function drawRings(context, plot, view, wrong, palette) {
  const { points } = view;
  const radius = markRadius(plot.size, points.x1.length) * 1.55 + 2;
  const paths = new Map();
  let count = 0;
  for (let k = 0; k < wrong.length; k++) {
    if (!wrong[k] || !shown(view, k)) continue;
    const x = toX(plot, points.x1[k]);
    const y = toY(plot, height(view, points.x2[k], points.y[k]));
    const step = Math.ceil(strength(points, k) * STRENGTHS);
    if (!paths.has(step)) paths.set(step, new Path2D());
    const path = paths.get(step);
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, 2 * Math.PI);
    count += 1;
  }
  if (count === 0) return;
  const thick = count < MANY_RINGS ? 1 : 0.65;
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.size, plot.size);
  context.clip();
  for (const [step, path] of paths) {
    context.strokeStyle = palette.surface;
    context.globalAlpha = (0.7 * step) / STRENGTHS;
    context.lineWidth = 2.6 * thick;
    context.stroke(path);
    context.globalAlpha = step / STRENGTHS;
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.2 * thick;
    context.stroke(path);
  }
  context.restore();
}

/**
 * The shown point nearest to a pixel.
 * @param {number} reach largest distance in CSS pixels
 * @returns {number} its index, −1 without one
 */
export function nearestPoint(plot, view, px, py, reach) {
  const { points } = view;
  let best = -1;
  let least = reach * reach;
  for (let k = 0; k < points.x1.length; k++) {
    if (!shown(view, k)) continue;
    const dx = toX(plot, points.x1[k]) - px;
    const dy = toY(plot, height(view, points.x2[k], points.y[k])) - py;
    const distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      best = k;
    }
  }
  return best;
}

/** All shown points within `reach` CSS pixels of a pixel. */
export function pointsWithin(plot, view, px, py, reach) {
  const found = [];
  const { points } = view;
  for (let k = 0; k < points.x1.length; k++) {
    if (!shown(view, k)) continue;
    const dx = toX(plot, points.x1[k]) - px;
    const dy = toY(plot, height(view, points.x2[k], points.y[k])) - py;
    if (dx * dx + dy * dy <= reach * reach) found.push(k);
  }
  return found;
}
