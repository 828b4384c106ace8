/**
 * What the network view knows about a scene: columns, flat parameter indices, importance of units.
 * Everything here is computed from plain values; nothing touches the page.
 */

/** @typedef {{offset: number, size: number}} Slice */
/**
 * @typedef {object} Column  One drawn column; `layer` is 0 for the inputs, 1..L hidden, L+1 outputs.
 * @property {number} layer
 * @property {"input"|"hidden"|"output"} kind
 * @property {number} size  number of units
 * @property {number} first  index of its first unit in the `units` and `unit_stats` arrays
 * @property {number} pieces  linear pieces of one unit (maxout), else 1
 * @property {string} activation  name in the registry, "" for inputs and outputs
 * @property {string} activationLabel  what people call it
 * @property {number} dropout
 * @property {string} norm  "" when there is none
 * @property {boolean} skips  whether it adds what enters it to what it puts out
 * @property {number} dropRate  the chance that a step leaves out its block (stochastic depth)
 * @property {{offset: number, rows: number, cols: number}|null} weight
 * @property {Slice|null} bias
 * @property {Slice|null} gamma
 * @property {Slice|null} beta
 * @property {Slice|null} slope
 */

/** Columns of the network a scene describes. @returns {Column[]} */
export function columnsOf(scene) {
  /** @type {Column[]} */
  const columns = [
    {
      layer: 0,
      kind: "input",
      size: scene.inputs.length,
      first: 0,
      pieces: 1,
      activation: "",
      activationLabel: "",
      dropout: 0,
      norm: "",
      skips: false,
      dropRate: 0,
      weight: null,
      bias: null,
      gamma: null,
      beta: null,
      slope: null,
    },
  ];
  let first = scene.inputs.length;
  scene.layers.forEach((layer, index) => {
    columns.push({
      layer: index + 1,
      kind: index === scene.layers.length - 1 ? "output" : "hidden",
      size: layer.units,
      first,
      pieces: layer.pieces || 1,
      activation: nameOf(layer.activation),
      activationLabel: layer.activation_label || nameOf(layer.activation),
      dropout: layer.dropout || 0,
      norm: nameOf(layer.norm),
      skips: Boolean(layer.skips),
      dropRate: layer.drop_rate || 0,
      weight: layer.weight,
      bias: layer.bias || null,
      gamma: layer.gamma || null,
      beta: layer.beta || null,
      slope: layer.slope || null,
    });
    first += layer.units;
  });
  return columns;
}

function nameOf(technique) {
  if (!technique || technique === "none") return "";
  const name = typeof technique === "string" ? technique : technique.name;
  return name === "none" ? "" : name;
}

/** Flat index of the weight from unit `source` to piece `piece` of unit `unit`. */
export function weightIndex(column, unit, source, piece = 0) {
  return column.weight.offset + (unit * column.pieces + piece) * column.weight.cols + source;
}

/** Flat index of the bias of one piece of a unit. */
export function biasIndex(column, unit, piece = 0) {
  return column.bias.offset + unit * column.pieces + piece;
}

/** Index of the weight to show for a link: the piece with the largest |w|. */
export function strongestIndex(column, unit, source, parameters) {
  let best = weightIndex(column, unit, source);
  if (column.pieces === 1) return best;
  for (let piece = 1; piece < column.pieces; piece += 1) {
    const index = weightIndex(column, unit, source, piece);
    if (Math.abs(parameters[index]) > Math.abs(parameters[best])) best = index;
  }
  return best;
}

const DEAD_SHARE = 0.3; // a dead unit passes nothing on, whatever its weights are

/**
 * Norm of the outgoing weights of every unit of `column`, given the column after it.
 * @param {Float32Array|null} [stats] the frame's `unit_stats`: dead units then count for less
 */
export function importance(column, next, parameters, stats = null) {
  const norms = new Float64Array(column.size);
  const { offset, rows, cols } = next.weight;
  for (let row = 0; row < rows; row += 1) {
    for (let source = 0; source < cols; source += 1) {
      const weight = parameters[offset + row * cols + source];
      norms[source] += weight * weight;
    }
  }
  return norms.map((sum, unit) => {
    const dead = stats && stats[(column.first + unit) * 4 + 3] === 1;
    return Math.sqrt(sum) * (dead ? DEAD_SHARE : 1);
  });
}

