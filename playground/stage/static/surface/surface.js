/** The surface under the race: bands of height with contour lines, painted once for each size and theme. */

/** Bands between the lowest and the highest point. */
const BANDS = 18;
const LIGHT = { low: [252, 252, 250], high: [190, 199, 209], line: [150, 160, 172] };
const DARK = { low: [24, 28, 34], high: [66, 76, 90], line: [98, 110, 126] };

/**
 * @param {string} text base64
 * @returns {Uint8Array}
 */
export function bytes(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/**
 * The heights between the grid's points, for every pixel.
 * @param {{levels: Uint8Array, columns: number, rows: number}} grid the first row lies at the lowest y
 * @param {number} width
 * @param {number} height in pixels; the first line of the result is the highest y
 * @returns {Float32Array} from 0 to 255
 */
export function enlarged({ levels, columns, rows }, width, height) {
  const values = new Float32Array(width * height);
  for (let py = 0; py < height; py++) {
    const v = (1 - (py + 0.5) / height) * (rows - 1);
    const j = Math.min(rows - 2, Math.floor(v));
    const fv = v - j;
    for (let px = 0; px < width; px++) {
      const u = ((px + 0.5) / width) * (columns - 1);
      const i = Math.min(columns - 2, Math.floor(u));
      const fu = u - i;
      const k = j * columns + i;
      const low = levels[k] + fu * (levels[k + 1] - levels[k]);
      const high = levels[k + columns] + fu * (levels[k + columns + 1] - levels[k + columns]);
      values[py * width + px] = low + fv * (high - low);
    }
  }
  return values;
}

/**
 * @param {{levels: Uint8Array, columns: number, rows: number}} grid
 * @param {number} width
 * @param {number} height in pixels
 * @param {boolean} dark
 * @returns {HTMLCanvasElement}
 */
export function paintSurface(grid, width, height, dark) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const colours = dark ? DARK : LIGHT;
  const values = enlarged(grid, width, height);
  const band = (k) => Math.min(BANDS - 1, Math.floor((values[k] / 256) * BANDS));
  for (let py = 0; py < height; py++) {
    for (let px = 0; px < width; px++) {
      const k = py * width + px;
      const here = band(k);
      const edge = (px + 1 < width && band(k + 1) !== here) || (py + 1 < height && band(k + width) !== here);
      const share = here / (BANDS - 1);
      for (let c = 0; c < 3; c++) {
        image.data[4 * k + c] = edge ? colours.line[c] : colours.low[c] + share * (colours.high[c] - colours.low[c]);
      }
      image.data[4 * k + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
