/** Pointer and keys on the plot: inspecting, painting, and a cursor for those who use no pointer. */

import { inside } from "./scale.js";

/** Steps of the cursor across the plot; with shift, the coarse ones. */
const FINE = 50;
const COARSE = 10;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** Largest way between press and release that still is a click, in CSS pixels. */
const CLICK = 8;

/**
 * @param {HTMLElement} element
 * @param {object} host
 * @param {() => import("./scale.js").Plot | null} host.plot
 * @param {object} host.painter see paint.js
 * @param {(place: [number, number] | null) => void} host.hover the pointer moved
 * @param {() => void} host.onCursor the cursor or brush must be drawn anew
 * @param {() => void} host.announce the cursor stands still on a new place
 * @param {(px: number, py: number) => void} host.inspect
 * @param {() => boolean} host.escape closes something; whether there was something
 * @returns {{cursor: () => [number, number] | null}} the cursor's place in CSS pixels
 */
export function listen(element, host) {
  const { painter } = host;
  /** @type {[number, number] | null} where the pointer went down */
  let pressed = null;
  /** @type {[number, number] | null} the cursor, as shares of the plot */
  let cursor = null;

  /** @returns {[number, number]} */
  const pixels = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const isInside = (place) => host.plot() !== null && inside(host.plot(), ...place);
  /** @returns {[number, number] | null} */
  const place = () => {
    const plot = host.plot();
    return cursor && plot && [plot.left + cursor[0] * plot.size, plot.top + cursor[1] * plot.size];
  };

  function release(event) {
    painter.up();
    pressed = null;
    if (event.pointerType === "touch") host.hover(null);
  }

  const listeners = {
    pointerdown(event) {
      const at = pixels(event);
      if (event.button !== 0 || !isInside(at)) return;
      element.setPointerCapture(event.pointerId);
      pressed = at;
      cursor = null;
      host.hover(at);
      if (painter.on) painter.down(...at);
    },
    pointermove(event) {
      const at = pixels(event);
      host.hover(isInside(at) ? at : null);
      if (!painter.on || !pressed) return;
      const steps = event.getCoalescedEvents?.() ?? [];
      for (const step of steps.length ? steps : [event]) painter.move(...pixels(step));
    },
    pointerup(event) {
      const at = pixels(event);
      const still = pressed && Math.hypot(at[0] - pressed[0], at[1] - pressed[1]) < CLICK;
      if (still && !painter.on) host.inspect(...pressed);
      release(event);
    },
    pointercancel: release,
    pointerleave: () => host.hover(null),
    focus() {
      if (element.matches(":focus-visible") && !pressed) cursor ??= [0.5, 0.5];
      host.onCursor();
    },
    blur() {
      cursor = null;
      host.onCursor();
    },
    keydown(event) {
      if (event.altKey || !host.plot() || !key(event)) return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
  for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener);

  /** @returns {boolean} whether the key means something here */
  function key(event) {
    const arrow = ARROWS[event.key];
    if (arrow && !event.ctrlKey && !event.metaKey) {
      const step = 1 / (event.shiftKey ? COARSE : FINE);
      const from = cursor ?? [0.5, 0.5];
      const moved = (k) => Math.min(1, Math.max(0, from[k] + arrow[k] * step));
      cursor = [moved(0), moved(1)];
      host.hover(null);
      host.onCursor();
      host.announce();
      return true;
    }
    if (painter.key(event, place())) return true;
    if (event.key === "Enter" && cursor) {
      host.inspect(...place());
      return true;
    }
    return event.key === "Escape" && host.escape();
  }

  return { cursor: place };
}
