"""An experiment as the tables of numbers that the kernel reads."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from playground.engine.fused import activations, clipping, losses, normalizing, optimizers, penalties
from playground.engine.fused.few import FEW, WIDE
from playground.engine.fused.lanes import LANES
from playground.techniques import ACTIVATIONS, OPTIMIZERS, REGULARIZERS, acting, class_weights

if TYPE_CHECKING:
    from playground.experiment import Experiment
    from playground.layout import Layout

LAYER: Final = np.dtype(
    [
        ("n_in", np.int64),
        ("units", np.int64),
        ("pieces", np.int64),
        ("rows", np.int64),  # of the weight matrix: units times pieces
        ("activation", np.int64),  # code; -1 for the output layer
        ("normalized", np.int64),  # code; 0 without
        # places in the flat vectors of parameters and of buffers; -1 where there is none
        ("weight", np.int64),
        ("bias", np.int64),
        ("gamma", np.int64),
        ("beta", np.int64),
        ("slope", np.int64),
        ("mean", np.int64),
        ("var", np.int64),
        # places of the rows within one block of the work space, in numbers
        ("x", np.int64),  # the layer's inputs
        ("normal", np.int64),  # normalized sums, before scale and shift
        ("narrow", np.int64),  # one row: 1/√(σ² + ε) of each sample
        ("z", np.int64),  # what enters the activation
        ("h", np.int64),  # what leaves it
        ("mask", np.int64),  # dropout
        ("out", np.int64),  # after dropout and skip connection; the same as h without both
        ("skips", np.int64),  # whether it adds its inputs to its outputs
        ("a", np.float32),  # the activation's parameter
        ("rate", np.float32),  # dropout
        ("keep", np.float32),  # 1 / (1 - rate)
        ("drop_rate", np.float32),  # stochastic depth: of the whole layer
        ("survival", np.float32),  # 1 - drop_rate
        ("momentum", np.float64),  # of the running statistics
        ("eps", np.float64),
    ],
    align=True,
)
"""One row a layer, the output layer last."""

SETTINGS: Final = np.dtype(
    [
        ("layers", np.int64),
        ("inputs", np.int64),
        ("scores", np.int64),  # number of scores
        ("dropped", np.int64),  # units of all layers with dropout
        ("n_dropconnect", np.int64),  # weights that DropConnect draws for; 0 without it
        ("mixes", np.int64),  # whether there is mixup
        ("noisy", np.int64),  # whether there is input noise
        ("blocks", np.int64),  # layers that stochastic depth draws for; 0 without it
        ("span", np.int64),  # numbers of one block of the work space
        ("few", np.int64),  # samples of a step, at most, for which the lanes are units
        # rows of the work space
        ("y", np.int64),
        ("partner_y", np.int64),
        ("delta", np.int64),
        ("other", np.int64),
        ("loss", np.int64),
        ("classes", np.int64),  # 0 for regression, 2 for one score
        ("optimizer", np.int64),
        ("slots", np.int64),
        ("clipping", np.int64),
        ("parameters", np.int64),
        ("loss_a", np.float32),
        ("smoothing", np.float32),
        ("weighted", np.int64),  # whether classes have weights
        ("limit", np.float64),  # of clipping
        ("decay", np.float64),
        ("optimizer_decay", np.float64),
        ("dropconnect_rate", np.float32),
        ("dropconnect_keep", np.float32),
    ],
    align=True,
)
"""A single row."""


CLASS_WEIGHTS: Final = penalties.LAST
"""Where the class weights stand in ``Tables.options``."""


class Tables(NamedTuple):
    """What the kernel knows of an experiment.

    Attributes:
        layers: LAYER rows. settings: one SETTINGS row. options: float64, the optimizer's parameters, then the
            strengths of the penalties, then the class weights.
    """

    layers: np.ndarray
    settings: np.ndarray
    options: np.ndarray


def uncovered(experiment: Experiment) -> str:
    """The first technique of the experiment that has no compiled form, "" if there is none."""
    if (experiment.loss.name, experiment.task) not in losses.CODES:
        return experiment.loss.name
    used: list[tuple[str, Container[str]]] = [
        *((spec.name, activations.CODES) for spec in experiment.activations),
        (experiment.optimizer.name, optimizers.CODES),
        (experiment.clipping.name, clipping.CODES),
        (experiment.normalization.name, normalizing.CODES),
        *((entry.name, penalties.CODES) for entry in acting(experiment, "loss")),
    ]
    return next((name for name, codes in used if name not in codes), "")


def make_tables(experiment: Experiment, layout: Layout) -> Tables:
    """The tables of an experiment that the engine covers."""
    settings = np.zeros(1, SETTINGS)
    layers = np.zeros(len(layout.hidden) + 1, LAYER)
    row = _fill_layers(layers, experiment, layout)
    _fill_settings(settings[0], experiment, layout, row)
    options = np.zeros(CLASS_WEIGHTS + experiment.n_classes)
    params = OPTIMIZERS[experiment.optimizer.name].params
    options[: len(params)] = [float(experiment.optimizer[param.name]) for param in params]
    for name, code in penalties.CODES.items():
        options[penalties.FIRST + code] = REGULARIZERS[name].strength(experiment)
    return Tables(layers, settings, options)


def weigh(options: np.ndarray, experiment: Experiment, y_train: np.ndarray) -> None:
    """Put the class weights of these training rows into ``Tables.options``."""
    weights = class_weights(experiment.class_weighting, y_train, experiment.n_classes)
    if weights is not None:
        options[CLASS_WEIGHTS:] = weights


def _fill_layers(layers: np.ndarray, experiment: Experiment, layout: Layout) -> int:
    """Fill the layers' rows; returns the number of work rows used."""
    last = len(layout.hidden)
    norm = experiment.normalization
    before, row = 0, layout.n_inputs
    n_in = layout.n_inputs
    for i, layer in enumerate(layers):
        hidden = i < last
        layer["n_in"], layer["x"] = n_in, before * LANES
        layer["units"] = layout.hidden[i] if hidden else layout.n_outputs
        layer["pieces"] = layout.pieces[i] if hidden else 1
        layer["rows"] = layer["units"] * layer["pieces"]
        for kind in ("gamma", "beta", "slope"):
            layer[kind] = -1
        layer["mean"] = layer["var"] = -1
        for block in layout.parameters:
            if block.layer == i:
                layer[block.kind] = block.start
        for block in layout.buffers:
            if block.layer == i:
                layer[block.kind.removeprefix("running_")] = block.start
        if layer["gamma"] >= 0:
            layer["normalized"] = normalizing.CODES[norm.name]
            layer["momentum"], layer["eps"] = norm.params.get("momentum", 0.0), norm["eps"]
        places = [("normal", "rows")] if layer["normalized"] else []
        places += [("z", "rows")]
        if layer["normalized"] in normalizing.PER_SAMPLE:
            layer["narrow"] = row * LANES
            row += 1
        layer["activation"] = -1
        if hidden:
            spec, rate = experiment.activations[i], experiment.dropouts[i]
            layer["activation"] = activations.CODES[spec.name]
            params = ACTIVATIONS[spec.name].params
            layer["a"] = spec[params[0].name] if params else 0.0
            layer["rate"], layer["keep"] = rate, 1 / (1 - rate)
            places += [("h", "units")]
            layer["skips"], layer["drop_rate"] = experiment.skips[i], experiment.drop_rates[i]
            layer["survival"] = 1 - experiment.drop_rates[i]
            if rate > 0:
                places += [("mask", "units")]
            if rate > 0 or layer["skips"]:
                places += [("out", "units")]
        for name, count in places:
            layer[name] = row * LANES
            row += int(layer[count])
        if not hidden:
            layer["h"] = layer["z"]
        if ("out", "units") not in places:
            layer["out"] = layer["h"]
        before, n_in = int(layer["out"]) // LANES, int(layer["units"])
    return row


