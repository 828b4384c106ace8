"""A small convolutional network that learns from pictures, step by step: what several sections train.

Two blocks of convolution, batch normalization, ReLU and max pooling, then one linear layer; Adam. Everything random
comes from the seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from playground import streams
from playground.engine.threads import one_thread
from playground.images.augment import augment
from playground.images.data import Pictures, loading
from playground.later import F, nn, torch
from playground.registry import Spec

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS = (8, 16)
"""Maps of the two convolutions."""
RATE = 0.005
"""Adam's learning rate."""
BATCH = 20
"""Pictures in a step."""
STEPS = 5
"""Steps in a slice of work."""
TESTED = 400
"""Pictures that a network is tested on."""


def parts(name: str, count: int, seed: int) -> Iterator[tuple[Pictures, Pictures] | None]:
    """``count`` pictures to train on and ``TESTED`` others, the classes even in both, in slices: None after each."""
    for pictures in loading(name, count + TESTED, seed):
        yield None if pictures is None else (pictures.of(slice(count)), pictures.of(slice(count, None)))


def network(shape: Sequence[int], classes: int, seed: int) -> nn.Sequential:
    """The network for pictures of ``shape`` (channels, height, width), with PyTorch's usual initial weights."""
    channels, height, width = shape
    first, second = CHANNELS
    model = nn.Sequential(
        nn.Conv2d(channels, first, 3, padding=1),
        nn.BatchNorm2d(first),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.BatchNorm2d(second),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * (height // 4) * (width // 4), classes),
    )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in model:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                bound = 1 / math.sqrt(layer.weight[0].numel())
                for parameter in layer.parameters():
                    parameter.uniform_(-bound, bound, generator=generator)
    return model


class Learner:
    """A network in training.

    Args:
        train, test: pictures.
        specs: augmentations of each batch.
        seed: of weights, order and augmentation. Two learners of the same seed begin alike and see the pictures in the
            same order.
    """

    def __init__(self, train: Pictures, test: Pictures, specs: Sequence[Spec], seed: int) -> None:
        self.images, self.labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
        self.test, self.truth = torch.from_numpy(test.images), torch.from_numpy(test.labels)
        self.targets = F.one_hot(self.labels, len(train.classes)).float()
        self.specs = specs
        self.model = network(train.images.shape[1:], len(train.classes), seed)
        self.optimizer = torch.optim.Adam(self.model.parameters(), RATE)
        self._rng = streams.generator(seed, streams.ORDER)
        self._changes = torch.Generator().manual_seed(seed + 1)
        self._order: list[int] = []

    @one_thread()
    def steps(self, count: int = STEPS) -> float:
        """Train for some steps; returns the mean loss of their batches."""
        total = 0.0
        self.model.train()
        for _ in range(count):
            rows = self._batch()
            images, targets = augment(self.images[rows], self.targets[rows], self.specs, self._changes)
            loss = F.cross_entropy(self.model(images), targets)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            total += float(loss.detach())
        return total / count

    def _batch(self) -> list[int]:
        """The next pictures; all are seen once before one is seen again."""
        if len(self._order) < min(BATCH, len(self.labels)):
            self._order = self._rng.permutation(len(self.labels)).tolist()
        rows, self._order = self._order[:BATCH], self._order[BATCH:]
        return rows

    @one_thread()
    def probabilities(self, images: Tensor) -> Tensor:
        """Of each class ``(n, classes)``."""
        self.model.eval()
        with torch.no_grad():
            return torch.softmax(self.model(images), 1)

    def accuracy(self, training: bool = False) -> float:
        """Share of the test pictures (or the training pictures) that are named correctly."""
        images, truth = (self.images, self.labels) if training else (self.test, self.truth)
        return float((self.probabilities(images).argmax(1) == truth).float().mean())
