/**
 * One picture of the network on a canvas. Links are grouped by sign and quantised strength, so that the
 * canvas's state changes seldom; each is its own stroke, which rasterises faster than one path of many curves.
 */

import { biasPlace } from "./layout.js";
import { biasIndex, strongestIndex } from "./model.js";
import { drawSkips, lossOf } from "./skips.js";

const LEVELS = 14;

/**
 * How the links and biases of a column are to be drawn.
 * @typedef {object} LinkStyle
 * @property {Float32Array|number[]} values flat, indexed like the parameters
 * @property {number} reference the |value| that is drawn strongly
 * @property {number} zero |values| up to this count as zero
 * @property {boolean} [dim] draw faintly
 */

/** The |w| that is drawn strongly: what is large for the number of inputs of a unit. */
export function weightReference(column) {
  return Math.max(0.8, Math.min(3, 4 / Math.sqrt(column.weight.cols)));
}

/** Strength in [0, 1) of a value: linear for small ones, never beyond 1. */
export function strength(value, reference) {
  return 1 - Math.exp((-1.6 * Math.abs(value)) / reference);
}

/**
 * Draw everything.
 * @param {CanvasRenderingContext2D} context already scaled to CSS pixels
 * @param {object} picture columns, layout, palette, atlas, styles (one LinkStyle per column or null), stats,
 *   dropped, emphasised target, focused unit, selected target, zoomable numbers (see slow-draw.js)
 */
export function drawNetwork(context, picture) {
  const { layout } = picture;
  context.clearRect(0, 0, layout.width, layout.height);
  drawLinks(context, picture);
  drawSkips(context, picture);
  drawUnits(context, picture);
  drawBiases(context, picture);
}

function touches(target, link) {
  if (!target) return false;
  if (target.kind === "link") {
    return target.layer === link.layer && target.unit === link.unit && target.source === link.source;
  }
  if (target.layer === link.layer && target.unit === link.unit) return true;
  return target.kind === "unit" && target.layer + 1 === link.layer && target.unit === link.source;
}

