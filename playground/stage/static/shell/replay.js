/**
 * A server that was started anew has forgotten the run: it is trained again up to where the page had seen it, with what
 * was done to it on the way.
 */

/**
 * How far a run is, from a frame: the log of a run is only sent when something is done to it.
 * @param {{revision: number, log: object|null}|null} told the newest log of the run
 * @param {{revision: number, step: number}} frame
 */
export function noteStep(told, frame) {
  if (told?.log && frame.revision >= told.revision) told.log.step = Math.max(told.log.step, frame.step);
}

/**
 * What is to be trained again when another session comes in the place of the one that was shown.
 * @param {object|null} scene the newest one of the session that is gone
 * @param {{epoch: number}|null} frame the newest one
 * @param {{log: object|null}|null} told the newest log of the run
 * @returns {{what: string, settings: string|null, epoch: number, log: object|null}|null} null where nothing was trained; its `log` is null
 *   where the run cannot be repeated
 */
export function toReplay(scene, frame, told) {
  if (!scene || !told || !frame || frame.epoch === 0) return null;
  const log = told.log && structuredClone(told.log);
  return { what: whatIsTrained(scene), settings: scene.painted ? settingsOf(scene) : null, epoch: frame.epoch, log };
}

/**
 * Whether a new session's scene shows the same experiment, or what its address holds of one on painted points.
 * @param {{what: string, settings: string|null}} gone
 * @param {object} scene
 */
export function isTheSame(gone, scene) {
  return gone.what === whatIsTrained(scene) || (!scene.painted && gone.settings === settingsOf(scene));
}

function whatIsTrained({ experiment, points }) {
  return JSON.stringify([experiment, points?.x1, points?.x2, points?.y]);
}

/** What an address keeps where it cannot hold the points. */
function settingsOf({ experiment: { dataset: _data, n_samples: _n, loss: _loss, ...settings } }) {
  return JSON.stringify(settings);
}
