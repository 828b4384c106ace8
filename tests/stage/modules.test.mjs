// Tests of the browser's plain modules; run by test_browser_modules.py, or alone: node --test tests/stage
import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/${name}`, import.meta.url).href;
const { decodeFrame, decodeMessage, mergeHistory } = await import(at("decode.js"));
const { chosen, curveRows, nearestIndex } = await import(at("rows.js"));
const { createStore, fill, takeFrame, takeScene } = await import(at("store.js"));
const { diverging, parseColour } = await import(at("theme.js"));
const { SPEEDS, speedPosition } = await import(at("toolbar.js"));
const { actionOf } = await import(at("keys.js"));
const { fitted } = await import(at("chart.js"));
const { decimal, percent } = await import(at("dom.js"));

function frame(header, payload = new Uint8Array()) {
  let text = JSON.stringify(header);
  while ((4 + text.length) % 8) text += " ";
  const bytes = new Uint8Array(4 + text.length + payload.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 4);
  bytes.set(payload, 4 + text.length);
  return bytes.buffer;
}

const bytesOf = (array) => new Uint8Array(array.buffer);

test("a frame gives its header and its arrays in their shape", () => {
  const doubles = new Float64Array([1.5, -2, 3, 4]);
  const payload = new Uint8Array(40);
  payload.set(bytesOf(doubles));
  payload.set([7, 8, 9], 32);
  const arrays = { history: ["f8", [2, 2], 0], map: ["u1", [1, 3], 32] };
  const read = decodeFrame(frame({ frame: 3, status: "paused", arrays }, payload));
  assert.equal(read.header.frame, 3);
  assert.equal("arrays" in read.header, false);
  assert.deepEqual([...read.arrays.history], [1.5, -2, 3, 4]);
  assert.deepEqual(read.arrays.history.shape, [2, 2]);
  assert.deepEqual([...read.arrays.map], [7, 8, 9]);
});

test("an array that is not aligned is read all the same", () => {
  const payload = new Uint8Array(5);
  payload.set(bytesOf(new Float32Array([0.5])), 1);
  const read = decodeFrame(frame({ arrays: { parameters: ["f4", [1], 1] } }, payload));
  assert.deepEqual([...read.arrays.parameters], [0.5]);
});

test("a broken frame is refused", () => {
  assert.throws(() => decodeFrame(new ArrayBuffer(2)), RangeError);
  assert.throws(() => decodeFrame(new Uint8Array([255, 0, 0, 0, 1]).buffer), RangeError);
  assert.throws(() => decodeFrame(frame({ arrays: { map: ["u1", [9], 0] } })), RangeError);
  assert.throws(() => decodeFrame(frame({ arrays: { map: ["i8", [0], 0] } })), RangeError);
});

test("the fallback's messages are texts or frames", () => {
  assert.deepEqual(decodeMessage('{"type":"scene"}'), { text: { type: "scene" } });
  const base64 = Buffer.from(frame({ frame: 2 })).toString("base64");
  assert.equal(decodeMessage(`b64:${base64}`).frame.header.frame, 2);
});

test("history chunks append, overwrite and reset", () => {
  const chunk = (...rows) => Object.assign(new Float64Array(rows.flat()), { shape: [rows.length, 2] });
  let rows = mergeHistory([], chunk([0, 1], [1, 2]), { start: 0, reset: true });
  rows = mergeHistory(rows, chunk([2, 3]), { start: 2, reset: false });
  assert.deepEqual(rows, [[0, 1], [1, 2], [2, 3]]);
  rows = mergeHistory(rows, chunk([1, 9]), { start: 1, reset: false });
  assert.deepEqual(rows, [[0, 1], [1, 9]]);
  assert.deepEqual(mergeHistory(rows, chunk([5, 5]), { start: 0, reset: true }), [[5, 5]]);
});

test("thinning keeps the first and the last row", () => {
  assert.deepEqual(chosen(5, 10), [0, 1, 2, 3, 4]);
  assert.deepEqual(chosen(101, 3), [0, 50, 100]);
});

test("an epoch has a row for training and one for test; what is no number is null", () => {
  const rows = curveRows([[4, 100, 0.5, Infinity, NaN, NaN, 0.1]]);
  assert.deepEqual(rows, [
    { epoch: 4, step: 100, learning_rate: 0.1, split: "train", loss: 0.5, accuracy: null },
    { epoch: 4, step: 100, learning_rate: 0.1, split: "test", loss: null, accuracy: null },
  ]);
});

test("the nearest epoch is found", () => {
  const rows = [0, 1, 5, 20].map((epoch) => [epoch]);
  assert.deepEqual([-3, 0.4, 2.9, 3.1, 99].map((epoch) => nearestIndex(rows, epoch)), [0, 0, 1, 2, 3]);
  assert.equal(nearestIndex([], 3), -1);
});

test("the store keeps arrays of earlier frames until the network changes", () => {
  const store = createStore({ data: {}, theme: {}, reducedMotion: false, send: () => {} });
  const scene = { layers: [{ units: 2 }], inputs: ["a"], points: { x1: [1] }, task: "binary", domain: [] };
  takeScene(store, scene);
  takeFrame(store, { header: { frame: 1 }, arrays: { units: [1], wrong: [0], map: [2] } });
  takeFrame(store, { header: { frame: 2 }, arrays: { map: [3] } });
  assert.deepEqual(store.frame.arrays, { units: [1], wrong: [0], map: [3] });
  takeScene(store, { ...scene, layers: [{ units: 3 }] });
  assert.deepEqual(store.frame.arrays, { wrong: [0], map: [3] });
  assert.equal(store.frame.frame, 2);
});

test("a listener that fails does not stop the others", (context) => {
  context.mock.method(console, "error", () => {});
  const store = createStore({ data: {}, theme: {}, reducedMotion: false, send: () => {} });
  const heard = [];
  store.on("frame", () => {
    throw new Error("broken");
  });
  const off = store.on("frame", (value) => heard.push(value));
  store.emit("frame", 1);
  off();
  store.emit("frame", 2);
  assert.deepEqual(heard, [1]);
});

test("texts are filled; an unknown text shows its key", () => {
  const labels = { "stage.toolbar.per_second": "{count}/s" };
  const store = createStore({ data: { labels }, theme: {}, reducedMotion: false, send: () => {} });
  assert.equal(store.t("stage.toolbar.per_second", { count: 5 }), "5/s");
  assert.equal(store.t("stage.none"), "stage.none");
  assert.equal(fill("{a} {b}", { a: 1 }), "1 {b}");
});

test("the diverging scale is blue below zero, orange above, and neutral at zero", () => {
  assert.deepEqual(diverging(-1), [8, 119, 189]);
  assert.deepEqual(diverging(7), [245, 147, 34]);
  assert.deepEqual(diverging(NaN), diverging(0));
  assert.notDeepEqual(diverging(0, true), diverging(0, false));
});

test("colours are read in the notations of a theme", () => {
  assert.deepEqual(parseColour("#0877bd"), [8, 119, 189]);
  assert.deepEqual(parseColour("#fff"), [255, 255, 255]);
  assert.deepEqual(parseColour("rgba(1, 2, 3, 0.5)"), [1, 2, 3]);
  assert.equal(parseColour("papayawhip"), null);
});

test("every speed has its place on the slider", () => {
  SPEEDS.forEach((speed, i) => assert.equal(speedPosition(speed), i));
  assert.equal(SPEEDS[speedPosition(90)], 100);
});

test("keys act on the body and in the stage, never while typing", () => {
  class Element {
    constructor(matches = []) {
      this.matches = matches;
    }
    closest(selectors) {
      return this.matches.some((m) => selectors.includes(m)) ? this : null;
    }
  }
  globalThis.Element = Element;
  const body = new Element();
  globalThis.document = { body, documentElement: {} };
  const root = new Element();
  const press = (key, target, more = {}) =>
    actionOf({ key, shiftKey: false, composedPath: () => [target, ...(more.outside ? [] : [root])], ...more }, root);
  assert.equal(press(" ", body), "play");
  assert.equal(press("ArrowRight", new Element(), { shiftKey: true }), "epoch");
  assert.equal(press("R", new Element(), { shiftKey: true }), "redraw");
  assert.equal(press("?", new Element(), { shiftKey: true }), "help");
  assert.equal(press("r", new Element(["textarea"])), null);
  assert.equal(press(" ", new Element(["button"])), null);
  assert.equal(press("f", new Element(["button"])), "fullscreen");
  assert.equal(press("r", new Element(), { ctrlKey: true }), null);
  assert.equal(press("r", new Element(), { outside: true }), null);
});

test("a chart gets the width that there is", () => {
  assert.equal(fitted({ width: 320 }, 500).width, 500);
  assert.deepEqual(fitted({ vconcat: [{ width: 1 }, { width: 1 }] }, 300).vconcat, [{ width: 300 }, { width: 300 }]);
  assert.equal(fitted({ facet: {}, columns: 3 }, 360).columns, 2);
  assert.equal(fitted({ width: { step: 20 } }, 500).width.step, 20);
});

test("numbers stand still and missing ones are dashes", () => {
  assert.equal(decimal(0.12345), "0.123");
  assert.equal(decimal(0.00017), "1.7e−4");
  assert.equal(decimal(0), "0.000");
  assert.equal(decimal(-1), "−1.000");
  assert.equal(decimal(null), "–");
  assert.equal(decimal(Infinity), "∞");
  assert.equal(percent(0.5), "50.0 %");
});
