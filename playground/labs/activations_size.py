"""Counting a network's units and parameters, and one training step with every number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from playground.engine.trace import StepTrace
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import InvalidValue

MAX_SIZES = 12
MAX_UNITS = 10_000
WORKED = (3, 4, 2)
"""The lecture's example: 6 units, 20 weights, 6 biases, 26 parameters."""


@dataclass(frozen=True, eq=False)
class Size:
    """How large a network is; inputs are no units.

    Args:
        layers: one row for each layer of weights: columns ``layer`` (from 1), ``n_in``, ``units``, ``weights``,
            ``biases``, ``extra`` (γ and β of batch norm, PReLU's slope).
    """

    layers: pd.DataFrame

    @property
    def units(self) -> int:
        """Units, the outputs included."""
        return int(self.layers["units"].sum())

    @property
    def weights(self) -> int:
        """Weights."""
        return int(self.layers["weights"].sum())

    @property
    def biases(self) -> int:
        """Biases."""
        return int(self.layers["biases"].sum())

    @property
    def parameters(self) -> int:
        """Everything that is trained."""
        return self.weights + self.biases + int(self.layers["extra"].sum())


def parse_sizes(text: str) -> tuple[int, ...]:
    """Read ``"3-4-2"`` (or with commas or spaces): input, hidden and output sizes.

    Raises:
        InvalidValue: not 2 to 12 whole numbers from 1 to 10,000.
    """
    parts = text.replace(",", " ").replace("-", " ").replace("–", " ").split()
    most, high = MAX_SIZES, f"{MAX_UNITS:,}"
    expected = f"2 to {most} whole numbers from 1 to {high}, such as 3-4-2"
    refused = InvalidValue("sizes", expected, text, "labs.sizes", most=most, high=high)
    if not 2 <= len(parts) <= MAX_SIZES or not all(p.isascii() and p.isdigit() and len(p) < 6 for p in parts):
        raise refused
    sizes = tuple(int(part) for part in parts)
    if not all(1 <= size <= MAX_UNITS for size in sizes):
        raise refused
    return sizes


def count(sizes: Sequence[int], pieces: int = 1, batch_norm: bool = False, slopes: bool = False) -> Size:
    """Count the parameters of fully connected layers.

    Args:
        sizes: units of input, hidden and output layers.
        pieces: linear maps of a hidden unit (k for maxout).
        batch_norm: γ and β for every hidden map.
        slopes: one PReLU slope for every hidden layer.
    """
    rows = []
    for layer, (n_in, n) in enumerate(pairwise(sizes), start=1):
        hidden = layer < len(sizes) - 1
        maps = n * pieces if hidden else n
        extra = (2 * maps if batch_norm else 0) + (1 if slopes else 0) if hidden else 0
        rows.append(
            {"layer": layer, "n_in": n_in, "units": n, "weights": n_in * maps, "biases": maps, "extra": extra}
        )
    return Size(pd.DataFrame(rows))


