"""A small residual network with stochastic depth, in PyTorch.

Source: Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth: equation 2 (a block is skipped
in training with probability 1 − p_l), equation 4 (p_l falls linearly from 1 to p_L), equation 5 (evaluation).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from playground.data.prepare import prepare
from playground.experiment import Experiment
from playground.labs.generalization_runs import accuracy_of, at_seed, fresh, loss_of, with_gap

BLOCKS = 8
WIDTH = 16


def survival(blocks: int, last: float) -> list[float]:
    """p_l of each block, l = 1 … L: 1 − l/L·(1 − p_L) (equation 4)."""
    return [1 - (l / blocks) * (1 - last) for l in range(1, blocks + 1)]  # noqa: E741


class Block(nn.Module):
    """h + b·f(h) in training with b ~ Bernoulli(p), h + p·f(h) in evaluation; f is linear, ReLU, linear."""

    def __init__(self, width: int, p: float) -> None:
        super().__init__()
        self.p = p
        self.last = nn.Linear(width, width)
        self.branch = nn.Sequential(nn.Linear(width, width), nn.ReLU(), self.last)

    def forward(self, h: Tensor, keeps: bool | None = None) -> Tensor:
        """The block's output (B, width); ``keeps`` decides in training, None gives the evaluation form."""
        if keeps is None:
            return h + self.p * self.branch(h)
        return h + self.branch(h) if keeps else h


class ResidualNetwork(nn.Module):
    """Linear → blocks → linear, for two classes.

    Args:
        n_in: features.
        blocks, width: residual blocks and their units.
        last: p_L, the chance that the last block is kept; 1 for none of this.
        generator: where weights come from (He's rule; each block's second map is divided by √L).
    """

    def __init__(self, n_in: int, blocks: int, width: int, last: float, generator: torch.Generator) -> None:
        super().__init__()
        self.first = nn.Linear(n_in, width)
        self.parts = [Block(width, p) for p in survival(blocks, last)]
        self.blocks = nn.ModuleList(self.parts)
        self.output = nn.Linear(width, 1)
        with torch.no_grad():
            for layer in self.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.kaiming_normal_(layer.weight, generator=generator)
                    layer.bias.zero_()
            for block in self.parts:
                block.last.weight /= blocks**0.5

    def draw(self, generator: torch.Generator) -> list[bool]:
        """Which blocks one step keeps."""
        chance = torch.rand(len(self.parts), generator=generator).tolist()
        return [c < block.p for c, block in zip(chance, self.parts, strict=True)]

    def forward(self, x: Tensor, keeps: list[bool] | None = None) -> Tensor:
        """Scores (B,) for inputs (B, n_in)."""
        h = torch.relu(self.first(x))
        for i, block in enumerate(self.parts):
            h = block(h, None if keeps is None else keeps[i])
        return self.output(h)[:, 0]


def fit(
    experiment: Experiment, last: float, steps: int, blocks: int = BLOCKS, width: int = WIDTH
) -> ResidualNetwork:
    """A residual network on the experiment's training part, by Adam on all rows at once.

    Args:
        experiment: decides data, seed and learning rate.
        last: p_L.
        steps: how many.
    """
    data = prepare(experiment)
    g = torch.Generator().manual_seed(experiment.weights_seed)
    network = ResidualNetwork(data.F_train.shape[1], blocks, width, last, g)
    x, y = torch.tensor(data.F_train), torch.tensor(data.y_train)
    optimizer = torch.optim.Adam(network.parameters(), lr=experiment.learning_rate, foreach=False)
    for _ in range(steps):
        optimizer.zero_grad()
        scores = network(x, network.draw(g) if last < 1 else [True] * blocks)
        nn.functional.binary_cross_entropy_with_logits(scores, y).backward()
        optimizer.step()
    return network.eval()


def depths(steps: int, last: float, blocks: int = BLOCKS, seed: int = 0) -> pd.DataFrame:
    """Which blocks the first steps keep: columns ``step``, ``block``, ``kept``."""
    rng = np.random.default_rng([seed, 41])
    kept = rng.random((steps, blocks)) < np.array(survival(blocks, last))
    step, block = np.indices(kept.shape)
    return pd.DataFrame({"step": step.ravel() + 1, "block": block.ravel() + 1, "kept": kept.ravel()})


def compare(
    base: Experiment, last: float, steps: int = 300, seeds: int = 5
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Residual networks with stochastic depth against the same ones without.

    Yields:
        The share done and a table as ``generalization_runs.compare`` gives it, with the treatments ``none`` and
        ``stochastic_depth``.
    """
    rows: list[dict[str, object]] = []
    for seed in range(seeds):
        own = at_seed(base, seed)
        data = prepare(own)
        X, y = fresh(own)
        for name, p in (("none", 1.0), ("stochastic_depth", last)):
            network = fit(own, p, steps)
            with torch.no_grad():
                s_train = network(torch.tensor(data.F_train)).numpy().astype(float)
                s_test = network(torch.from_numpy(data.features(X))).numpy().astype(float)
            rows.append(
                {
                    "treatment": name,
                    "strength": p,
                    "seed": seed,
                    "accuracy_train": accuracy_of(s_train, data.y_train),
                    "accuracy_test": accuracy_of(s_test, y),
                    "loss_train": loss_of(s_train, data.y_train),
                    "loss_test": loss_of(s_test, y),
                }
            )
            yield len(rows) / (2 * seeds), with_gap(pd.DataFrame(rows))
