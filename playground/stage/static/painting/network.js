/**
 * The forward pass of a network in evaluation, from the weights of a frame.
 *
 * Places are worked on in blocks of `BLOCK`; within a block numbers lie unit by unit, so that the inner loops run over
 * places. Nothing is allocated in a pass.
 */

/** Places that are computed together; a multiple of 4. */
export const BLOCK = 256;

/**
 * @typedef {object} Places what a network is shown
 * @property {number} count how many
 * @property {Float32Array} blocks the inputs, block by block, input by input
 */

/**
 * @typedef {object} Network
 * @property {number[]} sizes units of every layer, the inputs first and the scores last
 * @property {number} work multiplications for one place, about
 * @property {(parameters: Float32Array, buffers: Float32Array) => boolean} fits whether these are all its numbers
 * @property {Float32Array[]} values of every layer after the inputs, as the last block has them, unit by unit
 * @property {(parameters: Float32Array, buffers: Float32Array, places: Places, block: number, most?: number) => void}
 *   pass computes one block up to layer `most`
 */

/**
 * Places in blocks.
 * @param {number} count
 * @param {number} size numbers of each place
 * @param {(place: number, into: Float64Array) => void} fill gives the numbers of a place
 * @returns {Places}
 */
export function inBlocks(count, size, fill) {
  const blocks = new Float32Array(Math.ceil(count / BLOCK) * BLOCK * size);
  const one = new Float64Array(size);
  for (let place = 0; place < count; place += 1) {
    fill(place, one);
    const at = Math.floor(place / BLOCK) * BLOCK * size + (place % BLOCK);
    for (let i = 0; i < size; i += 1) blocks[at + i * BLOCK] = one[i];
  }
  return { count, blocks };
}

/** Whether a page has every form that a scene's network takes; a newer server may have more. */
function hasAll(forms, { task, features, activations, normalization, skip, loss }) {
  const probabilities = { binary: forms.probabilities, multiclass: forms.parts }[task];
  return (
    (features ?? []).every((name) => forms.features[name]) &&
    activations.every(({ name }) => forms.activations[name]) &&
    Boolean(forms.normalizations[normalization.name] && forms.skips[skip.name]) &&
    Boolean(!probabilities || probabilities[loss.name])
  );
}

/**
 * The network of a scene.
 * @param {import("./forms.js").Forms} forms
 * @param {object} scene with `painting` and `layers`
 * @returns {Network | null} null when a form is missing
 */
