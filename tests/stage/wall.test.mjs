/** The modules of a wall that compute, under Node. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/wall/${name}`, import.meta.url).href;
const places = await import(at("places.js"));
const { partsOf, shade } = await import(at("paint.js"));

const ROOM = { left: 50, top: 20, width: 300, height: 200 };
const grid = (side) =>
  Array.from({ length: side * side }, (_, i) => [(i % side) / (side - 1), Math.floor(i / side) / (side - 1)]);

test("a grid's networks fill the room, each in its cell, the first at the bottom left", () => {
  const area = places.areaOf(25, "grid", ROOM);
  assert.deepEqual(places.middle(area, [0, 0]), [80, 200]);
  assert.deepEqual(places.middle(area, [1, 1]), [320, 40]);
  assert.ok(area.tileWidth < 60 && area.tileHeight < 40);
});

test("scattered networks stay within the room", () => {
  const area = places.areaOf(100, "random", ROOM);
  for (const [x, y] of [places.middle(area, [0, 0]), places.middle(area, [1, 1])]) {
    assert.ok(x - area.tileWidth / 2 >= ROOM.left - 1e-9 && x + area.tileWidth / 2 <= 350 + 1e-9);
    assert.ok(y - area.tileHeight / 2 >= ROOM.top - 1e-9 && y + area.tileHeight / 2 <= 220 + 1e-9);
  }
  assert.equal(area.tileWidth, area.tileHeight);
});

test("a point of the picture is the network that lies on top there, and the shares that it stands for", () => {
  const area = places.areaOf(25, "grid", ROOM);
  assert.equal(places.tileAt(grid(5), area, 80, 200), 0);
  assert.equal(places.tileAt(grid(5), area, 320, 40), 24);
  assert.equal(places.tileAt(grid(5), area, 5, 5), -1);
  const same = [
    [0.5, 0.5],
    [0.5, 0.5],
  ];
  assert.equal(places.tileAt(same, area, ...places.middle(area, [0.5, 0.5])), 1);
  const [x, y] = places.sharesAt(area, ...places.middle(area, [0.25, 0.75]));
  assert.ok(Math.abs(x - 0.25) < 1e-9 && Math.abs(y - 0.75) < 1e-9);
  assert.deepEqual(places.sharesAt(area, 0, 999), [0, 0]);
});

test("arrow keys go to the next network and stop at the edge", () => {
  assert.equal(places.neighbour(grid(5), 6, 1, 0), 7);
  assert.equal(places.neighbour(grid(5), 6, 0, 1), 11);
  assert.equal(places.neighbour(grid(5), 4, 1, 0), 4);
  const scattered = [
    [0.5, 0.5],
    [0.6, 0.9],
    [0.8, 0.55],
    [0.1, 0.45],
  ];
  assert.equal(places.neighbour(scattered, 0, 1, 0), 2);
  assert.equal(places.neighbour(scattered, 0, 0, 1), 1);
  assert.equal(places.neighbour(scattered, 0, -1, 0), 3);
});

test("two networks span a rectangle with half the way to the next ones; one has room around it", () => {
  assert.deepEqual(places.around(grid(5), 6, 18), [0.125, 0.875, 0.125, 0.875]);
  assert.deepEqual(places.around(grid(5), 0, 0), [0, 0.2, 0, 0.2]);
  assert.ok(places.large([0, 0.2, 0, 0.2]));
  assert.ok(!places.large([0, 0.01, 0, 1]));
});

test("a rectangle of a zoomed picture lies in the rectangle before it", () => {
  assert.deepEqual(places.within([0.5, 1, 0, 0.5], [0, 0.5, 0.5, 1]), [0.5, 0.75, 0.25, 0.5]);
  assert.deepEqual(places.within([0, 1, 0, 1], [0.33333, 1, 0, 0.66666]), [0.3333, 1, 0, 0.6667]);
});

test("marks stand under columns of a grid, with what stands there", () => {
  const side = { low: 0.001, high: 1, log: true };
  const found = places.ticks(side, 0, 1, 6, 10);
  assert.deepEqual(
    found.map(({ share }) => Math.round(share * 9)),
    [0, 2, 4, 6, 8],
  );
  assert.ok(Math.abs(found[2].value - 0.001 * 1000 ** (4 / 9)) < 1e-12);
  const zoomed = places.ticks({ low: 0, high: 0.9, log: false }, 0.5, 1, 4).map(({ value }) => value.toFixed(2));
  assert.deepEqual(zoomed, ["0.45", "0.60", "0.75", "0.90"]);
});

test("marks of a fine search have as many digits as tell them apart", () => {
  assert.deepEqual(places.apart([0.001, 0.0059, 0.035]), ["0.001", "0.0059", "0.035"]);
  const fine = places.ticks({ low: 0.001, high: 3, log: true }, 0.5697, 0.6012, 6, 10);
  const words = places.apart(fine.map(({ value }) => value));
  assert.equal(new Set(words).size, words.length);
  assert.ok(words.every((word) => word.length <= 7));
  assert.deepEqual(places.apart([0.5, 0.5]), ["0.5", "0.5"]);
});

test("a loss has the shade of its logarithm; what has none is as bright as the worst", () => {
  assert.equal(places.shadeOf(0.1, 0.1, 1), 0);
  assert.ok(Math.abs(places.shadeOf(Math.sqrt(0.1), 0.1, 1) - 0.5) < 1e-9);
  assert.equal(places.shadeOf(1e30, 0.1, 1), 1);
  assert.equal(places.shadeOf(NaN, 0.1, 1), 1);
  assert.equal(shade(0), "#440154");
  assert.equal(shade(1), "#fde725");
});

test("the table begins with the best network and ends with those that have diverged", () => {
  assert.deepEqual(places.ranked(Float32Array.of(0.5, NaN, 0.1, Infinity, 0.5)), [2, 0, 4, 1, 3]);
});

test("a wide tile has its curve beside the map, a high one below, a tiny one none", () => {
  assert.deepEqual(partsOf(60, 30), { map: [0, 0, 30, 30], curve: [30, 0, 30, 30] });
  assert.deepEqual(partsOf(40, 40).map, [0, 0, 40, 28]);
  assert.equal(partsOf(20, 18).curve, null);
});