function drawLinks(context, { layout, columns, styles, palette, emphasised, selected, playingDropout }) {
  const buckets = new Map();
  const crowd = crowding(layout, columns.length);
  const slim = layout.pitchX < 64 ? 0.3 : 0.5; // of a full width, where links crowd
  const marked = [];
  for (const link of layout.links) {
    const style = styles[link.layer];
    const emphatic = emphasised !== null && touches(emphasised, link);
    const faint = style?.dim || (emphasised !== null && emphasised.kind === "unit" && !emphatic);
    const value = style ? style.values[strongestIndex(columns[link.layer], link.unit, link.source, style.values)] : 0;
    const zero = !style || !(Math.abs(value) > style.zero);
    const level = zero ? -1 : Math.min(LEVELS - 1, Math.floor(strength(value, style.reference) * LEVELS));
    if (zero && crowd[link.layer] > 40 && !emphatic) continue;
    const lost =
      playingDropout &&
      (lossOf(playingDropout, link.layer, link.unit) || lossOf(playingDropout, link.layer - 1, link.source) === 1);
    const key =
      (((level + 1) * 2 + (value > 0 ? 1 : 0)) * 2 + (faint || lost ? 1 : 0)) * 2 +
      ((crowd[link.layer] > 28 || layout.pitchX < 64) && !emphatic ? 1 : 0);
    const bucket = buckets.get(key);
    if (bucket) bucket.push(link);
    else buckets.set(key, [link]);
    if ((emphatic && emphasised.kind === "link") || (selected?.kind === "link" && touches(selected, link))) {
      marked.push(link);
    }
  }
  context.lineCap = "butt";
  for (const key of [...buckets.keys()].sort((a, b) => a - b)) {
    const thin = key & 1;
    const faint = (key >> 1) & 1;
    const positive = (key >> 2) & 1;
    const level = (key >> 3) - 1;
    const share = (level + 0.5) / LEVELS;
    context.strokeStyle = level < 0 ? palette.muted : positive ? palette.positive : palette.negative;
    context.lineWidth = level < 0 ? 1 : (0.7 + 6.3 * share) * (thin ? slim : 1) * Math.min(1.4, palette.type);
    context.globalAlpha = (level < 0 ? 0.45 : 0.28 + 0.66 * share) * (faint ? 0.16 : 1);
    context.setLineDash(level < 0 ? [2, 4] : []);
    strokeLinks(context, buckets.get(key));
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (marked.length) {
    context.strokeStyle = palette.text;
    context.lineWidth = 1.5;
    strokeLinks(context, marked);
  }
}

function crowding(layout, count) {
  const crowd = new Uint16Array(count);
  for (const link of layout.links) crowd[link.layer] += 1;
  return crowd;
}

function strokeLinks(context, links) {
  for (const { x0, y0, x1, y1, bend } of links) {
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
    context.stroke();
  }
}

function drawUnits(context, picture) {
  const { layout, columns, palette, atlas, stats, focused, playingDropout, emphasised } = picture;
  context.imageSmoothingEnabled = true;
  for (const placed of layout.columns) {
    const column = columns[placed.layer];
    for (const node of placed.nodes) {
      const half = node.size / 2;
      const left = node.x - half;
      const top = node.y - half;
      const gone = playingDropout && lossOf(playingDropout, node.layer, node.unit) > 0;
      context.fillStyle = palette.background;
      context.fillRect(left, top, node.size, node.size);
      context.globalAlpha = gone ? 0.25 : 1;
      if (!atlas.draw(context, column.first + node.unit, left, top, node.size)) {
        context.fillStyle = palette.neutral;
        context.fillRect(left, top, node.size, node.size);
      }
      context.globalAlpha = 1;
      const state = stats ? stats[(column.first + node.unit) * 4 + 3] : 0;
      const isFocus = focused?.layer === node.layer && focused.unit === node.unit;
      const isHover = emphasised?.kind === "unit" && emphasised.layer === node.layer && emphasised.unit === node.unit;
      context.strokeStyle = isFocus || isHover ? palette.text : palette.muted;
      context.lineWidth = isFocus ? 3 : isHover ? 2 : 1;
      context.strokeRect(left - 0.5, top - 0.5, node.size + 1, node.size + 1);
      if (state === 1) drawDead(context, palette, node);
      else if (state === 2) drawSaturated(context, palette, node);
      if (gone) drawStruck(context, palette, node);
    }
  }
}

/** Dead: a grey veil and a cross. */
export function drawDead(context, palette, { x, y, size }) {
  const half = size / 2;
  context.globalAlpha = 0.55;
  context.fillStyle = palette.background;
  context.fillRect(x - half, y - half, size, size);
  context.globalAlpha = 1;
  context.strokeStyle = palette.muted;
  context.lineWidth = Math.max(1.5, size / 16);
  context.beginPath();
  const arm = half * 0.62;
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  context.moveTo(x + arm, y - arm);
  context.lineTo(x - arm, y + arm);
  context.stroke();
}

/** Saturated: a bar at the top and at the bottom, as a signal pressed against its limits. */
export function drawSaturated(context, palette, { x, y, size }) {
  const half = size / 2;
  const bar = Math.max(2.5, size / 11);
  context.fillStyle = palette.text;
  context.fillRect(x - half, y - half, size, bar);
  context.fillRect(x - half, y + half - bar, size, bar);
}

/** Dropped: struck through. */
export function drawStruck(context, palette, { x, y, size }) {
  const half = size / 2 + 3;
  context.strokeStyle = palette.text;
  context.lineWidth = 1.75;
  context.beginPath();
  context.moveTo(x - half, y + half);
  context.lineTo(x + half, y - half);
  context.stroke();
}

function drawBiases(context, { layout, columns, styles, palette, emphasised, selected }) {
  const is = (target, node) => target?.kind === "bias" && target.layer === node.layer && target.unit === node.unit;
  for (const placed of layout.columns) {
    const column = columns[placed.layer];
    const style = styles[placed.layer];
    if (!column.bias || !style) continue;
    for (const node of placed.nodes) {
      const { x, y } = biasPlace(node);
      const value = style.values[biasIndex(column, node.unit)];
      const edge = node.size < 24 ? 4 : 7;
      context.globalAlpha = 1;
      context.fillStyle = palette.background;
      context.fillRect(x - edge / 2 - 1, y - edge / 2 - 1, edge + 2, edge + 2);
      context.globalAlpha = style.dim ? 0.3 : 0.3 + 0.7 * strength(value, style.reference);
      context.fillStyle =
        Math.abs(value) <= style.zero ? palette.muted : value > 0 ? palette.positive : palette.negative;
      context.fillRect(x - edge / 2, y - edge / 2, edge, edge);
      context.globalAlpha = 1;
      const strong = is(emphasised, node) || is(selected, node);
      context.strokeStyle = strong ? palette.text : palette.muted;
      context.lineWidth = strong ? 2 : 1;
      context.strokeRect(x - edge / 2, y - edge / 2, edge, edge);
    }
  }
}

/** Text on a small plate, centred at a point. */
export function drawPlate(context, palette, text, x, y, { size = 10, strong = false } = {}) {
  size *= palette.type;
  context.font = `${strong ? 600 : 400} ${size}px ${palette.font}`;
  const width = context.measureText(text).width + 6;
  context.globalAlpha = 0.88;
  context.fillStyle = palette.background;
  context.beginPath();
  context.roundRect(x - width / 2, y - size / 2 - 2, width, size + 4, 3);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = palette.text;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y + 0.5);
}

/** Size a canvas for a picture of `width` × `height` CSS pixels on this screen. */
export function fitCanvas(canvas, width, height) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const w = Math.round(width * ratio);
  const h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
