/**
 * Contour lines of a map by marching squares (Lorensen & Cline 1987, the two-dimensional case).
 *
 * A map is a `height × width` grid of cell values, row 0 on top. Segments are returned flat,
 * `[xa, ya, xb, yb, …]`, in cells: the centre of cell (row r, column c) is (c + 0.5, r + 0.5), and the
 * plot spans 0…width and 0…height. Values are continued beyond the outermost centres, so that
 * lines reach the edge of the plot.
 */

const clamp = (value, low, high) => (value < low ? low : value > high ? high : value);

/** Coordinates of a padded grid's columns (or rows): the plot's edge, the cell centres, the other edge. */
const coordinates = (cells) => Float64Array.from({ length: cells + 2 }, (_, k) => clamp(k - 0.5, 0, cells));

/**
 * Values at the cell centres and, continued in a straight line, on the edge of the plot. One pass of the
 * binomial filter [1 2 1]/4 along both axes rounds off the steps that eight-bit values leave where the map
 * is nearly flat; it does not move a straight line.
 * @param {ArrayLike<number>} map `height * width` values
 * @param {boolean} [exact] the values have no steps to round off
 * @returns {Float32Array} `(height + 2) * (width + 2)` values
 */
export function padded(map, width, height, exact = false) {
  const wide = width + 2;
  const out = new Float32Array(wide * (height + 2));
  const rows = exact ? map : filteredRows(map, width, height);
  for (let r = 0; r < height; r++) {
    const from = r * width;
    const to = (r + 1) * wide + 1;
    const plain = exact || r === 0 || r === height - 1;
    for (let c = 0; c < width; c++) {
      const here = rows[from + c];
      out[to + c] = plain ? here : (rows[from + c - width] + 2 * here + rows[from + c + width]) / 4;
    }
    out[to - 1] = 1.5 * out[to] - 0.5 * out[to + 1];
    out[to + width] = 1.5 * out[to + width - 1] - 0.5 * out[to + width - 2];
  }
  const last = (height + 1) * wide;
  for (let c = 0; c < wide; c++) {
    out[c] = 1.5 * out[wide + c] - 0.5 * out[2 * wide + c];
    out[last + c] = 1.5 * out[last - wide + c] - 0.5 * out[last - 2 * wide + c];
  }
  return out;
}

function filteredRows(map, width, height) {
  const rows = new Float32Array(width * height);
  for (let r = 0; r < height; r++) {
    const at = r * width;
    rows[at] = map[at];
    rows[at + width - 1] = map[at + width - 1];
    for (let c = 1; c < width - 1; c++) rows[at + c] = (map[at + c - 1] + 2 * map[at + c] + map[at + c + 1]) / 4;
  }
  return rows;
}

/**
 * Segments where a padded map crosses `level`.
 * @param {Float32Array} values what `padded` made of the map
 * @returns {number[]}
 */
export function levelSegments(values, width, height, level) {
  const segments = [];
  const xs = coordinates(width);
  const ys = coordinates(height);
  const wide = width + 2;
  for (let r = 0; r <= height; r++) {
    const y0 = ys[r];
    const y1 = ys[r + 1];
    for (let c = 0; c <= width; c++) {
      const at = r * wide + c;
      const a = values[at] - level;
      const b = values[at + 1] - level;
      const d = values[at + wide] - level;
      const e = values[at + wide + 1] - level;
      const code = (a >= 0 ? 8 : 0) | (b >= 0 ? 4 : 0) | (e >= 0 ? 2 : 0) | (d >= 0 ? 1 : 0);
      if (code === 0 || code === 15) continue;
      const x0 = xs[c];
      const x1 = xs[c + 1];
      const north = () => [x0 + ((x1 - x0) * a) / (a - b), y0];
      const south = () => [x0 + ((x1 - x0) * d) / (d - e), y1];
      const west = () => [x0, y0 + ((y1 - y0) * a) / (a - d)];
      const east = () => [x1, y0 + ((y1 - y0) * b) / (b - e)];
      const line = (p, q) => segments.push(p[0], p[1], q[0], q[1]);
      switch (code) {
        case 1:
        case 14:
          line(west(), south());
          break;
        case 2:
        case 13:
          line(south(), east());
          break;
        case 3:
        case 12:
          line(west(), east());
          break;
        case 4:
        case 11:
          line(north(), east());
          break;
        case 6:
        case 9:
          line(north(), south());
          break;
        case 7:
        case 8:
          line(west(), north());
          break;
        default: {
          // A saddle (5 or 10): the mean decides which two corners are joined.
          const joined = a + b + d + e >= 0;
          if ((code === 5) === joined) {
            line(west(), north());
            line(south(), east());
          } else {
            line(west(), south());
            line(north(), east());
          }
        }
      }
    }
  }
  return segments;
}

