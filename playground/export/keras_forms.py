"""What Keras calls each technique; what is not in these tables it has none of its own for.

Source: Keras 3 API documentation, https://keras.io/api. Expressions stand in ``playground.export.keras_code``'s script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import REGULARIZERS, Task

Form = Callable[[Spec], str]

ACTIVATIONS: Final[dict[str, Form]] = {
    "identity": lambda spec: "z",
    "sigmoid": lambda spec: "keras.activations.sigmoid(z)",
    "tanh": lambda spec: "keras.activations.tanh(z)",
    "relu": lambda spec: "keras.activations.relu(z)",
    "leaky_relu": lambda spec: f"keras.activations.leaky_relu(z, negative_slope={spec['slope']!r})",
    "prelu": lambda spec: (
        f'layers.PReLU(keras.initializers.Constant({spec["start"]!r}), shared_axes=[1], name="{{name}}")(z)'
    ),
    "elu": lambda spec: f"keras.activations.elu(z, alpha={spec['alpha']!r})",
    "selu": lambda spec: "keras.activations.selu(z)",
    "maxout": lambda spec: f"ops.max(ops.reshape(z, (-1, {{units}}, {spec['pieces']})), axis=2)",
    "gelu": lambda spec: "keras.activations.gelu(z, approximate=False)",
    "silu": lambda spec: "keras.activations.silu(z)",
    "mish": lambda spec: "z * ops.tanh(ops.softplus(z))",
    "softplus": lambda spec: (
        "keras.activations.softplus(z)"
        if spec["beta"] == 1
        else f"keras.activations.softplus({spec['beta']!r} * z) / {spec['beta']!r}"
    ),
}
"""An expression of ``z`` (B, n·k); ``{name}`` is the layer's and ``{units}`` their number."""

NORMALIZATIONS: Final[dict[str, Form]] = {
    "batch_norm": lambda spec: (
        f'layers.BatchNormalization(momentum={1 - spec["momentum"]:.6g}, epsilon={spec["eps"]!r}, name="{{name}}")'
    ),
    "layer_norm": lambda spec: f'layers.LayerNormalization(epsilon={spec["eps"]!r}, name="{{name}}")',
}

INITIALIZERS: Final[dict[str, Form]] = {
    "zeros": lambda spec: "Zeros()",
    "constant": lambda spec: f"Constant({spec['value']!r})",
    "small_normal": lambda spec: "RandomNormal(stddev=0.01)",
    "large_normal": lambda spec: "RandomNormal(stddev=1.0)",
    "normal": lambda spec: f"RandomNormal(stddev={spec['std']!r})",
    "uniform": lambda spec: f"RandomUniform({-spec['bound']!r}, {spec['bound']!r})",
    "xavier_normal": lambda spec: "GlorotNormal()",
    "xavier_uniform": lambda spec: "GlorotUniform()",
    "xavier_fan_in": lambda spec: "LecunNormal()",
    "he_normal": lambda spec: "HeNormal()",
    "he_fan_average": lambda spec: 'VarianceScaling(2.0, "fan_avg")',
    "lecun_normal": lambda spec: "LecunNormal()",
    "orthogonal": lambda spec: f"Orthogonal(gain={spec['gain']!r})",
    "pytorch": lambda spec: 'VarianceScaling(1 / 3, "fan_in", "uniform")',
}
"""Of ``keras.initializers``, for a layer's weights."""
TRUNCATED: Final = ("xavier_normal", "xavier_fan_in", "he_normal", "he_fan_average", "lecun_normal")
"""Keras draws these from a normal distribution that ends at two standard deviations."""


def _moments(spec: Spec) -> str:
    return f"beta_1={spec['beta1']!r}, beta_2={spec['beta2']!r}, epsilon={spec['eps']!r}"


OPTIMIZERS: Final[dict[str, Form]] = {
    "sgd": lambda spec: "SGD({rate}",
    "momentum": lambda spec: f"SGD({{rate}}, momentum={spec['beta']!r}",
    "nesterov": lambda spec: f"SGD({{rate}}, momentum={spec['beta']!r}, nesterov=True",
    "adagrad": lambda spec: f"Adagrad({{rate}}, initial_accumulator_value=0.0, epsilon={spec['eps']!r} ** 2",
    "rmsprop": lambda spec: f"RMSprop({{rate}}, rho={spec['alpha']!r}, epsilon={spec['eps']!r} ** 2",
    "adam": lambda spec: f"Adam({{rate}}, {_moments(spec)}" if spec["bias_correction"] else "",
    "adamw": lambda spec: f"AdamW({{rate}}, {_moments(spec)}",
    "nadam": lambda spec: f"Nadam({{rate}}, {_moments(spec)}",
}
"""Of ``keras.optimizers``, without the closing bracket; "" where Keras has no such variant."""

