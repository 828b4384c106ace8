/** What the boundary says in words: whose map is shown, the value under the pointer, a summary. */

import { brief, percent } from "../shell/numbers.js";
import { className, scoreText } from "./legend.js";
import { valueAt } from "./map.js";
import { hasPart } from "./points.js";
import { toData, toX } from "./scale.js";
import { amount, inUnits } from "./units.js";

/** The name of a unit whose map is shown: an input, a hidden unit or an output. */
export function focusName([layer, unit], scene, t) {
  if (layer === 0) return t("boundary.focus.input", { name: scene.inputs[unit] ?? unit + 1 });
  if (layer >= scene.layers.length) {
    if (scene.task !== "multiclass") return t("boundary.focus.output");
    return t("boundary.focus.output_of", { name: className(scene, unit, t) });
  }
  return t("boundary.focus.unit", { layer, unit: unit + 1 });
}

/** Whether the network has one input, so that the map shows nothing upwards. */
const ofOne = (scene) => scene.columns?.length === 1;

/** Title of the plot for headings and assistive technology. */
export function plotTitle(scene, curve, t) {
  if (scene?.task === "regression") return t(curve ? "boundary.title_curve" : "boundary.title_surface");
  return t("boundary.title");
}

/** The place under the pointer or cursor and what the map says there. */
export function readout({ plot, model, scene, curve, t }, px, py) {
  const [x, y] = toData(plot, px, py);
  const own = (value) => (scene.task === "regression" && !model?.focus ? inUnits(scene, value) : value);
  const vertical = curve ? { y: t("boundary.axis_y"), b: amount(own(y)) } : { y: scene.x_names[1], b: brief(y) };
  const names = { x: scene.x_names[0], a: brief(x), ...vertical };
  const place = t(ofOne(scene) && !curve ? "boundary.readout.place_one" : "boundary.readout.place", names);
  if (!model) return place;
  const v = curve ? 0.5 : (py - plot.top) / plot.size;
  const { value, kind } = valueAt(model, (toX(plot, x) - plot.left) / plot.size, v);
  if (model.kind === "classes") {
    return `${place} · ${className(scene, kind, t)}${scene.probable === false ? "" : ` ${percent(value)}`}`;
  }
  if (model.kind === "binary") {
    const winner = value > 0.5 ? 1 : 0;
    if (scene.probable === false) {
      return `${place} · ${className(scene, winner, t)} · ${t("boundary.readout.score", { value: scoreText(value) })}`;
    }
    return `${place} · ${className(scene, winner, t)} ${percent(winner ? value : 1 - value)}`;
  }
  return `${place} · ${t(curve ? "boundary.readout.curve" : "boundary.readout.value", { value: amount(own(value)) })}`;
}

/** The state of the run as the plot shows it, in a sentence or two. */
export function summary(scene, frame, wrong, t) {
  const { points } = scene;
  const values = {
    n: points.x1.length,
    train: points.part.filter((part) => part === 0).length,
    epoch: frame?.epoch ?? 0,
    classes: scene.class_names.length,
    axes: ofOne(scene) ? scene.x_names[0] : t("boundary.summary.axes", { x: scene.x_names[0], y: scene.x_names[1] }),
    loss_train: brief(frame?.loss_train),
    loss_test: brief(frame?.loss_test),
    accuracy_train: percent(frame?.accuracy_train),
    accuracy_test: percent(frame?.accuracy_test),
    wrong: wrong ? wrong.reduce((sum, one) => sum + one, 0) : 0,
  };
  const kind = scene.task === "regression" ? "regression" : "classification";
  return t(`boundary.summary.${kind}${hasPart(scene, "test") ? "" : "_untested"}`, values);
}
