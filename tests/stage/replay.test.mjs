/** What is trained again after the server was started anew. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { isTheSame, toReplay } = await import(
  new URL("../../playground/stage/static/shell/replay.js", import.meta.url).href
);

const scene = { experiment: { hidden: [4] }, points: { x1: [0, 1], x2: [1, 2], y: [0, 1] } };

test("a run that can be repeated is trained up to its epoch", () => {
  assert.equal(toReplay(scene, { repeatable: true, epoch: 7 }).epoch, 7);
  assert.equal(toReplay(scene, { repeatable: true, epoch: 0 }), null);
  assert.equal(toReplay(scene, { repeatable: false, epoch: 7 }), null);
  assert.equal(toReplay(scene, null), null);
  assert.equal(toReplay(null, null), null);
});

test("only the same experiment on the same points is", () => {
  const gone = toReplay(scene, { repeatable: true, epoch: 7 });
  assert.ok(isTheSame(gone, structuredClone(scene)));
  assert.ok(!isTheSame(gone, { ...scene, experiment: { hidden: [5] } }));
  assert.ok(!isTheSame(gone, { ...scene, points: { x1: [0, 1], x2: [1, 2], y: [0, 0] } }));
});
