/** How numbers are written, by examples worked by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

const { brief, decimal, learningRate, percent, significant, whole } = await import(
  new URL("../../playground/stage/static/shell/numbers.js", import.meta.url).href
);

test("decimals stand still", () => {
  assert.deepEqual(
    [0.12345, 0, -1, 0.00017, -0.00017, 123456].map((v) => decimal(v)),
    ["0.123", "0.000", "−1.000", "1.7×10⁻⁴", "−1.7×10⁻⁴", "1.2×10⁵"],
  );
  assert.equal(decimal(0.0003, 6), "0.000300");
});

test("first digits are kept", () => {
  assert.deepEqual(
    [0, 0.5, -0.0123, 0.00456, 12.34, 1234, 2.5e-5, -3e7].map((v) => significant(v)),
    ["0", "0.50", "−0.012", "0.0046", "12.3", "1234", "2.5×10⁻⁵", "−3.0×10⁷"],
  );
  assert.equal(significant(-0.0123, 2), "−0.01");
});

test("axes and places leave out what says nothing", () => {
  assert.deepEqual(
    [-6, 0.5, 0.1 + 0.2, 1234.5, 0, 2e-4].map((v) => brief(v)),
    ["−6", "0.5", "0.3", "1230", "0", "2.0×10⁻⁴"],
  );
  assert.deepEqual([0.03, 0.0003, 1e-7].map(learningRate), ["0.03", "0.0003", "1.0×10⁻⁷"]);
});

test("shares are all or nothing only when they are", () => {
  assert.deepEqual([0, 0.5, 0.9996, 1].map(percent), ["0.0 %", "50.0 %", "99.9 %", "100.0 %"]);
});

test("whole numbers have their thousands apart", () => {
  assert.deepEqual([0, 999.6, 1234567].map(whole), ["0", "1,000", "1,234,567"]);
});

test("what is no number is said the same way by all", () => {
  for (const write of [decimal, significant, brief, learningRate]) {
    assert.deepEqual(
      [null, undefined, NaN, Infinity, -Infinity].map((v) => write(v)),
      ["–", "–", "–", "∞", "−∞"],
    );
  }
  for (const write of [percent, whole]) assert.deepEqual([null, undefined].map(write), ["–", "–"]);
});
