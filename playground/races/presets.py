"""The classic comparisons of the lecture as races, each with its claim and the outcome that was measured.

    python -m playground.races.presets            # measures all of them anew and writes presets.json
    python -m playground.races.presets optimizers # only some

Title and claim stand in the texts under ``race_core.presets.<name>``; the numbers in ``presets.json``, with the
code that made them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from playground.experiment import Experiment
from playground.races.measuring import SEEDS, code, measure
from playground.races.race import Criterion, Lane, Race
from playground.races.statistics import in_words, paired_test
from playground.text import text

STORED = Path(__file__).with_name("presets.json")


@dataclass(frozen=True)
class RacePreset:
    """A named comparison.

    Args:
        name: identifier, also in the link ``?preset=<name>``.
        epochs: after how many epochs the lanes are compared.
        measure: ``loss`` or ``accuracy`` on the test part.
        fields: of the base experiment, as they differ from the defaults.
        lanes: what each changes.
        expected: pairs of lanes; the claim is that the first does better than the second.
    """

    name: str
    epochs: int
    measure: str
    fields: tuple[tuple[str, Any], ...]
    lanes: tuple[Lane, ...]
    expected: tuple[tuple[int, int], ...]

    @cached_property
    def race(self) -> Race:
        """The race, with one network a lane; ``race.replace(seeds=16)`` is what was measured."""
        return Race(
            Experiment(**dict(self.fields)),
            self.lanes,
            mode="epoch",
            criterion=Criterion(f"best_{self.measure}", self.epochs),
        )

    @property
    def result(self) -> dict[str, Any]:
        """What was measured, from ``presets.json``. KeyError before that."""
        return stored()[self.name]

    @property
    def code(self) -> str:
        """Python code that trains it and gives the table that the numbers come from."""
        return code(self.race, self.epochs)

    def measured(self, seeds: int = SEEDS) -> dict[str, Any]:
        """Measure it anew, see ``measuring.measure``."""
        return measure(self.race, self.epochs, self.measure, self.expected, seeds)

    def title(self, language: str) -> str:
        """Its title."""
        return text(f"race_core.presets.{self.name}.title", language)

    def claim(self, language: str) -> str:
        """What the lecture says."""
        return text(f"race_core.presets.{self.name}.claim", language)

    def outcome(self, language: str) -> str:
        """What was measured, in words."""
        result, labels = self.result, self.race.labels(language)
        lanes = ", ".join(
            text(
                "race_core.outcome.lane",
                language,
                lane=label,
                median=_shown(lane["median"], self.measure, language),
                low=_shown(lane["low"], self.measure, language),
                high=_shown(lane["high"], self.measure, language),
            )
            for label, lane in zip(labels, result["lanes"], strict=True)
        )
        told = [
            text("race_core.outcome.lanes", language, epochs=self.epochs, seeds=result["seeds"], lanes=lanes)
        ]
        for pair in result["pairs"]:
            a, b = np.array(result["values"][pair["a"]], float), np.array(result["values"][pair["b"]], float)
            worst = np.inf if self.measure == "loss" else -np.inf
            a, b = np.where(np.isnan(a), worst, a), np.where(np.isnan(b), worst, b)
            found = paired_test(a, b, self.measure == "loss")
            told.append(in_words(found, labels[pair["a"]], labels[pair["b"]], self.measure, language))
        return " ".join(told)


def _shown(value: float | None, measure: str, language: str) -> str:
    if value is None:
        return text("race_core.outcome.diverged", language)
    return f"{100 * value:.1f} %" if measure == "accuracy" else f"{value:.3g}"


PRESETS: dict[str, RacePreset] = {}


def _add(
    name: str,
    epochs: int,
    lanes: list[dict[str, Any]],
    expected: tuple[tuple[int, int], ...],
    measure: str = "loss",
    **fields: Any,
) -> None:
    made = tuple(Lane(**changes) for changes in lanes)
    PRESETS[name] = RacePreset(name, epochs, measure, tuple(fields.items()), made, expected)


def _values(field: str, *values: Any) -> list[dict[str, Any]]:
    return [{field: value} for value in values]


# --- activations and depth ----------------------------------------------------------------------------

_deep: dict[str, Any] = {"hidden": (8,) * 6}
_add("activations", 60, _values("activation", "sigmoid", "tanh", "relu"), ((1, 0), (2, 0)), **_deep)
_add(
    "depth",
    150,
    _values("hidden", (), (8,), (8, 8)),
    ((1, 0), (2, 1)),
    "accuracy",
    dataset="spiral",
    features=("x1", "x2", "sin_x1", "sin_x2"),
)
_add(
    "too_deep",
    60,
    _values("hidden", (8,), (8,) * 4, (8,) * 8),
    ((0, 1), (0, 2)),
    activation="sigmoid",
)

# --- initial weights ----------------------------------------------------------------------------------

_add(
    "initial_weights",
    15,
    _values("init", "small_normal", "xavier_normal", "he_normal"),
    ((2, 0), (2, 1)),
    hidden=(32,) * 8,
    activation="relu",
    learning_rate=0.01,
)
_add("symmetry", 60, _values("init", "zeros", "xavier_normal"), ((1, 0),))

# --- optimizers ---------------------------------------------------------------------------------------

_add(
    "optimizers",
    100,
    _values("optimizer", "sgd", "momentum", "rmsprop", "adam"),
    ((1, 0), (2, 0), (3, 0)),
    dataset="spiral",
    hidden=(16, 16),
    learning_rate=0.01,
)
_add(
    "momentum",
    100,
    _values("optimizer", "sgd", "momentum", "nesterov"),
    ((1, 0), (2, 0)),
    dataset="wine",
    hidden=(),
    learning_rate=0.003,
    batch_size=5000,
)
_add("learning_rates", 60, _values("learning_rate", 0.001, 0.03, 0.1), ((1, 0), (2, 1)))
_add(
    "too_fast",
    100,
    _values("learning_rate", 0.01, 0.1),
    ((0, 1),),
    dataset="plane",
    hidden=(),
    batch_size=5000,
)
_add("batch_sizes", 40, _values("batch_size", 2, 10, 50, 250), ((0, 1), (1, 2), (2, 3)))

# --- normalization and preprocessing --------------------------------------------------------------------

_add(
    "batch_norm",
    60,
    _values("normalization", "none", "batch_norm"),
    ((1, 0),),
    activation="sigmoid",
    **_deep,
)
_add(
    "batch_norm_tiny_batches",
    40,
    _values("normalization", "none", "batch_norm"),
    ((0, 1),),
    "accuracy",
    hidden=(8, 8),
    batch_size=2,
)
_add(
    "preprocessing",
    30,
    _values("preprocessing", "none", "standardize"),
    ((1, 0),),
    "accuracy",
    dataset="wine",
    hidden=(8,),
)

# --- losses and generalization --------------------------------------------------------------------------

_add(
    "losses",
    60,
    _values("loss", "squared_error", "cross_entropy"),
    ((1, 0),),
    "accuracy",
    dataset="digits",
    n_samples=1000,
    hidden=(16,),
    preprocessing="standardize",
)
_small: dict[str, Any] = {
    "dataset": "moons",
    "n_samples": 80,
    "noise": 0.3,
    "hidden": (32, 32),
    "activation": "relu",
    "init": "he_normal",
    "optimizer": "adam",
    "learning_rate": 0.002,
}
_add("dropout", 500, _values("dropout", 0.0, 0.5), ((1, 0),), **_small)
_add("weight_penalty", 300, _values("l2", 0.0, 0.003, 0.03), ((1, 0), (2, 0)), **_small)


# --- measuring ------------------------------------------------------------------------------------------


@cache
def stored() -> dict[str, Any]:
    """What ``presets.json`` holds."""
    return json.loads(STORED.read_text("utf-8"))["presets"]


def _written(kept: dict[str, Any]) -> str:
    """The text of ``presets.json``: a line for each entry of a preset, and for each of its lanes and pairs."""

    def entry(name: str, value: Any) -> str:
        rows = value if isinstance(value, list) and name in ("lanes", "pairs") else None
        if not rows:
            return f'"{name}": {json.dumps(value, ensure_ascii=False)}'
        inner = ",\n".join(f"   {json.dumps(row, ensure_ascii=False)}" for row in rows)
        return f'"{name}": [\n{inner}\n  ]'

    presets = [
        f' "{name}": {{\n' + ",\n".join(f"  {entry(*pair)}" for pair in preset.items()) + "\n }"
        for name, preset in kept.items()
    ]
    command = json.dumps("python -m playground.races.presets")
    return f'{{"command": {command}, "presets": {{\n' + ",\n".join(presets) + "\n}}\n"


def main() -> None:
    """Measure presets and store what came out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="which presets (default: all)")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--dry", action="store_true", help="print, and store nothing")
    options = parser.parse_args()
    from playground.engine.choose import fused_module

    fused = fused_module()
    if fused is not None:
        fused.warm_up()
    results = dict(stored()) if STORED.exists() else {}
    for name in options.names or PRESETS:
        started = time.perf_counter()
        results[name] = PRESETS[name].measured(options.seeds)
        found = results[name]
        lanes = "  ".join(
            f"{label} {lane['median']}"
            for label, lane in zip(PRESETS[name].race.labels(), found["lanes"], strict=True)
        )
        chances = [pair["p_value"] for pair in found["pairs"]]
        seconds = time.perf_counter() - started
        sys.stdout.write(f"{name:24} holds={found['holds']} p={chances} {lanes} ({seconds:.1f} s)\n")
    if not options.dry:
        kept = {name: results[name] for name in PRESETS if name in results}
        STORED.write_text(_written(kept), "utf-8")


if __name__ == "__main__":
    main()
