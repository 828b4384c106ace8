"""Experiments of every kind, and what a page's own painter makes of them: under Node or in a browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from playground.data import FEATURES, PREPROCESSINGS, Points
from playground.engine.probe import Probe
from playground.experiment import Experiment
from playground.live import picture
from playground.live.frames import encode, finite
from playground.live.session import LiveSession
from playground.live.timeline import outputs_of
from playground.live.viewer import Viewer
from playground.stage import assets, forms
from playground.stage.linking import linked
from playground.techniques import ACTIVATIONS, LOSSES, NORMALIZATIONS, REGULARIZERS, SKIPS

NEAR = 1e-4
"""How far a layer's values may be off, as a share of the largest: both sides store float32."""
SIZE = 60
"""Cells a side, as the server's maps have."""

PAINT = """
const text = (array) => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
};
const paint = ({ scene, frame, focus }) => {
  const bytes = Uint8Array.from(atob(frame), (letter) => letter.charCodeAt(0));
  const { header, arrays } = decode(bytes.buffer);
  const store = { scene, frame: { ...header, arrays }, send: async () => {} };
  const painter = createPainter(store, FORMS);
  const place = { pixels: 2 * SIZE, curve: false };
  const { map, confidence } = painter.map(place);
  const told = { map: text(map), confidence: confidence && text(confidence) };
  Object.assign(told, { units: text(painter.units()), edge: painter.units().shape[1], wrong: text(painter.wrong()) });
  const network = createNetwork(FORMS, scene);
  network.pass(arrays.parameters, arrays.buffers, cells(FORMS, scene, SIZE, SIZE), 0);
  told.values = network.values.map(text);
  store.frame.focus = focus;
  told.unit = text(painter.map(place).map);
  return told;
};
"""
"""``paint`` tells all that the page computes of one case; arrays as base64."""


