/** The stages of one training step, and the trace of it as the walk needs it. */

/**
 * @typedef {object} Stage
 * @property {"forward"|"loss"|"backward"|"update"} phase
 * @property {string} kind  which caption and which numbers: input, layer, score, loss, gradient, change, done
 * @property {number} layer  the column it is about; -1 for all
 */

export const PHASES = ["forward", "loss", "backward", "update"];

/**
 * The walk through a network of `columns` columns: forward layer by layer, loss, back, update.
 * @returns {Stage[]}
 */
export function stagesOf(columns) {
  const last = columns.length - 1;
  /** @type {Stage[]} */
  const stages = [{ phase: "forward", kind: "input", layer: 0 }];
  for (let layer = 1; layer < last; layer += 1) stages.push({ phase: "forward", kind: "layer", layer });
  stages.push({ phase: "forward", kind: "score", layer: last });
  stages.push({ phase: "loss", kind: "loss", layer: last });
  for (let layer = last; layer >= 1; layer -= 1) stages.push({ phase: "backward", kind: "gradient", layer });
  stages.push({ phase: "update", kind: "change", layer: -1 }, { phase: "update", kind: "done", layer: -1 });
  return stages;
}

/**
 * The trace of a reply, completed; null when it does not fit the network on show.
 * @param {object} reply what `send("trace")` resolved with
 * @param {import("../network/model.js").Column[]} columns
 * @param {number} nParameters
 */
export function readTrace(reply, columns, nParameters) {
  const trace = reply && (reply.trace || (reply.batch ? reply : null));
  if (!trace || !trace.before || trace.before.length !== nParameters) return null;
  if (trace.layers.length < columns.length - 2) return null;
  const after = trace.after || trace.before.map((value, index) => value + trace.updates[index]);
  const used = Array.from(trace.before); // the weights that took part: DropConnect leaves some out
  trace.layers.forEach(({ weights_kept: kept }, place) => {
    const { offset } = columns[place + 1].weight;
    if (kept)
      kept.forEach((factor, index) => {
        used[offset + index] *= factor;
      });
  });
  return {
    ...trace,
    used,
    layers: trace.layers.slice(0, columns.length - 2),
    after,
    size: trace.batch.size || trace.batch.rows.length,
    shown: trace.batch.x.length,
    norms: trace.norms || [],
  };
}

/** Largest |value| of a column's weights and biases, for the scale of its links. */
export function largest(column, values) {
  let most = 0;
  for (const slice of [column.weight, column.bias]) {
    if (!slice) continue;
    const size = slice.rows ? slice.rows * slice.cols : slice.size;
    for (let index = slice.offset; index < slice.offset + size; index += 1)
      most = Math.max(most, Math.abs(values[index]));
  }
  return most;
}

/** The link into `layer` (any layer when -1) whose value is largest, among the links on show. */
export function strongestLink(links, layer, valueOf) {
  let best = null;
  let most = -1;
  for (const link of links) {
    if (layer >= 0 && link.layer !== layer) continue;
    const size = Math.abs(valueOf(link));
    if (size > most) [most, best] = [size, link];
  }
  return best ? { kind: "link", layer: best.layer, unit: best.unit, source: best.source } : null;
}
