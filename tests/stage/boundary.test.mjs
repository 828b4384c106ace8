/** The boundary's modules that compute: lines, maps, places, points, and what was painted and has yet to come back. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/boundary/${name}`, import.meta.url).href;
const { classBorders, levelSegments, margins, padded } = await import(at("contour.js"));
const { contourOf, ends, mapModel, valueAt } = await import(at("map.js"));
const { inside, makePlot, plotHeight, ticks, toData, toX, toY } = await import(at("scale.js"));
const { markRadius, nearestPoint, pointsWithin } = await import(at("points.js"));
const { className, scoreText, legendItems } = await import(at("legend.js"));
const { focusName, plotTitle, readout, summary } = await import(at("words.js"));
const { css, makePalette, toRgb } = await import(at("palette.js"));
const { slidersFor } = await import(at("held.js"));
const { wrapped } = await import(at("wrapping.js"));
const { PaintQueue } = await import(at("paint-queue.js"));

/** A text as its key with its values. */
const t = (key, values) => (values ? `${key} ${Object.values(values).join(" ")}` : key);
const plot = {
  left: 10,
  top: 20,
  size: 100,
  domain: [
    [-1, 1],
    [0, 4],
  ],
};
const scene = {
  task: "binary",
  class_names: ["0", "1"],
  inputs: ["x1", "x2"],
  x_names: ["x1", "x2"],
  layers: [{}, {}],
  target_range: [0, 10],
  points: { x1: [-1, 0, 1], x2: [0, 2, 4], y: [0, 1, 1], part: [0, 0, 2] },
};
const view = { points: scene.points, hidden: null, added: [], shows: [true, true, true], curve: false };
const shaped = (values, height, width) => Object.assign(Uint8Array.from(values), { shape: [height, width] });

test("a map that rises evenly is cut where it reaches the level, to the edges of the plot", () => {
  const [width, height] = [6, 5];
  const map = Array.from({ length: width * height }, (_, k) => 10 * ((k % width) + 0.5)); // 10 a cell, 0 at the edge
  const segments = levelSegments(padded(map, width, height), width, height, 25);
  const xs = segments.filter((_, k) => k % 2 === 0);
  const ys = segments.filter((_, k) => k % 2 === 1);
  assert.ok(xs.every((x) => Math.abs(x - 2.5) < 1e-5));
  assert.deepEqual([Math.min(...ys), Math.max(...ys)], [0, height]);
});

test("two classes share a border where their margins are alike, nearer to the less certain one", () => {
  const middle = classBorders([0, 1], [0.5, 0.5], 2, 1);
  assert.deepEqual([...new Set(middle.filter((_, k) => k % 2 === 0))], [1]);
  const table = margins(2);
  const [x] = classBorders([0, 1], [table[255], table[10]], 2, 1);
  assert.ok(x > 1.4 && x < 1.5);
  // 2p − 1 of the winner: p = 1 has 1; at p = 1/n and below one half only the small rest.
  assert.ok(Math.abs(margins(2)[255] - 1) < 1e-6);
  assert.ok(Math.abs(margins(3)[0] - 0.015) < 1e-6);
});

test("a map means a probability, the winning class, a target or a unit's value", () => {
  const frame = { arrays: { map: shaped([0, 255, 51, 0], 2, 2) } };
  const binary = mapModel(scene, frame);
  assert.equal(binary.kind, "binary");
  assert.equal(valueAt(binary, 0.99, 0).value, 1);
  assert.equal(valueAt(binary, 0, 0.99).value, 0.2);
  const regression = mapModel({ ...scene, task: "regression" }, frame);
  assert.equal(valueAt(regression, 0, 1).value, 2); // 51/255 of 0…10
  assert.deepEqual(contourOf(regression, [20]), [], "no line outside of the range");
  const painted = {
    map: Uint8Array.of(0, 255),
    values: [0.25, 254.75],
    edge: [-4, 12],
    width: 2,
    height: 1,
    range: [0, 1],
  };
  const own = mapModel(scene, { arrays: {} }, painted);
  assert.equal(valueAt(own, 0, 0).value, 0.25 / 255, "not rounded to a byte");
  assert.deepEqual([...new Set(contourOf(own, []).filter((_, k) => k % 2 === 0))], [0.75], "where the score is zero");
  const focused = mapModel(scene, { ...frame, focus: [1, 0], map_range: [-1, 3] });
  assert.deepEqual(ends(focused), [0.5 - 0.5 / 3, 1]);
  const many = { ...scene, task: "multiclass", class_names: ["a", "b", "c"] };
  assert.equal(mapModel(many, frame), null, "no confidence has come yet");
  const classes = mapModel(many, { arrays: { map: shaped([2, 0], 1, 2), confidence: Uint8Array.of(255, 0) } });
  assert.deepEqual(valueAt(classes, 0, 0), { value: 1, kind: 2 });
  assert.deepEqual(valueAt(classes, 1, 0), { value: 1 / 3, kind: 0 });
  assert.equal(mapModel(null, frame), null);
});

