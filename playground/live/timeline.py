"""The checkpoints of a run: its weights at some epochs, to look back at while it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from playground.engine.plan import State
from playground.engine.probe import Probe
from playground.engine.trainer import Trainer
from playground.later import torch
from playground.live.memory import MARKS_BYTES

MOST_SNAPSHOTS = 60
LEAST_SNAPSHOTS = 3
"""So many are kept however large the network is: the first, the last and one between."""
GROWTH = 0.06
"""The next checkpoint is due when the epochs have grown by this share."""
DENSE_EPOCHS = 10
"""Below about this many epochs checkpoints stay close; above, they lie at equal distances on a log axis."""


@dataclass(frozen=True, eq=False)
class WeightSnapshot:
    """The network at the end of an epoch.

    Args:
        epoch, step: when.
        state: parameters and running statistics, without the optimizer's vectors.
    """

    epoch: int
    step: int
    state: State = field(repr=False)

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return self.state.params.nbytes + self.state.buffers.nbytes


def outputs_of(probe: Probe, F: np.ndarray) -> list[np.ndarray]:
    """As an engine's ``forward``: activations of every hidden layer, then the scores, float32."""
    with torch.no_grad():
        values = probe.network.layers(torch.tensor(F, dtype=torch.float32))
    return [tensor.numpy() for tensor in (*values.h, values.scores)]


class Timeline:
    """The checkpoints of one run, dense at first, ever farther apart; ``MOST_SNAPSHOTS`` and ``MARKS_BYTES`` at most.

    Args:
        snapshots: those of a run that goes on.

    Attributes:
        version: grows with every change.
    """

    def __init__(self, snapshots: tuple[WeightSnapshot, ...] = ()) -> None:
        self._snapshots = list(snapshots)
        self.version = 0
        self._next = self._after(snapshots[-1].epoch) if snapshots else 0

    @staticmethod
    def _after(epoch: int) -> int:
        return epoch + max(1, int(GROWTH * epoch))

    @property
    def nbytes(self) -> int:
        """Memory that they take."""
        return sum(snapshot.nbytes for snapshot in self.snapshots)

    @property
    def snapshots(self) -> tuple[WeightSnapshot, ...]:
        """In the order of their epochs."""
        return tuple(self._snapshots)

    def room(self, trainer: Trainer) -> int:
        """Steps to the end of the epoch at which the next checkpoint is due, at least 1."""
        epochs = max(1, self._next - trainer.epoch)
        return trainer.steps_left + (epochs - 1) * trainer.steps_per_epoch

    def note(self, trainer: Trainer) -> None:
        """Keep a checkpoint if one is due and an epoch has just ended."""
        if trainer.epoch < self._next or trainer.history.last()["step"] != trainer.step:
            return
        self._snapshots.append(
            WeightSnapshot(trainer.epoch, trainer.step, trainer.engine.state().without_slots())
        )
        self._next = self._after(trainer.epoch)
        most = min(MOST_SNAPSHOTS, max(LEAST_SNAPSHOTS, MARKS_BYTES // self._snapshots[-1].nbytes))
        while len(self._snapshots) > most:
            del self._snapshots[self._closest()]
        self.version += 1

    def _closest(self) -> int:
        """The snapshot whose neighbours lie closest together on a logarithmic axis; never the first or the last."""
        places = np.log(np.array([snapshot.epoch for snapshot in self._snapshots]) + DENSE_EPOCHS)
        return 1 + int(np.argmin(places[2:] - places[:-2]))

    def nearest(self, epoch: int) -> WeightSnapshot | None:
        """The checkpoint closest to an epoch, None without any."""
        return min(self._snapshots, key=lambda snapshot: abs(snapshot.epoch - epoch), default=None)

    def within(self, nbytes: int) -> tuple[WeightSnapshot, ...]:
        """As many of the checkpoints as fit into ``nbytes``, evenly chosen; none if not even two do."""
        most = (
            min(len(self._snapshots), nbytes // max(1, self._snapshots[0].nbytes)) if self._snapshots else 0
        )
        if most < 2:
            return ()
        chosen = np.unique(np.linspace(0, len(self._snapshots) - 1, most).round().astype(int))
        return tuple(self._snapshots[i] for i in chosen)
