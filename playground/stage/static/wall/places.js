/**
 * Where a wall's networks hang, and which part of the plane a rectangle of the picture is. Shares run from 0 to 1, from
 * left to right and from bottom to top; a box is [left, right, bottom, top].
 */

import { brief } from "../shell/numbers.js";

/** A rectangle has at least this share of a side of the picture. */
const LEAST = 0.02;
/** What a zoom shows around one network, as shares of the picture on each side of it. */
const AROUND = 0.2;
/** How much of the plane's room scattered networks take: they may cover each other a little. */
const FILLED = 0.55;
/** Share of a grid's cell that its network takes. */
const TILE = 0.9;

/**
 * @typedef {[number, number, number, number]} Box
 * @typedef {object} Area where the networks are, in pixels
 * @property {number} left @property {number} top @property {number} width @property {number} height
 * @property {number} tileWidth @property {number} tileHeight of each network
 * @property {number} spanWidth @property {number} spanHeight between the first and the last network's middle
 */

/**
 * The room of the networks within a picture.
 * @param {number} count of networks
 * @param {string} arrangement "grid" or "random"
 * @param {{left: number, top: number, width: number, height: number}} room
 * @returns {Area}
 */
export function areaOf(count, arrangement, { left, top, width, height }) {
  const side = Math.sqrt(count);
  const cellWidth = width / side;
  const cellHeight = height / side;
  const scattered = arrangement === "random";
  const square = Math.sqrt(cellWidth * cellHeight * FILLED);
  const tileWidth = scattered ? square : cellWidth * TILE;
  const tileHeight = scattered ? square : cellHeight * TILE;
  const spanWidth = width - (scattered ? tileWidth : cellWidth);
  const spanHeight = height - (scattered ? tileHeight : cellHeight);
  return { left, top, width, height, tileWidth, tileHeight, spanWidth, spanHeight };
}

/**
 * The middle of a place in pixels.
 * @param {Area} area
 * @param {number[]} place its shares
 * @returns {[number, number]}
 */
export function middle(area, [x, y]) {
  const { left, top, width, height, spanWidth, spanHeight } = area;
  return [left + (width - spanWidth) / 2 + x * spanWidth, top + (height - spanHeight) / 2 + (1 - y) * spanHeight];
}

/**
 * The shares of a point of the picture.
 * @param {Area} area
 * @param {number} px
 * @param {number} py
 * @returns {[number, number]} from 0 to 1
 */
export function sharesAt(area, px, py) {
  const { left, top, width, height, spanWidth, spanHeight } = area;
  const clamp = (share) => Math.max(0, Math.min(1, share));
  return [
    clamp((px - left - (width - spanWidth) / 2) / spanWidth),
    clamp(1 - (py - top - (height - spanHeight) / 2) / spanHeight),
  ];
}

/**
 * The network under a point, the topmost one.
 * @param {number[][]} places
 * @param {Area} area
 * @param {number} px
 * @param {number} py
 * @returns {number} −1 for none
 */
export function tileAt(places, area, px, py) {
  for (let i = places.length - 1; i >= 0; i -= 1) {
    const [x, y] = middle(area, places[i]);
    if (Math.abs(px - x) <= area.tileWidth / 2 && Math.abs(py - y) <= area.tileHeight / 2) return i;
  }
  return -1;
}

/**
 * The next network in a direction: the nearest one, where what lies aside counts double.
 * @param {number[][]} places
 * @param {number} from
 * @param {number} dx −1, 0 or 1 to the right
 * @param {number} dy −1, 0 or 1 upwards
 * @returns {number} `from` where there is none
 */
export function neighbour(places, from, dx, dy) {
  const [x, y] = places[from];
  let best = from;
  let least = Infinity;
  places.forEach(([px, py], i) => {
    const ahead = (px - x) * dx + (py - y) * dy;
    const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
    if (i === from || ahead <= 1e-9 || aside > ahead) return;
    if (ahead + 2 * aside < least) {
      least = ahead + 2 * aside;
      best = i;
    }
  });
  return best;
}

