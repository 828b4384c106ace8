/** The coloured map under the points: frame arrays → pixels → one scaled image. */

import { classBorders, levelSegments, margins, padded } from "./contour.js";

/** How many pixels a cell gets along each axis where borders must stay sharp (bands, classes), and a fine map in all. */
const REFINE = 3;
const REFINED = 400;

const refinement = (cells) => Math.max(1, Math.min(REFINE, Math.round(REFINED / cells)));

/**
 * @typedef {object} MapModel what the newest map shows
 * @property {"binary" | "classes" | "value"} kind probability, winning class, or a number
 * @property {Uint8Array} map `height * width`, row 0 on top
 * @property {Uint8Array | null} confidence of the winning class: 0 = 1/nClasses … 255 = 1
 * @property {ArrayLike<number>} values of `map`, exact ones where the page has painted it
 * @property {Float32Array | null} edge where the page has painted it: the score of two classes, and of more how far the
 *   first is ahead of the second; zero where the decision changes
 * @property {number} nClasses
 * @property {number} width
 * @property {number} height
 * @property {[number, number]} range numbers that 0 and 255 stand for
 * @property {[number, number] | null} focus layer and unit
 */

/**
 * What a frame's map means under its scene.
 * @param {object} scene
 * @param {object} frame
 * @param {(import("../painting/maps.js").Map & {width: number, height: number}) | null} [painted] the page's own map
 * @returns {MapModel | null} null without a map that fits
 */
export function mapModel(scene, frame, painted = null) {
  if (!scene) return null;
  const { map = null, confidence = null } = painted ?? frame?.arrays ?? {};
  if (!painted && map?.shape?.length !== 2) return null;
  const [height, width] = painted ? [painted.height, painted.width] : map.shape;
  const focus = frame.focus ?? null;
  const classes = scene.task === "multiclass" && !focus;
  if (classes && confidence?.length !== map.length) return null;
  return {
    kind: classes ? "classes" : scene.task === "binary" && !focus ? "binary" : "value",
    map,
    confidence: classes ? confidence : null,
    values: painted?.values ?? map,
    edge: painted?.edge ?? null,
    nClasses: scene.class_names?.length ?? 0,
    width,
    height,
    range: rangeOf(scene, focus, painted?.range ?? frame.map_range),
    focus,
  };
}

/** Numbers that the ends of a map's bytes stand for. */
function rangeOf(scene, focus, range) {
  if (focus) return range ?? [-1, 1];
  return scene.task === "regression" ? scene.target_range : [0, 1];
}

/** Where on the diverging scale the ends of a map lie: zero is the middle for a unit's map. */
export function ends(model) {
  if (!model.focus) return [0, 1];
  const reach = Math.max(Math.abs(model.range[0]), Math.abs(model.range[1])) || 1;
  return [0.5 + (0.5 * model.range[0]) / reach, 0.5 + (0.5 * model.range[1]) / reach];
}

/**
 * The contour that belongs to a map: 0.5, the class borders, a unit's zero line, or the levels of a
 * regression's colour bar.
 * @param {number[]} levels numbers at which a regression's lines are drawn
 * @returns {number[]} segments in cells
 */
export function contourOf(model, levels) {
  const { map, values: cells, edge, width, height, range } = model;
  if (model.kind === "classes") {
    const table = margins(model.nClasses);
    return classBorders(map, edge ?? Float32Array.from(model.confidence, (byte) => table[byte]), width, height);
  }
  if (edge) return levelSegments(padded(edge, width, height, true), width, height, 0);
  const values = padded(cells, width, height, cells !== map);
  if (model.kind === "binary") return levelSegments(values, width, height, 127.5);
  const span = range[1] - range[0] || 1;
  const wanted = model.focus ? [0] : levels;
  return wanted.flatMap((level) => {
    const at = (255 * (level - range[0])) / span;
    return at <= 0 || at >= 255 ? [] : levelSegments(values, width, height, at);
  });
}

