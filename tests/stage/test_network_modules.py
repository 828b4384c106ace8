"""The network view's modules under Node; the slow step's arithmetic against real steps. Skipped without Node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from playground.experiment import Experiment
from playground.live.session import LiveSession
from playground.live.viewer import Viewer
from playground.text import topic

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "playground" / "stage" / "static"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node")

WALK = """
const { columnsOf, weightIndex } = await import(at("network/model.js"));
const { readTrace, stagesOf } = await import(at("slow/trace.js"));
const formulas = await import(at("slow/formulas.js"));
const { scene, reply, labels } = JSON.parse((await import("node:fs")).readFileSync(0, "utf8"));
const missing = [];
const t = (key, values = {}) => {
  const text = labels[key.replace("network.", "")];
  if (text === undefined) missing.push(key);
  return (text ?? key).replace(/\\{(\\w+)\\}/g, (_, name) => values[name] ?? missing.push(`${key}.${name}`));
};
const columns = columnsOf(scene);
const trace = readTrace({ trace: reply }, columns, scene.n_parameters);
const view = { store: { t }, scene, columns };
const last = columns.length - 1;
const sums = [];
const gradients = [];
const lines = formulas.lossLines(view, trace, 0);
for (const column of columns.slice(1)) {
  const entry = trace.layers[column.layer - 1];
  const signals = column.layer === last ? trace.score_gradients : entry.z_gradient;
  for (let unit = 0; unit < column.size; unit += 1) {
    lines.push(...formulas.forwardLines(view, trace, column.layer, unit, 0));
    for (let row = 0; row < trace.shown && !column.norm; row += 1) {
      for (let piece = 0; piece < column.pieces; piece += 1) {
        const z = column.layer === last ? trace.scores[row][unit] : entry.z[row][unit * column.pieces + piece];
        sums.push([formulas.weightedSum(view, trace, column.layer, unit, row, piece).total, z]);
      }
    }
    for (let source = 0; source < column.weight.cols; source += 1) {
      const target = { kind: "link", layer: column.layer, unit, source };
      lines.push(...formulas.gradientLines(view, trace, target, 0), ...formulas.changeLines(view, trace, target));
      if (column.norm || entry?.weights_kept) continue;
      const weight = trace.before[weightIndex(column, unit, source)];
      let sum = scene.experiment.l1 * Math.sign(weight) + scene.experiment.l2 * weight;
      for (let row = 0; row < trace.shown; row += 1) {
        sum += signals[row][unit * column.pieces] * formulas.inputsOf(trace, column.layer, row)[source];
      }
      gradients.push([sum, trace.gradients[weightIndex(column, unit, source)]]);
    }
  }
}
console.log(JSON.stringify({ sums, gradients, lines, missing, stages: stagesOf(columns).length }));
"""

EXPERIMENTS = {
    "plain": {},
    "no hidden layer": {"dataset": "plane", "hidden": ()},
    "maxout, penalties": {"activation": {"name": "maxout", "pieces": 3}, "l1": 0.01, "l2": 0.1},
    "dropout, dropconnect, Adam": {"dropout": 0.3, "dropconnect": 0.3, "optimizer": "adam"},
    "batch norm, PReLU": {"normalization": "batch_norm", "activation": "prelu"},
    "residual blocks": {"skip": True, "hidden": (2, 5, 5), "dropout": 0.2},
    "stochastic depth": {
        "skip": True,
        "hidden": (4, 4, 4, 4),
        "stochastic_depth": 0.8,
        "activation": "maxout",
    },
    "several classes": {"dataset": "iris", "loss": "hinge", "mixup": 0.4, "input_noise": 0.1},
    "wide": {"hidden": (12, 9), "features": ("x1", "x2", "x1_squared"), "activation": "relu"},
}


def node(*arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        [NODE, *arguments], input=stdin, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("fields", EXPERIMENTS.values(), ids=EXPERIMENTS.keys())
def test_the_slow_step_adds_up(fields, language):
    session = LiveSession(Experiment(**fields))
    session.walk(steps=3)
    session.settle()
    viewer = Viewer(lambda: None)
    session.send(viewer, 0.0)
    scene = json.loads(next(message for message in viewer.take() if isinstance(message, str)))
    told = {"scene": scene, "reply": session.trace(), "labels": topic("network", language)}
    prelude = f"const at = (name) => new URL(name, {json.dumps(STATIC.as_uri() + '/')}).href;"
    walk = json.loads(node("--input-type=module", "-e", prelude + WALK, stdin=json.dumps(told)))

    assert walk["missing"] == []
    assert walk["stages"] == 2 * len(scene["layers"]) + 4
    assert walk["sums"]
    for ours, real in walk["sums"]:
        assert ours == pytest.approx(real, rel=1e-4, abs=1e-5)
    for ours, real in walk["gradients"]:
        assert ours == pytest.approx(real, rel=1e-3, abs=1e-6)
    assert all(line and "undefined" not in line and "NaN" not in line for line in walk["lines"])
