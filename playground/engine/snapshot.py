"""Immutable copies of a run: to look at, and to go on from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from playground.engine.order import OrderState
from playground.engine.plan import State
from playground.engine.run_log import RunLog
from playground.experiment import Experiment
from playground.later import torch
from playground.layout import Layout
from playground.techniques import Patience, Plateau

if TYPE_CHECKING:
    from playground.model import Network

Status = Literal["running", "stopped", "diverged"]
Reason = Literal["", "early_stopping", "not_finite"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What there is to see of a run at one moment; safe to hand to another thread.

    Args:
        experiment: what is trained.
        step, epoch: taken and finished so far.
        status: ``"running"``, ``"stopped"`` or ``"diverged"``.
        reason: why it does not run: ``"early_stopping"`` or ``"not_finite"``.
        engine, device: where it runs.
        learning_rate: of the current epoch.
        state: parameters, running statistics and optimizer slots.
        metrics: the newest row of the history by column name.
    """

    experiment: Experiment
    step: int
    epoch: int
    status: Status
    reason: Reason
    engine: str
    device: str
    learning_rate: float
    state: State
    metrics: dict[str, float]

    @property
    def layout(self) -> Layout:
        """Where each parameter lies in ``state.params``."""
        return Layout.of(self.experiment)

    def parameters(self) -> dict[str, np.ndarray]:
        """Each parameter by name, read-only, in its own shape."""
        return self.layout.named(self.state.params)

    def network(self) -> Network:
        """The network with these parameters, on the CPU, in evaluation mode."""
        return network_of(self.experiment, self.state)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything a trainer needs to go on bit for bit. Made by ``Trainer.checkpoint()``; can be pickled.

    Args:
        experiment, engine, device: what ran, and where.
        state: the engine's numbers.
        step, epoch, status, reason: how far it was.
        order: where the batch order is.
        noise: the states of the noise generators.
        plateau, patience, best: what reduce-on-plateau and early stopping remember.
        history: the rows so far. history_stride: how many epochs they are apart at most.
        log: what was done to the run; None where it cannot be repeated.
    """

    experiment: Experiment
    engine: str
    device: str
    state: State
    step: int
    epoch: int
    status: Status
    reason: Reason
    order: OrderState = field(repr=False)
    noise: dict[str, Any] = field(repr=False)
    plateau: Plateau | None
    patience: Patience | None
    best: State | None = field(repr=False)
    history: np.ndarray = field(repr=False)
    history_stride: int = 1
    log: RunLog | None = field(default=None, repr=False)


def network_of(experiment: Experiment, state: State) -> Network:
    """A new network on the CPU with the parameters and running statistics of ``state``."""
    from playground.model import Network

    network = Network(experiment)
    layout = Layout.of(experiment)
    tensors = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    with torch.no_grad():
        for blocks, flat in ((layout.parameters, state.params), (layout.buffers, state.buffers)):
            for block in blocks:
                tensors[block.name].copy_(torch.from_numpy(block.view(flat).copy()))
    return network.eval()
