/** From what the server sends to the rows of the charts. The columns are those of playground/views. */

/** Kinds of histogram, and where a layer's statistics hold them. */
export const HISTOGRAMS = { pre_activation: "z_hist", activation: "h_hist", weight: "w_hist" };

/** A loss of 0 has no place on a logarithmic axis; it is drawn here. As in playground/views/curves.py. */
export const SMALLEST_LOG_LOSS = 1e-12;

/** Where a row of the history holds the losses of training, validation and test; that of a part without points is NaN. */
const LOSSES = [2, 7, 3];
const there = (loss) => loss !== undefined && !Number.isNaN(loss);

/**
 * Rows of the curves: one for each epoch and split.
 * @param {number[][]} history rows in the order of decode.js's HISTORY_COLUMNS
 * @param {number} [most] at most this many epochs, those that draw the same curve
 * @returns {object[]}
 */
export function curveRows(history, most = Infinity) {
  const rows = [];
  for (const index of telling(history, most)) rows.push(...splitRows(history[index]));
  return rows;
}

/** Where a row of the history holds what the penalties add to the loss that is minimized. */
const [TRAINED, PENALTY] = [2, 9];

/**
 * A row of the history with the penalties in its training loss: what training makes small.
 * @param {number[]} row
 * @returns {number[]}
 */
export const withPenalty = (row) => row.map((value, k) => (k === TRAINED ? value + (row[PENALTY] || 0) : value));

/** Whether penalties were on, at the end of a run or before. */
export const penalized = (history) => history.some((row) => row[PENALTY] > 0);

/**
 * The rows of one epoch: training, validation where points are held out, test unless all are trained on.
 * @param {number[]} row
 * @returns {object[]}
 */
export function splitRows([epoch, step, lossTrain, lossTest, accuracyTrain, accuracyTest, rate, loss, accuracy]) {
  const common = { epoch, step, learning_rate: number(rate) };
  const entry = (split, its, share) => ({
    ...common,
    split,
    loss: number(its),
    shown: Number.isFinite(its) ? Math.max(its, SMALLEST_LOG_LOSS) : null,
    accuracy: number(share),
  });
  const held = there(loss) ? [entry("validation", loss, accuracy)] : [];
  const tested = there(lossTest) ? [entry("test", lossTest, accuracyTest)] : [];
  return [entry("train", lossTrain, accuracyTrain), ...held, ...tested];
}

/** Cuts of the learning rate that are marked at most; the earliest ones. */
const MOST_CUTS = 6;

/**
 * What happened to a run, by the epoch at which it did.
 * @param {number[][]} history
 * @param {{diverged: boolean, plateau: boolean}} run `plateau`: its schedule cuts the rate at a plateau
 * @returns {{epoch: number, kind: "diverged"|"plateau"}[]}
 */
export function curveMarks(history, { diverged, plateau }) {
  /** @type {{epoch: number, kind: "diverged"|"plateau"}[]} */
  const marks = [];
  for (let i = 1; plateau && i < history.length && marks.length < MOST_CUTS; i += 1) {
    if (history[i][6] < history[i - 1][6]) marks.push({ epoch: history[i - 1][0], kind: "plateau" });
  }
  if (diverged && history.length) marks.push({ epoch: history.at(-1)[0], kind: "diverged" });
  return marks;
}

/** The name of a technique that stands with or without parameters. */
export const techniqueName = (technique) => (typeof technique === "string" ? technique : technique?.name);

/**
 * The part of an earlier run that is drawn behind the current one: always somewhat ahead of it, so that neither is
 * squeezed into a corner; all of it before the first epoch. Losses that have exploded are left out.
 * @param {number[][]} ghost rows of the earlier run
 * @param {number} epoch of the current run
 * @returns {number[][]}
 */
export function ghostRows(ghost, epoch) {
  if (!ghost.length) return [];
  // The end moves on in leaps of a twelfth, so that the ghost is not drawn anew for every epoch.
  const leap = Math.log(1.08);
  const end = epoch > 0 ? 20 * Math.exp(leap * Math.ceil(Math.log(Math.max(1, (1.5 * epoch) / 20)) / leap)) : Infinity;
  const most = 4 * Math.max(ghost[0][2], ghost[0][3]);
  return ghost
    .filter((row) => row[0] <= end)
    .map((row) => row.map((value, k) => (LOSSES.includes(k) && value > most ? NaN : value)));
}

function number(value) {
  return Number.isFinite(value) ? value : null;
}

/** Columns of the losses that any row tells of; that of training is always among them. */
const told = (history) => LOSSES.filter((column, k) => k === 0 || history.some((row) => Number.isFinite(row[column])));

/** The smallest of 1, 2, 3, 4, 6, 8, 12, 16 … that is not less: rows that are added seldom change all stretches. */
function wider(width) {
  const power = 2 ** Math.ceil(Math.log2(width));
  return power >= 4 && width <= (3 * power) / 4 ? (3 * power) / 4 : power;
}

/**
 * Indices, rising, of rows that draw the same curve: the first, the last, and in each stretch between them those where
 * a column is lowest and highest. As `History.representative` of playground/engine/history.py.
 * @param {number[][]} history
 * @param {number} most rows, at least 8
 * @param {number[]} [columns] whose spikes are kept: the losses of the parts that any row tells of
 * @returns {number[]}
 */