test("pixels and data are each other's inverse; ticks are round", () => {
  assert.deepEqual([toX(plot, 0), toY(plot, 4), toY(plot, 0)], [60, 20, 120]);
  assert.deepEqual(toData(plot, 60, 70), [0, 2]);
  assert.deepEqual(toData(plot, 999, -999), [1, 4], "held inside the domain");
  assert.equal(inside(plot, 10, 120), true);
  assert.equal(inside(plot, 9, 120), false);
  assert.deepEqual(ticks([-6, 6], 6), [-6, -4, -2, 0, 2, 4, 6]);
  assert.deepEqual(ticks([0, 0.07], 4), [0, 0.02, 0.04, 0.06]);
  assert.deepEqual(ticks([3, 3], 4), [3]);
  const made = makePlot(300, plot.domain);
  assert.equal(made.size + 8 + 34, plotHeight(300));
});

test("the nearest shown point is found, and all within reach", () => {
  assert.equal(nearestPoint(plot, view, 12, 118, 10), 0);
  assert.equal(nearestPoint(plot, view, 40, 100, 5), -1);
  assert.equal(nearestPoint(plot, { ...view, hidden: Uint8Array.of(1, 0, 0) }, 12, 118, 10), -1);
  assert.equal(nearestPoint(plot, { ...view, shows: [true, true, false] }, 110, 20, 10), -1);
  assert.deepEqual(pointsWithin(plot, view, 60, 70, 80), [0, 1, 2]);
  assert.ok(markRadius(400, 3000) < markRadius(400, 300));
});

test("the boundary says what it shows", () => {
  assert.equal(className(scene, 1, t), "boundary.class 1");
  assert.equal(className({ class_names: ["setosa"] }, 0, t), "setosa");
  assert.equal(focusName([0, 1], scene, t), "boundary.focus.input x2");
  assert.equal(focusName([1, 2], scene, t), "boundary.focus.unit 1 3");
  assert.equal(focusName([2, 0], scene, t), "boundary.focus.output");
  assert.equal(plotTitle({ task: "regression" }, true, t), "boundary.title_curve");
  const model = mapModel(scene, { arrays: { map: shaped([51], 1, 1) } });
  assert.equal(
    readout({ plot, model, scene, curve: false, t }, 60, 70),
    "boundary.readout.place x1 0 x2 2 · boundary.class 0 80.0 %",
  );
  const scored = { plot, model, scene: { ...scene, probable: false }, curve: false, t };
  assert.equal(
    readout(scored, 60, 70),
    "boundary.readout.place x1 0 x2 2 · boundary.class 0 · boundary.readout.score −0.6",
  );
  assert.deepEqual([0, 0.5, 1].map(scoreText), ["≤\u00a0−1", "0", "≥\u00a01"]);
  const said = summary(scene, { epoch: 3, loss_train: 0.5, accuracy_train: 1 }, Uint8Array.of(0, 1, 0), t);
  assert.equal(said, "boundary.summary.classification 3 2 3 2 boundary.summary.axes x1 x2 0.5 – 100.0 % – 1");
});

test("the legend names classes and the marks that are shown", () => {
  const palette = { classColour: (k) => `colour ${k}`, muted: "muted", ink: "ink" };
  const kinds = (state) => legendItems({ scene, palette, ...state }, t).map(({ kind }) => kind);
  assert.deepEqual(kinds({ train: true, validation: true, test: true, wrong: true }), [
    "class",
    "class",
    "train",
    "test",
    "ring",
  ]);
  const held = { ...scene, points: { ...scene.points, part: [0, 1, 2] } };
  assert.deepEqual(kinds({ scene: held, train: true, validation: true, test: true }).slice(2), [
    "train",
    "validation",
    "test",
  ]);
  assert.deepEqual(kinds({ model: { focus: [1, 0] } }), []);
});

