"""What a network on pictures is made of: each layer with the shape of what leaves it and its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from playground.images.experiment import ImageExperiment
from playground.later import torch


@dataclass(frozen=True)
class Stage:
    """A layer.

    Args:
        name: PyTorch's, as a script has it; "" for the picture itself.
        shape: of what leaves it, for one picture: (channels, height, width) or (units,).
        parameters: how many it learns.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int


def architecture(experiment: ImageExperiment) -> list[Stage]:
    """The picture, and every layer up to the scores."""
    from playground.images.layers import layers_of
    from playground.images.network import build  # loads PyTorch

    names = [
        layer.code.removeprefix("nn.").partition("(")[0] for layer in layers_of(experiment, single=False)
    ]
    network = build(experiment).eval()
    found, x = [Stage("", experiment.shape, 0)], torch.zeros(1, *experiment.shape)
    with torch.no_grad():
        for name, layer in zip(names, network, strict=True):
            x = layer(x)
            parameters = sum(prod(parameter.shape) for parameter in layer.parameters())
            found.append(Stage(name, tuple(x.shape[1:]), parameters))
    return found