export function telling(history, most, columns = told(history)) {
  const { length } = history;
  if (length <= most) return Array.from({ length }, (_, i) => i);
  const stretches = Math.max(1, Math.floor((most - 2) / (2 * columns.length)));
  const width = wider(Math.ceil((length - 2) / stretches));
  const kept = new Set([0, length - 1]);
  for (let start = 1; start < length - 1; start += width) {
    const end = Math.min(start + width, length - 1);
    for (const column of columns) {
      let [low, high] = [start, start];
      for (let i = start; i < end; i += 1) {
        const value = history[i][column];
        if (Number.isNaN(value)) continue;
        if (!(value >= history[low][column])) low = i;
        if (!(value <= history[high][column])) high = i;
      }
      kept.add(low).add(high);
    }
  }
  return [...kept].sort((i, j) => i - j);
}

/**
 * The row of the history whose epoch is nearest.
 * @param {number[][]} history sorted by epoch
 * @param {number} epoch
 * @returns {number} its index, −1 for an empty history
 */
export function nearestIndex(history, epoch) {
  let low = 0;
  let high = history.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (history[middle][0] <= epoch) low = middle;
    else high = middle;
  }
  if (high < 0) return -1;
  return Math.abs(history[high][0] - epoch) < Math.abs(history[low][0] - epoch) ? high : low;
}

/**
 * Rows of the histograms of one kind.
 * @param {object[]} layers statistics by layer
 * @param {string[]} names of the layers
 * @param {keyof HISTOGRAMS} kind
 * @returns {{layer: string, lower: number, upper: number, share: number}[]}
 */
export function histogramRows(layers, names, kind) {
  return layers.flatMap((layer, i) => {
    const histogram = layer[HISTOGRAMS[kind]];
    if (!histogram) return [];
    const total = histogram.counts.reduce((sum, count) => sum + count, 0) || 1;
    const zeros = kind === "weight" && layer.share_zero ? ` · 0: ${Math.round(100 * layer.share_zero)} %` : "";
    return histogram.counts.map((count, k) => ({
      layer: names[i] + zeros,
      lower: histogram.edges[k],
      upper: histogram.edges[k + 1],
      share: count / total,
    }));
  });
}

/**
 * Rows of the gradient norms; those that are not positive have no place on a logarithmic axis.
 * @param {{epochs: number[], layers: number[][]}} norms
 * @param {string[]} names
 * @returns {{epoch: number, layer: string, norm: number}[]}
 */
export function gradientRows(norms, names) {
  return norms.layers.flatMap((values, i) =>
    values.flatMap((norm, k) => (norm > 0 ? [{ epoch: norms.epochs[k], layer: names[i], norm }] : [])),
  );
}

/**
 * Rows of the dead and saturated shares.
 * @param {object[]} layers
 * @param {string[]} names
 * @returns {{layer: string, measure: string, share: number}[]}
 */
export function healthRows(layers, names) {
  return layers.flatMap((layer, i) =>
    ["dead", "saturated"].flatMap((measure) =>
      Number.isFinite(layer[measure]) ? [{ layer: names[i], measure, share: layer[measure] }] : [],
    ),
  );
}

/**
 * Rows of the learned scales: the normalization's γ and β, PReLU's slope.
 * @param {object[]} layers
 * @param {string[]} names
 * @returns {{layer: string, parameter: string, unit: number, value: number}[]}
 */
export function learnedRows(layers, names) {
  return layers.flatMap((layer, i) =>
    ["gamma", "beta", "slope"].flatMap((parameter) =>
      (layer[parameter] ?? []).map((value, unit) => ({ layer: names[i], parameter, unit, value })),
    ),
  );
}

/**
 * Rows of the confusion matrix.
 * @param {number[][]} confusion row = true class, column = predicted class
 * @param {string[]} classNames
 * @returns {{true: string, predicted: string, count: number, share: number}[]}
 */
export function confusionRows(confusion, classNames) {
  return confusion.flatMap((row, i) => {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    return row.map((count, j) => ({
      true: classNames[i],
      predicted: classNames[j],
      count,
      share: count / total,
    }));
  });
}

/**
 * Rows of ROC or precision-recall curves. A class without a curve keeps one row, so that all keep their colours.
 * @param {({x: number[], y: number[]}|null)[]} curves one for each class
 * @param {string[]} classNames
 * @returns {{class: string, place: number, x: number|null, y: number|null}[]}
 */
export function rateRows(curves, classNames) {
  return curves.flatMap((curve, k) =>
    curve
      ? curve.x.map((x, place) => ({ class: classNames[k], place, x, y: curve.y[place] }))
      : [{ class: classNames[k], place: 0, x: null, y: null }],
  );
}

/**
 * Rows of the reliability diagram: the bins that hold an answer.
 * @param {{confidence: number[], accuracy: number[], counts: number[]}} calibration
 * @returns {{confidence: number, accuracy: number, count: number}[]}
 */
export function calibrationRows({ confidence, accuracy, counts }) {
  return counts.flatMap((count, i) => (count ? [{ confidence: confidence[i], accuracy: accuracy[i], count }] : []));
}

/**
 * Rows of the residuals.
 * @param {{predicted: number[], target: number[], part?: string[]}} residuals
 * @returns {{split: string, predicted: number, residual: number}[]}
 */
export function residualRows({ predicted, target, part }) {
  return predicted.flatMap((value, i) =>
    value === null ? [] : [{ split: part?.[i] ?? "test", predicted: value, residual: target[i] - value }],
  );
}
