/** Where the maps are computed: cells over a plane through the inputs, and the points. */

import { inBlocks } from "./network.js";

/** The plane of two inputs: the place (u, v) is the input itself. */
const IDENTITY = { origin: [0, 0], across: [1, 0], down: [0, 1] };

/**
 * The centres of `width × height` cells over the scene's domain, row 0 on top, as the network is shown them.
 * @param {import("./forms.js").Forms} forms
 * @param {object} scene
 * @returns {import("./network.js").Places}
 */
export function cellPlaces(forms, scene, width, height) {
  const { painting, domain } = scene;
  const { origin, across, down } = scene.plane ?? IDENTITY;
  const features = painting.features?.map((name) => forms.features[name]);
  const [[left, right], [bottom, top]] = domain;
  const size = painting.offset.length;
  const inputs = new Float64Array(origin.length);
  const shown = features ? new Float64Array(size) : inputs; // without features the columns themselves are shown
  return inBlocks(width * height, size, (place, into) => {
    const u = left + (((place % width) + 0.5) / width) * (right - left);
    const v = top - ((Math.floor(place / width) + 0.5) / height) * (top - bottom);
    for (let i = 0; i < inputs.length; i += 1) inputs[i] = origin[i] + u * across[i] + v * down[i];
    if (features) for (let i = 0; i < size; i += 1) shown[i] = features[i](inputs[0], inputs[1]);
    prepare(shown, painting, into);
  });
}

/** F' = (F - offset) @ matrix. */
function prepare(from, { matrix, offset }, into) {
  for (let j = 0; j < into.length; j += 1) {
    let sum = 0;
    for (let i = 0; i < from.length; i += 1) sum += (from[i] - offset[i]) * matrix[i][j];
    into[j] = sum;
  }
}

/**
 * The points, of which a frame has brought the inputs.
 * @param {Float32Array & {shape: number[]}} inputs (n, d)
 * @returns {import("./network.js").Places}
 */
export function pointPlaces(inputs) {
  const [count, size] = inputs.shape;
  return inBlocks(count, size, (place, into) => {
    for (let i = 0; i < size; i += 1) into[i] = inputs[place * size + i];
  });
}
