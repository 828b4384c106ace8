/** From a network and places to what the page draws: a map, every unit's small map, which points are wrong. */

import { BLOCK } from "./network.js";

const MIDDLE = 127.5;
/** A unit that stays below this is zero everywhere but for rounding. */
const ZERO = 1e-12;

/**
 * @typedef {object} Numbers what a network computes with
 * @property {Float32Array} parameters
 * @property {Float32Array} buffers
 */

/**
 * @typedef {object} Map the arrays of a map, as the server's, and what they were made from
 * @property {Uint8Array} map
 * @property {Uint8Array | null} confidence
 * @property {Float32Array | null} values of `map` before they were rounded; none of classes
 * @property {Float32Array | null} edge the score of two classes, and of more how far the first is ahead of the second
 * @property {[number, number]} range numbers that 0 and 255 stand for
 */

/**
 * The network's prediction.
 * @param {import("./forms.js").Forms} forms
 * @param {object} scene
 * @param {import("./network.js").Network} network
 * @param {Numbers} numbers
 * @param {import("./network.js").Places} places
 * @returns {Map}
 */
export function predictionMap(forms, scene, network, numbers, places) {
  const { task, loss } = scene.painting;
  if (task === "multiclass") return classMap(forms, scene, network, numbers, places);
  const range = /** @type {[number, number]} */ (task === "regression" ? scene.target_range : [0, 1]);
  const probability = task === "regression" ? null : forms.probabilities[loss.name](loss.params);
  const values = new Float32Array(places.count);
  const edge = probability && new Float32Array(places.count);
  const scores = network.values[network.values.length - 1];
  eachBlock(network, numbers, places, network.values.length, (from, count) => {
    for (let c = 0; c < count; c += 1) {
      values[from + c] = probability ? probability(scores[c]) : scores[c];
      if (edge) edge[from + c] = scores[c];
    }
  });
  return { ...scaled(values, range), confidence: null, edge, range };
}

/** Bytes of `values`, which become the same unrounded: the ends of `range` are 0 and 255, and what lies outside is cut. */
function scaled(values, [low, high]) {
  const scale = 255 / (high > low ? high - low : 1);
  const map = new Uint8Array(values.length);
  for (let k = 0; k < values.length; k += 1) {
    const byte = Math.min(255, Math.max(0, (values[k] - low) * scale));
    values[k] = byte === byte ? byte : MIDDLE;
    map[k] = values[k] + 0.5;
  }
  return { map, values };
}

function classMap(forms, scene, network, numbers, places) {
  const { loss } = scene.painting;
  const part = forms.parts[loss.name](loss.params);
  const classes = network.sizes[network.sizes.length - 1];
  const map = new Uint8Array(places.count);
  const confidence = new Uint8Array(places.count);
  const edge = new Float32Array(places.count);
  const scores = network.values[network.values.length - 1];
  eachBlock(network, numbers, places, network.values.length, (from, count) => {
    for (let c = 0; c < count; c += 1) {
      let best = 0;
      let second = -Infinity;
      for (let k = 1, p = c + BLOCK; k < classes; k += 1, p += BLOCK) {
        const top = scores[best * BLOCK + c];
        if (scores[p] > top) {
          second = top;
          best = k;
        } else if (scores[p] > second) second = scores[p];
      }
      const top = scores[best * BLOCK + c];
      let sum = 0;
      for (let k = 0, p = c; k < classes; k += 1, p += BLOCK) sum += part(scores[p], top);
      const probability = part(top, top) / sum || 0;
      map[from + c] = best;
      confidence[from + c] = Math.max(0, (255 * (classes * probability - 1)) / (classes - 1)) + 0.5;
      edge[from + c] = top - second || 0;
    }
  });
  return { map, confidence, values: null, edge, range: /** @type {[number, number]} */ ([0, 1]) };
}

/**
 * A unit's activation, coloured around zero.
 * @param {import("./network.js").Network} network
 * @param {Numbers} numbers
 * @param {import("./network.js").Places} places
 * @param {[number, number]} unit layer (0: the inputs) and unit
 * @returns {Map}
 */
