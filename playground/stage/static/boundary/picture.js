/** The whole picture in layers: map, contour, axes and points, rings; each redrawn only when it changed. */

import { contourOf, ends, MapLayer } from "./map.js";
import { drawAxes, ticks, toX, toY } from "./scale.js";
import { segmentPath } from "./contour.js";
import { drawPoints, drawRings } from "./points.js";
import { drawCurveBand, VeilLayer } from "./veil.js";
import { wrapped } from "./wrapping.js";

/** Height of a line of the note under a saved picture. */
const NOTE_LINE = 16;

/**
 * @typedef {object} Content what to draw; layers are cached by the identity of these values
 * @property {import("./scale.js").Plot} plot
 * @property {import("./palette.js").Palette} palette
 * @property {import("./map.js").MapModel | null} model
 * @property {import("./points.js").PointView} view
 * @property {Uint8Array | null} wrong misclassified points to ring
 * @property {{values: Uint8Array, most: number} | null} [veil] where several networks disagree
 * @property {boolean} smooth
 * @property {boolean} contour
 * @property {boolean} curve y over x instead of a map
 * @property {{x: string, y: string, rows?: string[] | null}} names of the axes, see `drawAxes`
 * @property {string} font
 */

/** Levels at which a regression's map gets contour lines: the ticks of its colour bar. */
export const valueLevels = (range) => ticks(range, 5);

export class Picture {
  constructor() {
    this.map = new MapLayer();
    this.veil = new VeilLayer();
    this.still = document.createElement("canvas");
    this.keys = {};
  }

  /**
   * @param {CanvasRenderingContext2D} context of a canvas `width × height` CSS pixels large
   * @param {number} scale device pixels per CSS pixel
   * @param {Content} content
   */
  draw(context, width, height, scale, content) {
    const { plot, palette, model, view, curve } = content;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.fillStyle = palette.surface;
    context.fillRect(plot.left, plot.top, plot.size, plot.size);
    if (curve) {
      drawGrid(context, plot, palette);
    } else if (model) {
      if (this.#changed("map", [model.map, model.confidence, model.focus, palette, content.smooth, ...ends(model)])) {
        this.map.paint(model, palette, content.smooth);
      }
      this.map.draw(context, plot);
      if (content.veil) {
        if (this.#changed("veil", [content.veil.values, palette])) {
          this.veil.paint(content.veil.values, model.width, model.height, palette);
        }
        this.veil.draw(context, plot);
      }
      if (content.contour) {
        if (this.#changed("contour", [model.map, model.confidence, model.focus, plot])) {
          const segments = contourOf(model, valueLevels(model.range));
          this.path = segmentPath(segments, model.width, model.height, plot);
        }
        this.#drawContour(context, model, palette);
      }
    }
    if (this.#changed("still", [plot, palette, view, ...Object.values(content.names), width, height, scale])) {
      this.#drawStill(width, height, scale, content);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.still, 0, 0);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    if (model && curve) {
      if (content.veil) drawCurveBand(context, model, content);
      drawCurve(context, model, content);
    }
    if (content.wrong) drawRings(context, plot, view, content.wrong, palette);
  }

  #changed(name, values) {
    const before = this.keys[name];
    if (before?.length === values.length && before.every((value, k) => value === values[k])) return false;
    this.keys[name] = values;
    return true;
  }

  #drawStill(width, height, scale, content) {
    this.still.width = Math.round(width * scale);
    this.still.height = Math.round(height * scale);
    const context = this.still.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    drawAxes(context, content.plot, content.palette, content.names, content.font);
    drawPoints(context, content.plot, content.view, content.palette, scale);
  }

  /** One thin line; a faint one beside it keeps it readable on every colour. Levels are thinner still. */
  #drawContour(context, model, palette) {
    const levels = model.kind === "value" && !model.focus;
    context.lineCap = "round";
    context.strokeStyle = palette.surface;
    context.globalAlpha = 0.55;
    context.lineWidth = (levels ? 1.6 : 3) * palette.type;
    context.stroke(this.path);
    context.strokeStyle = palette.ink;
    context.globalAlpha = levels ? 0.55 : 0.9;
    context.lineWidth = (levels ? 0.7 : 1.2) * palette.type;
    context.stroke(this.path);
    context.globalAlpha = 1;
  }
}

/** The function of one input: any row of the map holds it. */
function drawCurve(context, model, { plot, palette }) {
  const row = (model.height >> 1) * model.width;
  const [low, high] = model.range;
  const [x0, x1] = plot.domain[0];
  const path = new Path2D();
  for (let c = 0; c < model.width; c++) {
    const around = [Math.max(0, c - 1), c, c, Math.min(model.width - 1, c + 1)];
    const exact = model.values !== model.map;
    // Bytes are smoothed as in contour.js, which rounds their steps.
    const byte = exact ? model.values[row + c] : around.reduce((sum, k) => sum + model.map[row + k], 0) / 4;
    const x = toX(plot, x0 + ((c + 0.5) / model.width) * (x1 - x0));
    const y = toY(plot, low + ((high - low) * byte) / 255);
    if (c === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  }
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.size, plot.size);
  context.clip();
  context.lineJoin = "round";
  for (const [colour, width] of [
    [palette.surface, 5],
    [palette.classColour(1), 2.6],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width * palette.type;
    context.stroke(path);
  }
  context.restore();
}

function drawGrid(context, plot, palette) {
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.globalAlpha = 0.6;
  context.beginPath();
  for (const tick of ticks(plot.domain[1], 6)) {
    const y = Math.round(toY(plot, tick)) + 0.5;
    context.moveTo(plot.left, y);
    context.lineTo(plot.left + plot.size, y);
  }
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * The picture with legend as a PNG, composed anew at twice the size of a 640-pixel plot.
 * @param {Content} content with the plot for `width`
 * @param {{title: string, items: {kind: string, colour: string, text: string}[], note: string}} legend `note`: what the
 *   picture leaves out
 * @returns {Promise<Blob>}
 */
export function composeImage(content, width, plotHeight, legend, drawItem) {
  const scale = 2;
  const rows = Math.ceil(legend.items.length / 3);
  const head = 30;
  const canvas = document.createElement("canvas");
  const ruler = canvas.getContext("2d");
  ruler.font = `12px ${content.font}`;
  const room = width - content.plot.left - 12;
  const notes = wrapped(legend.note, room, (text) => ruler.measureText(text).width);
  const under = head + plotHeight + 12 + 20 * rows;
  const height = under + NOTE_LINE * notes.length;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const inner = document.createElement("canvas");
  inner.width = width * scale;
  inner.height = plotHeight * scale;
  new Picture().draw(inner.getContext("2d"), width, plotHeight, scale, content);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  if (!content.palette.clear) {
    context.fillStyle = content.palette.surface;
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(inner, 0, head, width, plotHeight);
  context.fillStyle = content.palette.ink;
  context.textBaseline = "middle";
  context.font = `600 14px ${content.font}`;
  context.fillText(legend.title, content.plot.left, head / 2 + 2, width - content.plot.left);
  context.font = `12px ${content.font}`;
  const column = (width - content.plot.left) / 3;
  legend.items.forEach((item, k) => {
    const x = content.plot.left + (k % 3) * column;
    const y = head + plotHeight + 12 + 20 * Math.floor(k / 3);
    drawItem(context, item, x + 7, y);
    context.fillStyle = content.palette.ink;
    context.fillText(item.text, x + 20, y, column - 26);
  });
  notes.forEach((line, k) => context.fillText(line, content.plot.left, under + NOTE_LINE * k, room));
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("canvas.toBlob"))), "image/png"),
  );
}
