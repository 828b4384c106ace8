"""The layers of a network on pictures: what makes each, and what a script writes for it. One list is both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import numpy as np
from torch import Tensor, nn

from playground import streams
from playground.images.experiment import FRACTION, ImageExperiment
from playground.images.modules import BatchNorm2d, DropConnect, Dropout, FractionalPool, Maxout
from playground.registry import Spec
from playground.techniques import ACTIVATIONS, SKIPS, Activation
from playground.techniques.batch_norm import BatchNorm
from playground.techniques.modules import StochasticDepth

Generators = dict[str, np.random.Generator]
"""Random generators by the names that a script gives them."""

RNGS = {
    "dropout_rng": streams.DROPOUT,
    "dropout2d_rng": streams.DROPOUT_2D,
    "pooling_rng": streams.FRACTIONAL,
    "dropconnect_rng": streams.DROPCONNECT,
    "depth_rng": streams.STOCHASTIC_DEPTH,
}
"""The streams that layers draw from in training, by the names that a script gives their generators."""


class Linear(nn.Linear):
    """A linear map whose weights are drawn later; nn.Linear's own draw would use the global generator."""

    def reset_parameters(self) -> None:
        """Draws nothing."""


class Conv2d(nn.Conv2d):
    """A convolution whose weights are drawn later."""

    def reset_parameters(self) -> None:
        """Draws nothing."""


class Elementwise(nn.Module):
    """An activation without parameters."""

    def __init__(self, technique: Activation, spec: Spec) -> None:
        super().__init__()
        self.technique, self.spec = technique, spec

    def forward(self, z: Tensor) -> Tensor:
        return self.technique.forward(z, self.spec)


@dataclass(frozen=True)
class Layer:
    """One layer.

    Args:
        code: the expression that makes it in a script.
        make: ``(generators)``, gives the module; its weights are not drawn yet.
        block: which block it belongs to, counted from 0; the classifier comes after the last one.
        own: the class that a script must contain as source, if it is none of PyTorch's.
        inside: layers within it.
    """

    code: str
    make: Callable[[Generators], Any]
    block: int
    own: type[Any] | None = None
    inside: tuple[Layer, ...] = ()


def layers_of(experiment: ImageExperiment, single: bool, classes: int = 0) -> list[Layer]:
    """The layers from the picture to the scores.

    Args:
        single: whether a mini-batch of one picture occurs, which PyTorch's batch normalization refuses.
        classes: scores that come out; 0: as many as the experiment's pictures have classes.
    """
    made = {"linear": _linear, "dense": _dense, "conv": _conv}[experiment.network](experiment, single)
    n_blocks = {"linear": 0, "dense": len(experiment.hidden), "conv": len(experiment.channels)}
    n_in = {
        "linear": prod(experiment.shape),
        "dense": experiment.hidden[-1],
        "conv": experiment.channels[-1]
        * (1 if experiment.global_average else prod(experiment.map_sizes[-1])),
    }
    n_out = classes or experiment.n_classes
    return [*made, _fully(n_in[experiment.network], n_out, n_blocks[experiment.network])]


def _linear(e: ImageExperiment, single: bool) -> list[Layer]:
    return [_flatten(0)]


def _dense(e: ImageExperiment, single: bool) -> list[Layer]:
    found, n_in = [_flatten(0)], prod(e.shape)
    for block, n in enumerate(e.hidden):
        width = n * _pieces(e)
        inside = [_dropping(e, _fully(n_in, width, block))]
        if e.batch_norm and single:
            code = f"BatchNorm({width}, momentum=0.1, eps=1e-05)"
            inside.append(Layer(code, _later(partial(BatchNorm, width, 0.1, 1e-5)), block, BatchNorm))
        elif e.batch_norm:
            inside.append(Layer(f"nn.BatchNorm1d({width})", _later(partial(nn.BatchNorm1d, width)), block))
        inside.append(_activation(e, block))
        found += _block(e, inside, block)
        if e.dropout:
            found.append(_dropout(e.dropout, "dropout_rng", block))
        n_in = n
    return found