export function unitMap(network, numbers, places, [layer, unit]) {
  const values = new Float32Array(places.count);
  eachBlock(network, numbers, places, layer, (from, count, block) => {
    const source = rows(network, places, layer, block);
    const at = source.at + unit * BLOCK;
    for (let c = 0; c < count; c += 1) values[from + c] = source.values[at + c];
  });
  const most = largest(values) || 1;
  const range = /** @type {[number, number]} */ ([-most, most]);
  return { ...scaled(values, range), confidence: null, edge: null, range };
}

/**
 * Every unit's map, each by its own scale around 127.5.
 * @param {import("./network.js").Network} network
 * @param {Numbers} numbers
 * @param {import("./network.js").Places} places of square cells
 * @returns {Uint8Array & {shape: number[]}} (units, edge, edge)
 */
export function unitMaps(network, numbers, places) {
  const units = network.sizes.reduce((sum, size) => sum + size);
  const { count } = places;
  const values = new Float32Array(units * count);
  eachBlock(network, numbers, places, network.values.length, (from, n, block) => {
    let row = from;
    network.sizes.forEach((size, layer) => {
      const source = rows(network, places, layer, block);
      for (let u = 0, at = source.at; u < size; u += 1, at += BLOCK, row += count) {
        for (let c = 0; c < n; c += 1) values[row + c] = source.values[at + c];
      }
    });
  });
  const maps = new Uint8Array(units * count);
  for (let at = 0; at < maps.length; at += count) {
    const own = values.subarray(at, at + count);
    // an input that is the same everywhere is held: its map is that of 0
    const held = at < network.sizes[0] * count && own.every((value) => value === own[0]);
    const scale = held ? 0 : MIDDLE / Math.max(ZERO, largest(own));
    for (let k = at; k < at + count; k += 1) {
      const byte = Math.min(255, Math.max(0, MIDDLE + values[k] * scale));
      maps[k] = byte === byte ? byte + 0.5 : MIDDLE + 0.5;
    }
  }
  const edge = Math.round(Math.sqrt(count));
  return Object.assign(maps, { shape: [units, edge, edge] });
}

/**
 * 1 where the predicted class is not the target.
 * @param {object} scene
 * @param {import("./network.js").Network} network
 * @param {Numbers} numbers
 * @param {import("./network.js").Places} places the points
 * @returns {Uint8Array}
 */
export function wrongPoints(scene, network, numbers, places) {
  const { y } = scene.points;
  const wrong = new Uint8Array(places.count);
  const binary = scene.painting.task === "binary";
  const classes = network.sizes[network.sizes.length - 1];
  const scores = network.values[network.values.length - 1];
  eachBlock(network, numbers, places, network.values.length, (from, count) => {
    for (let c = 0; c < count; c += 1) {
      let best = 0;
      if (binary) best = scores[c] > 0 ? 1 : 0;
      else for (let k = 1; k < classes; k += 1) if (scores[k * BLOCK + c] > scores[best * BLOCK + c]) best = k;
      wrong[from + c] = best === Math.round(y[from + c]) ? 0 : 1;
    }
  });
  return wrong;
}

/** Compute block by block; `read` takes the block's first place, how many there are, and its number. */
function eachBlock(network, { parameters, buffers }, places, most, read) {
  for (let block = 0, from = 0; from < places.count; block += 1, from += BLOCK) {
    network.pass(parameters, buffers, places, block, most);
    read(from, Math.min(BLOCK, places.count - from), block);
  }
}

/** Where the values of a layer stand, of the block that was computed last. */
function rows(network, places, layer, block) {
  if (layer) return { values: network.values[layer - 1], at: 0 };
  return { values: places.blocks, at: block * network.sizes[0] * BLOCK };
}

/** The largest absolute value among the finite ones. */
function largest(values) {
  let most = 0;
  for (let k = 0; k < values.length; k += 1) {
    const size = Math.abs(values[k]);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}