CLIPPINGS: Final[dict[str, Form]] = {
    "norm": lambda spec: f"global_clipnorm={spec['max_norm']!r}",
    "value": lambda spec: f"clipvalue={spec['max_value']!r}",
}
"""Arguments of an optimizer."""

SCHEDULES: Final[dict[str, Form]] = {
    "step": lambda spec: f"{spec['gamma']!r} ** (epoch // {spec['period']})",
    "multi_step": lambda spec: f"{spec['gamma']!r} ** sum(epoch >= m for m in {list(spec['milestones'])})",
    "exponential": lambda spec: f"{spec['gamma']!r} ** epoch",
    "power_of_ten": lambda spec: f"10 ** (-epoch / {spec['n']})",
    "cosine": lambda spec: f"cosine(epoch, period={spec['period']}, floor={spec['floor']!r})",
    "warm_up": lambda spec: (
        f"{spec['start']!r} + {1 - spec['start']:.6g} * min(epoch, {spec['epochs']}) / {spec['epochs']}"
    ),
    "one_cycle": lambda spec: (
        f"one_cycle(epoch, total={spec['total']}, peak={spec['peak']!r}, "
        f"rise={spec['rise']!r}, final={spec['final']!r})"
    ),
}
"""The factor on the rate, an expression of ``epoch``. Reduce on plateau is a callback."""

SIGNED: Final = "2 * ops.reshape(y, (-1, 1)) - 1"
ONE_HOT: Final = 'ops.one_hot(ops.cast(y, "int32"), {n})'

LOSSES: Final[dict[tuple[str, Task], str]] = {
    (
        "cross_entropy",
        "binary",
    ): "keras.losses.binary_crossentropy(ops.reshape(y, (-1, 1)), s, from_logits=True{smoothing})",
    ("cross_entropy", "multiclass"): f"keras.losses.categorical_crossentropy({ONE_HOT}, s, from_logits=True"
    "{smoothing})",
    ("hinge", "binary"): f"ops.mean(ops.relu(1 - ({SIGNED}) * s), axis=1)",
    ("hinge", "multiclass"): "multi_margin(y, s)",
    ("squared_error", "binary"): f"ops.mean(ops.square(s - ({SIGNED})), axis=1)",
    ("squared_error", "multiclass"): f"ops.mean(ops.square(s - {ONE_HOT}), axis=1)",
    ("squared_error", "regression"): "ops.mean(ops.square(s - ops.reshape(y, (-1, 1))), axis=1)",
    ("huber", "regression"): "keras.losses.huber(ops.reshape(y, (-1, 1)), s, delta={delta})",
}
"""The loss of each sample, from targets ``y`` (B,) and scores ``s`` (B, n)."""

REGULARIZING: Final = ("l1", "l2", "weight_decay", "dropout", "input_noise", "label_smoothing")
"""Regularizers that Keras has."""


def left_out(experiment: Experiment) -> list[str]:
    """Keys of the labels of what an experiment uses and Keras has nothing for, and what code can do without."""
    found = [
        f"fields.{entry.field}.label"
        for name, entry in REGULARIZERS.items()
        if name not in REGULARIZING and entry.acts(experiment)
    ]
    if experiment.resamples:
        found.append(f"techniques.weightings.{experiment.class_weighting.name}.label")
    return found


def missing(experiment: Experiment) -> tuple[str, Spec] | None:
    """The field and the technique that Keras has nothing for, and code cannot do without; None where there is none."""
    if not OPTIMIZERS.get(experiment.optimizer.name, lambda spec: "")(experiment.optimizer):
        return "optimizer", experiment.optimizer
    tables: list[tuple[str, Spec, Mapping[str, object]]] = [
        *(("activation", spec, ACTIVATIONS) for spec in experiment.activations),
        ("init", experiment.init, INITIALIZERS),
        ("normalization", experiment.normalization, {**NORMALIZATIONS, "none": str}),
        ("clipping", experiment.clipping, {**CLIPPINGS, "none": str}),
        ("schedule", experiment.schedule, {**SCHEDULES, "constant": str, "reduce_on_plateau": str}),
    ]
    for field, spec, table in tables:
        if spec.name not in table:
            return field, spec
    if (experiment.loss.name, experiment.task) not in LOSSES:
        return "loss", experiment.loss
    return None
