"""What the trainer and an engine say to each other.

An engine owns a network's numbers and knows how to take steps; the trainer decides which rows form a
batch, which learning rate holds and when to stop. They exchange plans of many steps, because a compiled
engine needs a few microseconds a step and would otherwise wait for Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from playground.data.prepare import Data
    from playground.engine.noise import NoiseSource
    from playground.experiment import Experiment
    from playground.layout import Layout


METRICS = (
    "loss_train",
    "loss_test",
    "accuracy_train",
    "accuracy_test",
    "loss_validation",
    "accuracy_validation",
    "penalty",
)
"""What an evaluation tells, in this order: in evaluation mode, losses as means without penalties and without label
smoothing, accuracies as shares in [0, 1]; ``penalty`` is what L1 and L2 add to the loss that is minimized. nan are
accuracies of a regression, and what is told of an empty part."""

Metrics = tuple[float, float, float, float, float, float, float]


class Plan(NamedTuple):
    """Several steps, possibly across epoch ends.

    Attributes:
        order: int64 (total,), the rows of all batches one after the other.
        offsets: int64 (S + 1,), batch s is ``order[offsets[s]:offsets[s + 1]]``.
        lr: float64 (S,), the learning rate of each step.
        evaluate: bool (S,), whether to take evaluation-mode metrics after the step.
    """

    order: np.ndarray
    offsets: np.ndarray
    lr: np.ndarray
    evaluate: np.ndarray


class Outcome(NamedTuple):
    """What became of a plan.

    Attributes:
        steps: steps done; fewer than planned only after a divergence.
        metrics: float64 (E, 7), columns as in ``METRICS``, one row for each evaluation that came out finite.
        diverged: a batch loss, a metric or a parameter was not finite. The engine then holds the last
            finite state it has.
    """

    steps: int
    metrics: np.ndarray
    diverged: bool


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class State:
    """An immutable copy of everything that an engine learns, in flat arrays.

    Args:
        params: float32 (P,), in the order of ``Layout.parameters``.
        buffers: float32 (Q,), running mean and variance of the normalizations, as in ``Layout.buffers``.
        slots: float32 (k, P), the optimizer's vectors in its order of use (momentum; or first and
            second moment; …). Zeros before the first step.
        counts: float64 (2,): steps taken by the optimizer since its slots were empty, and NAdam's
            running product of momentum coefficients (1 for every other rule).
        extra: what does not fit the flat form (L-BFGS's curvature pairs); None otherwise.
    """

    params: np.ndarray
    buffers: np.ndarray
    slots: np.ndarray
    counts: np.ndarray
    extra: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for array in (self.params, self.buffers, self.slots, self.counts):
            _frozen(array)

    @property
    def finite(self) -> bool:
        """Whether parameters and buffers are all finite numbers."""
        return bool(np.isfinite(self.params).all() and np.isfinite(self.buffers).all())

    def with_params(self, params: np.ndarray) -> State:
        """The same state with other parameters (copied)."""
        return State(np.array(params, dtype=np.float32), self.buffers, self.slots, self.counts, self.extra)

    def without_slots(self) -> State:
        """The same state for another optimizer: slots and counts start anew."""
        none = np.empty((0, len(self.params)), np.float32)
        return State(self.params, self.buffers, none, np.array([0.0, 1.0]))


class Engine(Protocol):
    """The common face of the engines.

    Attributes:
        name: ``"reference"`` or ``"fused"``.
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        experiment, data, layout, noise: what the engine was made from.
    """

    name: str
    device: str
    experiment: Experiment
    data: Data
    layout: Layout
    noise: NoiseSource

    def run(self, plan: Plan) -> Outcome:
        """Take the plan's steps."""
        ...

    def metrics(self) -> Metrics:
        """The numbers of ``METRICS``."""
        ...

    def state(self) -> State:
        """A copy of the current state."""
        ...

    def load(self, state: State) -> None:
        """Continue from ``state``. Slots of another optimizer's shape start empty."""
        ...

    def reconfigure(self, experiment: Experiment) -> None:
        """Take over the settings of an experiment that this run can continue (``choose.can_continue``).

        Weights stay. The optimizer's slots stay when the optimizer is the same by name (its own numbers may
        change) and start empty otherwise.

        Raises:
            ValueError: this engine does not cover the experiment; nothing has changed.
        """
        ...

    def forward(self, F: np.ndarray) -> list[np.ndarray]:
        """Activations (n, n_l) of every hidden layer, then scores (n, n_outputs), in evaluation mode.

        Args:
            F: float32 (n, d), prepared features.
        """
        ...

    def set_data(self, data: Data) -> None:
        """Train on other rows with the same features and outputs."""
        ...
