/** From what the network learns of a regression's target to the target's own unit. */

/**
 * @param {object} scene
 * @param {number} value of the network
 * @returns {number} in the unit of the target
 */
export function inUnits({ target_scale: scale }, value) {
  return scale ? scale[0] + scale[1] * value : value;
}
