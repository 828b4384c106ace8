/** Where several networks disagree: a veil over their mean map, a band around their mean curve. */

import { toX, toY } from "./scale.js";
import { toRgb } from "./palette.js";

/** Opacity where they disagree most. */
const STRENGTH = 0.72;

/** Keeps the veil's pixels; they are painted anew only for new values or another theme. */
export class VeilLayer {
  constructor() {
    this.canvas = document.createElement("canvas");
  }

  /**
   * @param {Uint8Array} values 0 agree … 255 disagree most, `height * width`
   * @param {import("./palette.js").Palette} palette
   */
  paint(values, width, height, palette) {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const [red, green, blue] = toRgb(palette.ink);
    for (let k = 0; k < values.length; k += 1) {
      image.data[4 * k] = red;
      image.data[4 * k + 1] = green;
      image.data[4 * k + 2] = blue;
      image.data[4 * k + 3] = STRENGTH * values[k];
    }
    context.putImageData(image, 0, 0);
  }

  /** Draw the veil into a plot's square. */
  draw(context, plot) {
    context.imageSmoothingEnabled = true;
    context.drawImage(this.canvas, plot.left, plot.top, plot.size, plot.size);
  }
}

/**
 * A band of one standard deviation on both sides of the mean curve.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./map.js").MapModel} model
 * @param {import("./picture.js").Content} content
 */
export function drawCurveBand(context, model, { plot, palette, veil }) {
  const row = (model.height >> 1) * model.width;
  const [low, high] = model.range;
  const [x0, x1] = plot.domain[0];
  const edge = (sign) =>
    Array.from({ length: model.width }, (_, c) => {
      const mean = low + ((high - low) * model.map[row + c]) / 255;
      const spread = (veil.most * veil.values[row + c]) / 255;
      return [toX(plot, x0 + ((c + 0.5) / model.width) * (x1 - x0)), toY(plot, mean + sign * spread)];
    });
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top, plot.size, plot.size);
  context.clip();
  context.beginPath();
  for (const [x, y] of [...edge(1), ...edge(-1).reverse()]) context.lineTo(x, y);
  context.closePath();
  context.fillStyle = palette.ink;
  context.globalAlpha = 0.22;
  context.fill();
  context.restore();
}
