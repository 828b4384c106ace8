/** The file of a run: what it holds comes back, and whatever else a file may hold is left out or refused. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { fileOf, readRun } = await import(
  new URL("../../playground/stage/static/curves/kept-file.js", import.meta.url).href
);

const cells = Buffer.alloc(32 * 32, 7).toString("base64");
const row = (epoch) => [epoch, 4 * epoch, 0.5, 0.6, 0.9, 0.8, 0.03, null, null, 0];
const log = { version: 1, experiment: { hidden: [4] }, engine: "fused", did: [[3, "trace", null]], step: 8 };
const seen = {
  name: "weights 1",
  full: "weights 1",
  task: "binary",
  classes: 2,
  size: 32,
  picture: { map: cells, confidence: cells },
  epoch: 2,
  step: 8,
  status: "stopped",
  again: true,
  weights: "AACAPw==",
  curve: [row(0), row(1), row(2)],
  loss_train: 0.5,
  loss_test: null,
  accuracy_train: 0.9,
  accuracy_test: 0.8,
};
const read = (changed) => readRun(JSON.stringify({ ...log, kept: { ...seen, ...changed } }), "a.json")?.seen;

test("what was kept comes back", () => {
  assert.deepEqual(readRun(fileOf({ log, seen }), ""), { log, seen });
});

test("a file of the log alone is a run too, with the file's name", () => {
  const run = readRun(JSON.stringify(log), "a.json");
  assert.deepEqual(run.log, log);
  assert.deepEqual([run.seen.name, run.seen.curve, run.seen.picture, run.seen.epoch], ["a.json", [], null, null]);
});

for (const text of ["", "{", "[]", "3", "null", '{"did": []}', '{"experiment": [], "did": [], "step": 1}'])
  test(`no run: ${text}`, () => assert.equal(readRun(text, ""), null));

test("what is too much is no run", () => {
  assert.equal(readRun(JSON.stringify({ ...log, did: Array(1001).fill([0, "trace", null]) }), ""), null);
  assert.equal(readRun(JSON.stringify({ ...log, step: -1 }), ""), null);
  assert.equal(readRun(`${JSON.stringify(log)}${" ".repeat(1_000_000)}`, ""), null);
});

test("what cannot be shown is left out", () => {
  for (const picture of [3, { map: "AAAA" }, { map: "%" }, { map: 5 }]) assert.equal(read({ picture }).picture, null);
  assert.deepEqual(read({ picture: { map: cells, confidence: "AA" } }).picture, { map: cells });
  for (const curve of ["x", [3], [[1]], [row(1), row(1)], [row("2")], [[...row(1).slice(1), "<b>"]]])
    assert.deepEqual(read({ curve }).curve, [], JSON.stringify(curve));
  assert.equal(read({ name: "x".repeat(5000) }).name.length, 300);
  assert.equal(read({ name: { html: 1 } }).name, "a.json");
  assert.equal(read({ status: "<i>" }).status, "running");
  assert.equal(read({ task: "other" }).task, "binary");
  assert.equal(read({ classes: 1e9 }).classes, 2);
  assert.equal(read({ loss_test: "1" }).loss_test, null);
  assert.equal(read({ weights: "javascript:" }).weights, "");
});

test("a name holds no sign that turns the direction of the page", () => {
  const name = "run \u202e gpj.exe\u2066\u0007 한국어 👩‍🎓";
  const [own, file] = [readRun(fileOf({ log, seen: { ...seen, name } }), ""), readRun(JSON.stringify(log), name)];
  for (const run of [own, file]) assert.equal(run.seen.name, "run  gpj.exe 한국어 👩‍🎓");
});
