"""The randomness of training steps, drawn outside the engines so that all of them see the same numbers.

Each kind of noise has its own generator (``playground.streams``) and draws in the order of the steps and,
within a step, of the layers. Drawing k steps at once gives the same numbers as k single draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from playground import streams
from playground.layout import Layout
from playground.techniques import REGULARIZERS

if TYPE_CHECKING:
    from playground.experiment import Experiment

KINDS = {name: entry.stream for name, entry in REGULARIZERS.items() if entry.stream is not None}
"""The regularizers that draw, with the streams they draw from."""

CHUNK_NUMBERS = 1 << 21
"""Random numbers that one draw may hold (8 MB of float32)."""

_NO_FLOATS = np.empty(0, np.float32)
_NO_LAMS = np.empty(0, np.float64)
_NO_ROWS = np.empty(0, np.int64)


class Noise(NamedTuple):
    """The noise of S steps with batches of B_s samples. Kinds that are off have length 0.

    With a = B_0 + … + B_(s-1) samples before step s:

    Attributes:
        dropout: float32, uniform in [0, 1). Step s starts at ``a * U``, U being the units of all layers
            with a rate above 0; there each such layer has B_s · n_l numbers in C order. A unit is kept where
            the number is >= ``float32(rate)``.
        dropconnect: float32, uniform in [0, 1). Step s starts at ``s * W``, W being the weights of all
            hidden layers; each layer has n_out · n_in numbers in C order. Kept as above.
        inputs: float32 (sum B, d), to be added to the features; the deviation is multiplied in.
        lams: float64 (S,), mixup's λ.
        partners: int64 (sum B,), mixup's partner of each sample, counted within its batch.
        blocks: float32, uniform in [0, 1), of stochastic depth. Step s starts at ``s * L``, L being the residual
            blocks. A block is kept where its number is >= ``float32(rate)``.
    """

    dropout: np.ndarray
    dropconnect: np.ndarray
    inputs: np.ndarray
    lams: np.ndarray
    partners: np.ndarray
    blocks: np.ndarray


SILENCE = Noise(_NO_FLOATS, _NO_FLOATS, _NO_FLOATS.reshape(0, 0), _NO_LAMS, _NO_ROWS, _NO_FLOATS)
"""No noise at all."""


class Generators(dict[str, np.random.Generator]):
    """Each kind's generator, made when it is first asked for: most runs draw no noise.

    Args:
        seed: the experiment's.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def __missing__(self, kind: str) -> np.random.Generator:
        self[kind] = streams.generator(self._seed, KINDS[kind])
        return self[kind]


