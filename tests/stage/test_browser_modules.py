"""The browser's plain modules under Node, and against their counterparts in Python. Skipped without Node."""

import base64
import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from playground.engine.history import COLUMNS, History
from playground.live.frames import encode
from playground.text import written
from playground.views.curves import SMALLEST_LOG_LOSS
from playground.views.errors import confusion_frame, residual_frame
from playground.views.judged import calibration_frame, rate_frame
from playground.views.layers import HISTOGRAMS, gradient_frame, health_frame, histogram_frame, learned_frame

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "playground" / "stage" / "static"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node")

LAYERS = [
    {
        "z_hist": {"edges": [-1.0, 0.0, 1.0], "counts": [1, 3]},
        "h_hist": {"edges": [0.0, 0.5], "counts": [0]},
        "w_hist": {"edges": [-2.0, 0.0, 2.0], "counts": [4, 1]},
        "share_zero": 0.25,
        "dead": 0.5,
        "saturated": 0.0,
        "gamma": [1.0, 1.5],
        "beta": [0.0, -0.5],
        "slope": [0.25],
    },
    {"w_hist": {"edges": [-1.0, 1.0], "counts": [2]}, "share_zero": 0.0},
]
NAMES = ["one", "two"]
NORMS = {"epochs": [0, 3], "layers": [[0.1, 0.0], [None, 2.0]]}
CONFUSION = [[3, 1], [0, 0]]
CURVES = [{"x": [0.0, 0.5, 1.0], "y": [0.0, 1.0, 1.0], "area": 0.75}, None]
CALIBRATION = {"confidence": [None, 0.75], "accuracy": [None, 0.5], "counts": [0, 2], "error": 0.25}
RESIDUALS = {
    "predicted": [1.0, 2.0, None],
    "target": [1.5, 1.0, 0.0],
    "part": ["train", "validation", "test"],
}


def evaluate(script: str, stdin: str = "") -> object:
    """The JSON value that ``script``, a module with the modules below in scope, passes to ``answer``."""
    prelude = f"""
        const rows = await import({json.dumps((STATIC / "curves/rows.js").as_uri())});
        const decode = await import({json.dumps((STATIC / "shell/decode.js").as_uri())});
        const numbers = await import({json.dumps((STATIC / "shell/numbers.js").as_uri())});
        const units = await import({json.dumps((STATIC / "boundary/units.js").as_uri())});
        const answer = (value) => console.log(JSON.stringify(value));
        const input = (await import("node:fs")).readFileSync(0, "utf8");
    """
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", prelude + script],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_modules_pass_their_own_tests():
    done = subprocess.run(
        [NODE, "--test", *map(str, sorted(HERE.glob("*.test.mjs")))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_rows_are_those_of_the_frames():
    frames = {
        **{kind: histogram_frame(LAYERS, NAMES, kind) for kind in HISTOGRAMS},
        "gradients": gradient_frame(NORMS, NAMES),
        "health": health_frame(LAYERS, NAMES),
        "learned": learned_frame(LAYERS, NAMES),
        "confusion": confusion_frame(CONFUSION, NAMES),
        "rates": rate_frame(CURVES, NAMES),
        "calibration": calibration_frame(CALIBRATION),
        "residuals": residual_frame(RESIDUALS),
    }
    made = evaluate(
        """
        const { layers, names, norms, confusion, curves, calibration, residuals } = JSON.parse(input);
        const kinds = Object.keys(rows.HISTOGRAMS);
        answer({
          ...Object.fromEntries(kinds.map((kind) => [kind, rows.histogramRows(layers, names, kind)])),
          gradients: rows.gradientRows(norms, names),
          health: rows.healthRows(layers, names),
          learned: rows.learnedRows(layers, names),
          confusion: rows.confusionRows(confusion, names),
          rates: rows.rateRows(curves, names),
          calibration: rows.calibrationRows(calibration),
          residuals: rows.residualRows(residuals),
        });
        """,
        json.dumps(
            {
                "layers": LAYERS,
                "names": NAMES,
                "norms": NORMS,
                "confusion": CONFUSION,
                "curves": CURVES,
                "calibration": CALIBRATION,
                "residuals": RESIDUALS,
            }
        ),
    )
    assert made.keys() == frames.keys()
    for name, frame in frames.items():
        assert made[name] == frame.to_dict("records"), name


def test_a_frame_of_the_server_is_read():
    arrays = {
        "map": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "parameters": np.array([0.5, -1.25, 3.0], dtype=np.float32),
        "history": np.array([[0.0, 1.0], [2.0, np.nan]]),
    }
    data = encode({"frame": 4, "reason": "η zu groß", "loss_train": float("inf")}, arrays)
    read = evaluate(
        """
        const { header, arrays } = decode.decodeMessage("b64:" + input).frame;
        const lists = Object.entries(arrays).map(([name, a]) => [name, { shape: a.shape, values: [...a] }]);
        answer({ header, arrays: Object.fromEntries(lists) });
        """,
        base64.b64encode(data).decode(),
    )
    assert read["header"] == {"frame": 4, "reason": "η zu groß", "loss_train": None}
    assert read["arrays"]["map"] == {"shape": [2, 3], "values": [0, 1, 2, 3, 4, 5]}
    assert read["arrays"]["parameters"]["values"] == [0.5, -1.25, 3.0]
    assert read["arrays"]["history"] == {"shape": [2, 2], "values": [0, 1, 2, None]}


def test_rows_of_a_history_have_the_servers_columns():
    assert evaluate("answer(decode.HISTORY_COLUMNS);") == list(COLUMNS)


@pytest.mark.parametrize("absent", [("validation",), ("validation", "test"), ("test",), ()])
def test_a_history_is_thinned_as_on_the_server(absent):
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(777, len(COLUMNS)))
    rows[draw.random(rows.shape) < 0.02] = np.nan
    rows[300:340, 2] = np.nan
    for part in absent:
        rows[:, COLUMNS.index(f"loss_{part}")] = np.nan
    for most in (8, 30, 120, 400):
        kept = evaluate(
            f"answer(rows.telling(JSON.parse(input).map((row) => row.map((x) => x ?? NaN)), {most}));",
            pd.DataFrame(rows).to_json(orient="values", double_precision=15),
        )
        assert kept == History.from_rows(rows).representative(most).tolist()


def test_a_loss_of_zero_stands_at_the_same_place_in_both_charts():
    assert evaluate("answer(rows.SMALLEST_LOG_LOSS);") == SMALLEST_LOG_LOSS


def test_numbers_are_written_as_on_the_server():
    draw = np.random.default_rng(0)
    values = [0.0, 0.5, 2.5, 999.5, 99_999.4, 1e5, 9.996e-4, -2.5e-5, 1e21, 5e-324]
    values += [float(f"{x:.6g}") for x in draw.normal(size=500) * 10.0 ** draw.integers(-8, 9, 500)]
    ways = (written.significant, written.brief, written.amount)
    told = evaluate(
        "answer(JSON.parse(input).map((x) => [numbers.significant(x), numbers.brief(x), units.amount(x)]));",
        json.dumps(values),
    )
    assert told == [[way(value) for way in ways] for value in values]
    shares = [0.0, 1.0, 0.9999, 0.0005, 0.12345, *draw.random(100).tolist()]
    told = evaluate("answer(JSON.parse(input).map(numbers.percent));", json.dumps(shares))
    assert told == [written.percent(share) for share in shares]
    for way in (*ways, written.percent):
        assert way(None) == way(math.nan) == "–"
    assert (written.brief(math.inf), written.significant(-math.inf)) == ("∞", "−∞")
