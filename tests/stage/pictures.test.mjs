/** The rows of a network on pictures, under Node: levels of a frame become colours. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/pictures/${name}`, import.meta.url).href;
const { filterTiles, layerRows, mapTiles, pictureTile } = await import(at("rows.js"));

const levels = (values, shape) => Object.assign(Uint8Array.from(values), { shape });

test("a picture in colour keeps its channels, one in grey has the same in all three", () => {
  const seen = levels([1, 2, 3, 4, 5, 6], [3, 1, 2]);
  const { height, width, colours } = pictureTile(seen);
  assert.deepEqual([height, width], [1, 2]);
  assert.deepEqual([0, 1].map(colours[0]), [
    [1, 3, 5],
    [2, 4, 6],
  ]);
  assert.deepEqual(pictureTile(levels([7, 9], [1, 1, 2])).colours[0](1), [9, 9, 9]);
});

test("filters are coloured about their zero, maps from black to white, each tile by itself", () => {
  const scale = (t) => [t, 0, 0];
  const filters = filterTiles(levels([1, 128, 255, 128], [2, 1, 2]), scale);
  assert.deepEqual(
    filters.colours.map((colour) => [colour(0)[0], colour(1)[0]]),
    [
      [-1, 0],
      [1, 0],
    ],
  );
  const maps = mapTiles(levels([0, 255, 7], [3, 1, 1]));
  assert.deepEqual(
    maps.colours.map((colour) => colour(0)),
    [
      [0, 0, 0],
      [255, 255, 255],
      [7, 7, 7],
    ],
  );
});

test("rows go from the filters to the last block", () => {
  const arrays = { seen: levels([0], [1, 1, 1]), filters: levels([128], [1, 1, 1]) };
  arrays.maps_0 = levels([1, 2], [2, 1, 1]);
  arrays.maps_1 = levels([3], [1, 1, 1]);
  arrays.patches_1 = levels([5, 6, 7, 8], [2, 1, 1, 2]);
  const rows = layerRows(arrays, () => [0, 0, 0]);
  assert.deepEqual(
    rows.map((row) => [row.name, row.block, row.colours.length]),
    [
      ["filters", 0, 1],
      ["block", 0, 2],
      ["block", 1, 1],
      ["exciting", 1, 2],
    ],
  );
  assert.deepEqual(rows[3].colours[1](1), [8, 8, 8]);
});