export function createNetwork(forms, scene) {
  const { painting, layers } = scene;
  if (!painting || !hasAll(forms, painting)) return null;
  const norm = forms.normalizations[painting.normalization.name];
  const normalize = norm.make(painting.normalization.params);
  const skip = forms.skips[painting.skip.name](painting.skip.params);
  const activate = painting.activations.map(({ name, params }) => forms.activations[name](params));
  const sizes = [painting.offset.length, ...layers.map((layer) => layer.units)];
  const values = layers.map((layer) => new Float32Array(layer.units * BLOCK));
  const widest = Math.max(...layers.map((layer) => layer.units * layer.pieces));
  const sums = new Float32Array(widest * BLOCK);
  const means = new Float64Array(BLOCK);
  const variances = new Float64Array(BLOCK);
  const end = (place) => (place ? place.offset + place.size : 0);
  const statistics = Math.max(0, ...layers.map((layer) => end(layer.running_var)));

  function hidden(l, parameters, buffers, inputs, at) {
    const layer = layers[l];
    const width = layer.units * layer.pieces;
    linear(parameters, layer, inputs, at, sums);
    if (painting.normalization.name !== "none") {
      if (!norm.running) moments(sums, width, means, variances);
      for (let u = 0; u < width; u += 1) {
        const gamma = layer.gamma ? parameters[layer.gamma.offset + u] : 1;
        const beta = layer.beta ? parameters[layer.beta.offset + u] : 0;
        const mean = norm.running ? buffers[layer.running_mean.offset + u] : means;
        const variance = norm.running ? buffers[layer.running_var.offset + u] : variances;
        normalize(sums, u * BLOCK, BLOCK, gamma, beta, mean, variance);
      }
    }
    const learned = layer.slope ? parameters[layer.slope.offset] : 0;
    if (layer.pieces === 1) {
      activate[l](sums, 0, values[l], 0, width * BLOCK, learned);
    } else {
      for (let u = 0; u < layer.units; u += 1) {
        const first = u * layer.pieces * BLOCK;
        for (let c = 0; c < BLOCK; c += 1) values[l][u * BLOCK + c] = sums[first + c];
        for (let k = 1; k < layer.pieces; k += 1) {
          activate[l](sums, first + k * BLOCK, values[l], u * BLOCK, BLOCK, learned);
        }
      }
    }
    if (painting.skips[l]) skip(inputs, at, values[l], 0, width * BLOCK, painting.kept[l]);
  }

  return {
    sizes,
    values,
    work: layers.reduce((sum, layer) => sum + layer.weight.size + 10 * layer.units * layer.pieces, 0),
    fits: (parameters, buffers) => parameters?.length === scene.n_parameters && (buffers?.length ?? 0) >= statistics,
    pass(parameters, buffers, places, block, most = layers.length) {
      const last = layers.length - 1;
      for (let l = 0; l < most; l += 1) {
        const inputs = l ? values[l - 1] : places.blocks;
        const at = l ? 0 : block * sizes[0] * BLOCK;
        if (l < last) hidden(l, parameters, buffers, inputs, at);
        else linear(parameters, layers[l], inputs, at, values[l]);
      }
    },
  };
}

/** The linear map of a layer; two units and four places at a time, so that sums stay in registers. */
function linear(parameters, layer, inputs, at, into) {
  const { rows, cols, offset } = layer.weight;
  const bias = layer.bias.offset;
  for (let u = 0; u < rows; u += 2) {
    const pair = u + 1 < rows;
    const first = offset + u * cols;
    const second = pair ? first + cols : first;
    const bias0 = parameters[bias + u];
    const bias1 = parameters[bias + (pair ? u + 1 : u)];
    for (let c = 0; c < BLOCK; c += 4) {
      let a0 = bias0;
      let a1 = bias0;
      let a2 = bias0;
      let a3 = bias0;
      let b0 = bias1;
      let b1 = bias1;
      let b2 = bias1;
      let b3 = bias1;
      for (let i = 0, p = at + c; i < cols; i += 1, p += BLOCK) {
        const w = parameters[first + i];
        const v = parameters[second + i];
        const x0 = inputs[p];
        const x1 = inputs[p + 1];
        const x2 = inputs[p + 2];
        const x3 = inputs[p + 3];
        a0 += w * x0;
        a1 += w * x1;
        a2 += w * x2;
        a3 += w * x3;
        b0 += v * x0;
        b1 += v * x1;
        b2 += v * x2;
        b3 += v * x3;
      }
      const to = u * BLOCK + c;
      into[to] = a0;
      into[to + 1] = a1;
      into[to + 2] = a2;
      into[to + 3] = a3;
      if (!pair) continue;
      into[to + BLOCK] = b0;
      into[to + BLOCK + 1] = b1;
      into[to + BLOCK + 2] = b2;
      into[to + BLOCK + 3] = b3;
    }
  }
}

/** Mean and variance of each place's sums in a layer. */
function moments(sums, width, means, variances) {
  for (let c = 0; c < BLOCK; c += 1) {
    let mean = 0;
    for (let u = 0, p = c; u < width; u += 1, p += BLOCK) mean += sums[p];
    mean /= width;
    let variance = 0;
    for (let u = 0, p = c; u < width; u += 1, p += BLOCK) variance += (sums[p] - mean) ** 2;
    means[c] = mean;
    variances[c] = variance / width;
  }
}
