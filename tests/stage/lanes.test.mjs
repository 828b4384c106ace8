/** The race's plain modules, under Node: `node --test`. */

import assert from "node:assert/strict";
import { test } from "node:test";

const base = new URL("../../playground/stage/static/", import.meta.url);
const { decodeRaceFrame, raceHeader, takeLaneFrame } = await import(new URL("lanes/decode.js", base));
const { METRICS, raceRows, shortNames, sortedLanes, spread } = await import(new URL("lanes/rows.js", base));

/** An ordinary frame with one array of doubles. */
function frame(header, name = null, values = [], shape = []) {
  const arrays = name ? { [name]: ["f8", shape, 0] } : {};
  let text = JSON.stringify({ ...header, arrays });
  while ((4 + text.length) % 8) text += " ";
  const bytes = new Uint8Array(4 + text.length + 8 * values.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 4);
  bytes.set(new Uint8Array(new Float64Array(values).buffer), 4 + text.length);
  return bytes;
}

function raceFrame(frames) {
  const bytes = new Uint8Array(8 + frames.reduce((sum, f) => sum + 8 + f.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, frames.length, true);
  let at = 8;
  frames.forEach((f, lane) => {
    view.setUint32(at, f.length, true);
    view.setUint32(at + 4, lane, true);
    bytes.set(f, at + 8);
    at += 8 + f.length;
  });
  return bytes.buffer;
}

test("a race frame holds an ordinary frame for each lane", () => {
  const parts = decodeRaceFrame(raceFrame([frame({ step: 3 }), frame({ step: 3, lane: 1 }, "map", [1.5, 2], [2])]));
  assert.deepEqual(
    parts.map((part) => [part.lane, part.header.step]),
    [
      [0, 3],
      [1, 3],
    ],
  );
  assert.deepEqual([...parts[1].arrays.map], [1.5, 2]);
});

test("a race frame that is cut off is refused", () => {
  const whole = raceFrame([frame({ step: 1 }), frame({ step: 1 })]);
  assert.throws(() => decodeRaceFrame(whole.slice(0, whole.byteLength - 8)), RangeError);
  assert.throws(() => decodeRaceFrame(new ArrayBuffer(4)), RangeError);
});

test("history and band grow together and start anew together", () => {
  const store = { history: [], band: [], frame: null };
  const shaped = (values, shape) => Object.assign(new Float64Array(values), { shape });
  const row = (epoch) => [epoch, 25 * epoch, 1, 1, 0.5, 0.5, 0.03];
  const take = (epoch, place) =>
    takeLaneFrame(store, {
      header: { history: place },
      arrays: { history: shaped(row(epoch), [1, 7]), band: shaped([0, 2, 0.4, 0.6], [1, 4]) },
    });
  take(0, { start: 0, reset: true });
  take(1, { start: 1, reset: false });
  assert.deepEqual([store.history.length, store.band.length], [2, 2]);
  take(0, { start: 0, reset: true });
  assert.deepEqual([store.history.length, store.band.length], [1, 1]);
  assert.equal("band" in store.frame.arrays, false);
});

test("a race runs while one lane does", () => {
  const header = (status) => ({ status, frame: 7, race_step: 5, race_epoch: 1, step: 4 });
  assert.equal(raceHeader([header("diverged"), header("playing")]).status, "playing");
  assert.equal(raceHeader([header("diverged"), header("diverged")]).status, "diverged");
  assert.equal(raceHeader([header("diverged"), header("stopped")]).status, "stopped");
  assert.equal(raceHeader([header("paused"), header("diverged")]).step, 5);
});

test("a lane that diverges leaves the picture and does not press the others against the bottom", () => {
  const lane = (alive, ...losses) => ({ alive, history: losses.map((loss, i) => [i, i, loss, loss, NaN, NaN, 0.1]) });
  const view = { measure: "loss", split: "test", axis: "epoch" };
  const rows = raceRows([lane(true, 1, 0.5, 2.5), lane(false, 1, 2, 1e9)], view);
  assert.deepEqual(
    rows.map(({ value }) => value),
    [1, 0.5, 2.5, 1, 2, null],
  );
  assert.equal(Math.max(...raceRows([lane(false, 1, 1e9)], view).map(({ value }) => value)), 1);
});

test("a loss of zero has its place on a logarithmic axis", () => {
  const lane = { history: [[0, 0, 0, 0, 1, 1, 0.1]] };
  const [row] = raceRows([lane], { measure: "loss", split: "train", axis: "epoch" });
  assert.deepEqual([row.value, row.shown], [0, 1e-12]);
});

test("rows of the chart take the chosen column, and bands only of the test part", () => {
  const lane = {
    history: [
      [0, 0, 1, 2, 0.5, 0.25, 0.1],
      [1, 25, 3, 4, 0.75, NaN, 0.1],
    ],
    band: [
      [1, 3, 0, 1],
      [3, 5, 0, 1],
    ],
  };
  const view = { measure: "loss", split: "test", axis: "epoch" };
  assert.deepEqual(raceRows([lane], view)[1], {
    x: 1,
    lane: 0,
    value: 4,
    low: 3,
    high: 5,
    shown: 4,
    shown_low: 3,
    shown_high: 5,
  });
  assert.deepEqual(raceRows([lane], { ...view, split: "train", axis: "step" })[1], {
    x: 25,
    lane: 0,
    value: 3,
    low: null,
    high: null,
    shown: 3,
    shown_low: null,
    shown_high: null,
  });
  assert.equal(raceRows([lane], { ...view, measure: "accuracy" })[1].value, null);
});

test("direct labels keep their distance and stay in the chart", () => {
  const places = spread([100, 101, null, 99, 238], 240, 14);
  assert.equal(places[2], null);
  const sorted = places.filter((place) => place !== null).sort((a, b) => a - b);
  sorted.slice(1).forEach((place, i) => assert.ok(place - sorted[i] >= 14 - 1e-9));
  assert.ok(sorted.at(-1) <= 240);
  assert.ok(places[3] < places[0] && places[0] < places[1]);
});

test("lanes are sorted with the best first, missing figures last", () => {
  const rows = [
    { lane: 0, loss_test: 0.3, accuracy_test: 0.7 },
    { lane: 1, loss_test: null, accuracy_test: 0.9 },
    { lane: 2, loss_test: 0.1, accuracy_test: 0.9 },
  ];
  assert.deepEqual(sortedLanes(rows, "loss_test"), [2, 0, 1]);
  assert.deepEqual(sortedLanes(rows, "loss_test", true), [0, 2, 1]);
  assert.deepEqual(sortedLanes(rows, "accuracy_test"), [1, 2, 0]);
  assert.ok("lane" in METRICS);
});

test("long labels give way to the values in which the lanes differ", () => {
  const lane = (rate) => ({
    label: `Learning rate ${rate} · Batch size 10`,
    differences: [{ value: rate }, { value: "10" }],
  });
  assert.deepEqual(shortNames([lane("0.01"), lane("5")], 22), ["0.01 · 10", "5 · 10"]);
  const own = { label: "a name of one's own that is long", differences: [{ value: "0.5" }] };
  assert.deepEqual(shortNames([own], 10), ["a name of…"]);
});

test("lanes stand in the order of the figure that was asked for", async () => {
  const { orderOf } = await import(new URL("lanes/table.js", base));
  const standings = { rows: [0.3, 0.1, 0.2].map((loss_test, lane) => ({ lane, loss_test })) };
  assert.deepEqual(orderOf({ standings, sort: { metric: "loss_test", reversed: false } }), [1, 2, 0]);
  assert.deepEqual(orderOf({ standings: null, sort: { metric: "lane", reversed: false } }), []);
});
