/** A small convolutional network on one picture, and the picture brought to the size and place that it learned from. */

/** Height and width of the picture; the longer side of a centred drawing; which pixels belong to it. */
export const SIZE = 28;
const INK = 20;
const SEEN = 0.2;

/**
 * @typedef {object} Maps
 * @property {number} channels
 * @property {number} height
 * @property {number} width
 * @property {Float32Array} values channel by channel, row by row
 */

/**
 * The drawing with its longer side 20 pixels, in the middle; an empty one stays as it is.
 * @param {Float32Array} picture 28 × 28
 * @returns {Float32Array}
 */
export function centred(picture) {
  const most = picture.reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return picture;
  let [top, bottom, left, right] = [SIZE, 0, SIZE, 0];
  picture.forEach((value, place) => {
    if (value <= SEEN * most) return;
    const [row, column] = [Math.floor(place / SIZE), place % SIZE];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
  });
  const share = Math.max(bottom - top, right - left) / INK;
  const at = (row, column) =>
    row < 0 || column < 0 || row >= SIZE || column >= SIZE ? 0 : picture[row * SIZE + column];
  const out = new Float32Array(SIZE * SIZE);
  for (let i = 0; i < SIZE; i++) {
    const y = (i + 0.5 - SIZE / 2) * share - 0.5 + (top + bottom) / 2;
    const [row, down] = [Math.floor(y), y - Math.floor(y)];
    for (let j = 0; j < SIZE; j++) {
      const x = (j + 0.5 - SIZE / 2) * share - 0.5 + (left + right) / 2;
      const [column, along] = [Math.floor(x), x - Math.floor(x)];
      const upper = (1 - along) * at(row, column) + along * at(row, column + 1);
      const lower = (1 - along) * at(row + 1, column) + along * at(row + 1, column + 1);
      out[i * SIZE + j] = (1 - down) * upper + down * lower;
    }
  }
  return out;
}

/**
 * @param {Maps} input
 * @param {{out: number, kernel: number, weight: Float32Array, bias: Float32Array}} layer with zeros around the maps
 * @returns {Maps} of the same height and width, negative numbers set to 0
 */
function convolved({ channels, height, width, values }, { out, kernel, weight, bias }) {
  const half = (kernel - 1) / 2;
  const size = height * width;
  const result = new Float32Array(out * size);
  for (let o = 0; o < out; o++) {
    result.fill(bias[o], o * size, (o + 1) * size);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < kernel; i++) {
        for (let j = 0; j < kernel; j++) {
          const w = weight[((o * channels + c) * kernel + i) * kernel + j];
          const [down, along] = [i - half, j - half];
          const [first, last] = [Math.max(0, -along), Math.min(width, width - along)];
          for (let row = Math.max(0, -down); row < Math.min(height, height - down); row++) {
            const [to, from] = [o * size + row * width, c * size + (row + down) * width + along];
            for (let column = first; column < last; column++) result[to + column] += w * values[from + column];
          }
        }
      }
    }
  }
  return { channels: out, height, width, values: result.map((v) => Math.max(0, v)) };
}

/**
 * @param {Maps} input
 * @param {boolean} average of each square of four, or their largest
 * @returns {Maps} half as high and wide
 */
function pooled({ channels, height, width, values }, average) {
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const result = new Float32Array(channels * rows * columns);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const k = (c * height + 2 * i) * width + 2 * j;
        const four = [values[k], values[k + 1], values[k + width], values[k + width + 1]];
        result[(c * rows + i) * columns + j] = average
          ? (four[0] + four[1] + four[2] + four[3]) / 4
          : Math.max(...four);
      }
    }
  }
  return { channels, height: rows, width: columns, values: result };
}

/**
 * What leaves each block, and the score of each class.
 * @param {{blocks: object[], weight: Float32Array, bias: Float32Array, average: boolean}} network blocks of
 *   convolution, ReLU and pooling, then one linear layer
 * @param {Float32Array} picture 28 × 28
 * @returns {{maps: Maps[], scores: number[]}}
 */
export function forward(network, picture) {
  let h = { channels: 1, height: SIZE, width: SIZE, values: picture };
  const maps = network.blocks.map((block) => (h = pooled(convolved(h, block), network.average)));
  const n = h.values.length;
  const scores = Array.from(network.bias, (b, k) => {
    let sum = b;
    for (let i = 0; i < n; i++) sum += network.weight[k * n + i] * h.values[i];
    return sum;
  });
  return { maps, scores };
}

/**
 * @param {number[]} scores
 * @returns {number[]} shares that add up to 1
 */
export function softmax(scores) {
  const most = Math.max(...scores);
  const grown = scores.map((s) => Math.exp(s - most));
  const sum = grown.reduce((a, b) => a + b, 0);
  return grown.map((v) => v / sum);
}
