/** The modules of the surface with paths that compute, under Node. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/surface/${name}`, import.meta.url).href;
const { bytes, enlarged } = await import(at("surface.js"));
const { placed } = await import(at("paths.js"));
const { at: numbersAt } = await import(at("table.js"));

const path = { columns: ["x", "y", "loss"], values: Float32Array.of(0, 0, 5, 2, 4, 3, 2, 0, 1), steps: 2 };

test("a path stands between two of its steps, and ends where it ended", () => {
  assert.deepEqual(placed(path, 0.5), [1, 2]);
  assert.deepEqual(placed(path, 1.25), [2, 3]);
  assert.deepEqual(placed(path, 99), [2, 0]);
  assert.deepEqual(placed(path, -1), [0, 0]);
});

test("the table shows the numbers of the step that has been made", () => {
  assert.deepEqual(numbersAt(path, 1.9), { x: 2, y: 4, loss: 3 });
  assert.deepEqual(numbersAt(path, 99), { x: 2, y: 0, loss: 1 });
});

test("heights between the grid's points lie on the straight line; the first row is the lowest", () => {
  const values = enlarged({ levels: Uint8Array.of(0, 100, 100, 200), columns: 2, rows: 2 }, 2, 2);
  assert.deepEqual([...values], [100, 150, 50, 100]); // pixels' centres lie at a quarter and three quarters
});

test("bytes come as text", () => {
  assert.deepEqual([...bytes(btoa("\x00\x7f\xff"))], [0, 127, 255]);
});
