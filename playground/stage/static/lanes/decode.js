/**
 * Binary frames of a race: `u32 lanes, u32 0`, then for each lane `u32 length, u32 lane` and an ordinary frame of
 * `length` bytes. All lanes of a frame belong to the same moment.
 */

import { decodeFrame, mergeHistory } from "../shell/decode.js";
import { takeFrame } from "../shell/store.js";

const HEAD = 8;

/**
 * Read one race frame.
 * @param {ArrayBuffer} buffer
 * @returns {{lane: number, header: Object<string, *>, arrays: Object<string, import("../shell/decode.js").Shaped>}[]}
 * @throws {RangeError} when the buffer is shorter than it says
 */
export function decodeRaceFrame(buffer) {
  if (buffer.byteLength < HEAD) throw new RangeError("race frame: shorter than its head");
  const view = new DataView(buffer);
  const parts = [];
  let at = HEAD;
  for (let k = view.getUint32(0, true); k > 0; k -= 1) {
    if (at + HEAD > buffer.byteLength) throw new RangeError("race frame: a lane is missing");
    const end = at + HEAD + view.getUint32(at, true);
    const lane = view.getUint32(at + 4, true);
    if (end > buffer.byteLength) throw new RangeError(`race frame: lane ${lane} exceeds the frame`);
    parts.push({ lane, ...decodeFrame(buffer.slice(at + HEAD, end)) });
    at = end;
  }
  return parts;
}

/**
 * Take a lane's part of a race frame into its store; the band of the repeats goes along with the history.
 * @param {import("../shell/store.js").Store} store
 * @param {import("../shell/decode.js").DecodedFrame} part
 * @returns {string[]} the names of the arrays that are new
 */
export function takeLaneFrame(store, { header, arrays: { band, ...arrays } }) {
  if (band && header.history) store.band = mergeHistory(store.band ?? [], band, header.history);
  else if (arrays.history) store.band = [];
  return takeFrame(store, { header, arrays });
}

/**
 * What the race's own toolbar and status line show of a frame.
 * @param {object[]} headers of all lanes
 * @returns {object} fields of an ordinary header
 */
export function raceHeader(headers) {
  const statuses = new Set(headers.map(({ status }) => status));
  const status = ["failed", "playing", "paused", "stopped", "diverged"].find((name) => statuses.has(name)) ?? "paused";
  const [first] = headers;
  return {
    frame: first.frame,
    revision: first.revision,
    status,
    reason: "",
    step: first.race_step,
    epoch: first.race_epoch,
    steps_per_second: first.steps_per_second,
    engine: first.engine,
    device: first.device,
  };
}
