/** What is trained again after the server was started anew. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { isTheSame, noteStep, toReplay } = await import(
  new URL("../../playground/stage/static/shell/replay.js", import.meta.url).href
);

const scene = {
  experiment: { hidden: [4], dataset: "circle", loss: "bce", n_samples: 2 },
  points: { x1: [0, 1], x2: [1, 2], y: [0, 1] },
};
const log = { experiment: {}, engine: "fused", did: [], step: 3 };
const told = { revision: 2, log };

test("a run that has begun is trained again, and one that cannot be repeated says so", () => {
  assert.deepEqual(toReplay(scene, { epoch: 7 }, told).log, log);
  assert.equal(toReplay(scene, { epoch: 7 }, told).epoch, 7);
  assert.equal(toReplay(scene, { epoch: 7 }, { revision: 2, log: null }).log, null);
  assert.equal(toReplay(scene, { epoch: 0 }, told), null);
  assert.equal(toReplay(scene, null, told), null);
  assert.equal(toReplay(null, null, null), null);
});

test("frames tell how far it is, those of the run before do not", () => {
  const newest = structuredClone(told);
  noteStep(newest, { revision: 1, step: 900 });
  assert.equal(newest.log.step, 3);
  noteStep(newest, { revision: 2, step: 9 });
  assert.equal(newest.log.step, 9);
  noteStep(newest, { revision: 2, step: 8 });
  assert.equal(newest.log.step, 9);
  noteStep({ revision: 2, log: null }, { revision: 2, step: 9 });
  noteStep(null, { revision: 2, step: 9 });
});

test("only the same experiment on the same points is", () => {
  const gone = toReplay(scene, { epoch: 7 }, told);
  assert.ok(isTheSame(gone, structuredClone(scene)));
  assert.ok(!isTheSame(gone, { ...scene, experiment: { ...scene.experiment, hidden: [5] } }));
  assert.ok(!isTheSame(gone, { ...scene, points: { x1: [0, 1], x2: [1, 2], y: [0, 0] } }));
});

test("of painted points an address may only keep the settings", () => {
  const painted = { ...scene, painted: true, experiment: { ...scene.experiment, dataset: "custom", n_samples: 5000 } };
  const gone = toReplay(painted, { epoch: 7 }, told);
  const other = { ...scene, points: { x1: [], x2: [], y: [] } };
  assert.ok(isTheSame(gone, other));
  assert.ok(!isTheSame(gone, { ...other, painted: true }));
  assert.ok(!isTheSame(toReplay(scene, { epoch: 7 }, told), other));
});
