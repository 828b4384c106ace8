/** The small picture of a run's boundary, in the colours of the big one. */

import { MapLayer } from "../boundary/map.js";
import { makePalette } from "../boundary/palette.js";

/** Pixels a side of the picture's canvas: sharp on screens of twice the density. */
const PIXELS = 112;

const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/**
 * What a run's picture shows, as the big plot's map does.
 * @param {{task: string, classes: number, size: number, picture: {map: string, confidence?: string}}} run
 * @returns {import("../boundary/map.js").MapModel}
 */
export function thumbnailModel({ task, classes, size, picture }) {
  const map = bytes(picture.map);
  return {
    kind: { binary: "binary", multiclass: "classes" }[task] ?? "value",
    map,
    values: map,
    edge: null,
    confidence: picture.confidence ? bytes(picture.confidence) : null,
    nClasses: classes,
    width: size,
    height: size,
    range: [0, 1],
    focus: null,
  };
}

/**
 * Paint a run's boundary.
 * @param {HTMLCanvasElement} canvas
 * @param {object} run an entry of the list of runs
 * @param {object} theme the stage's theme
 */
export function paintThumbnail(canvas, run, theme) {
  canvas.width = canvas.height = PIXELS;
  const layer = new MapLayer();
  layer.paint(thumbnailModel(run), makePalette(theme), true);
  layer.draw(canvas.getContext("2d"), { left: 0, top: 0, size: PIXELS });
}
