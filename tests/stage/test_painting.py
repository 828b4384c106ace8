"""What the page paints from the weights, against the network in PyTorch and the server's own maps, under Node."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from playground.data import FEATURES, PREPROCESSINGS, Points
from playground.engine.probe import Probe
from playground.experiment import Experiment
from playground.live import picture
from playground.live.frames import encode, finite
from playground.live.marks import outputs_of
from playground.live.session import LiveSession
from playground.live.viewer import Viewer
from playground.stage import assets, forms
from playground.stage.linking import linked
from playground.techniques import ACTIVATIONS, LOSSES, NORMALIZATIONS, REGULARIZERS, SKIPS

NODE = shutil.which("node")
SIZE = 60
"""Cells a side, as the server's maps have."""
NEAR = 1e-4
"""How far a layer's values may be off, as a share of the largest: both sides store float32."""

needs_node = pytest.mark.skipif(NODE is None, reason="needs Node")

SCRIPT = """
import { readFileSync } from "node:fs";
const text = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
const answers = JSON.parse(readFileSync(0, "utf8")).map(({ scene, frame, focus }) => {
  const bytes = Buffer.from(frame, "base64");
  const { header, arrays } = decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const store = { scene, frame: { ...header, arrays }, send: async () => {} };
  const painter = createPainter(store, FORMS);
  const place = { pixels: 2 * SIZE, curve: false };
  const told = {};
  const { map, confidence } = painter.map(place);
  Object.assign(told, { map: text(map), confidence: confidence && text(confidence) });
  Object.assign(told, { units: text(painter.units()), wrong: text(painter.wrong()) });
  const network = createNetwork(FORMS, scene);
  const places = cells(FORMS, scene, SIZE, SIZE);
  network.pass(arrays.parameters, arrays.buffers, places, 0);
  told.values = network.values.map(text);
  store.frame.focus = focus;
  told.unit = text(painter.map(place).map);
  return told;
});
console.log(JSON.stringify(answers));
"""


def _experiments() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in ACTIVATIONS.items():
        yield f"activation {name}", {"activation": name, "hidden": (5, 4)}
        for param in entry.params:
            value = {"name": name, param.name: param.high}
            yield f"activation {name}, largest {param.name}", {"activation": value}
    for name in NORMALIZATIONS:
        for activation in ("tanh", "maxout", "prelu"):
            yield f"{name}, {activation}", {"normalization": name, "activation": activation, "hidden": (3, 5)}
    for name in SKIPS:
        fields = {"skip": name, "hidden": (4, 4, 4), "normalization": "batch_norm"}
        yield f"skip {name}", fields
        for regularizer, entry in REGULARIZERS.items():
            yield f"skip {name}, {regularizer}", {**fields, entry.field: 0.2}
    for name in PREPROCESSINGS:
        yield f"preprocessing {name}", {"preprocessing": name, "features": tuple(FEATURES)}
    for loss, entry in LOSSES.items():
        data = {"binary": "moons", "multiclass": {"name": "blobs", "classes": 5}, "regression": "plane"}
        for task in entry.tasks:
            yield f"{loss}, {task}", {"loss": loss, "dataset": data[task], "hidden": (6,)}
    for depth in range(9):
        hidden = tuple(1 + (3 * i + depth) % 7 for i in range(depth))
        yield f"{depth} layers", {"hidden": hidden, "activation": "selu", "learning_rate": 0.01}
    yield "wide", {"hidden": (128, 64), "activation": "relu"}
    yield (
        "own points",
        {
            "dataset": "custom",
            "points": Points(
                ("a", "b"), "y", ("no", "yes"), tuple((1e-5 * i, 1e4 * (i % 7), i % 2) for i in range(40))
            ),
            "preprocessing": "standardize",
        },
    )


CASES = {name: Experiment(**{"n_samples": 80, **fields}) for name, fields in _experiments()}


class Painted:
    """A case's session after some steps, and what the page made of its scene and frame."""

    def __init__(self, experiment: Experiment) -> None:
        self.live = LiveSession(experiment)
        self.live.trainer.run(epochs=3)
        viewer = Viewer(lambda: None)
        viewer.paints = True
        shown = self.live.shown()
        self.scene = json.loads(json.dumps(finite(self.live.painter.scene(shown))))
        self.header, self.arrays = self.live.painter.parts(shown, viewer, 0.0)
        layer = min(1, len(experiment.hidden))
        self.focus = [layer, 0]
        self.answer: dict[str, Any] = {}

    def given(self) -> dict[str, Any]:
        frame = base64.b64encode(encode(self.header, self.arrays)).decode()
        return {"scene": self.scene, "frame": frame, "focus": self.focus}

    def array(self, name: str) -> np.ndarray:
        return np.frombuffer(base64.b64decode(self.answer[name]), np.uint8).astype(int)

    def outputs(self, F: np.ndarray) -> list[np.ndarray]:
        probe = Probe(self.live.experiment)
        probe.look(self.live.trainer.engine)
        return outputs_of(probe, F)