class NoiseSource:
    """Draws the noise of an experiment's steps.

    Args:
        experiment: decides the seed, which kinds are on, and how strong they are.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._generators = Generators(experiment.seed)
        self._last_dropout = self._last_blocks = _NO_FLOATS
        self.reconfigure(experiment)

    def reconfigure(self, experiment: Experiment) -> None:
        """Take over changed rates; the streams go on where they are."""
        layout = Layout.of(experiment)
        self.n_inputs = layout.n_inputs
        self._layers = [
            (n, np.float32(rate)) for n, rate in zip(layout.hidden, experiment.dropouts, strict=True)
        ]
        self.dropped_units = sum(n for n, rate in self._layers if rate > 0)
        self._last_dropout = self._last_blocks = _NO_FLOATS
        self._drop_rates = np.array([rate for rate in experiment.drop_rates if rate], np.float32)
        self._blocks = [bool(rate) for rate in experiment.drop_rates]
        self.dropped_blocks = len(self._drop_rates)
        self.dropped_weights = sum(layout.hidden_weights) if experiment.dropconnect > 0 else 0
        self.sigma = np.float32(experiment.input_noise)
        self.alpha = experiment.mixup

    @property
    def on(self) -> bool:
        """Whether any kind of noise is drawn."""
        drops = self.dropped_units or self.dropped_weights or self.dropped_blocks
        return bool(drops or self.sigma > 0 or self.alpha > 0)

    def draw(self, sizes: np.ndarray) -> Noise:
        """The noise of the next steps.

        Args:
            sizes: int (S,), the batch sizes.
        """
        if not self.on:
            return SILENCE
        samples = int(sizes.sum())
        dropout = dropconnect = blocks = _NO_FLOATS
        inputs, lams, partners = SILENCE.inputs, _NO_LAMS, _NO_ROWS
        if self.dropped_units:
            dropout = self._generators["dropout"].random(samples * self.dropped_units, dtype=np.float32)
            self._last_dropout = dropout[(samples - int(sizes[-1])) * self.dropped_units :].copy()
        if self.dropped_weights:
            dropconnect = self._generators["dropconnect"].random(
                len(sizes) * self.dropped_weights, dtype=np.float32
            )
        if self.sigma > 0:
            inputs = self._generators["input_noise"].standard_normal(
                (samples, self.n_inputs), dtype=np.float32
            )
            inputs *= self.sigma
        if self.alpha > 0:
            lams, partners = self._draw_mixup(sizes, samples)
        if self.dropped_blocks:
            count = len(sizes) * self.dropped_blocks
            blocks = self._generators["stochastic_depth"].random(count, dtype=np.float32)
            self._last_blocks = blocks[count - self.dropped_blocks :].copy()
        return Noise(dropout, dropconnect, inputs, lams, partners, blocks)

    def _draw_mixup(self, sizes: np.ndarray, samples: int) -> tuple[np.ndarray, np.ndarray]:
        rng = self._generators["mixup"]
        lams = np.empty(len(sizes))
        partners = np.empty(samples, np.int64)
        start = 0
        for step, size in enumerate(sizes.tolist()):
            lams[step] = rng.beta(self.alpha, self.alpha)
            partners[start : start + size] = rng.permutation(size)
            start += size
        return lams, partners

    def last_dropped(self) -> np.ndarray | None:
        """Which hidden units the last drawn batch left out for its first sample.

        Returns:
            uint8 (all hidden units,), 1 where dropout dropped the unit, 2 where stochastic depth left out its whole
            block; None while both are off or nothing was drawn.
        """
        if not len(self._last_dropout) and not len(self._last_blocks):
            return None
        batch = len(self._last_dropout) // self.dropped_units if len(self._last_dropout) else 0
        blocks = iter((self._last_blocks < self._drop_rates).tolist() if len(self._last_blocks) else ())
        parts, start = [], 0
        for (n, rate), drops in zip(self._layers, self._blocks, strict=True):
            part = np.zeros(n, np.uint8)
            if batch and rate > 0:
                part[:] = self._last_dropout[start : start + n] < rate
                start += batch * n
            if drops and next(blocks, False):
                part[:] = 2
            parts.append(part)
        return np.concatenate(parts)

    def spans(self, offsets: np.ndarray, sources: int = 1) -> Iterator[tuple[int, int]]:
        """Cut a plan's steps into spans whose noise fits in memory.

        Args:
            offsets: int64 (S + 1,), as in Plan.
            sources: how many like this one draw for these steps.

        Yields:
            ``(first, last)``, the steps ``first <= s < last``.
        """
        n_steps = len(offsets) - 1
        if not self.on:
            yield 0, n_steps
            return
        per_sample = self.dropped_units + (self.n_inputs if self.sigma > 0 else 0) + 1
        per_step = self.dropped_weights + self.dropped_blocks
        numbers = offsets * per_sample + np.arange(n_steps + 1) * per_step
        first = 0
        while first < n_steps:
            limit = numbers[first] + CHUNK_NUMBERS // sources
            last = max(first + 1, int(np.searchsorted(numbers, limit, side="right")) - 1)
            yield first, last
            first = last

    def state(self) -> dict[str, Any]:
        """The generators' states, as plain values."""
        return {kind: self._generators[kind].bit_generator.state for kind in KINDS}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from ``state``."""
        for kind in KINDS:
            self._generators[kind].bit_generator.state = state[kind]
