"""The experiment on pictures: one immutable, checked value from which everything that a run does follows.

It is to a network that reads pictures what ``playground.Experiment`` is to one that reads points; the techniques are
the same, and so are the text forms and the refusals.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from playground.data.settings import MAX_SEED
from playground.experiment import HELD_OUT
from playground.experiment_text import TextForms
from playground.fields import fields_of, number_field, own_field, technique_field
from playground.images.augment import AUGMENTATIONS
from playground.images.data import MOST, PICTURE_SETS
from playground.registry import InvalidValue, Spec, choice, no_choice, number, switch, whole
from playground.techniques import (
    ACTIVATIONS,
    CLIPPINGS,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    SKIPS,
)
from playground.techniques.regularizers import drop_rates

NETWORKS = ("linear", "dense", "conv")
"""A linear classifier; hidden layers that see all pixels; blocks of a convolution each, then a linear classifier."""
POOLINGS = ("max", "average", "strided", "fractional", "none")
"""How a block makes its maps smaller: by half, ``fractional`` to 0.7 of the width, ``strided`` in its convolution."""
MAX_BLOCKS = 4
MAX_CHANNELS = 64
MAX_LAYERS = 4
MAX_UNITS = 256
KERNELS = (1, 3, 5, 7)
FRACTION = 0.7
"""What fractional pooling leaves of height and width."""

_CHANNELS = whole("channels", 16, 1, MAX_CHANNELS)
_UNITS = whole("hidden", 64, 1, MAX_UNITS)


def _channels(value: Any, where: str) -> tuple[int, ...]:
    return _sizes(value, where, _CHANNELS.check, MAX_BLOCKS)


def _hidden(value: Any, where: str) -> tuple[int, ...]:
    return _sizes(value, where, _UNITS.check, MAX_LAYERS)


def _sizes(value: Any, where: str, check: Any, most: int) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= most:
        raise InvalidValue(where, "expected.list", value, low=1, high=most)
    return tuple(check(size, f"{where}[{i}]") for i, size in enumerate(value))


def _kernel(value: Any, where: str) -> int:
    if str(value) not in map(str, KERNELS):
        raise InvalidValue(where, "expected.choice", value, choices=", ".join(map(str, KERNELS)))
    return int(value)


def _augmentation(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise no_choice(where, AUGMENTATIONS, value)
    for name in value:
        if not isinstance(name, str) or name not in AUGMENTATIONS:
            raise no_choice(where, AUGMENTATIONS, name)
    return tuple(name for name in AUGMENTATIONS if name in value)


def _strength(name: str) -> Any:
    return number_field(REGULARIZERS[name].param(name), "regularization")


@dataclass(frozen=True, init=False, repr=False)
class ImageExperiment(TextForms):
    """Everything that decides a run on pictures.

    A technique is given as a name or as ``{"name": "adam", "beta1": 0.9}``. ``channels``, ``kernel_size``,
    ``pooling`` and ``dropout2d`` are of the network ``"conv"``, ``hidden`` is of the network ``"dense"``.
    ``augmentation`` lists names of ``playground.images.augment``, which act in their order there, at their defaults;
    its ``"mixup"`` mixes in fixed shares, the field ``mixup`` in shares that are drawn for each batch.

    Raises:
        InvalidValue: an unknown field or a refused value; names the field, what was expected, what came.

    Example:
        >>> ImageExperiment(dataset="digits", channels=(8, 16)).map_sizes
        ((8, 8), (4, 4), (2, 2))
    """

    dataset: Spec = technique_field(PICTURE_SETS, "digits", "data")
    n_samples: int = number_field(whole("", 1000, 10, MOST, log=True), "data")
    train_fraction: float = number_field(number("", 0.8, 0.1, 0.9, 0.05), "data")
    validation_fraction: float = number_field(number("", 0.0, 0.0, 0.5, 0.05), "data")
    augmentation: tuple[str, ...] = own_field(_augmentation, (), "data", "several", listed=True)
    network: str = number_field(choice("", "conv", NETWORKS), "network", "choice")
    hidden: tuple[int, ...] = own_field(_hidden, (64,), "network", "layers", param=_UNITS, listed=True)
    channels: tuple[int, ...] = own_field(
        _channels, (16, 32), "network", "layers", param=_CHANNELS, listed=True
    )
    kernel_size: int = own_field(_kernel, 3, "network", "choice")
    pooling: str = number_field(choice("", "max", POOLINGS), "network", "choice")
    global_average: bool = number_field(switch("", False), "network", "choice")
    batch_norm: bool = number_field(switch("", False), "network", "choice")
    skip: Spec = technique_field(SKIPS, "none", "network")
    activation: Spec = technique_field(ACTIVATIONS, "relu", "activation")
    init: Spec = technique_field(INITIALIZERS, "he_normal", "activation")
    loss: Spec = technique_field(LOSSES, "cross_entropy", "optimizer")
    optimizer: Spec = technique_field(OPTIMIZERS, "adam", "optimizer")
    learning_rate: float = number_field(number("", 0.005, 1e-5, 10.0, log=True), "optimizer", "exact")
    schedule: Spec = technique_field(SCHEDULES, "constant", "optimizer")
    batch_size: int = number_field(whole("", 32, 1, 5000, log=True), "optimizer")
    clipping: Spec = technique_field(CLIPPINGS, "none", "optimizer")
    l2: float = _strength("l2")
    l1: float = _strength("l1")
    weight_decay: float = _strength("weight_decay")
    dropout: float = _strength("dropout")
    dropout2d: float = number_field(number("", 0.0, 0.0, 0.95, 0.05), "regularization")
    dropconnect: float = _strength("dropconnect")
    stochastic_depth: float = _strength("stochastic_depth")
    input_noise: float = _strength("input_noise")
    mixup: float = _strength("mixup")
    label_smoothing: float = _strength("label_smoothing")
    seed: int = number_field(whole("", 0, 0, MAX_SEED), "run")
    device: str = number_field(choice("", "auto", ("auto", "cpu", "cuda", "mps")), "run", "choice")

    def __init__(self, /, **fields: Any) -> None:
        for name in fields:
            if name not in IMAGE_FIELDS:
                known = ", ".join(IMAGE_FIELDS)
                raise InvalidValue(str(name) or "experiment", "expected.field", name, choices=known)
        values = {
            name: field.check(fields[name], name) if name in fields else field.default
            for name, field in IMAGE_FIELDS.items()
        }
        vars(self).update(values)
        self._check_fit()

    def _check_fit(self) -> None:
        """Refuse fields that do not fit each other. Raises InvalidValue."""
        pictures = PICTURE_SETS[self.dataset.name]
        whole("n_samples", pictures.usual, 2 * len(pictures.classes), pictures.most).check(self.n_samples)
        if "multiclass" not in LOSSES[self.loss.name].tasks:
            fitting = ", ".join(name for name, loss in LOSSES.items() if "multiclass" in loss.tasks)
            raise InvalidValue("loss", "expected.loss", self.loss.name, choices=fitting)
        if self.mixup and "mixup" in self.augmentation:
            raise InvalidValue("mixup", "pictures.mixed_twice", self.mixup)
        if self.network == "conv":
            maps = [min(size) for size in self.map_sizes]
            if len(maps) > 1 and 0 in maps:
                most = maps.index(0) - 1
                raise InvalidValue(
                    "channels", "pictures.blocks", list(self.channels), most=most, size=maps[0]
                )

    # --- what follows from the fields -------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a picture."""
        return PICTURE_SETS[self.dataset.name].shape

    @property
    def class_names(self) -> tuple[str, ...]:
        """Keys of the classes."""
        return PICTURE_SETS[self.dataset.name].classes

    @property
    def n_classes(self) -> int:
        """Number of classes, and of scores."""
        return len(self.class_names)

    @property
    def held_out(self) -> float:
        """The share of the training pictures that is held out; a fifth where something chooses and none is set."""
        if self.validation_fraction == 0.0 and SCHEDULES[self.schedule.name].feedback:
            return HELD_OUT
        return self.validation_fraction

    @property
    def map_sizes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of the picture, and behind each block of a convolutional network."""
        sizes = [self.shape[1:]]
        for _ in self.channels:
            sizes.append((_smaller(sizes[-1][0], self.pooling), _smaller(sizes[-1][1], self.pooling)))
        return tuple(sizes)

    @property
    def skips(self) -> tuple[bool, ...]:
        """Of each block, whether its input is added to its output: both must be of one size."""
        widths = {
            "linear": (),
            "dense": (prod(self.shape), *self.hidden),
            "conv": (self.shape[0], *self.channels),
        }
        adds = SKIPS[self.skip.name].adds and not (self.network == "conv" and self.pooling == "strided")
        return tuple(adds and n_in == n_out for n_in, n_out in pairwise(widths[self.network]))

    @property
    def drop_rates(self) -> tuple[float, ...]:
        """The chance that a step leaves out each block; 0 for those without a skip connection."""
        return drop_rates(self.skips, self.stochastic_depth)

    def replace(self, /, **changes: Any) -> ImageExperiment:
        """A new experiment with some fields changed. Raises InvalidValue."""
        return ImageExperiment(**{**self.settings(), **changes})


def _smaller(size: int, pooling: str) -> int:
    """Height or width of a map behind a block."""
    if pooling == "none":
        return size
    if pooling == "strided":
        return -(-size // 2) if size > 1 else 0  # a single pixel cannot be halved
    return int(size * FRACTION) if pooling == "fractional" else size // 2


IMAGE_FIELDS = fields_of(ImageExperiment)
"""Every field by name, group by group."""

ImageExperiment.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.default)
        for name, field in IMAGE_FIELDS.items()
    ]
)
