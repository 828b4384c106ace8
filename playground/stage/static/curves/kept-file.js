/**
 * The file of a run, as a page keeps it: what `RunLog.to_dict` of playground/engine/run_log.py gives, and under `kept`
 * what is seen of the run. A file may come from anybody: what is shown of it is checked here, what is trained by the server.
 */

import { HISTORY_COLUMNS } from "../shell/decode.js";

/** Characters of a file, entries of its log, rows of its curve, cells of its picture a side. */
const MOST_CHARACTERS = 1_000_000;
const MOST_ENTRIES = 1000;
const MOST_ROWS = 2000;
const THUMB = 32;
const MOST_NAME = 300;
const MOST_CLASSES = 10;
const TASKS = ["binary", "multiclass", "regression"];
const STATUS = ["running", "diverged", "stopped"];
const FIGURES = ["loss_train", "loss_test", "accuracy_train", "accuracy_test"];

/**
 * @typedef {object} KeptRun
 * @property {object} log what the server takes the run again from
 * @property {object} seen the name, the figures, `picture` (null without one), `curve` (rows in the order of
 *   HISTORY_COLUMNS, null for what is not finite) and `weights` (base64 of float32, "" without)
 */

/**
 * Read a file's text.
 * @param {string} text
 * @param {string} fallback the name of a run that has none
 * @returns {KeptRun|null} null where it is no run
 */
export function readRun(text, fallback) {
  if (text.length > MOST_CHARACTERS) return null;
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  return checkedRun(found, fallback);
}

/** The text of a run's file. */
export const fileOf = ({ log, seen }) => JSON.stringify({ ...log, kept: seen });

/**
 * Check what is said to be a run.
 * @param {*} found
 * @param {string} fallback the name of a run that has none
 * @returns {KeptRun|null}
 */
export function checkedRun(found, fallback) {
  if (!isObject(found) || !isObject(found.experiment) || !Array.isArray(found.did)) return null;
  if (found.did.length > MOST_ENTRIES || !isCount(found.step)) return null;
  const { kept, ...log } = found;
  return { log, seen: seenOf(isObject(kept) ? kept : {}, fallback) };
}

function seenOf(kept, fallback) {
  const task = TASKS.includes(kept.task) ? kept.task : "binary";
  const classes = isCount(kept.classes) && kept.classes <= MOST_CLASSES ? kept.classes : 2;
  return {
    name: named(kept.name) || named(fallback),
    full: named(kept.full),
    task,
    classes,
    size: THUMB,
    picture: pictureOf(kept.picture),
    epoch: isCount(kept.epoch) ? kept.epoch : null,
    step: isCount(kept.step) ? kept.step : null,
    status: STATUS.includes(kept.status) ? kept.status : "running",
    again: kept.again !== false,
    weights: isBase64(kept.weights) ? kept.weights : "",
    curve: curveOf(kept.curve),
    ...Object.fromEntries(FIGURES.map((name) => [name, Number.isFinite(kept[name]) ? kept[name] : null])),
  };
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isBase64 = (value) => typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
/** A name from anywhere, without signs that are not seen or that turn the direction of what stands around it. */
const named = (value) =>
  typeof value === "string" ? value.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "").slice(0, MOST_NAME) : "";

function pictureOf(picture) {
  if (!isObject(picture) || !isPicture(picture.map)) return null;
  return { map: picture.map, ...(isPicture(picture.confidence) && { confidence: picture.confidence }) };
}

function isPicture(cells) {
  return isBase64(cells) && cells.length % 4 === 0 && atob(cells).length === THUMB * THUMB;
}

function curveOf(curve) {
  const isRow = (row) =>
    Array.isArray(row) &&
    row.length === HISTORY_COLUMNS.length &&
    row.every((value, k) => (k < 2 ? isCount(value) : value === null || Number.isFinite(value)));
  if (!Array.isArray(curve) || curve.length > MOST_ROWS || !curve.every(isRow)) return [];
  return curve.every((row, i) => i === 0 || row[0] > curve[i - 1][0]) ? curve : [];
}