test("colours of the map are those of the theme, fainter, and in bands where asked", () => {
  assert.deepEqual(toRgb("#0af"), [0, 170, 255]);
  assert.deepEqual(toRgb("rgba(1, 2, 3, 0.5)"), [1, 2, 3]);
  assert.equal(css([0.4, 1.6, 3]), "rgb(0, 2, 3)");
  const theme = { dark: false, background: "#fff", text: "#000", type: 1, classes: ["#f00", "#00f"] };
  const palette = makePalette({ ...theme, diverging: (x) => (x < 0 ? [0, 0, 255] : [255, 128, 0]) });
  assert.equal(palette.classColour(3), palette.classColour(1));
  // 0.74 of blue on white: 255 − 0.74·255 = 66.3; packed as ABGR.
  assert.equal(palette.levels(0, 1, true)[0].toString(16), "ffff4242");
  assert.equal(new Set(palette.confidences(1, false)).size, 4);
});

function queue(send) {
  const told = { errors: [], changes: 0 };
  let revision = 1;
  const made = new PaintQueue({
    most: 2,
    send,
    revision: () => revision,
    onChange: () => (told.changes += 1),
    onError: (message) => told.errors.push(message),
  });
  return { made, told, arrive: (next) => ((revision = next), made.settle()) };
}

const sent = async (made) => {
  while (made.operations.some(({ state }) => state !== "done")) await new Promise((done) => setTimeout(done, 5));
};

test("rows of a stroke go together, as many as a command may hold, and stay until the scene has them", async (context) => {
  const commands = [];
  const { made, arrive } = queue(async (fields) => (commands.push(structuredClone(fields)), { revision: 2 }));
  context.after(() => made.destroy());
  for (const x of [0, 1, 2]) made.add([x, 0, 1], 7);
  assert.equal(made.operations.length, 2);
  await sent(made);
  assert.deepEqual(commands, [
    {
      op: "add",
      rows: [
        [0, 0, 1],
        [1, 0, 1],
      ],
    },
    { op: "add", rows: [[2, 0, 1]], continues: true },
  ]);
  assert.equal(made.added.length, 3, "the scene of revision 2 is not here yet");
  arrive(2);
  assert.deepEqual(made.added, []);
});

test("what is erased is gone at once, from the scene and from what was just painted", (context) => {
  const { made } = queue(async () => ({}));
  context.after(() => made.destroy());
  made.add([0, 0, 1], 1);
  made.push({ op: "erase", x1: 0, x2: 0, radius: 0.5, stroke: 2 });
  assert.deepEqual(made.added, []);
  assert.deepEqual([...made.hidden({ x1: [0, 1], x2: [0.2, 0] })], [1, 0]);
  made.push({ op: "clear" });
  assert.deepEqual([...made.hidden({ x1: [0, 1], x2: [0.2, 0] })], [1, 1]);
});

test("a refused stroke is taken back, and why is said", async () => {
  const { made, told } = queue(() => Promise.reject(new Error("too many points")));
  made.add([0, 0, 1], 1);
  await sent(made);
  assert.deepEqual(told.errors, ["too many points"]);
  assert.deepEqual(made.added, []);
});

test("of many held inputs those that were moved have a slider, and those that are searched for", () => {
  const names = Array.from({ length: 64 }, (_, k) => `pixel_${k >> 3}_${k % 8}`);
  const columns = names.map((_, k) => k).slice(2);
  const held = names.map(() => null);
  assert.deepEqual(slidersFor(names, columns, held, ""), { shown: [2, 3, 4, 5, 6, 7], more: 56 });
  held[60] = 4;
  assert.deepEqual(slidersFor(names, columns, held, "").shown, [2, 3, 4, 5, 6, 60]);
  assert.deepEqual(slidersFor(names, columns, held, " PIXEL_7_"), { shown: [56, 57, 58, 59, 60, 61], more: 2 });
  assert.deepEqual(slidersFor(names, columns, held, "pixel_0_0"), { shown: [], more: 0 }); // it is shown, not held
});

test("what a saved picture leaves out stands under it in lines", () => {
  const measure = (text) => text.length;
  assert.deepEqual(wrapped("held at the median of it", 11, measure), ["held at the", "median of", "it"]);
  assert.deepEqual(wrapped("nonflavanoid_phenols = 2", 11, measure), ["nonflavanoid_phenols", "= 2"]);
  assert.deepEqual(wrapped("", 11, measure), []);
});