/**
 * The box with two opposite corners.
 * @param {number[]} a
 * @param {number[]} b
 * @returns {Box}
 */
export const spanned = (a, b) => [
  Math.min(a[0], b[0]),
  Math.max(a[0], b[0]),
  Math.min(a[1], b[1]),
  Math.max(a[1], b[1]),
];

/**
 * The box around two networks and all between them, with half the way to the next ones.
 * @param {number[][]} places
 * @param {number} a
 * @param {number} b
 * @returns {Box}
 */
export function around(places, a, b) {
  const reach = a === b ? AROUND : 0.5 / Math.max(1, Math.sqrt(places.length) - 1);
  const [left, right, bottom, top] = spanned(places[a], places[b]);
  return [Math.max(0, left - reach), Math.min(1, right + reach), Math.max(0, bottom - reach), Math.min(1, top + reach)];
}

/** Whether a box is large enough to be searched. */
export const large = ([left, right, bottom, top]) => right - left >= LEAST && top - bottom >= LEAST;

/**
 * A box of the picture as a box of the whole plane.
 * @param {Box} outer what the picture shows
 * @param {Box} box
 * @returns {Box} rounded to four digits, inside `outer`
 */
export function within(outer, box) {
  const place = (low, high, share) => Math.min(high, Math.max(low, Number((low + share * (high - low)).toFixed(4))));
  const [left, right, bottom, top] = outer;
  return [
    place(left, right, box[0]),
    place(left, right, box[1]),
    place(bottom, top, box[2]),
    place(bottom, top, box[3]),
  ];
}

/**
 * What stands at a share of a side of the plane.
 * @param {{low: number, high: number, log: boolean}} side
 * @param {number} share of the whole side
 * @returns {number}
 */
export function valueAt({ low, high, log }, share) {
  return log ? low * (high / low) ** share : low + share * (high - low);
}

/**
 * Marks along a side of the picture, with what stands there: under columns of a grid, else evenly spaced.
 * @param {{low: number, high: number, log: boolean}} side
 * @param {number} from share of the whole side where the picture begins
 * @param {number} to where it ends
 * @param {number} most of them, at least 2
 * @param {number} [columns] of a grid; 0 for none
 * @returns {{share: number, value: number}[]} shares of the picture
 */
export function ticks(side, from, to, most, columns = 0) {
  const gaps = columns ? columns - 1 : most - 1;
  const step = Math.ceil(gaps / (most - 1));
  return Array.from({ length: Math.floor(gaps / step) + 1 }, (_, i) => {
    const share = (i * step) / gaps;
    return { share, value: valueAt(side, from + share * (to - from)) };
  });
}

/**
 * Values in words: two digits, or as many as tell them apart, up to four.
 * @param {number[]} values
 * @returns {string[]}
 */
export function apart(values) {
  const found = [2, 3, 4].map((digits) => values.map((value) => brief(value, digits, 1e-6)));
  return found.find((words) => new Set(words).size === words.length) ?? found[2];
}

/**
 * The shade of a loss, by its logarithm.
 * @param {number} loss
 * @param {number} low the lowest loss, share 0
 * @param {number} high the highest, share 1
 * @returns {number} from 0 to 1
 */
export function shadeOf(loss, low, high) {
  const share = Math.log(loss / low) / Math.max(Math.log(high / low), 1e-9);
  return Math.max(0, Math.min(1, Number.isFinite(share) ? share : 1));
}

/**
 * Networks in the order of their losses, the lowest first; those without one at the end.
 * @param {ArrayLike<number>} losses
 * @returns {number[]}
 */
export function ranked(losses) {
  const known = (i) => (Number.isFinite(losses[i]) ? losses[i] : Infinity);
  return Array.from(losses, (_, i) => i).sort((a, b) => known(a) - known(b) || a - b);
}