def _fill_settings(settings: np.void, experiment: Experiment, layout: Layout, row: int) -> None:
    widest = max((layout.n_inputs, layout.n_outputs, *layout.widths))
    for name, rows in (("y", 1), ("partner_y", 1), ("delta", widest), ("other", widest)):
        settings[name] = row * LANES
        row += rows
    settings["span"] = row * LANES
    settings["inputs"], settings["scores"] = layout.n_inputs, layout.n_outputs
    plain = not layout.normalized and layout.widths == layout.hidden
    settings["few"] = FEW if plain and max(layout.hidden, default=0) >= WIDE else 0
    settings["layers"] = len(layout.hidden) + 1
    settings["mixes"], settings["noisy"] = experiment.mixup > 0, experiment.input_noise > 0
    settings["parameters"] = layout.n_parameters
    settings["dropped"] = sum(
        n for n, rate in zip(layout.hidden, experiment.dropouts, strict=True) if rate > 0
    )
    settings["blocks"] = sum(rate > 0 for rate in experiment.drop_rates)
    if experiment.dropconnect > 0:
        settings["n_dropconnect"] = sum(layout.hidden_weights)
        settings["dropconnect_rate"] = experiment.dropconnect
        settings["dropconnect_keep"] = 1 / (1 - experiment.dropconnect)
    loss, optimizer, clipped = experiment.loss, experiment.optimizer, experiment.clipping
    settings["loss"] = losses.CODES[loss.name, experiment.task]
    settings["loss_a"] = loss.values[0][1] if loss.values else 0.0
    settings["smoothing"] = experiment.label_smoothing
    settings["weighted"] = experiment.weighs_classes
    settings["classes"] = experiment.n_classes
    settings["optimizer"] = optimizers.CODES[optimizer.name]
    settings["slots"] = OPTIMIZERS[optimizer.name].slots
    settings["clipping"] = clipping.CODES[clipped.name]
    settings["limit"] = clipped.values[0][1] if clipped.values else 0.0
    settings["decay"] = experiment.weight_decay
    settings["optimizer_decay"] = optimizer.params.get("weight_decay", 0.0)
