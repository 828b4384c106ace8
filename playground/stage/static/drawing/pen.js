/** A pen on 28 × 28 pixels. */

import { SIZE } from "./forward.js";

/** Half the width of a stroke in pixels, and what its edge fades over. */
const RADIUS = 1.1;
const EDGE = 0.9;

/**
 * A stroke from one place to another, both in pixels from the upper left corner; it only makes pixels brighter.
 * @param {Float32Array} picture is changed
 * @param {[number, number]} from x and y
 * @param {[number, number]} to
 */
export function stroke(picture, [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const reach = RADIUS + EDGE;
  const least = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - reach));
  const most = (a, b) => Math.min(SIZE - 1, Math.ceil(Math.max(a, b) + reach));
  for (let row = least(y0, y1); row <= most(y0, y1); row++) {
    for (let column = least(x0, x1); column <= most(x0, x1); column++) {
      const [x, y] = [column + 0.5, row + 0.5];
      const t = length ? Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / length)) : 0;
      const distance = Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
      const level = Math.max(0, Math.min(1, (reach - distance) / EDGE));
      const place = row * SIZE + column;
      picture[place] = Math.max(picture[place], level);
    }
  }
}
