/** The arithmetic of one traced step, written out with its numbers. Pure: from a trace to lines of text. */

import { significant } from "../shell/numbers.js";
import { biasIndex, parametersOf, weightIndex } from "../network/model.js";
import { superscript, unitSymbol } from "../network/words.js";

const MAX_TERMS = 5; // products written out of one weighted sum

/** A number as a factor: negative ones in parentheses, whole targets without decimals. */
export function factor(value) {
  const text = Math.abs(value) === 1 ? String(value).replace("-", "−") : significant(value);
  return value < 0 ? `(${text})` : text;
}

/** Joins signed terms: "a + b − c". */
function signedSum(terms) {
  return terms
    .map(({ sign, text }, place) => {
      if (place === 0) return sign < 0 ? `−${text}` : text;
      return `${sign < 0 ? "−" : "+"} ${text}`;
    })
    .join(" ");
}

/** What a layer's units receive for one row of the batch: features, or the activations before. */
export function inputsOf(trace, layer, row) {
  return layer === 1 ? trace.batch.x[row] : trace.layers[layer - 2].h[row];
}

/** The weighted sum of one piece of a unit: its products by size and the total. */
export function weightedSum(view, trace, layer, unit, row, piece = 0) {
  const column = view.columns[layer];
  const inputs = inputsOf(trace, layer, row);
  const bias = column.bias ? trace.before[biasIndex(column, unit, piece)] : 0;
  let total = bias;
  const products = inputs.map((input, source) => {
    const weight = trace.used[weightIndex(column, unit, source, piece)];
    total += weight * input;
    return { source, weight, input, product: weight * input };
  });
  return { products, bias, total };
}

function sumText(view, layer, { products, bias, total }, name, numbers) {
  let shown = products;
  const rest = products.length - MAX_TERMS;
  if (rest > 0) {
    const strongest = [...products].sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, MAX_TERMS - 1);
    shown = products.filter((product) => strongest.includes(product));
  }
  const terms = shown.map(({ source, weight, input }) => ({
    sign: weight,
    text: numbers
      ? `${significant(Math.abs(weight))}·${factor(input)}`
      : `${significant(Math.abs(weight))}·${unitSymbol(view, layer - 1, source)}`,
  }));
  if (rest > 0) terms.push({ sign: 1, text: "…" });
  terms.push({ sign: bias, text: significant(Math.abs(bias)) });
  return `${name} = ${signedSum(terms)}${numbers ? ` = ${significant(total)}` : ""}`;
}

/** Lines for one unit in the forward pass: weighted sum, normalization, activation, dropout. */
export function forwardLines(view, trace, layer, unit, row) {
  const { store, columns } = view;
  const column = columns[layer];
  if (column.kind === "input") {
    return [`${view.scene.inputs[unit]} = ${significant(trace.batch.x[row][unit])}`];
  }
  if (column.kind === "output") {
    const sum = weightedSum(view, trace, layer, unit, row);
    const name = unitSymbol(view, layer, unit);
    return [sumText(view, layer, sum, name, false), sumText(view, layer, sum, name, true)];
  }
  const lines = [];
  const entry = trace.layers[layer - 1];
  const z = Array.from({ length: column.pieces }, (_, piece) => entry.z[row][unit * column.pieces + piece]);
  z.slice(0, 4).forEach((value, piece) => {
    const name = column.pieces > 1 ? `z${superscript(piece + 1)}` : "z";
    const sum = weightedSum(view, trace, layer, unit, row, piece);
    if (column.pieces === 1) lines.push(sumText(view, layer, sum, name, false));
    lines.push(sumText(view, layer, sum, name, true));
    if (column.norm && column.gamma) {
      const at = unit * column.pieces + piece;
      const gamma = trace.before[column.gamma.offset + at];
      const beta = trace.before[column.beta.offset + at];
      const scaled = gamma ? (value - beta) / gamma : NaN;
      lines.push(
        store.t(`network.slow.line.${column.norm}`, {
          before: significant(sum.total),
          scaled: significant(scaled),
          sum: `${significant(gamma)}·${factor(scaled)} ${beta < 0 ? "−" : "+"} ${significant(Math.abs(beta))} = ${significant(value)}`,
        }),
      );
    }
  });
  lines.push(activationLine(view, trace, column, unit, row, z));
  if (column.skips) lines.push(skipLine(view, trace, column, unit, row));
  return lines;
}

