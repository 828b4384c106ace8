/** From the arrays of a frame to the colours of its tiles. */

/** The level of zero in filters, and how far from it the ends of the scale are; as in playground/pictures/frame.py. */
const MIDDLE = 128;
const REACH = 127;

/**
 * @typedef {object} Tiles
 * @property {number} height of each
 * @property {number} width of each
 * @property {((place: number) => [number, number, number])[]} colours of each tile's pixels
 */

/**
 * The picture itself, in colour or in grey.
 * @param {import("../shell/decode.js").Shaped} seen levels (channels, height, width)
 * @returns {Tiles}
 */
export function pictureTile(seen) {
  const [channels, height, width] = seen.shape;
  const size = height * width;
  const channel = (c) => (channels > 1 ? c * size : 0);
  return { height, width, colours: [(i) => [seen[channel(0) + i], seen[channel(1) + i], seen[channel(2) + i]]] };
}

/**
 * Filters: blue below zero, orange above.
 * @param {import("../shell/decode.js").Shaped} filters levels (n, height, width)
 * @param {(t: number) => [number, number, number]} diverging the theme's scale
 * @returns {Tiles}
 */
export function filterTiles(filters, diverging) {
  return tiles(filters, (level) => diverging((level - MIDDLE) / REACH));
}

/**
 * Maps: zero is black.
 * @param {import("../shell/decode.js").Shaped} maps levels (n, height, width)
 * @returns {Tiles}
 */
export function mapTiles(maps) {
  return tiles(maps, (level) => [level, level, level]);
}

/**
 * The patches that excite each unit most, in colour or in grey.
 * @param {import("../shell/decode.js").Shaped} patches levels (n, channels, height, width)
 * @returns {Tiles}
 */
export function patchTiles(patches) {
  const [count, channels, height, width] = patches.shape;
  const size = channels * height * width;
  const one = (n) => Object.assign(patches.subarray(n * size, (n + 1) * size), { shape: [channels, height, width] });
  return { height, width, colours: Array.from({ length: count }, (_, n) => pictureTile(one(n)).colours[0]) };
}

function tiles(levels, colour) {
  const [count, height, width] = levels.shape;
  const size = height * width;
  const of = (n) => (i) => colour(levels[n * size + i]);
  return { height, width, colours: Array.from({ length: count }, (_, n) => of(n)) };
}

/**
 * The rows of a frame from the picture to the last block.
 * @param {Object<string, import("../shell/decode.js").Shaped>} arrays
 * @param {(t: number) => [number, number, number]} diverging
 * @returns {(Tiles & {name: string, block: number})[]} the filters, then of each block its maps and what excites it
 */
export function layerRows(arrays, diverging) {
  const blocks = Object.keys(arrays).filter((name) => name.startsWith("maps_"));
  const found = blocks.flatMap((_, block) => {
    const maps = { name: "block", block, ...mapTiles(arrays[`maps_${block}`]) };
    const patches = arrays[`patches_${block}`];
    return patches ? [maps, { name: "exciting", block, ...patchTiles(patches) }] : [maps];
  });
  return [{ name: "filters", block: 0, ...filterTiles(arrays.filters, diverging) }, ...found];
}
