/** How high the parts may be, so that network, boundary and curves are seen together without scrolling. */

/** Width of the stage from which two columns stand side by side; the style sheet has the same number. */
export const WIDE = 720;
/** Pixels of a wide stage's left column that are neither units nor plotted curves, and of what stands above it. */
const FIXED = 446;
/** Pixels around the boundary's plot: what stands above the stage's body, its controls and its legend. */
const AROUND = 330;
/** Pixels of the rows of the curves at their usual size (see `HEIGHTS` of playground/views/curves.py). */
const CURVES = 250;

const between = (low, value, high) => Math.max(low, Math.min(high, value));

/**
 * The room in a window.
 * @param {number} width pixels of the stage
 * @param {number} height pixels of the window
 * @returns {{units: number, curves: number, boundary: number}} `units`: pixels for the rows of units; `curves`: by
 *   how much the charts of the run are higher than usual; `boundary`: widest plot
 */
export function roomIn(width, height) {
  if (width < WIDE) return { units: 400, curves: 1, boundary: between(320, height - 220, 600) };
  const free = height - FIXED;
  return {
    units: Math.round(between(240, 0.55 * free, 440)),
    curves: between(0.62, (0.45 * free) / CURVES, 1.6),
    boundary: between(320, height - AROUND, 760),
  };
}

/**
 * The room that the stage of `store` has now.
 * @param {import("./store.js").Store} store
 */
export function roomOf(store) {
  return roomIn(store.root?.clientWidth ?? 0, globalThis.innerHeight ?? 0);
}
