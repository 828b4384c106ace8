/** Marks over the picture: the inspected place and the keyboard's cursor. */

import { toX, toY } from "./scale.js";
import { markRadius } from "./points.js";

/** Stroke a path twice, so that it is readable on every colour. */
function outlined(pen, palette, trace) {
  for (const [colour, width] of [
    [palette.surface, 4],
    [palette.ink, 1.6],
  ]) {
    pen.beginPath();
    trace();
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
  }
}

/** A cross that leaves its middle free. */
export function drawCross(pen, palette, x, y, reach) {
  outlined(pen, palette, () => {
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      pen.moveTo(x + 2 * dx, y + 2 * dy);
      pen.lineTo(x + reach * dx, y + reach * dy);
    }
  });
}

/**
 * The inspected place: a circle around a point, a cross on free ground, a line across a curve.
 * @param {{x1: number, x2: number, point: number | null}} target
 * @param {number[] | null} heights the points' heights where y is not x2 (a curve)
 */
export function drawTarget(pen, palette, plot, target, heights) {
  const x = toX(plot, target.x1);
  if (heights && target.point === null) {
    outlined(pen, palette, () => {
      pen.moveTo(x, plot.top);
      pen.lineTo(x, plot.top + plot.size);
    });
    return;
  }
  const y = toY(plot, heights ? heights[target.point] : target.x2);
  if (target.point === null) drawCross(pen, palette, x, y, 7);
  else outlined(pen, palette, () => pen.arc(x, y, markRadius(plot.size, 0) + 6, 0, 2 * Math.PI));
}