def diagram(sizes: Sequence[int], most: int = 12) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where to draw units and weights.

    Args:
        sizes: as in ``count``.
        most: units drawn of a layer at most.

    Returns:
        Units: ``layer`` (from 0), ``unit``, ``x``, ``y``, ``left_out`` (units of the layer that are not drawn).
        Weights: ``x``, ``y``, ``x2``, ``y2``.
    """
    units, weights = [], []
    places: list[list[tuple[float, float]]] = []
    for layer, size in enumerate(sizes):
        shown = min(size, most)
        column = [(float(layer), (shown - 1) / 2 - k) for k in range(shown)]
        places.append(column)
        units += [(layer, k + 1, x, y, size - shown) for k, (x, y) in enumerate(column)]
    for left, right in pairwise(places):
        weights += [(x, y, x2, y2) for x, y in left for x2, y2 in right]
    return (
        pd.DataFrame(units, columns=["layer", "unit", "x", "y", "left_out"]),
        pd.DataFrame(weights, columns=["x", "y", "x2", "y2"]),
    )


# --- one step -------------------------------------------------------------------------------------


def step_experiment(
    activation: str = "sigmoid",
    hidden: tuple[int, ...] = (2,),
    batch_size: int = 2,
    learning_rate: float = 0.5,
    dataset: str = "moons",
    seed: int = 0,
) -> Experiment:
    """A net small enough to read every number of a step."""
    return Experiment(
        dataset=dataset,
        n_samples=40,
        hidden=hidden,
        activation=activation,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
    )


def traced(experiment: Experiment, step: int = 1) -> StepTrace:
    """The numbers of the ``step``-th step (from 1) of a run."""
    trainer = Trainer(experiment.replace(engine="reference", device="cpu"))
    if step > 1:
        trainer.run(steps=step - 1)
    return trainer.trace_step()


def forward_frame(trace: StepTrace) -> pd.DataFrame:
    """Every value of the forward pass, and the gradient that came back to it.

    Returns:
        Columns ``sample`` (from 1), ``layer`` (0 = inputs; the last = scores), ``unit`` (from 1), ``z``, ``h``,
        ``gradient`` (dL/dz, of the mean loss). Inputs have ``h`` only, scores ``z`` only.
    """
    rows: list[dict[str, float]] = []

    def add(layer: int, z: np.ndarray | None, h: np.ndarray | None, gradient: np.ndarray | None) -> None:
        shape = next(a.shape for a in (z, h) if a is not None)
        for b in range(shape[0]):
            for unit in range(shape[1]):
                values = [np.nan if a is None else float(a[b, unit]) for a in (z, h, gradient)]
                rows.append(
                    {
                        "sample": b + 1,
                        "layer": layer,
                        "unit": unit + 1,
                        "z": values[0],
                        "h": values[1],
                        "gradient": values[2],
                    }
                )

    add(0, None, trace.x, None)
    for i, (z, h, gradient) in enumerate(zip(trace.z, trace.h, trace.z_gradients, strict=True)):
        add(i + 1, z, h, gradient)
    add(len(trace.z) + 1, trace.scores, None, trace.score_gradients)
    return pd.DataFrame(rows)


def update_frame(trace: StepTrace) -> pd.DataFrame:
    """Every parameter in the step.

    Returns:
        Columns ``parameter`` (such as ``w¹₂₁``), ``layer``, ``before``, ``gradient``, ``update``, ``after``.
    """
    rows = []
    for name, before in trace.before.items():
        kind = "b" if name.endswith("bias") else "w"
        layer = int(name.split(".")[1]) + 1 if name.startswith("hidden") else len(trace.z) + 1
        for index in np.ndindex(before.shape):
            value, change = float(before[index]), float(trace.updates[name][index])
            rows.append(
                {
                    "parameter": symbol(kind, layer, tuple(i + 1 for i in index)),
                    "layer": layer,
                    "before": value,
                    "gradient": float(trace.gradients[name][index]),
                    "update": change,
                    "after": value + change,
                }
            )
    return pd.DataFrame(rows)


def symbol(kind: str, layer: int, index: tuple[int, ...]) -> str:
    """A parameter's name in text: ``w¹₂₁`` is layer 1's weight to unit 2 from unit 1."""
    upper = str(layer).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    lower = "".join(str(i) for i in index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    return f"{kind}{upper}{lower}"


def worked_lines(trace: StepTrace, sample: int = 1, unit: int = 1, layer: int = 1) -> dict[str, str]:
    """One unit's way through the step as LaTeX with the numbers put in.

    Args:
        trace: of a network with hidden layers.
        sample: of the batch, from 1.
        unit: of hidden layer ``layer``, from 1.

    Returns:
        ``forward`` (the sum and the activation), ``backward`` (the chain rule through the next layer), ``weight``
        (the gradient of the unit's first weight over the batch), ``update``.
    """
    b, j, i = sample - 1, unit - 1, layer - 1
    below = trace.x if i == 0 else trace.h[i - 1]
    W, bias = trace.before[f"hidden.{i}.linear.weight"], trace.before[f"hidden.{i}.linear.bias"]
    last = i == len(trace.z) - 1
    above = trace.before["output.weight" if last else f"hidden.{i + 1}.linear.weight"]
    delta_above = trace.score_gradients if last else trace.z_gradients[i + 1]
    z, h, delta = trace.z[i][b, j], trace.h[i][b, j], trace.z_gradients[i][b, j]
    back = float(delta_above[b] @ above[:, j])
    slope = float(delta) / back if back else 0.0
    sums = " + ".join(rf"({W[j, k]:.3f})({below[b, k]:.3f})" for k in range(W.shape[1]))
    backs = " + ".join(rf"({delta_above[b, k]:.4f})({above[k, j]:.3f})" for k in range(above.shape[0]))
    parts = " + ".join(rf"({trace.z_gradients[i][k, j]:.4f})({below[k, 0]:.3f})" for k in range(len(below)))
    gradient = trace.gradients[f"hidden.{i}.linear.weight"][j, 0]
    change = trace.updates[f"hidden.{i}.linear.weight"][j, 0]
    w = rf"w^{{({layer})}}_{{{unit},1}}"
    return {
        "forward": rf"z = {sums} + ({bias[j]:.3f}) = {z:.4f}, \quad h = f(z) = {h:.4f}",
        "backward": rf"\frac{{\partial L}}{{\partial z}} = f'(z) \left[{backs}\right] "
        rf"= {slope:.4f} \cdot ({back:.4f}) = {delta:.4f}",
        "weight": rf"\frac{{\partial L}}{{\partial {w}}} = {parts} = {gradient:.4f}",
        "update": rf"{w} \leftarrow {W[j, 0]:.4f} - {trace.learning_rate:g} \cdot ({gradient:.4f}) "
        rf"= {W[j, 0] + change:.4f}",
    }
