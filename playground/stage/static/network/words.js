/** Names and sentences about the network's parts, from the text catalog. */

import { significant } from "../shell/numbers.js";
import { arrayOf, biasIndex, parametersOf, strongestIndex, weightIndex } from "./model.js";

/** "Hidden layer 2", "Inputs", "Output". */
export function layerName(store, column) {
  if (column.kind === "input") return store.t("network.layer.inputs");
  if (column.kind === "output") return store.t("network.layer.output");
  return store.t("network.layer.hidden", { layer: column.layer });
}

/** What else than its activation a layer does, in short. */
export function notesOf(store, column) {
  const notes = column.norm ? [store.t(`network.header.${column.norm}`)] : [];
  if (column.dropout) notes.push(store.t("network.header.dropout", { rate: Math.round(column.dropout * 100) }));
  if (column.pieces > 1) notes.push(store.t("network.header.pieces", { count: column.pieces }));
  return notes;
}

/** "Hidden layer 2, unit 3", "Input x1", "Output setosa". */
export function unitName(view, layer, unit) {
  const { store, scene, columns } = view;
  const column = columns[layer];
  if (column.kind === "input") return store.t("network.unit.input", { name: scene.inputs[unit] });
  if (column.kind === "hidden") return store.t("network.unit.hidden", { layer, unit: unit + 1 });
  const name = scene.task === "multiclass" ? scene.class_names[unit] : "";
  return name ? store.t("network.unit.output", { name }) : store.t("network.unit.only_output");
}

/** Short name of a unit as a symbol in a formula: the input's label, h2.3, s. */
export function unitSymbol(view, layer, unit) {
  const column = view.columns[layer];
  if (column.kind === "input") return view.scene.inputs[unit];
  if (column.kind === "output") return column.size > 1 ? `s${subscript(unit + 1)}` : "s";
  return view.columns.length > 3 ? `h${superscript(layer)}${subscript(unit + 1)}` : `h${subscript(unit + 1)}`;
}

const digits = (text, table) =>
  String(text)
    .split("")
    .map((digit) => table[Number(digit)] || digit)
    .join("");
const subscript = (value) => digits(value, "₀₁₂₃₄₅₆₇₈₉");

/** A raised index in parentheses: the layer of a unit, the piece of a sum. */
export const superscript = (value) => `⁽${digits(value, "⁰¹²³⁴⁵⁶⁷⁸⁹")}⁾`;

/** State of a unit: "alive", "dead", "saturated", "dropped" or, with its whole block, "left_out". */
export function unitState(view, layer, unit) {
  const column = view.columns[layer];
  const loss = view.dropped && column.kind === "hidden" ? view.dropped[column.first - view.columns[0].size + unit] : 0;
  if (loss) return loss === 1 ? "dropped" : "left_out";
  const state = view.stats ? view.stats[(column.first + unit) * 4 + 3] : 0;
  return ["alive", "dead", "saturated"][state] || "alive";
}

/** The sentence that assistive technology reads for a unit. */
export function unitLabel(view, layer, unit) {
  const { store, columns, stats } = view;
  const column = columns[layer];
  const parts = [unitName(view, layer, unit)];
  if (stats && layer > 0) {
    parts.push(
      store.t(column.kind === "output" ? "network.unit.score_mean" : "network.unit.mean", {
        value: significant(stats[(column.first + unit) * 4]),
      }),
    );
  }
  const parameters = arrayOf(store.frame, "parameters", view.scene.n_parameters);
  if (parameters && column.bias) {
    parts.push(store.t("network.unit.bias", { value: significant(parameters[biasIndex(column, unit)]) }));
  }
  const state = unitState(view, layer, unit);
  if (state !== "alive") parts.push(store.t(`network.state.${state}`));
  if (view.pinned?.layer === layer && view.pinned.unit === unit) {
    parts.push(store.t("network.state.pinned"));
  }
  return parts.join(", ");
}

/** Name of one parameter of a unit, as the editor's list shows it. */
export function parameterName(view, layer, unit, parameter) {
  const { store, columns, scene } = view;
  const column = columns[layer];
  const piece =
    column.pieces > 1 && (parameter.role === "weight" || parameter.role === "bias")
      ? store.t("network.parameter.piece", { piece: parameter.piece + 1 })
      : "";
  const base =
    parameter.role === "weight"
      ? store.t("network.parameter.weight", { source: sourceName(view, layer, parameter.source) })
      : store.t(`network.parameter.${parameter.role}`);
  return scene && piece ? `${base} ${piece}` : base;
}

