/** Mouse, finger and keys on a wall's picture: pointing, opening, and marking a rectangle. */

import { around, neighbour, tileAt } from "./places.js";

/** Pixels that a pointer moves before it draws a rectangle. */
const DRAG = 6;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object} wall
 * @param {() => {places: number[][], area: import("./places.js").Area}|null} wall.look what hangs where, null before
 * @param {(place: number, said: boolean) => void} wall.point a network is pointed at, −1 for none; `said`: by keys
 * @param {(place: number) => void} wall.open
 * @param {(corners: number[]|null) => void} wall.mark a rectangle is drawn, in pixels: left, top, right, bottom
 * @param {(corners: number[]) => void} wall.marked it has been drawn with the mouse
 * @param {(box: import("./places.js").Box|null) => void} wall.choose keys have chosen a part of the picture
 * @param {() => boolean} wall.zoom zooms into what keys have chosen; false when nothing is
 * @param {() => void} wall.back zooms out
 */
export function createPointer(canvas, wall) {
  let start = null;
  let dragging = false;
  let chosen = -1;
  let anchor = -1;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const tile = (pixel) => {
    const seen = wall.look();
    return seen ? tileAt(seen.places, seen.area, pixel[0], pixel[1]) : -1;
  };
  const corners = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];

  function point(place, said) {
    chosen = place;
    wall.point(place, said);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = at(event);
    dragging = false;
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = at(event);
    if (start && !dragging && Math.hypot(now[0] - start[0], now[1] - start[1]) > DRAG) {
      dragging = true;
      canvas.setPointerCapture(event.pointerId);
      point(-1, false);
    }
    if (dragging) wall.mark(corners(start, now));
    else if (event.pointerType !== "touch") point(tile(now), false);
  });
  canvas.addEventListener("pointerup", (event) => {
    const now = at(event);
    if (dragging) {
      wall.mark(null);
      wall.marked(corners(start, now));
    } else if (start) {
      const place = tile(now);
      // A finger sees the numbers first, and opens with a second touch.
      if (place >= 0 && (event.pointerType !== "touch" || place === chosen)) wall.open(place);
      else point(place, event.pointerType === "touch");
    }
    start = null;
    dragging = false;
  });
  canvas.addEventListener("pointercancel", () => {
    start = null;
    dragging = false;
    wall.mark(null);
  });
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch" && !dragging) point(-1, false);
  });

  canvas.addEventListener("keydown", (event) => {
    const seen = wall.look();
    if (!seen || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const from = chosen < 0 ? 0 : chosen;
      const next = chosen < 0 ? 0 : neighbour(seen.places, from, arrow[0], arrow[1]);
      if (event.shiftKey) {
        if (anchor < 0) anchor = from;
        wall.choose(around(seen.places, anchor, next));
      } else if (anchor >= 0) {
        anchor = -1;
        wall.choose(null);
      }
      point(next, true);
    } else if (event.key === "Enter") {
      if (!wall.zoom() && chosen >= 0) wall.open(chosen);
      anchor = -1;
    } else if (event.key === "Escape" && anchor >= 0) {
      anchor = -1;
      wall.choose(null);
    } else if (event.key === "Backspace") wall.back();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("focus", () => {
    if (chosen < 0 && wall.look()) point(0, true);
  });

  return {
    /** Other networks hang there now. */
    forget() {
      chosen = anchor = -1;
    },
  };
}