def known(registry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The entries that say what they do in the browser."""
    return ((name, entry) for name, entry in registry.items() if entry.js)


def _experiments() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in known(ACTIVATIONS):
        yield f"activation {name}", {"activation": name, "hidden": (5, 4)}
        for param in entry.params:
            value = {"name": name, param.name: param.high}
            yield f"activation {name}, largest {param.name}", {"activation": value}
    for name, _ in known(NORMALIZATIONS):
        for activation in ("tanh", "maxout", "prelu"):
            yield f"{name}, {activation}", {"normalization": name, "activation": activation, "hidden": (3, 5)}
    for name, _ in known(SKIPS):
        fields = {"skip": name, "hidden": (4, 4, 4), "normalization": "batch_norm"}
        yield f"skip {name}", fields
        for regularizer, entry in REGULARIZERS.items():
            yield f"skip {name}, {regularizer}", {**fields, entry.field: 0.2}
    features = tuple(name for name, _ in known(FEATURES))
    for name in PREPROCESSINGS:
        yield f"preprocessing {name}", {"preprocessing": name, "features": features}
    for loss, entry in LOSSES.items():
        data = {"binary": "moons", "multiclass": {"name": "blobs", "classes": 5}, "regression": "plane"}
        for task in entry.tasks:
            if not {"binary": entry.js, "multiclass": entry.js_part, "regression": True}[task]:
                continue
            yield f"{loss}, {task}", {"loss": loss, "dataset": data[task], "hidden": (6,)}
    for depth in range(9):
        hidden = tuple(1 + (3 * i + depth) % 7 for i in range(depth))
        yield f"{depth} layers", {"hidden": hidden, "activation": "selu", "learning_rate": 0.01}
    for name in ("iris", "digits"):
        yield (
            f"all columns of {name}",
            {"dataset": {"name": name, "inputs": "all"}, "preprocessing": "standardize"},
        )
    one = Points(("x",), "y", (), tuple((0.1 * i, 3.0 * (i % 4)) for i in range(40)))
    yield "one column", {"dataset": "custom", "points": one}
    for seed in range(24):
        yield f"drawn {seed}", _drawn(seed)
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


def _drawn(seed: int) -> dict[str, Any]:
    """An experiment of any kind, drawn at random."""
    rng = np.random.default_rng(seed)

    def one(registry: Mapping[str, Any]) -> str:
        return str(rng.choice([name for name, _ in known(registry)]))

    hidden = tuple(int(n) for n in rng.integers(1, 9, rng.integers(1, 9)))
    features = [name for name, _ in known(FEATURES)]
    data = {"binary": "spiral", "multiclass": "iris", "regression": "multi_gaussian"}
    task = str(rng.choice(list(data)))
    losses = [
        name for name, entry in LOSSES.items() if task in entry.tasks and (entry.js or task == "regression")
    ]
    return {
        "hidden": hidden,
        "activation": tuple(one(ACTIVATIONS) for _ in hidden),
        "normalization": one(NORMALIZATIONS),
        "skip": one(SKIPS),
        "features": tuple(features[: rng.integers(1, len(features) + 1)]),
        "preprocessing": str(rng.choice(list(PREPROCESSINGS))),
        "dataset": data[task],
        "loss": str(rng.choice(losses)),
        "dropout": 0.1,
        "stochastic_depth": float(rng.choice([0.0, 0.3])),
        "learning_rate": 0.01,
        "seed": seed,
    }


CASES = {name: Experiment(**{"n_samples": 80, **fields}) for name, fields in _experiments()}


class Painted:
    """A case's session after some epochs, and what the page made of its scene and frame: ``answer``."""

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
        """What ``paint`` takes."""
        frame = base64.b64encode(encode(self.header, self.arrays)).decode()
        return {"scene": self.scene, "frame": frame, "focus": self.focus}

    def array(self, name: str) -> np.ndarray:
        """One of the maps that the page has made, as numbers from 0 to 255."""
        return np.frombuffer(base64.b64decode(self.answer[name]), np.uint8).astype(int)

    def outputs(self, F: np.ndarray) -> list[np.ndarray]:
        """What PyTorch computes for inputs (n, d): every hidden layer's activations, then the scores."""
        probe = Probe(self.live.experiment)
        probe.look(self.live.trainer.engine)
        return outputs_of(probe, F)

    def check_maps(self) -> None:
        """The page's maps are the server's, to a grey level, where the class is not a matter of rounding."""
        experiment, data = self.live.experiment, self.live.trainer.data
        grid = picture.grid_of(data, SIZE)
        outputs = self.outputs(grid.F)
        span = picture.target_range(data)
        drawn = picture.boundary(outputs[-1], experiment.task, experiment.loss.name, experiment.loss, span)
        map_, expected = self.array("map"), drawn["map"].reshape(-1).astype(int)
        if experiment.task == "multiclass":
            scores = np.sort(outputs[-1], axis=1)
            clear = scores[:, -1] - scores[:, -2] > NEAR * np.abs(scores).max()
            assert (map_ == expected)[clear].all()
            assert np.abs(self.array("confidence") - drawn["confidence"].reshape(-1)).max() <= 1
        else:
            assert np.abs(map_ - expected).max() <= 1
        small = picture.grid_of(data, self.answer["edge"])
        units = picture.unit_maps(small.F, self.outputs(small.F)).reshape(-1).astype(int)
        assert np.abs(self.array("units") - units).max() <= 1
        layer, unit = self.focus
        values = (grid.F if layer == 0 else outputs[layer - 1])[:, unit]
        focused = picture.to_bytes(values, *picture.unit_range(values)).astype(int)
        assert np.abs(self.array("unit") - focused).max() <= 1
        if experiment.task != "regression":
            F, y = picture.all_points(self.live.trainer.engine)
            wrong = picture.wrong(self.outputs(F)[-1], y, experiment.task)
            assert (self.array("wrong") == wrong).mean() > 0.98


def script() -> str:
    """The modules that paint as one script, with ``paint``."""
    sources = {path: body.decode() for path, body in assets._files().items() if path.endswith(".js")}
    entries = {
        "FORMS": (forms.PATH, "FORMS"),
        "createPainter": ("painting/painter.js", "createMapPainter"),
        "createNetwork": ("painting/network.js", "createNetwork"),
        "cells": ("painting/places.js", "cellPlaces"),
        "decode": ("shell/decode.js", "decodeFrame"),
    }
    modules = linked(sources, entries).replace("export const", "const")
    return f"{modules}\nconst SIZE = {SIZE};\n{PAINT}"
