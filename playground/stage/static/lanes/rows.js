/** From the lanes' histories to the rows of the shared chart, and the order of lanes and table. */

import { SMALLEST_LOG_LOSS, telling } from "../curves/rows.js";
import { HISTORY_COLUMNS } from "../shell/decode.js";

/** Columns of a band's row by measure: lower and upper end; bands are of the test part. */
const BANDS = { loss: [0, 1], accuracy: [2, 3] };
/** Metrics by which lanes can be sorted, and whether the best is the lowest. */
export const METRICS = {
  lane: true,
  rank: true,
  value: true,
  loss_test: true,
  accuracy_test: false,
  loss_train: true,
  accuracy_train: false,
  epoch: false,
  step: false,
  seconds: true,
  learning_rate: false,
  seeds_alive: false,
};

/** A number that a chart can show, null for any other. */
const finite = (value) => (Number.isFinite(value) ? value : null);

/** The end of a band, not above `most`; what is no number has left there. */
const limited = (value, most) => finite(Math.min(Number.isNaN(value) ? most : value, most));

/** A value as a logarithmic axis can show it. */
const shown = (value) => (value === null ? null : Math.max(value, SMALLEST_LOG_LOSS));

/**
 * The highest loss that is worth an axis: of the lanes that are alive, and a few times where all began. Above it a
 * lane that diverges leaves the picture, and does not press the others against the bottom.
 * @param {{history: number[][], alive?: boolean}[]} lanes
 * @param {number} column of the history
 * @returns {number}
 */
export function ceilingOf(lanes, column) {
  const finiteOf = (rows) => rows.map((row) => row[column]).filter(Number.isFinite);
  const first = lanes.map(({ history }) => history[0]?.[column]).filter(Number.isFinite);
  const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const living = lanes.filter(({ alive }) => alive !== false).map(({ history }) => most(finiteOf(history)));
  const found = Math.max(2 * most(first), most(living));
  return Number.isFinite(found) ? found : Infinity;
}

/**
 * Rows of the shared chart: one for each lane and epoch that it is drawn with.
 * @param {{history: number[][], band?: number[][], alive?: boolean, whole?: boolean}[]} lanes `alive`: has not
 *   diverged; `whole`: nor has one of its repeats
 * @param {{measure: string, split: string, axis: "epoch"|"step", most?: number}} view
 * @returns {{x: number, lane: number, value: number|null, low: number|null, high: number|null, shown: number|null,
 *   shown_low: number|null, shown_high: number|null}[]} `shown`: as a logarithmic axis can show them
 */
export function raceRows(lanes, { measure, split, axis, most = Infinity }) {
  const column = HISTORY_COLUMNS.indexOf(`${measure}_${split}`);
  const [lower, upper] = BANDS[measure];
  const ceiling = measure === "loss" ? ceilingOf(lanes, column) : Infinity;
  return lanes.flatMap(({ history, band, whole = true }, lane) => {
    const banded = split === "test" && band?.length === history.length;
    return telling(history, most, [column]).map((i) => {
      const value = history[i][column] > ceiling ? null : finite(history[i][column]);
      const low = banded && value !== null ? finite(band[i][lower]) : null;
      const high = banded && value !== null ? limited(band[i][upper], whole ? Infinity : ceiling) : null;
      return {
        x: history[i][axis === "step" ? 1 : 0],
        lane,
        value,
        low,
        high,
        shown: shown(value),
        shown_low: shown(low),
        shown_high: shown(high),
      };
    });
  });
}

/**
 * Places of the direct labels: as near to their lines' ends as they can be without touching.
 * @param {(number|null)[]} wanted pixels from the top; null for a label without a line
 * @param {number} height of the plotting area, pixels
 * @param {number} gap least distance between labels, pixels
 * @returns {(number|null)[]} pixels, in the same order
 */
export function spread(wanted, height, gap) {
  const order = wanted.map((_, i) => i).filter((i) => wanted[i] !== null);
  order.sort((a, b) => wanted[a] - wanted[b]);
  const places = [...wanted];
  let floor = 0;
  for (const i of order) {
    places[i] = Math.max(floor, Math.min(height, places[i]));
    floor = places[i] + gap;
  }
  let ceiling = Math.max(height, (order.length - 1) * gap);
  for (const i of order.reverse()) {
    places[i] = Math.min(ceiling, places[i]);
    ceiling = places[i] - gap;
  }
  return places;
}

/**
 * The lanes in order of a metric; those without a figure come last, equal ones keep their order.
 * @param {object[]} rows of the standings, one for each lane
 * @param {string} metric a key of METRICS
 * @param {boolean} [reversed] worst first
 * @returns {number[]} lane numbers
 */
export function sortedLanes(rows, metric, reversed = false) {
  const rising = METRICS[metric] !== reversed;
  const figure = (row) => {
    const value = row[metric];
    return value === null || value === undefined || Number.isNaN(value) ? null : value;
  };
  return [...rows]
    .sort((a, b) => {
      const [x, y] = [figure(a), figure(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null) || a.lane - b.lane;
      return (rising ? x - y : y - x) || a.lane - b.lane;
    })
    .map((row) => row.lane);
}

/**
 * Names that fit beside the chart: the labels; where one is too long, only the values in which the lanes differ.
 * @param {{label: string, differences: {value: string}[]}[]} lanes
 * @param {number} most characters
 * @returns {string[]}
 */
export function shortNames(lanes, most) {
  const long = lanes.some(({ label }) => label.length > most);
  return lanes.map(({ label, differences }) => {
    const values = differences.map(({ value }) => value);
    const made = values.length > 0 && values.every((value) => value && label.includes(value)); // no name of its own
    const name = long && made ? values.join(" · ") : label;
    return name.length > most ? `${name.slice(0, most - 1)}…` : name;
  });
}