/**
 * How far a cell is from losing to the runner-up, by its confidence byte, as far as that tells: 2p − 1 is
 * exact where two classes share the probability p; a small positive number keeps the rest on their side.
 * @param {number} n classes; byte 0 stands for p = 1/n, 255 for p = 1
 * @returns {Float32Array} 256 margins
 */
export function margins(n) {
  return Float32Array.from({ length: 256 }, (_, v) => Math.max((2 * (1 + (v / 255) * (n - 1))) / n - 1, 0.015));
}

/**
 * Borders between the winning classes of a multi-class map.
 * @param {ArrayLike<number>} classes winning class of each cell
 * @param {ArrayLike<number>} margin how far it is from losing to the runner-up
 * @returns {number[]} segments
 */
export function classBorders(classes, margin, width, height) {
  const segments = [];
  const cross = new Float64Array(8);
  for (let r = -1; r < height; r++) {
    const top = (r < 0 ? 0 : r) * width;
    const bottom = (r < height - 1 ? r + 1 : r) * width;
    const y0 = clamp(r + 0.5, 0, height);
    const y1 = clamp(r + 1.5, 0, height);
    for (let c = -1; c < width; c++) {
      const left = c < 0 ? 0 : c;
      const right = c < width - 1 ? c + 1 : c;
      const nw = top + left;
      const ne = top + right;
      const sw = bottom + left;
      const se = bottom + right;
      const kind = classes[nw];
      if (kind === classes[ne] && kind === classes[sw] && kind === classes[se]) continue;
      const x0 = clamp(c + 0.5, 0, width);
      const x1 = clamp(c + 1.5, 0, width);
      let found = 0;
      const edge = (p, q, xa, ya, xb, yb) => {
        if (classes[p] === classes[q]) return;
        const t = margin[p] / (margin[p] + margin[q] || 1);
        cross[2 * found] = xa + (xb - xa) * t;
        cross[2 * found + 1] = ya + (yb - ya) * t;
        found++;
      };
      edge(nw, ne, x0, y0, x1, y0);
      edge(ne, se, x1, y0, x1, y1);
      edge(se, sw, x1, y1, x0, y1);
      edge(sw, nw, x0, y1, x0, y0);
      if (found === 2) {
        segments.push(cross[0], cross[1], cross[2], cross[3]);
        continue;
      }
      let x = 0;
      let y = 0;
      for (let k = 0; k < found; k++) {
        x += cross[2 * k] / found;
        y += cross[2 * k + 1] / found;
      }
      for (let k = 0; k < found; k++) segments.push(cross[2 * k], cross[2 * k + 1], x, y);
    }
  }
  return segments;
}

/**
 * A path of segments scaled from cells to the plot.
 * @param {number[]} segments
 * @param {{left: number, top: number, size: number}} plot
 */
export function segmentPath(segments, width, height, plot) {
  const path = new Path2D();
  const sx = plot.size / width;
  const sy = plot.size / height;
  for (let k = 0; k < segments.length; k += 4) {
    path.moveTo(plot.left + segments[k] * sx, plot.top + segments[k + 1] * sy);
    path.lineTo(plot.left + segments[k + 2] * sx, plot.top + segments[k + 3] * sy);
  }
  return path;
}