/** Short name of the source of a link into `layer`. */
export function sourceName(view, layer, source) {
  if (layer === 1) return view.scene.inputs[source];
  return view.store.t("network.unit.short", { layer: layer - 1, unit: source + 1 });
}

/**
 * Lines of a tooltip: the first is the heading.
 * @param {{kind: string, layer: number, unit: number, source?: number}} target
 * @returns {string[]}
 */
export function tooltipLines(view, target) {
  const { store, columns } = view;
  if (target.kind === "layer") return layerLines(view, columns[target.layer]);
  const column = columns[target.layer];
  const values = arrayOf(store.frame, "parameters", view.scene.n_parameters);
  if (target.kind === "link") {
    const lines = [
      store.t("network.tooltip.link", {
        source: sourceName(view, target.layer, target.source),
        unit: unitName(view, target.layer, target.unit),
      }),
    ];
    if (!values) return lines;
    const shown = strongestIndex(column, target.unit, target.source, values);
    for (let piece = 0; piece < column.pieces; piece += 1) {
      const index = weightIndex(column, target.unit, target.source, piece);
      const prefix = column.pieces > 1 ? `${store.t("network.parameter.piece", { piece: piece + 1 })} ` : "";
      const mark = column.pieces > 1 && index === shown ? ` ${store.t("network.tooltip.drawn")}` : "";
      lines.push(`${prefix}${store.t("network.tooltip.weight", { value: significant(values[index], 4) })}${mark}`);
    }
    return [...lines, hint(view)];
  }
  const lines = [unitName(view, target.layer, target.unit)];
  if (view.stats && target.layer > 0) {
    const [mean, low, high] = view.stats.subarray((column.first + target.unit) * 4);
    lines.push(
      store.t("network.tooltip.range", {
        mean: significant(mean),
        low: significant(low),
        high: significant(high),
      }),
    );
  }
  if (values) {
    for (const parameter of parametersOf(column, target.unit)) {
      if (parameter.role === "weight") continue;
      lines.push(
        `${parameterName(view, target.layer, target.unit, parameter)}: ${significant(values[parameter.index], 4)}`,
      );
    }
  }
  const state = unitState(view, target.layer, target.unit);
  if (state !== "alive") lines.push(store.t(`network.tooltip.${state}`));
  if (target.kind === "bias") lines.push(hint(view));
  else lines.push(store.t(isPinned(view, target) ? "network.tooltip.unpin" : "network.tooltip.pin"));
  return lines;
}

function isPinned(view, target) {
  return view.pinned?.layer === target.layer && view.pinned.unit === target.unit;
}

function hint(view) {
  return view.store.t(view.slow ? "network.tooltip.explain" : "network.tooltip.edit");
}

function layerLines(view, column) {
  const { store, scene } = view;
  const lines = [layerName(store, column)];
  lines.push(store.t("network.tooltip.units", { count: column.size }));
  if (column.activation) lines.push(store.t("network.tooltip.activation", { name: column.activationLabel }));
  if (column.pieces > 1) lines.push(store.t("network.tooltip.pieces", { count: column.pieces }));
  if (column.norm) lines.push(store.t(`network.tooltip.${column.norm}`));
  if (column.dropout) lines.push(store.t("network.tooltip.dropout", { rate: Math.round(column.dropout * 100) }));
  if (column.skips) lines.push(store.t("network.tooltip.skip"));
  if (column.dropRate)
    lines.push(store.t("network.tooltip.stochastic_depth", { rate: Math.round(column.dropRate * 100) }));
  const values = arrayOf(store.frame, "parameters", scene.n_parameters);
  if (values && column.slope) {
    const slopes = Array.from(
      values.subarray(column.slope.offset, column.slope.offset + Math.min(4, column.slope.size)),
    );
    lines.push(store.t("network.tooltip.slope", { value: slopes.map((slope) => significant(slope)).join(", ") }));
  }
  for (const role of ["gamma", "beta"]) {
    if (!values || !column[role]) continue;
    const part = values.subarray(column[role].offset, column[role].offset + column[role].size);
    lines.push(
      store.t(`network.tooltip.${role}`, { low: significant(Math.min(...part)), high: significant(Math.max(...part)) }),
    );
  }
  if (column.weight) {
    lines.push(
      store.t("network.tooltip.parameters", {
        weights: column.weight.rows * column.weight.cols,
        biases: column.bias ? column.bias.size : 0,
      }),
    );
  }
  return lines;
}