/** Keeps the map's pixels and repaints them only for a new map, theme or mode. */
export class MapLayer {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.image = null;
  }

  /**
   * @param {MapModel} model
   * @param {import("./palette.js").Palette} palette
   * @param {boolean} smooth continuous colours, or bands
   */
  paint(model, palette, smooth) {
    const n = model.nClasses;
    const factor = smooth ? 1 : refinement(model.width);
    const width = model.width * factor;
    const height = model.height * factor;
    if (this.canvas.width !== width || this.canvas.height !== height || !this.image) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.context = this.canvas.getContext("2d");
      this.image = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    if (model.kind === "classes") {
      const table = this.#table(palette, `classes ${n} ${smooth}`, () => palette.confidences(n, smooth));
      if (smooth) fillClasses(this.pixels, model, table);
      else refineClasses(this.pixels, model, table);
    } else {
      const [low, high] = ends(model);
      const table = this.#table(palette, `${low} ${high} ${smooth}`, () => palette.levels(low, high, smooth));
      if (smooth) for (let k = 0; k < model.map.length; k++) this.pixels[k] = table[model.map[k]];
      else refineLevels(this.pixels, model, table);
    }
    this.context.putImageData(this.image, 0, 0);
  }

  #table(palette, key, make) {
    if (this.palette !== palette || this.key !== key) {
      this.palette = palette;
      this.key = key;
      this.table = make();
    }
    return this.table;
  }

  /** Draw the map into a plot's square. */
  draw(context, plot) {
    if (!this.image) return;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "low"; // bilinear: exact between cell centres, and the cheapest
    context.drawImage(this.canvas, plot.left, plot.top, plot.size, plot.size);
  }
}

function fillClasses(pixels, model, table) {
  const { map, confidence, nClasses: n } = model;
  for (let k = 0; k < map.length; k++) pixels[k] = table[256 * Math.min(map[k], n - 1) + confidence[k]];
}

/** For each refined pixel along an axis: the cell before it, the one after it, and how near that one is. */
function places(cells, factor) {
  const before = new Int32Array(cells * factor);
  const after = new Int32Array(cells * factor);
  const share = new Float32Array(cells * factor);
  for (let k = 0; k < before.length; k++) {
    const at = Math.min(cells - 1, Math.max(0, (k + 0.5) / factor - 0.5));
    before[k] = Math.floor(at);
    after[k] = Math.min(cells - 1, before[k] + 1);
    share[k] = at - before[k];
  }
  return { before, after, share };
}

/** Bilinear interpolation of bytes; calls `line` with each refined row of values. */
function refine(values, width, height, line) {
  const factor = refinement(width);
  const across = places(width, factor);
  const down = places(height, factor);
  const mixed = new Float32Array(width);
  const row = new Uint8Array(width * factor);
  for (let r = 0; r < height * factor; r++) {
    const top = down.before[r] * width;
    const bottom = down.after[r] * width;
    const v = down.share[r];
    for (let c = 0; c < width; c++) mixed[c] = values[top + c] + (values[bottom + c] - values[top + c]) * v;
    for (let c = 0; c < row.length; c++) {
      const left = mixed[across.before[c]];
      row[c] = left + (mixed[across.after[c]] - left) * across.share[c] + 0.5;
    }
    line(r, row, top, bottom, v, across);
  }
}

function refineLevels(pixels, { map, width, height }, table) {
  refine(map, width, height, (r, row) => {
    const at = r * row.length;
    for (let c = 0; c < row.length; c++) pixels[at + c] = table[row[c]];
  });
}

/** The class of a pixel between cells of several classes is the one with the largest weighted margin. */
function refineClasses(pixels, model, table) {
  const { map, confidence, width, height, nClasses: n } = model;
  const margin = margins(n);
  const votes = new Float64Array(n);
  refine(confidence, width, height, (r, row, top, bottom, v, across) => {
    const at = r * row.length;
    for (let c = 0; c < row.length; c++) {
      const left = across.before[c];
      const right = across.after[c];
      let kind = map[top + left];
      if (kind !== map[top + right] || kind !== map[bottom + left] || kind !== map[bottom + right]) {
        const u = across.share[c];
        votes.fill(0);
        votes[map[top + left]] += (1 - u) * (1 - v) * margin[confidence[top + left]];
        votes[map[top + right]] += u * (1 - v) * margin[confidence[top + right]];
        votes[map[bottom + left]] += (1 - u) * v * margin[confidence[bottom + left]];
        votes[map[bottom + right]] += u * v * margin[confidence[bottom + right]];
        kind = 0;
        for (let k = 1; k < n; k++) if (votes[k] > votes[kind]) kind = k;
      }
      pixels[at + c] = table[256 * Math.min(kind, n - 1) + row[c]];
    }
  });
}

/**
 * The map's value at relative position (u, v) of the plot, both 0…1 from the top left.
 * @returns {{value: number, kind?: number}} probability, class confidence or number; `kind` the class
 */
export function valueAt(model, u, v) {
  const c = Math.min(model.width - 1, Math.max(0, Math.floor(u * model.width)));
  const r = Math.min(model.height - 1, Math.max(0, Math.floor(v * model.height)));
  const at = r * model.width + c;
  if (model.kind === "classes") {
    const n = model.nClasses;
    return { value: (1 + (model.confidence[at] / 255) * (n - 1)) / n, kind: model.map[at] };
  }
  return { value: model.range[0] + ((model.range[1] - model.range[0]) * model.values[at]) / 255 };
}