/**
 * Units of a column to draw, in ascending order: the most important ones, changed only when a hidden
 * unit is clearly more important than a drawn one, so that the picture stays still.
 * @param {Float64Array} norms importance of every unit
 * @param {number[]} previous the units drawn until now (may be empty)
 * @param {number} limit how many may be drawn
 * @param {number[]} wanted units that must be drawn (the pinned one)
 */
export function chooseUnits(norms, previous, limit, wanted = []) {
  const size = norms.length;
  if (size <= limit) return Array.from(norms, (_, unit) => unit);
  const drawn = previous.filter((unit) => unit < size).slice(0, limit);
  const hidden = Array.from(norms, (_, unit) => unit).filter((unit) => !drawn.includes(unit));
  hidden.sort((a, b) => norms[b] - norms[a]);
  while (drawn.length < limit) drawn.push(hidden.shift());
  drawn.sort((a, b) => norms[a] - norms[b]);
  for (let place = 0; place < drawn.length && hidden.length; place += 1) {
    if (norms[hidden[0]] <= 1.3 * norms[drawn[place]] || wanted.includes(drawn[place])) continue;
    drawn[place] = hidden.shift();
  }
  for (const unit of wanted) {
    if (unit >= size || drawn.includes(unit)) continue;
    const place = drawn.findIndex((other) => !wanted.includes(other));
    if (place >= 0) drawn[place] = unit;
  }
  return drawn.sort((a, b) => a - b);
}

/**
 * The inputs that span the map, of more than two: they are drawn even where the rest is folded.
 * @param {object} scene
 * @returns {number[]}
 */
export function shownInputs({ columns = [], plane }) {
  if (columns.length < 3 || plane?.kind !== "columns") return [];
  return [plane.across.indexOf(1), plane.down.indexOf(1)];
}

/**
 * Sources whose link into `unit` is drawn: all of them in a small pair of columns, else the strongest.
 * @param {number[]} sources drawn units of the column before
 * @param {number} limit links to keep
 */
export function chooseSources(column, unit, sources, parameters, limit) {
  if (!parameters || sources.length <= limit) return sources;
  const weight = (source) => Math.abs(parameters[strongestIndex(column, unit, source, parameters)]);
  return [...sources].sort((a, b) => weight(b) - weight(a)).slice(0, limit);
}

/**
 * Every parameter that belongs to one unit, for the editor and the tooltip.
 * @returns {{role: "bias"|"weight"|"gamma"|"beta"|"slope", source: number, piece: number, index: number}[]}
 */
export function parametersOf(column, unit) {
  /** @type {{role: "bias"|"weight"|"gamma"|"beta"|"slope", source: number, piece: number, index: number}[]} */
  const found = [];
  if (!column.weight) return found;
  for (let piece = 0; column.bias && piece < column.pieces; piece += 1) {
    found.push({ role: "bias", source: -1, piece, index: biasIndex(column, unit, piece) });
  }
  for (let source = 0; source < column.weight.cols; source += 1) {
    for (let piece = 0; piece < column.pieces; piece += 1) {
      found.push({ role: "weight", source, piece, index: weightIndex(column, unit, source, piece) });
    }
  }
  for (const role of /** @type {const} */ (["gamma", "beta", "slope"])) {
    const slice = column[role];
    if (!slice) continue;
    const pieces = slice.size === column.size * column.pieces ? column.pieces : 1;
    if (slice.size === 1) found.push({ role, source: -1, piece: 0, index: slice.offset });
    else
      for (let piece = 0; piece < pieces; piece += 1) {
        found.push({ role, source: -1, piece, index: slice.offset + unit * pieces + piece });
      }
  }
  return found;
}

/** The typed array `name` of the newest frame, or null; `length` guards against another network's. */
export function arrayOf(frame, name, length = -1) {
  const found = frame && frame.arrays ? frame.arrays[name] : null;
  if (!found) return null;
  const values = ArrayBuffer.isView(found) ? found : found.data || found.values || null;
  return values && (length < 0 || values.length === length) ? values : null;
}
