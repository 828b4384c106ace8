/** The modules of the shell and of the curves that compute, under Node: `node --test`. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/${name}`, import.meta.url).href;
const { decodeFrame, decodeMessage, mergeHistory } = await import(at("shell/decode.js"));
const { curveMarks, curveRows, ghostRows, nearestIndex, penalized, telling, withPenalty } = await import(
  at("curves/rows.js")
);
const { createStore, fill, takeFrame, takeScene } = await import(at("shell/store.js"));
const { PROJECTED, diverging, enlarged, parseColour } = await import(at("shell/theme.js"));
const { speedPosition } = await import(at("shell/toolbar.js"));
const { actionOf, keyName } = await import(at("shell/keys.js"));
const { copies, fitted, ofParts } = await import(at("curves/chart.js"));
const { createQueue } = await import(at("shell/command-queue.js"));
const { positionOf } = await import(at("shell/timeline.js"));
const { thumbnailModel } = await import(at("curves/run-thumbnail.js"));
const { roomIn } = await import(at("shell/room.js"));
const { createTeller, oneAtATime } = await import(at("shell/shell.js"));

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
  assert.deepEqual(rows, [
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  rows = mergeHistory(rows, chunk([1, 9]), { start: 1, reset: false });
  assert.deepEqual(rows, [
    [0, 1],
    [1, 9],
  ]);
  assert.deepEqual(mergeHistory(rows, chunk([5, 5]), { start: 0, reset: true }), [[5, 5]]);
});

test("thinning keeps the first and the last row, and each spike between them", () => {
  const history = Array.from({ length: 1001 }, (_, i) => [i, i, 1, 1, 0, 0, 0.1]);
  assert.deepEqual(telling(history.slice(0, 5), 10), [0, 1, 2, 3, 4]);
  history[333][2] = 9;
  history[667][3] = NaN;
  history[668][3] = -1;
  const kept = telling(history, 120);
  assert.ok(kept.length <= 120);
  assert.deepEqual([kept[0], kept.at(-1)], [0, 1000]);
  assert.ok(kept.includes(333) && kept.includes(668));
});

test("marks of a run: cuts of the rate at a plateau, and where it diverged", () => {
  const history = [0.1, 0.1, 0.05, 0.05].map((rate, i) => [i, i, 1, 1, 0, 0, rate]);
  assert.deepEqual(curveMarks(history, { diverged: false, plateau: false }), []);
  assert.deepEqual(curveMarks(history, { diverged: true, plateau: true }), [
    { epoch: 1, kind: "plateau" },
    { epoch: 3, kind: "diverged" },
  ]);
});

test("an epoch has a row for training and one for test; what is no number is null", () => {
  const rows = curveRows([[4, 100, 0.5, Infinity, NaN, NaN, 0.1]]);
  assert.deepEqual(rows, [
    { epoch: 4, step: 100, learning_rate: 0.1, split: "train", loss: 0.5, shown: 0.5, accuracy: null },
    { epoch: 4, step: 100, learning_rate: 0.1, split: "test", loss: null, shown: null, accuracy: null },
  ]);
  assert.equal(curveRows([[4, 100, 0, 0, 1, 1, 0.1]])[0].shown, 1e-12);
  const all = curveRows([[4, 100, 0.5, NaN, 1, NaN, 0.1, NaN, NaN]]);
  assert.deepEqual(
    all.map(({ split }) => split),
    ["train"],
  );
  const held = curveRows([[4, 100, 0.5, 0.7, 1, 0.8, 0.1, 0.6, 0.9]]);
  assert.deepEqual(
    held.map(({ split, loss, accuracy }) => [split, loss, accuracy]),
    [
      ["train", 0.5, 1],
      ["validation", 0.6, 0.9],
      ["test", 0.7, 0.8],
    ],
  );
});

test("the nearest epoch is found", () => {
  const rows = [0, 1, 5, 20].map((epoch) => [epoch]);
  assert.deepEqual(
    [-3, 0.4, 2.9, 3.1, 99].map((epoch) => nearestIndex(rows, epoch)),
    [0, 0, 1, 2, 3],
  );
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
  const speeds = [1, 2, 5, 10, 20, 50, 100, 200, null];
  speeds.forEach((speed, i) => assert.equal(speedPosition(speeds, speed), i));
  assert.equal(speeds[speedPosition(speeds, 90)], 100);
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

test("keys go by their place where they write no Latin letter or digit", () => {
  const cases = [
    [{ key: "ㄱ", code: "KeyR" }, "r"],
    [{ key: "ㄲ", code: "KeyR" }, "r"],
    [{ key: "Process", code: "KeyF" }, "f"],
    [{ key: "&", code: "Digit1" }, "1"], // French
    [{ key: "é", code: "Digit2" }, "2"],
    [{ key: "R", code: "KeyO" }, "r"], // Dvorak: what the key writes comes first
    [{ key: "?", code: "KeyM" }, "?"], // French
    [{ key: "ArrowRight", code: "ArrowRight" }, "ArrowRight"],
    [{ key: "Enter", code: "NumpadEnter" }, "Enter"],
  ];
  for (const [event, key] of cases) assert.equal(keyName(event), key, JSON.stringify(event));
});

test("a chart gets the width that there is", () => {
  assert.equal(fitted({ width: 320 }, 500).width, 500);
  assert.deepEqual(fitted({ vconcat: [{ width: 1 }, { width: 1 }] }, 300).vconcat, [{ width: 300 }, { width: 300 }]);
  assert.equal(fitted({ facet: {}, columns: 3 }, 360).columns, 2);
  assert.equal(fitted({ width: { step: 20 } }, 500).width.step, 20);
});

test("rows of a chart are stretched, their specification stays", () => {
  const spec = {
    vconcat: [
      { width: 1, height: 136 },
      { width: 1, height: 78 },
    ],
  };
  assert.deepEqual(fitted(spec, 300, 0.5).vconcat, [
    { width: 300, height: 68 },
    { width: 300, height: 39 },
  ]);
  assert.equal(spec.vconcat[0].height, 136);
});

test("the parts of a stage share a window's height between their limits", () => {
  const heights = [500, 720, 900, 1080, 2000].map((height) => roomIn(1000, height));
  for (const [lower, higher] of heights.slice(1).map((room, i) => [heights[i], room])) {
    for (const part of ["units", "curves", "boundary"]) assert.ok(higher[part] >= lower[part]);
  }
  // 446 pixels of a column of 900 are neither units nor plotted curves (250 pixels at their usual height).
  const { units, curves } = roomIn(1000, 900);
  assert.ok(Math.abs(units + 250 * curves + 446 - 900) < 2);
  assert.deepEqual(roomIn(390, 844), { units: 400, curves: 1, boundary: 600 });
});

const queue = (patience = 1000, most = 3) => createQueue({ patience, most, refusal: () => new Error("late") });

test("commands wait in order, and only the newest of a kind counts", async () => {
  const sent = [];
  const waiting = queue(1000, 8);
  const replies = [
    waiting.hold("play", {}),
    waiting.hold("step", { count: 1 }),
    waiting.hold("pause", {}),
    waiting.hold("step", { count: 2 }),
    waiting.hold("speed", { steps_per_second: 5 }),
    waiting.hold("speed", { steps_per_second: 9 }),
  ];
  waiting.flush(async (cmd, fields) => {
    sent.push([cmd, fields]);
    return { cmd };
  });
  assert.deepEqual(sent, [
    ["pause", {}],
    ["step", { count: 1 }],
    ["step", { count: 2 }],
    ["speed", { steps_per_second: 9 }],
  ]);
  const answered = (await Promise.all(replies)).map(({ cmd }) => cmd);
  assert.deepEqual(answered, ["pause", "step", "pause", "step", "speed", "speed"]);
  waiting.flush(() => assert.fail("sent twice"));
});

test("commands that wait too long, or are too many, are given up", async () => {
  await assert.rejects(queue(5).hold("step", {}), /late/);
  const full = queue();
  const held = [1, 2, 3].map((count) => full.hold("step", { count }));
  await assert.rejects(full.hold("step", {}), /late/);
  full.drop();
  for (const each of held) await assert.rejects(each, /late/);
  const refused = queue();
  const asked = refused.hold("step", {});
  refused.flush(() => Promise.reject(new Error("refused")));
  await assert.rejects(asked, /refused/);
});

test("the time slider stands at the nearest checkpoint, or at the end for the present", () => {
  const epochs = [0, 1, 2, 5, 10];
  assert.equal(positionOf(epochs, null), 5);
  assert.equal(positionOf(epochs, 0), 0);
  assert.equal(positionOf(epochs, 6), 3);
  assert.equal(positionOf(epochs, 999), 4);
  assert.equal(positionOf([], 3), 0);
});

test("the ghost runs a little ahead, and an exploded loss is left out", () => {
  const ghost = Array.from({ length: 1001 }, (_, e) => [e, 5 * e, 1 - e / 2000, 1, 0.5, 0.5, 0.1]);
  assert.equal(ghostRows(ghost, 0).length, 1001);
  const ends = [1, 10, 40, 100, 5000].map((epoch) => ghostRows(ghost, epoch).at(-1)[0]);
  assert.equal(ends[0], 20);
  assert.equal(ends[1], 20);
  assert.ok(ends[2] >= 60 && ends[2] <= 66);
  assert.ok(ends[3] >= 150 && ends[3] <= 163);
  assert.equal(ends[4], 1000);
  const exploded = ghostRows(
    [
      [0, 0, 1, 2, null, null, 0.1],
      [1, 5, 3, 1e30, null, null, 0.1],
    ],
    0,
  );
  assert.equal(exploded[1][2], 3);
  assert.ok(Number.isNaN(exploded[1][3]));
  assert.deepEqual(ghostRows([], 7), []);
});

test("a run's picture is read as a map", () => {
  const picture = { map: btoa("\x00\x01\x02\x00"), confidence: btoa("\xff\x80\x00\x01") };
  const model = thumbnailModel({ task: "multiclass", classes: 3, size: 2, picture });
  assert.equal(model.kind, "classes");
  assert.deepEqual([...model.map], [0, 1, 2, 0]);
  assert.deepEqual([...model.confidence], [255, 128, 0, 1]);
  assert.equal(thumbnailModel({ task: "regression", classes: 0, size: 2, picture: { map: "" } }).kind, "value");
});

test("each press of a button counts while an earlier one is under way, a held key does not", async () => {
  const sent = [];
  const answers = [];
  const complaints = [];
  const send = (cmd, fields) => {
    sent.push([cmd, fields]);
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
  const press = oneAtATime(send, (error) => complaints.push(error.message))("reset", { weights: "new" });
  press();
  press();
  press(true); // held
  press();
  assert.equal(sent.length, 1);
  for (const expected of [2, 3, 3]) {
    answers.at(-1).resolve({});
    await settled();
    assert.equal(sent.length, expected);
  }
  assert.deepEqual(sent[2], ["reset", { weights: "new" }]);
  for (let k = 0; k < 100; k += 1) press();
  answers.at(-1).reject(new Error("no")); // what waits for a refused one is given up with it
  await settled();
  assert.equal(sent.length, 4);
  assert.deepEqual(complaints, ["no"]);
  for (let k = 0; k < 100; k += 1) press();
  for (let k = 0; k < 30; k += 1) {
    answers.at(-1).resolve({});
    await settled();
  }
  assert.equal(sent.length, 4 + 1 + 10);
});

test("a chart that computes columns from its rows is known by it", () => {
  const spec = (type) => ({ data: [{ name: "rows" }, { name: "made", source: "rows", transform: [{ type }] }] });
  assert.equal(copies(spec("filter")), false);
  assert.equal(copies(spec("formula")), true);
  assert.equal(copies({ data: [{ name: "rows", transform: [{ type: "formula" }] }] }), false);
});

test("the page is told once of changes that the server reports, and of what a lost connection may hide", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const replies = [{}, { revision: 3 }, { revision: 4 }];
  const told = [];
  const teller = createTeller(
    async () => replies.shift(),
    (revision) => told.push(revision),
  );
  teller.opened();
  await teller.send("any");
  context.mock.timers.tick(1000);
  assert.deepEqual(told, []);
  await teller.send("any");
  await teller.send("any");
  context.mock.timers.tick(1000);
  assert.deepEqual(told, [4]);
  teller.opened();
  context.mock.timers.tick(1000);
  assert.equal(told.length, 2);
  assert.ok(told[1] < 0);
});

test("on a projector labels are 20 pixels and lines are stronger; rows stay as they are", () => {
  assert.ok(11 * PROJECTED >= 20);
  const spec = { layer: [{ mark: { type: "line", strokeWidth: 2 } }], datasets: { ends: [{ size: 3 }] } };
  assert.equal(enlarged(spec, 1), spec);
  assert.deepEqual(enlarged(spec, 2), {
    layer: [{ mark: { type: "line", strokeWidth: 4 } }],
    datasets: { ends: [{ size: 3 }] },
  });
});

test("charts of a page are fetched once, and again after a failure", async (context) => {
  const { loadSpecs } = await import(at("shell/specs.js"));
  const asked = [];
  globalThis.document = { baseURI: "http://host/app/" };
  const before = globalThis.fetch;
  context.after(() => {
    globalThis.fetch = before;
    delete globalThis.document;
  });
  globalThis.fetch = async (address) => {
    asked.push(address);
    return { ok: asked.length > 1, status: 503, json: async () => ({ curves: {} }) };
  };
  const data = { modules: "./stage/1/", specs: "charts.json" };
  await assert.rejects(loadSpecs(data), /503/);
  assert.deepEqual(await loadSpecs(data), { curves: {} });
  assert.deepEqual(await loadSpecs(data), { curves: {} });
  assert.deepEqual(asked, Array(2).fill("http://host/app/stage/1/charts.json"));
});

test("a tab remembers the session of each component, and offers it once", async (context) => {
  const { offerEarlierSession, remember } = await import(at("shell/reload.js"));
  const kept = new Map();
  globalThis.sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  context.after(() => delete globalThis.sessionStorage);
  remember("stage", "one");
  const told = [];
  const page = { data: { token: "two" }, setTriggerValue: (name, value) => told.push([name, value]) };
  offerEarlierSession(page, "stage");
  assert.deepEqual(told, [], "a new document that no reload opened asks for a new run");
  assert.deepEqual([...kept.values()], ["two"]);
});

test("a chart tells only those parts apart that have points", () => {
  const color = { field: "split", scale: { domain: ["train", "validation", "test"], range: ["a", "b", "c"] } };
  const spec = { vconcat: [{ layer: [{ encoding: { color } }, { encoding: { color: { value: "grey" } } }] }] };
  const [known, plain] = ofParts(spec, ["train", "test"]).vconcat[0].layer;
  assert.deepEqual(known.encoding.color.scale, { domain: ["train", "test"], range: ["a", "c"] });
  assert.deepEqual(plain.encoding.color, { value: "grey" });
  assert.equal(color.scale.domain.length, 3);
  const legend = { labelExpr: "datum.label" };
  const renamed = ofParts({ encoding: { color: { ...color, legend } } }, ["train"], { train: "it's" });
  assert.equal(renamed.encoding.color.legend.labelExpr, `({"train":"it's"})[datum.value] || (datum.label)`);
});

test("the penalties add to the training loss alone", () => {
  const row = [4, 100, 0.5, 0.7, 1, 0.8, 0.1, NaN, NaN, 0.25];
  assert.deepEqual(withPenalty(row), [4, 100, 0.75, 0.7, 1, 0.8, 0.1, NaN, NaN, 0.25]);
  assert.ok(penalized([row]));
  assert.ok(!penalized([row.slice(0, 9), [...row.slice(0, 9), 0]]));
});
