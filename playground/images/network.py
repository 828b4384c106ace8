"""The network of an experiment on pictures, with freshly drawn weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground import streams
from playground.images.experiment import ImageExperiment
from playground.images.layers import RNGS, Conv2d, Linear, layers_of
from playground.techniques import INITIALIZERS


class ImageNetwork(nn.Sequential):
    """The layers one after the other, as an exported script has them; scores (B, n_classes) come out.

    Attributes:
        blocks: for each layer the block that it belongs to, counted from 0; the classifier is the last.
        generators: what its layers draw from in training.
    """

    def __init__(self, experiment: ImageExperiment, single: bool = False, classes: int = 0) -> None:
        layers = layers_of(experiment, single, classes)
        generators = {name: streams.generator(experiment.seed, stream) for name, stream in RNGS.items()}
        super().__init__(*(layer.make(generators) for layer in layers))
        self.generators = generators
        self.blocks = tuple(layer.block for layer in layers)

    def maps(self, x: Tensor) -> list[Tensor]:
        """What leaves each block, (B, channels, height, width) or (B, units), for pictures (B, C, H, W)."""
        return self.seen(x)[0]

    def seen(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """``maps`` and the scores (B, n_classes)."""
        found: list[Tensor] = []
        for number, layer in enumerate(self):
            x = layer(x)
            if self.blocks[number] < self.blocks[-1]:
                del found[self.blocks[number] :]
                found.append(x)
        return found, x


def build(experiment: ImageExperiment, single: bool = False, classes: int = 0) -> ImageNetwork:
    """The experiment's network with freshly drawn weights, on the CPU.

    Weights are drawn layer by layer in forward order, biases are 0; PyTorch's own scheme also draws each bias, right
    after its weight.

    Args:
        single: whether a mini-batch of one picture occurs.
        classes: scores that come out; 0: the experiment's.
    """
    network = ImageNetwork(experiment, single, classes)
    initializer, generator = (
        INITIALIZERS[experiment.init.name],
        torch.Generator().manual_seed(experiment.seed),
    )
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, Linear | Conv2d):
                initializer.fill(module.weight, generator, experiment.init)
                assert module.bias is not None
                initializer.fill_bias(module.bias, module.weight[0].numel(), generator, experiment.init)
    return network
