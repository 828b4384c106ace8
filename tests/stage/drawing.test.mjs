/** The modules of the drawing pad that compute, under Node. */

import assert from "node:assert/strict";
import { test } from "node:test";

const at = (name) => new URL(`../../playground/stage/static/drawing/${name}`, import.meta.url).href;
const { centred, forward, SIZE, softmax } = await import(at("forward.js"));
const { stroke } = await import(at("pen.js"));

const blank = () => new Float32Array(SIZE * SIZE);
const one = (weight, bias) => ({ out: 1, kernel: 3, weight: Float32Array.from(weight), bias: Float32Array.of(bias) });

test("a stroke is as bright as the pen on its line, fades beside it, and never darkens", () => {
  const picture = blank();
  stroke(picture, [5.5, 10.5], [20.5, 10.5]);
  assert.equal(picture[10 * SIZE + 12], 1);
  assert.equal(picture[11 * SIZE + 12], 1); // 1 pixel from the line; the pen's edge fades from 1.1 to 2
  assert.equal(picture[12 * SIZE + 12], 0);
  const before = picture.slice();
  stroke(picture, [5.5, 11.4], [20.5, 11.4]);
  assert.ok(picture.every((v, i) => v >= before[i]));
  stroke(picture, [-50, 900], [400, -3]); // beyond the picture
  assert.ok(picture.every((v) => v >= 0 && v <= 1));
});

test("a kernel of one weight leaves the picture; pooling takes the largest of four or their mean; below 0 is 0", () => {
  const picture = blank();
  picture.set([1, 0.5], 0);
  picture.set([0.25, 0.25], SIZE);
  const network = (average, bias = 0) => ({
    blocks: [one([0, 0, 0, 0, 1, 0, 0, 0, 0], bias)],
    weight: new Float32Array(14 * 14).fill(1),
    bias: Float32Array.of(2),
    average,
  });
  assert.equal(forward(network(false), picture).maps[0].values[0], 1);
  assert.equal(forward(network(true), picture).maps[0].values[0], 0.5);
  assert.deepEqual(forward(network(false), picture).scores, [3]);
  assert.deepEqual(forward(network(true, -0.75), picture).scores, [2.0625]); // only the first pixel is left: 0.25 / 4
});

test("an empty picture stays empty, and a centred one stays where it is", () => {
  assert.ok(centred(blank()).every((v) => v === 0));
  const picture = blank();
  for (let row = 4; row < 24; row++) picture[row * SIZE + 13] = picture[row * SIZE + 14] = 1;
  assert.deepEqual(centred(picture), picture);
});

test("shares add up to 1 also for large scores", () => {
  assert.deepEqual(softmax([1000, 1000]), [0.5, 0.5]);
});
