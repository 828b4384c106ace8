/** When the page paints anew, and how finely; what it paints is held to PyTorch by test_painting.py. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/painting/${name}`, import.meta.url).href;
const { createMapPainter, sizeFor } = await import(at("painter.js"));
const { cellPlaces } = await import(at("places.js"));
const { BLOCK } = await import(at("network.js"));

const FORMS = {
  features: { x1: (x1) => x1, x2: (_, x2) => x2 },
  activations: {},
  normalizations: { none: { running: false, make: () => () => {} } },
  skips: { none: () => () => {} },
  probabilities: { cross_entropy: () => (s) => 1 / (1 + Math.exp(-s)) },
  parts: {},
};
const named = (name) => ({ name, params: {} });

/** A scene of a network without hidden layers: the score is x1 + 2·x2 + 3 with the numbers of `store`. */
function sceneOf(fields = {}) {
  return {
    domain: [
      [-6, 6],
      [-6, 6],
    ],
    n_parameters: 3,
    target_range: [0, 1],
    points: { y: [1, 0] },
    layers: [{ units: 1, pieces: 1, weight: { offset: 0, size: 2, rows: 1, cols: 2 }, bias: { offset: 2, size: 1 } }],
    painting: {
      task: "binary",
      features: ["x1", "x2"],
      matrix: [
        [1, 0],
        [0, 1],
      ],
      offset: [0, 0],
      activations: [],
      normalization: named("none"),
      skip: named("none"),
      skips: [],
      kept: [],
      loss: named("cross_entropy"),
    },
    ...fields,
  };
}

function storeOf(scene = sceneOf(), status = "paused") {
  const inputs = Object.assign(Float32Array.of(1, 1, -2, -3), { shape: [2, 2] });
  const arrays = { parameters: Float32Array.of(1, 2, 3), inputs };
  const sent = [];
  const send = async (...command) => void sent.push(command);
  return { scene, frame: { status, focus: null, arrays }, send, sent };
}

const place = { pixels: 120, curve: false };

test("a map is made once for the same numbers, and anew for others", () => {
  const store = storeOf();
  const painter = createMapPainter(store, FORMS);
  const first = painter.map(place);
  assert.equal(painter.map(place), first);
  store.frame = { ...store.frame, epoch: 1 };
  assert.equal(painter.map(place), first);
  store.frame = { ...store.frame, arrays: { ...store.frame.arrays, parameters: Float32Array.of(1, 2, 4) } };
  const second = painter.map(place);
  assert.notEqual(second, first);
  assert.ok(Math.abs(second.edge[0] - first.edge[0] - 1) < 1e-6, "the bias has grown by 1");
  store.frame = { ...store.frame, focus: [0, 1] };
  assert.deepEqual(painter.map(place).range.map(Math.round), [-6, 6], "the second input over its domain");
});

test("what the server has sent before is old by then, and numbers of another network are not painted", () => {
  const store = storeOf();
  Object.assign(store.frame.arrays, { map: new Uint8Array(4), units: new Uint8Array(4) });
  const painter = createMapPainter(store, FORMS);
  assert.deepEqual(Array.from(painter.wrong()), [0, 0]);
  assert.equal(store.frame.arrays.map ?? store.frame.arrays.units, undefined);
  store.frame.arrays.parameters = new Float32Array(7);
  assert.equal(painter.map(place), null);
  store.scene = sceneOf({ painting: null });
  assert.equal(painter.map(place), null);
});

test("what only shows beside the map takes a share of the time while a run plays, and is exact when it rests", () => {
  const store = storeOf(sceneOf(), "playing");
  const painter = createMapPainter(store, FORMS);
  const first = painter.units();
  assert.deepEqual(first.shape, [3, 32, 32]);
  const next = (status) => {
    const parameters = Float32Array.of(1, 2, Math.random());
    store.frame = { ...store.frame, status, arrays: { ...store.frame.arrays, parameters } };
    return painter.units();
  };
  assert.equal(next("playing"), first, "the next is not due");
  assert.notEqual(next("paused"), first);
});

test("a network that takes too long is left to the server, and the next one is tried again", () => {
  const large = { offset: 0, size: 50_000_000, rows: 1, cols: 2 };
  const scene = sceneOf();
  const store = storeOf({ ...scene, layers: [{ ...scene.layers[0], weight: large }] });
  const painter = createMapPainter(store, FORMS);
  assert.equal(painter.map(place), null);
  assert.equal(painter.able, false);
  store.scene = sceneOf();
  assert.ok(painter.map(place));
  assert.deepEqual(store.sent, [
    ["paints", { on: false }],
    ["paints", { on: true }],
  ]);
});

test("a plane that moves is painted elsewhere, by the same network in the same fineness", () => {
  const store = storeOf();
  const painter = createMapPainter(store, FORMS);
  const [first, units] = [painter.map(place), painter.units()];
  store.scene = { ...store.scene, plane: { origin: [5, 0], across: [1, 0], down: [0, 1] } };
  const moved = painter.map(place);
  assert.equal(moved.width, first.width);
  assert.ok(Math.abs(moved.edge[0] - first.edge[0] - 5) < 1e-6, "the first input has grown by 5");
  assert.notEqual(painter.units(), units);
  assert.deepEqual(store.sent, []);
});

test("what an older page has no form for is left to the server", () => {
  const store = storeOf();
  store.scene.painting.features = ["x1", "x3"];
  const painter = createMapPainter(store, FORMS);
  assert.equal(painter.map(place), null);
  assert.deepEqual(store.sent, [["paints", { on: false }]]);
});

test("a map is as fine as the time and the plot allow, and keeps its size while that is about right", () => {
  assert.equal(sizeFor(60, 1e-9, false, 480), 240, "as many as every second pixel");
  assert.equal(sizeFor(60, 1e-9, false, 2000), 320);
  assert.equal(sizeFor(60, 1, false, 500), 60, "never coarser than the server's");
  assert.equal(sizeFor(60, 1e-9, true, 500), 90, "a step at a time while it plays");
  assert.equal(sizeFor(240, 1e-9, true, 500), 120);
  assert.equal(sizeFor(120, 6 / 120 ** 2, true, 500), 120, "a little over the budget");
  assert.equal(sizeFor(120, 8 / 120 ** 2, true, 500), 90);
  assert.equal(sizeFor(90, 4.9 / 120 ** 2, true, 500), 90, "the next size would only just fit");
});

test("cells lie over a plane through any number of inputs", () => {
  const plane = { origin: [1, 2, 3], across: [0, 1, 0], down: [0, 0, -1] };
  const painting = {
    ...sceneOf().painting,
    features: null,
    offset: [0, 0, 0],
    matrix: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
  const { blocks, count } = cellPlaces(FORMS, sceneOf({ painting, plane }), 2, 1);
  assert.equal(count, 2);
  const first = [0, 1, 2].map((i) => blocks[i * BLOCK]);
  assert.deepEqual(first, [1, 2 - 3, 3], "u = -3, v = 0");
});
