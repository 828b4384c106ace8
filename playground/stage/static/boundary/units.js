/** From what the network learns of a regression's target to the target's own unit. */

import { brief, whole } from "../shell/numbers.js";

/**
 * @param {object} scene
 * @param {number} value of the network
 * @returns {number} in the unit of the target
 */
export function inUnits({ target_scale: scale }, value) {
  return scale ? scale[0] + scale[1] * value : value;
}

/**
 * @param {number} value
 * @returns {string} from a thousand on as a whole number, as prices are
 */
export const amount = (value) => (Math.abs(value) >= 1000 && Math.abs(value) < 1e9 ? whole(value) : brief(value));