function activationLine(view, trace, column, unit, row, z) {
  const { store } = view;
  const entry = trace.layers[column.layer - 1];
  const name = column.skips ? "f" : unitSymbol(view, column.layer, unit);
  const call =
    column.pieces > 1
      ? `max(${z.map((value) => significant(value)).join(", ")})`
      : column.activation === "identity"
        ? significant(z[0])
        : `${column.activationLabel}(${significant(z[0])})`;
  if (entry.kept && column.dropout > 0) {
    if (!entry.kept[row][unit]) return store.t("network.slow.line.dropped", { name, call });
    return `${name} = ${call} / (1 − ${significant(column.dropout)}) = ${significant(entry.f[row][unit])}`;
  }
  return `${name} = ${call} = ${significant(entry.f[row][unit])}`;
}

/** A residual layer: what entered the unit's place, plus what the layer made of it unless the step leaves it out. */
function skipLine(view, trace, column, unit, row) {
  const entry = trace.layers[column.layer - 1];
  const input = inputsOf(trace, column.layer, row)[unit];
  const names = { name: unitSymbol(view, column.layer, unit), before: unitSymbol(view, column.layer - 1, unit) };
  if (entry.block_kept === false) {
    return view.store.t("network.slow.line.left_out", { ...names, value: significant(entry.h[row][unit]) });
  }
  return `${names.name} = ${names.before} + f = ${significant(input)} + ${factor(entry.f[row][unit])} = ${significant(entry.h[row][unit])}`;
}

/**
 * Whether the loss of a row is multiplied by the weight of its class.
 * @param {object} scene
 * @returns {boolean}
 */
export function weighs({ task, experiment }) {
  return task !== "regression" && !["", "none", "oversampled"].includes(specName(experiment.class_weighting));
}

function specName(spec) {
  return typeof spec === "string" ? spec : spec?.name || "";
}

/** Lines about the loss: of the chosen row where it can be written plainly, then of the batch. */
export function lossLines(view, trace, row) {
  const { store, scene } = view;
  const { experiment } = scene;
  const scores = trace.scores[row];
  const y = trace.batch.y[row];
  const lines = [];
  const plain = !experiment.label_smoothing && !weighs(scene) && !(trace.batch.share < 1) && !experiment.mixup;
  const name = specName(experiment.loss);
  if (plain) lines.push(...rowLossLines(scene.task, name, scores, y, experiment.loss));
  else if (scene.task === "binary" && name === "cross_entropy")
    lines.push(`p = σ(${significant(scores[0])}) = ${significant(sigmoid(scores[0]))}`);
  lines.push(store.t("network.slow.line.batch_loss", { value: significant(trace.loss, 4), count: trace.size }));
  if (trace.penalty) lines.push(store.t("network.slow.line.penalty", { value: significant(trace.penalty, 4) }));
  return lines;
}

const sigmoid = (s) => 1 / (1 + Math.exp(-s));

function rowLossLines(task, name, scores, y, spec) {
  const s = scores[0];
  if (task === "multiclass") {
    const top = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - top));
    const p = powers[y] / powers.reduce((sum, power) => sum + power, 0);
    const at = `s${"₀₁₂₃₄₅₆₇₈₉"[y + 1] || y + 1}`;
    if (name === "cross_entropy") {
      return [
        `p = exp(${at}) / Σ exp(sⱼ) = ${significant(p)}`,
        `L = −ln p = −ln ${significant(p)} = ${significant(-Math.log(p))}`,
      ];
    }
    if (name === "hinge") {
      const sum = scores.reduce((total, score, j) => total + (j === y ? 0 : Math.max(0, 1 - scores[y] + score)), 0);
      return [`L = (1/${scores.length}) Σ max(0, 1 − ${at} + sⱼ) = ${significant(sum / scores.length)}`];
    }
    const sum = scores.reduce((total, score, j) => total + (score - (j === y ? 1 : 0)) ** 2, 0);
    return [`L = (1/${scores.length}) Σ (sⱼ − [j = y])² = ${significant(sum / scores.length)}`];
  }
  if (name === "cross_entropy") {
    const p = sigmoid(s);
    const right = y > 0.5 ? p : 1 - p;
    return [
      `p = σ(s) = 1 / (1 + exp(−s)) = ${significant(p)}`,
      `L = ${y > 0.5 ? "−ln p" : "−ln(1 − p)"} = −ln ${significant(right)} = ${significant(-Math.log(Math.max(right, 1e-300)))}`,
    ];
  }
  const target = task === "binary" ? 2 * y - 1 : y;
  if (name === "hinge")
    return [
      `L = max(0, 1 − y·s) = max(0, 1 − ${factor(target)}·${factor(s)}) = ${significant(Math.max(0, 1 - target * s))}`,
    ];
  if (name === "huber") {
    const delta = spec?.delta || 1;
    const gap = Math.abs(s - target);
    return gap <= delta
      ? [`L = ½ (s − y)² = ½ (${significant(s - target)})² = ${significant(0.5 * gap * gap)}`]
      : [
          `L = δ (|s − y| − ½ δ) = ${significant(delta)}·(${significant(gap)} − ${significant(delta / 2)}) = ${significant(delta * (gap - delta / 2))}`,
        ];
  }
  return [`L = (s − y)² = (${significant(s)} − ${factor(target)})² = ${significant((s - target) ** 2)}`];
}

