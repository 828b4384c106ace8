/** A server that was started anew has forgotten the run: it is trained again, up to where the page had seen it. */

/**
 * What is to be trained again when another session comes in the place of the one that was shown.
 * @param {object|null} scene the newest one of the session that is gone
 * @param {object|null} frame the newest one
 * @returns {{what: string, epoch: number}|null} null where nothing was trained, or the run cannot be repeated
 */
export function toReplay(scene, frame) {
  return scene && frame?.repeatable && frame.epoch > 0 ? { what: whatIsTrained(scene), epoch: frame.epoch } : null;
}

/**
 * Whether a new session's scene shows the same experiment.
 * @param {{what: string}} gone
 * @param {object} scene
 */
export function isTheSame(gone, scene) {
  return gone.what === whatIsTrained(scene);
}

function whatIsTrained({ experiment, points }) {
  return JSON.stringify([experiment, points?.x1, points?.x2, points?.y]);
}
