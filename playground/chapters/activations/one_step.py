"""The numbers of one training step of a small network: the values, the gradients, and how each comes about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.engine.trace import StepTrace
from playground.engine.trainer import Trainer
from playground.experiment import Experiment


@dataclass(frozen=True, eq=False)
class Result:
    """A step, and the loss of its batch after it."""

    trace: StepTrace
    loss_after: float


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
        kind = "b" if name.endswith("bias") else "a" if name.endswith("slope") else "w"
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


def loss_on(trainer: Trainer, x: np.ndarray, y: np.ndarray) -> float:
    """Mean cross-entropy of a binary network on inputs (B, d) with targets (B,)."""
    s = trainer.engine.forward(np.ascontiguousarray(x, dtype=np.float32))[-1][:, 0].astype(np.float64)
    return float((np.logaddexp(0, s) - y * s).mean())


def traced(experiment: Experiment, step: int = 1) -> Result:
    """The ``step``-th step (from 1) of a run."""
    trainer = Trainer(experiment.replace(engine="reference", device="cpu"))
    if step > 1:
        trainer.run(steps=step - 1)
    trace = trainer.trace_step()
    return Result(trace, loss_on(trainer, trace.x, trace.y))


def unit_frame(trace: StepTrace, sample: int) -> pd.DataFrame:
    """The units of the picture, for one sample (from 1) of the batch.

    Returns:
        Columns ``layer`` (0 = inputs), ``unit``, ``x``, ``y``, ``symbol``, ``h`` (what leaves it), and, nan for inputs,
        ``gradient`` (dL/dz), ``bias``, ``bias_gradient``, ``bias_after``.
    """
    values = forward_frame(trace)
    values = values[values["sample"] == sample]
    last = len(trace.z) + 1
    parameters = update_frame(trace).set_index("parameter")
    rows = []
    for row in values.to_dict("records"):
        layer, unit = int(row["layer"]), int(row["unit"])
        count = int((values["layer"] == layer).sum())
        bias = symbol("b", layer, (unit,))
        known = parameters.loc[bias] if layer else None
        name = symbol("h", layer, (unit,)) if layer < last else "s"
        rows.append(
            {
                "layer": layer,
                "unit": unit,
                "x": float(layer),
                "y": (count - 1) / 2 - (unit - 1),
                "symbol": name if layer else f"x{chr(0x2080 + unit)}",
                "h": row["z"] if layer == last else row["h"],
                "gradient": row["gradient"],
                "bias": np.nan if known is None else known["before"],
                "bias_gradient": np.nan if known is None else known["gradient"],
                "bias_after": np.nan if known is None else known["after"],
            }
        )
    return pd.DataFrame(rows)


def weight_frame(trace: StepTrace) -> pd.DataFrame:
    """The weights of the picture.

    Returns:
        Columns ``x``, ``y``, ``x2``, ``y2``, ``at_x``, ``at_y`` (of the number), and those of ``update_frame``.
    """
    sizes = [trace.x.shape[1], *(z.shape[1] for z in trace.z), trace.scores.shape[1]]
    parameters = update_frame(trace).set_index("parameter")
    rows = []
    for layer in range(1, len(sizes)):
        below, above = sizes[layer - 1], sizes[layer]
        for j in range(above):
            # Numbers of lines to different units stand at different places on the way, so that they don't meet.
            share = 0.5 if above == 1 else 0.26 + 0.44 * j / (above - 1)
            for k in range(below):
                y, y2 = (below - 1) / 2 - k, (above - 1) / 2 - j
                name = symbol("w", layer, (j + 1, k + 1))
                rows.append(
                    {
                        "parameter": name,
                        "x": layer - 1,
                        "y": y,
                        "x2": layer,
                        "y2": y2,
                        "at_x": layer - 1 + share,
                        "at_y": y + share * (y2 - y),
                        **parameters.loc[name].to_dict(),
                    }
                )
    return pd.DataFrame(rows)


def worked_frame(result: Result, sample: int) -> pd.DataFrame:
    """Every number of the step and how it comes about, for one sample (from 1).

    Returns:
        Columns ``phase`` (a name of ``PHASES`` or ``"loss"``), ``quantity``, ``computation``, ``value``.
    """
    trace, b = result.trace, sample - 1
    rows: list[tuple[str, str, str, float]] = []
    below = [trace.x, *trace.h]
    weights = [trace.before[f"hidden.{i}.linear.weight"] for i in range(len(trace.z))] + [
        trace.before["output.weight"]
    ]
    biases = [trace.before[f"hidden.{i}.linear.bias"] for i in range(len(trace.z))] + [
        trace.before["output.bias"]
    ]
    sums, deltas = [*trace.z, trace.scores], [*trace.z_gradients, trace.score_gradients]
    depth = len(trace.z)
    for i, (W, bias) in enumerate(zip(weights, biases, strict=True)):
        for j in range(len(W)):
            terms = " + ".join(f"({W[j, k]:.3f})({below[i][b, k]:.3f})" for k in range(W.shape[1]))
            name = symbol("z", i + 1, (j + 1,)) if i < depth else "s"
            rows.append(("forward", name, f"{terms} + ({bias[j]:.3f})", float(sums[i][b, j])))
            if i < depth:
                rows.append(
                    (
                        "forward",
                        symbol("h", i + 1, (j + 1,)),
                        f"f({sums[i][b, j]:.3f})",
                        float(trace.h[i][b, j]),
                    )
                )
    s, y, size = float(trace.scores[b, 0]), float(np.ravel(trace.y[b])[0]), len(trace.x)
    own = float(np.logaddexp(0, s) - y * s)
    rows.append(("loss", "Lᵢ", f"ln(1 + e^({s:.3f})) − {y:g}·({s:.3f})", own))
    rows.append(("loss", "L", f"(L₁ + … ) / {size}" if size > 1 else "L₁", trace.loss))
    rows.append(("backward", "∂L/∂s", f"(σ({s:.3f}) − {y:g}) / {size}", float(trace.score_gradients[b, 0])))
    for i in reversed(range(depth)):
        W = weights[i + 1]
        for j in range(W.shape[1]):
            back = float(deltas[i + 1][b] @ W[:, j])
            terms = " + ".join(f"({deltas[i + 1][b, k]:.4f})({W[k, j]:.3f})" for k in range(len(W)))
            slope = float(deltas[i][b, j]) / back if back else 0.0
            name = f"∂L/∂{symbol('z', i + 1, (j + 1,))}"
            rows.append(("backward", name, f"f′ · [{terms}], f′ = {slope:.4f}", float(deltas[i][b, j])))
    for row in update_frame(trace).to_dict("records"):
        computation = f"{row['before']:.4f} − {trace.learning_rate:g} · ({row['gradient']:.4f})"
        rows.append(("update", str(row["parameter"]), computation, float(row["after"])))
    return pd.DataFrame(rows, columns=["phase", "quantity", "computation", "value"])