def joined() -> str:
    sources = {path: body.decode() for path, body in assets._files().items() if path.endswith(".js")}
    entries = {
        "FORMS": (forms.PATH, "FORMS"),
        "createPainter": ("painting/painter.js", "createMapPainter"),
        "createNetwork": ("painting/network.js", "createNetwork"),
        "cells": ("painting/places.js", "cellPlaces"),
        "decode": ("shell/decode.js", "decodeFrame"),
    }
    return linked(sources, entries).replace("export const", "const")


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Painted]:
    """All cases, painted by one process of Node."""
    script = tmp_path_factory.mktemp("node") / "paint.mjs"
    script.write_text(f"{joined()}\nconst SIZE = {SIZE};\n{SCRIPT}", "utf-8")
    cases = {name: Painted(experiment) for name, experiment in CASES.items()}
    done = subprocess.run(
        [str(NODE), str(script)],
        input=json.dumps([case.given() for case in cases.values()]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for case, answer in zip(cases.values(), json.loads(done.stdout), strict=True):
        case.answer = answer
    return cases


@needs_node
@pytest.mark.parametrize("name", CASES)
def test_a_page_computes_what_the_network_does(painted: dict[str, Painted], name: str) -> None:
    case = painted[name]
    block = 256
    grid = picture.grid_of(case.live.trainer.data, SIZE)
    expected = case.outputs(grid.F[:block])
    assert len(case.answer["values"]) == len(expected)
    for told, values in zip(case.answer["values"], expected, strict=True):
        found = np.frombuffer(base64.b64decode(told), np.float32).reshape(-1, block).T
        most = max(1.0, float(np.abs(values).max()))
        np.testing.assert_allclose(found, values, rtol=0.0, atol=NEAR * most)


@needs_node
@pytest.mark.parametrize("name", CASES)
def test_a_page_paints_what_the_server_does(painted: dict[str, Painted], name: str) -> None:
    case = painted[name]
    experiment, data = case.live.experiment, case.live.trainer.data
    grid = picture.grid_of(data, SIZE)
    outputs = case.outputs(grid.F)
    span = picture.target_range(data)
    drawn = picture.boundary(outputs[-1], experiment.task, experiment.loss.name, experiment.loss, span)
    map_, expected = case.array("map"), drawn["map"].reshape(-1).astype(int)
    if experiment.task == "multiclass":
        scores = np.sort(outputs[-1], axis=1)
        clear = scores[:, -1] - scores[:, -2] > NEAR * np.abs(scores).max()
        assert (map_ == expected)[clear].all()
        assert np.abs(case.array("confidence") - drawn["confidence"].reshape(-1)).max() <= 1
    else:
        assert np.abs(map_ - expected).max() <= 1
    small = picture.grid_of(data, 20)
    units = picture.unit_maps(small.F, case.outputs(small.F)).reshape(-1).astype(int)
    assert np.abs(case.array("units") - units).max() <= 1
    layer, unit = case.focus
    values = (grid.F if layer == 0 else outputs[layer - 1])[:, unit]
    focused = picture.to_bytes(values, *picture.unit_range(values)).astype(int)
    assert np.abs(case.array("unit") - focused).max() <= 1
    if experiment.task != "regression":
        F, y = picture.all_points(case.live.trainer.engine)
        wrong = picture.wrong(case.outputs(F)[-1], y, experiment.task)
        assert (case.array("wrong") == wrong).mean() > 0.98


@pytest.mark.parametrize("name", CASES)
def test_who_paints_is_sent_no_maps(name: str) -> None:
    case = Painted(CASES[name])
    assert case.scene["painting"]
    assert {"map", "confidence", "units", "wrong"}.isdisjoint(case.arrays)
    assert {"parameters", "inputs"} <= set(case.arrays)
    assert ("buffers" in case.arrays) == NORMALIZATIONS[CASES[name].normalization.name].running
