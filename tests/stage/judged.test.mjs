/** What the panel of errors says. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { measureRow, sentences } = await import(
  new URL("../../playground/stage/static/curves/judged.js", import.meta.url).href
);

const t = (key, values = {}) => `${key} ${Object.values(values).join(" ")}`.trim();
const curve = { x: [0, 1], y: [0, 1], area: 0.5 };
const judged = {
  part: "test",
  points: 100,
  drawn: 100,
  accuracy: 0.97,
  balanced_accuracy: 0.5,
  majority: { class_index: 0, share: 0.97 },
  classes: [
    { points: 97, precision: 0.97, recall: 1, f1: 0.985 },
    { points: 3, precision: null, recall: 0, f1: 0 },
  ],
  roc: [curve, null],
  precision_recall: [curve, null],
  calibration: { error: 0.02 },
};

test("accuracy stands beside the share of the majority", () => {
  const said = sentences(judged, ["common", "rare"], t);
  assert.equal(said[0], "accuracy 97.0 % 100 of.test common 97.0 % no_better");
  assert.equal(said[1], "balanced 50.0 % 50.0 %");
  assert.equal(said[2], "calibrated 2.0 %");
  assert.equal(said.length, 3);
  assert.equal(sentences({ ...judged, accuracy: 0.98 }, ["common", "rare"], t)[0].includes("no_better"), false);
});

test("a sample of the points is said to be one", () => {
  const said = sentences({ ...judged, calibration: null, drawn: 50 }, ["common", "rare"], t);
  assert.equal(said.at(-1), "drawn 50 100");
});

test("what is not defined is a dash", () => {
  assert.deepEqual(measureRow(judged.classes[1], 1, judged, ["common", "rare"]), [
    "rare",
    "3",
    "–",
    "0.0 %",
    "0.0 %",
    "–",
    "–",
  ]);
  assert.equal(measureRow(judged.classes[0], 0, judged, ["common", "rare"]).at(-1), "0.500");
});
