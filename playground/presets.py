"""Ready-made experiments: each shows one claim about training, within seconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from playground.experiment import Experiment

Theme = Literal["start", "depth", "optimization", "generalization", "data"]
THEMES: tuple[Theme, ...] = ("start", "depth", "optimization", "generalization", "data")
"""What the presets are about, in the order of the gallery."""


@dataclass(frozen=True)
class Preset:
    """A named experiment. Title, purpose and expected outcome stand in the texts under ``presets.<name>``.

    Args:
        name: identifier, also in the link ``?preset=<name>``.
        theme: the gallery's section.
        epochs: after how many epochs the expected outcome shows.
        fields: the fields of the experiment that differ from the defaults.
    """

    name: str
    theme: Theme
    epochs: int
    fields: tuple[tuple[str, Any], ...]

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment."""
        return Experiment(**dict(self.fields))


PRESETS: dict[str, Preset] = {}
DEFAULT_PRESET = "first_look"
"""What a first visit opens."""


def _add(name: str, theme: Theme, epochs: int, **fields: Any) -> None:
    PRESETS[name] = Preset(name, theme, epochs, tuple(fields.items()))


# --- start: what a network is -------------------------------------------------------------------------

_add(
    "first_look",
    "start",
    400,
    dataset="spiral",
    features=("x1", "x2", "sin_x1", "sin_x2"),
    hidden=(8, 8),
    learning_rate=0.03,
)
_add(
    "hundred_units",
    "start",
    10_000,
    dataset="unit_spiral",
    n_samples=300,
    noise=0.2,
    train_fraction=1.0,
    hidden=(100,),
    activation="relu",
    init="small_normal",
    batch_size=300,
    learning_rate=1.0,
    l2=1e-3,
)
_add("xor_linear", "start", 60, dataset="xor", hidden=())
_add("xor_hidden", "start", 150, dataset="xor", hidden=(4,), learning_rate=0.1)
_add("xor_feature", "start", 60, dataset="xor", hidden=(), features=("x1", "x2", "x1x2"))
_add("identity_stack", "start", 60, dataset="circle", hidden=(8, 8), activation="identity")

# --- depth: signals and gradients through many layers ---------------------------------------------------

_deep: dict[str, Any] = {"dataset": "circle", "hidden": (8,) * 6, "learning_rate": 0.03}
_add("vanishing_gradient", "depth", 300, activation="sigmoid", **_deep)
_add("deep_relu", "depth", 60, activation="relu", init="he_normal", **_deep)
_add("deep_batch_norm", "depth", 60, activation="sigmoid", normalization="batch_norm", **_deep)
_add(
    "deep_residual",
    "depth",
    100,
    dataset="circle",
    hidden=(8,) * 8,
    activation="sigmoid",
    skip="residual",
    learning_rate=0.1,
)
_add("zeros_init", "depth", 60, dataset="circle", init="zeros")

# --- optimization: the way down --------------------------------------------------------------------------

_add(
    "spiral_adam",
    "optimization",
    300,
    dataset="spiral",
    hidden=(16, 16),
    optimizer="adam",
    learning_rate=0.01,
)
_ravine: dict[str, Any] = {
    "dataset": "wine",
    "hidden": (),
    "learning_rate": 0.003,
    "batch_size": 5000,
}
_add("ravine_sgd", "optimization", 300, optimizer="sgd", **_ravine)
_add("ravine_momentum", "optimization", 300, optimizer={"name": "momentum", "beta": 0.9}, **_ravine)
_add("too_fast", "optimization", 200, dataset="plane", hidden=(), learning_rate=0.1, batch_size=5000)

# --- generalization: from the training points to all others -----------------------------------------------

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
_add("overfitting", "generalization", 400, **_small)
_add("against_l2", "generalization", 400, l2=0.03, **_small)
_add("against_dropout", "generalization", 400, dropout=0.5, **_small)
_add("against_early_stopping", "generalization", 400, early_stopping="patience", **_small)
_add(
    "l1_zeros",
    "generalization",
    200,
    dataset="circle",
    features=("x1", "x2", "x1_squared", "x2_squared", "x1x2", "sin_x1", "sin_x2", "cos_x1", "cos_x2"),
    preprocessing="standardize",
    hidden=(8,),
    l1=0.02,
)
_add(
    "label_noise",
    "generalization",
    400,
    dataset="circle",
    n_samples=160,
    label_noise=0.2,
    hidden=(32, 32),
    activation="relu",
    init="he_normal",
    optimizer="adam",
    learning_rate=0.01,
)

# --- data: other tasks and real measurements -----------------------------------------------------------

_add(
    "four_blobs",
    "data",
    40,
    dataset={"name": "blobs", "classes": 4},
    noise=0.1,
    hidden=(),
)
_add(
    "iris",
    "data",
    100,
    dataset="iris",
    hidden=(10, 10),
    activation="relu",
    init="he_normal",
    preprocessing="standardize",
)
_four_columns: dict[str, Any] = {
    "dataset": {"name": "iris", "inputs": "all"},
    "hidden": (10, 10),
    "preprocessing": "standardize",
    "train_fraction": 0.7,
    "batch_size": 5000,
    "learning_rate": 0.01,
}
_add("iris_sigmoid", "data", 500, activation="sigmoid", **_four_columns)
_add("iris_relu", "data", 500, activation="relu", init="he_normal", **_four_columns)
_add(
    "digits",
    "data",
    60,
    dataset="digits",
    n_samples=5000,
    hidden=(32, 32),
    activation="relu",
    init="he_normal",
    preprocessing="standardize",
    optimizer="adam",
    learning_rate=0.01,
    batch_size=50,
)
_add(
    "wave",
    "data",
    300,
    dataset="x_sin",
    features=("x1",),
    noise=0.1,
    n_samples=200,
    hidden=(16, 16),
    optimizer="adam",
    learning_rate=0.01,
)