def _conv(e: ImageExperiment, single: bool) -> list[Layer]:
    found, n_in, last = [], e.shape[0], len(e.channels) - 1
    for block, n in enumerate(e.channels):
        width = n * _pieces(e)
        inside = [_dropping(e, _convolution(e, n_in, width, block))]
        if e.batch_norm:
            name = "BatchNorm2d" if single else "nn.BatchNorm2d"
            own = BatchNorm2d if single else None
            inside.append(Layer(f"{name}({width})", _later(partial(BatchNorm2d, width)), block, own))
        inside.append(_activation(e, block))
        found += _block(e, inside, block)
        found += _pooling(e, block)
        if e.dropout2d:
            found.append(_dropout(e.dropout2d, "dropout2d_rng", block))
        n_in = n
    if e.global_average:  # Lin, Chen & Yan 2014, Network in network, section 3.2
        found.append(Layer("nn.AdaptiveAvgPool2d(1)", _later(partial(nn.AdaptiveAvgPool2d, 1)), last + 1))
    found.append(_flatten(last + 1))
    if e.dropout:
        found.append(_dropout(e.dropout, "dropout_rng", last + 1))
    return found


def _pieces(e: ImageExperiment) -> int:
    return ACTIVATIONS[e.activation.name].pieces(e.activation)


def _later(make: Callable[[], Any]) -> Callable[[Generators], Any]:
    """A layer that draws nothing."""
    return lambda generators: make()


def _flatten(block: int) -> Layer:
    return Layer("nn.Flatten()", _later(nn.Flatten), block)


def _fully(n_in: int, n_out: int, block: int) -> Layer:
    return Layer(f"nn.Linear({n_in}, {n_out})", _later(partial(Linear, n_in, n_out)), block)


def _convolution(e: ImageExperiment, n_in: int, n_out: int, block: int) -> Layer:
    size, padding, stride = e.kernel_size, e.kernel_size // 2, 2 if e.pooling == "strided" else 1
    code = f"nn.Conv2d({n_in}, {n_out}, {size}"
    code += f", stride={stride}" * (stride > 1) + f", padding={padding}" * (padding > 0)
    return Layer(f"{code})", _later(partial(Conv2d, n_in, n_out, size, stride, padding)), block)


def _activation(e: ImageExperiment, block: int) -> Layer:
    technique, spec = ACTIVATIONS[e.activation.name], e.activation
    pieces = technique.pieces(spec)
    if pieces > 1:
        return Layer(f"Maxout({pieces})", _later(partial(Maxout, pieces)), block, Maxout)
    if technique.learned:
        return Layer(technique.export(spec), _later(partial(nn.PReLU, init=spec["start"])), block)
    return Layer(technique.export(spec), _later(partial(Elementwise, technique, spec)), block)


def _dropping(e: ImageExperiment, layer: Layer) -> Layer:
    """The layer, with some of its weights dropped in training where the experiment has it so."""
    rate = e.dropconnect
    if not rate:
        return layer
    return Layer(
        f"DropConnect({layer.code}, {rate!r}, dropconnect_rng)",
        lambda generators: DropConnect(layer.make(generators), rate, generators["dropconnect_rng"]),
        layer.block,
        DropConnect,
        (layer,),
    )


def _block(e: ImageExperiment, inside: list[Layer], block: int) -> list[Layer]:
    """The layers of a block, with a skip connection around them if its output is as large as its input."""
    if not e.skips[block]:
        return inside
    rate, skip = e.drop_rates[block], SKIPS[e.skip.name]
    assert skip.module is not None, "a skip connection that adds has a module"
    own = StochasticDepth if rate else skip.module()
    code = ",\n".join(layer.code for layer in inside)
    if rate:
        code = f"{rate!r},\ndepth_rng,\n{code}"

    def make(generators: Generators) -> Any:
        drawn = (rate, generators["depth_rng"]) if rate else ()
        return own(*drawn, *(layer.make(generators) for layer in inside))

    return [
        Layer(
            f"{own.__name__}(\n{_indented(code)},\n)",
            make,
            block,
            own,
            tuple(inside),
        )
    ]


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.split("\n"))


def _pooling(e: ImageExperiment, block: int) -> list[Layer]:
    if e.pooling == "max":
        return [Layer("nn.MaxPool2d(2)", _later(partial(nn.MaxPool2d, 2)), block)]
    if e.pooling == "average":
        return [Layer("nn.AvgPool2d(2)", _later(partial(nn.AvgPool2d, 2)), block)]
    if e.pooling == "fractional":
        code = f"FractionalPool({FRACTION}, pooling_rng)"
        return [Layer(code, lambda g: FractionalPool(FRACTION, g["pooling_rng"]), block, FractionalPool)]
    return []


def _dropout(rate: float, rng: str, block: int) -> Layer:
    return Layer(f"Dropout({rate!r}, {rng})", lambda g: Dropout(rate, g[rng]), block, Dropout)
