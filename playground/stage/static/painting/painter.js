/**
 * The page paints: from a frame's weights it computes the maps that the server otherwise sends, at a resolution that
 * the machine can keep up with. Each is computed when it is drawn, so that what nobody sees costs nothing.
 */

import { createNetwork } from "./network.js";
import { cellPlaces, pointPlaces } from "./places.js";
import { predictionMap, unitMap, unitMaps, wrongPoints } from "./maps.js";

/** Cells a side that a map may have, and the most while a run plays. */
const SIZES = [60, 90, 120, 180, 240, 320];
const MOST_PLAYING = 120;
/** Milliseconds that a map may take while a run plays, and while nothing moves. */
const PLAYING = 5;
const STILL = 50;
/** How far a size may be off its budget before it changes, so that it does not flicker between two. */
const SLACK = 1.5;
/** Milliseconds of the coarsest map beyond which the server does better, and how many maps it takes to say so. */
const TOO_SLOW = 25;
const JUDGED_AFTER = 5;
/** Milliseconds that a multiplication takes, before anything was measured; four times as long is too slow for sure. */
const FIRST_GUESS = 2e-6;
const FOR_SURE = 4;
/** Cells a side of the units' maps, where there are few and where there are more than so many. */
const THUMBS = [32, 20];
const FEW = 40;
/** Fraction of the time that the units' maps and the wrong points may take. */
const SHARE = 0.1;
/** Arrays of a frame that this page makes itself. */
const SENT_BEFORE = ["map", "confidence", "units", "wrong"];

/**
 * The next number of cells a side.
 * @param {number} before the last one
 * @param {number} cost milliseconds for one cell
 * @param {boolean} playing
 * @param {number} pixels of the plot, a side: more than every second one shows nothing more
 * @returns {number}
 */
export function sizeFor(before, cost, playing, pixels) {
  const budget = playing ? PLAYING : STILL;
  const most = playing ? MOST_PLAYING : (SIZES.find((size) => 2 * size >= pixels) ?? SIZES[SIZES.length - 1]);
  const fits = (size, room) => size <= most && size * size * cost <= room;
  if (playing && before <= most && fits(before, budget * SLACK)) {
    const next = SIZES[SIZES.indexOf(before) + 1];
    return fits(next, budget / SLACK) ? next : before;
  }
  return SIZES.findLast((size) => fits(size, budget)) ?? SIZES[0];
}

/**
 * @typedef {object} MapPainter
 * @property {boolean} able whether this page paints, as far as is known
 * @property {(plot: {pixels: number, curve: boolean}) => (import("./maps.js").Map & {width: number, height: number}) | null}
 *   map the prediction's or the focused unit's map; the same object as long as nothing has changed
 * @property {() => (Uint8Array & {shape: number[]}) | null} units
 * @property {() => Uint8Array | null} wrong
 */

/**
 * @param {import("../shell/store.js").Store} store
 * @param {import("./forms.js").Forms} forms
 * @returns {MapPainter}
 */
export function createMapPainter(store, forms) {
  let network = null;
  let scene = null;
  let signature = "";
  let placing = "";
  let cost = 0;
  let painted = 0;
  let size = SIZES[0];
  const grids = new Map();
  const kept = { map: null, units: null, wrong: null, points: null };

  /** Say whether this page paints; the server goes by it. */
  function become(able) {
    if (painter.able === able) return;
    painter.able = able;
    store.send("paints", { on: able }).catch(() => {});
  }

  function take(next) {
    scene = next;
    const where = JSON.stringify([scene?.domain, scene?.plane]);
    if (where !== placing) {
      placing = where;
      grids.clear();
    }
    const told = JSON.stringify([scene?.painting, scene?.layers]);
    if (told === signature) return;
    signature = told;
    grids.clear();
    network = scene ? createNetwork(forms, scene) : null;
    cost = network ? network.work * FIRST_GUESS : 0;
    painted = 0;
    // What the server says nothing of it paints anyway.
    become(network ? cost * SIZES[0] ** 2 < FOR_SURE * TOO_SLOW : !scene?.painting);
  }

  function judge(milliseconds, cells) {
    painted += 1;
    cost += 0.3 * (milliseconds / cells - cost);
    if (painted >= JUDGED_AFTER && cost * SIZES[0] ** 2 > TOO_SLOW) become(false);
  }

  /** The numbers of the scene's network, if this page can paint it. */
  function current() {
    if (scene !== store.scene) take(store.scene);
    if (!network || !painter.able) return null;
    const arrays = store.frame?.arrays ?? {};
    if (!network.fits(arrays.parameters, arrays.buffers)) return null;
    for (const name of SENT_BEFORE) delete arrays[name]; // the server's last ones are old by now
    return arrays;
  }

  function grid(width, height) {
    const key = `${width} ${height}`;
    if (!grids.has(key)) grids.set(key, cellPlaces(forms, scene, width, height));
    return grids.get(key);
  }

  const painter = {
    able: true,

    map({ pixels, curve }) {
      const numbers = current();
      if (!numbers) return null;
      const { focus = null, status } = store.frame;
      size = sizeFor(size, cost, status === "playing", pixels);
      const height = curve ? 1 : size;
      const key = [
        numbers.parameters,
        numbers.buffers,
        network,
        placing,
        scene.target_range.join(),
        String(focus),
        size,
        height,
      ];
      if (same(kept.map?.key, key)) return kept.map.made;
      const places = grid(size, height);
      const started = performance.now();
      const found = focus
        ? unitMap(network, numbers, places, focus)
        : predictionMap(forms, scene, network, numbers, places);
      judge(performance.now() - started, places.count);
      kept.map = { key, made: { ...found, width: size, height } };
      return kept.map.made;
    },

    units() {
      return sparing(
        "units",
        () => [placing],
        (numbers) => {
          const edge = THUMBS[network.sizes.reduce((sum, units) => sum + units) > FEW ? 1 : 0];
          return unitMaps(network, numbers, grid(edge, edge));
        },
      );
    },

    wrong() {
      const { inputs } = store.frame?.arrays ?? {};
      if (!inputs || inputs.shape[0] !== store.scene?.points.y.length) return null;
      return sparing(
        "wrong",
        () => [inputs, store.scene.points],
        (numbers) => {
          if (kept.points?.inputs !== inputs) kept.points = { inputs, places: pointPlaces(inputs) };
          return wrongPoints(scene, network, numbers, kept.points.places);
        },
      );
    },
  };

  /** What is computed anew for new weights; while a run plays only so often that it takes its share of the time. */
  function sparing(name, others, make) {
    const numbers = current();
    if (!numbers) return null;
    const key = [network, ...others(), numbers.buffers, numbers.parameters];
    const before = kept[name];
    if (same(before?.key, key)) return before.made;
    const started = performance.now();
    const alike = same(before?.key.slice(0, -2), key.slice(0, -2));
    if (alike && store.frame.status === "playing" && started < before.due) return before.made;
    const made = make(numbers);
    const now = performance.now();
    kept[name] = { key, made, due: now + (now - started) / SHARE };
    return made;
  }

  return painter;
}

const same = (before, now) => before?.length === now.length && now.every((value, k) => value === before[k]);
