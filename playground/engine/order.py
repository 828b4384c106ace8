"""Which rows form which batch: the order of every epoch, cut into batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from playground import streams
from playground.engine.plan import Plan
from playground.techniques import OPTIMIZERS, epoch_rows

if TYPE_CHECKING:
    from playground.data.prepare import Data
    from playground.experiment import Experiment

PLAN_ROWS = 1 << 17
"""Training rows in one plan at most: 1 MB of indices, some 500 epochs of 250 samples."""


ALL = 1 << 30
"""More rows than there are: a batch of all."""


def rows_of_batch(experiment: Experiment, n: int) -> int:
    """Rows of a mini-batch, at most ``n`` but for rules that need all that an epoch shows."""
    return ALL if OPTIMIZERS[experiment.optimizer.name].full_batch else min(experiment.batch_size, n)


def shown_rows(experiment: Experiment, data: Data) -> np.ndarray | None:
    """The training rows that an epoch shows, int64 (m,), rising; None where each is shown once."""
    rng = streams.generator(experiment.seed, streams.RESAMPLING)
    return epoch_rows(experiment.class_weighting, data.y_train, experiment.n_classes, rng)


class OrderState(NamedTuple):
    """Where an order is: the generator's state, the current epoch's rows, and how many are used."""

    stream: Any
    rows: np.ndarray
    position: int


class BatchOrder:
    """Draws one permutation of the training rows an epoch and cuts it into batches.

    The last batch of an epoch is short when the size does not divide the rows. A permutation is drawn when
    its first batch is asked for.

    Args:
        seed: the experiment's seed.
        n: training rows.
        size: rows of a batch; more than ``n`` means all.
        shown: the rows that an epoch shows, int64 (m,), some of them several times; None for each once.
    """

    def __init__(self, seed: int, n: int, size: int, shown: np.ndarray | None = None) -> None:
        self._stream = streams.generator(seed, streams.ORDER)
        self._rows = np.empty(0, np.int64)
        self._orders = self._rows[None]
        self.position = 0
        self.resize(n, size, shown)

    @classmethod
    def of(cls, experiment: Experiment, data: Data, size: int | None = None) -> BatchOrder:
        """The order of an experiment's training rows; ``size`` in place of its batch size."""
        n = len(data.F_train)
        return cls(experiment.seed, n, size or rows_of_batch(experiment, n), shown_rows(experiment, data))

    def resize(self, n: int, size: int, shown: np.ndarray | None = None) -> None:
        """Other rows (a new epoch begins) or another batch size (from the next batch on)."""
        known = getattr(self, "_shown", None)
        rows = np.arange(n) if shown is None else shown
        if known is not None and not np.array_equal(known, rows):
            self.position = 0
        self._shown = rows
        n = len(rows)
        self.n = n
        self.size = min(size, n)
        self._offsets = np.zeros(1, np.int64)
        self._evaluate = np.zeros(0, bool)

    @property
    def steps_per_epoch(self) -> int:
        """Batches in a full epoch, the short one counted."""
        return -(-self.n // self.size)

    @property
    def steps_left(self) -> int:
        """Batches to the end of the current epoch, at least 1."""
        return -(-(self.n - self.position) // self.size)

    def steps_asked(self, steps: int | None, epochs: int | None) -> int:
        """How many steps ``run(steps)`` or ``run(epochs=)`` asks for; an epoch begun counts as the first of them.

        Raises:
            ValueError: neither is given, or both.
        """
        if (steps is None) == (epochs is None):
            raise ValueError("expected either steps or epochs")
        if epochs is None:
            assert steps is not None
            return steps
        return self.steps_left + (epochs - 1) * self.steps_per_epoch if epochs > 0 else 0

    def plan(self, limit: int, rates: Callable[[int], np.ndarray]) -> Plan:
        """The next ``limit`` steps, or as many as a plan may hold; a begun epoch is a plan of its own.

        Args:
            limit: at least 1.
            rates: gives the learning rates of the next k epochs, the current one first, float64 (k,).
        """
        limit = min(limit, max(1, PLAN_ROWS // self.size))
        if self.position:
            left = self.steps_left
            steps = min(limit, left)
            rows = self._rows[self.position :][: steps * self.size]
            offsets = np.minimum(np.arange(steps + 1) * self.size, len(rows))
            evaluate = np.zeros(steps, bool)
            evaluate[-1] = steps == left
            self._orders = self._rows[None]
            return Plan(rows, offsets, np.repeat(rates(1), steps), evaluate)
        per_epoch = self.steps_per_epoch
        epochs = -(-limit // per_epoch)
        self._orders = self._draw(epochs)
        offsets, evaluate = self._template(epochs)
        lr = np.repeat(rates(epochs), per_epoch)[:limit]
        rows = self._orders.reshape(-1)[: offsets[limit]]
        return Plan(rows, offsets[: limit + 1], lr, evaluate[:limit])

    def _draw(self, epochs: int) -> np.ndarray:
        """int64 (epochs, n): what as many calls of ``permutation(shown)`` would give, in one."""
        orders = np.empty((epochs, self.n), np.int64)
        orders[:] = self._shown
        return self._stream.permuted(orders, axis=1, out=orders)

    def _template(self, epochs: int) -> tuple[np.ndarray, np.ndarray]:
        """Offsets and epoch ends of so many whole epochs, or of more."""
        per_epoch = self.steps_per_epoch
        if len(self._evaluate) < epochs * per_epoch:
            one = np.minimum(np.arange(1, per_epoch + 1) * self.size, self.n)
            offsets = (one + self.n * np.arange(epochs)[:, None]).reshape(-1)
            self._offsets = np.concatenate([[0], offsets])
            self._evaluate = np.zeros(len(offsets), bool)
            self._evaluate[per_epoch - 1 :: per_epoch] = True
        return self._offsets, self._evaluate

    def advance(self, rows: int) -> int:
        """Count ``rows`` of the last plan as used. Returns the epochs that ended with them."""
        whole, self.position = divmod(self.position + rows, self.n)
        if self.position:
            self._rows = self._orders[whole].copy()
        return whole

    def state(self) -> OrderState:
        """Where it is (a copy)."""
        return OrderState(self._stream.bit_generator.state, self._rows.copy(), self.position)

    def load(self, state: OrderState) -> None:
        """Go on from ``state``."""
        self._stream.bit_generator.state = state.stream
        self._rows, self.position = state.rows.copy(), state.position