/** The parameter a target stands for: a link's strongest piece in `values`, a unit's or bias's bias. */
export function parameterOf(view, target, values) {
  const column = view.columns[target.layer];
  const all = parametersOf(column, target.unit).filter((parameter) =>
    target.kind === "link"
      ? parameter.role === "weight" && parameter.source === target.source
      : parameter.role === "bias",
  );
  return all.reduce(
    (best, parameter) => (!best || Math.abs(values[parameter.index]) > Math.abs(values[best.index]) ? parameter : best),
    null,
  );
}

/** dL/dz of one piece of a unit for one row, or null when the trace does not tell. */
function signal(trace, column, unit, piece, row) {
  const all = column.kind === "output" ? trace.score_gradients : trace.layers[column.layer - 1].z_gradient;
  return all ? all[row][unit * column.pieces + piece] : null;
}

/** Lines about the gradient of one parameter: this row's share, the sum over the batch, penalties. */
export function gradientLines(view, trace, target, row) {
  const { store, columns, scene } = view;
  const column = columns[target.layer];
  const parameter = parameterOf(view, target, trace.gradients);
  if (!parameter) return [];
  const lines = [];
  const isWeight = parameter.role === "weight";
  const symbol = isWeight ? "w" : "b";
  const delta = signal(trace, column, target.unit, parameter.piece, row);
  const masked = column.kind === "hidden" && trace.layers[column.layer - 1].weights_kept;
  if (delta !== null && !column.norm && !masked) {
    const into = column.kind === "output" ? unitSymbol(view, column.layer, target.unit) : "z";
    lines.push(store.t("network.slow.line.signal", { z: into, value: significant(delta) }));
    if (isWeight) {
      const input = inputsOf(trace, target.layer, row)[parameter.source];
      lines.push(
        store.t("network.slow.line.share", {
          z: into,
          symbol: unitSymbol(view, target.layer - 1, parameter.source),
          signal: significant(delta),
          input: factor(input),
          value: significant(delta * input),
        }),
      );
    }
  }
  const { l1, l2 } = scene.experiment;
  const weight = trace.before[parameter.index];
  const extra = isWeight ? (l1 || 0) * Math.sign(weight) + (l2 || 0) * weight : 0;
  if (extra) lines.push(store.t("network.slow.line.penalty_share", { value: significant(extra) }));
  lines.push(
    store.t(extra ? "network.slow.line.gradient_penalty" : "network.slow.line.gradient", {
      symbol,
      value: significant(trace.gradients[parameter.index]),
      count: trace.size,
    }),
  );
  return lines;
}

/** Lines about the change of one parameter: before → after and where the step comes from. */
export function changeLines(view, trace, target) {
  const { store, scene } = view;
  const parameter = parameterOf(view, target, trace.updates);
  if (!parameter) return [];
  const symbol = parameter.role === "weight" ? "w" : "b";
  const { index } = parameter;
  const [before, gradient, update] = [trace.before[index], trace.gradients[index], trace.updates[index]];
  const plain = -trace.learning_rate * gradient;
  const lines = [];
  if (Math.abs(plain - update) <= 1e-3 * Math.abs(update) + 1e-7) {
    lines.push(
      `Δ${symbol} = −η · ∂L/∂${symbol} = −${significant(trace.learning_rate)} · ${factor(gradient)} = ${significant(update)}`,
    );
  } else {
    lines.push(
      store.t("network.slow.line.plain", {
        symbol,
        rate: significant(trace.learning_rate),
        gradient: factor(gradient),
        value: significant(plain),
      }),
    );
    lines.push(
      store.t("network.slow.line.optimizer", {
        symbol,
        name: specName(scene.experiment.optimizer),
        value: significant(update),
      }),
    );
  }
  lines.push(store.t("network.slow.line.change", { symbol, ...apart(before, before + update) }));
  return lines;
}

/** Two numbers with as many digits as it takes to tell them apart. */
function apart(before, after) {
  let digits = 4;
  while (digits < 8 && before !== after && significant(before, digits) === significant(after, digits)) digits += 1;
  return { before: significant(before, digits), after: significant(after, digits) };
}
