"""What the trainer and an engine say to each other.

An engine owns a network's numbers and knows how to take steps; the trainer decides which rows form a
batch, which learning rate holds and when to stop. They exchange plans of many steps, because a compiled
engine needs a few microseconds a step and would otherwise wait for Python.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from playground.experiment import HOT_FIELDS, Experiment
from playground.model import Layout
from playground.registry import InvalidValue

if TYPE_CHECKING:
    from playground.data.prepare import Data
    from playground.engine.noise import NoiseSource


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
        metrics: float64 (E, 4): training loss, test loss, training accuracy, test accuracy, one row for
            each evaluation that came out finite. Losses are means without penalties and without label
            smoothing; accuracies are shares in [0, 1], nan for regression.
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

    def metrics(self) -> tuple[float, float, float, float]:
        """Training loss, test loss, training accuracy and test accuracy in evaluation mode."""
        ...

    def state(self) -> State:
        """A copy of the current state."""
        ...

    def load(self, state: State) -> None:
        """Continue from ``state``. Slots of another optimizer's shape start empty."""
        ...

    def reconfigure(self, experiment: Experiment) -> bool:
        """Take over changed hot fields. False, and nothing done, when a new engine is needed.

        Weights stay. The optimizer's slots stay when the optimizer is the same by name (its own numbers may
        change) and start empty otherwise.
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


def goes_on(old: Experiment, new: Experiment) -> bool:
    """Whether a running network can take over ``new``: hot fields, the engine, or painted points that fit."""
    changed = {name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)}
    allowed = HOT_FIELDS | {"engine", "device"}
    if new.dataset.name == "custom":
        allowed |= {"dataset", "points", "n_samples"}
    return changed <= allowed and old.task == new.task and Layout.of(old) == Layout.of(new)


def cuda_available() -> bool:
    """Whether PyTorch finds a CUDA GPU."""
    import torch

    return torch.cuda.is_available()


def mps_available() -> bool:
    """Whether PyTorch finds Apple's Metal GPU."""
    import torch

    return torch.backends.mps.is_available()


def fused_module() -> Any | None:
    """The compiled engine's module, or None where it is not installed."""
    try:
        module = importlib.import_module("playground.engine.fused")
    except ModuleNotFoundError as error:
        if error.name in ("playground.engine.fused", "numba"):
            return None
        raise
    return module if hasattr(module, "FusedEngine") else None


def resolve(experiment: Experiment) -> tuple[str, str]:
    """The engine and device that an experiment gets here and now.

    ``auto`` is CUDA where there is a GPU; otherwise the fused engine once it is compiled and if it covers
    the experiment, else the reference engine on the CPU.

    Raises:
        InvalidValue: a device or an engine was asked for that is not here or does not do this experiment.
    """
    device, engine = experiment.device, experiment.engine
    if device == "cuda" and not cuda_available():
        raise InvalidValue("device", "auto or cpu, as no CUDA GPU was found", device, "engine.no_cuda")
    if device == "mps" and not mps_available():
        raise InvalidValue("device", "auto or cpu, as no Metal GPU was found", device, "engine.no_metal")
    if engine == "fused":
        if device not in ("auto", "cpu"):
            expected = f"reference or auto, for the device {device}"
            raise InvalidValue("engine", expected, engine, "engine.of_device", device=device)
        fused = fused_module()
        if fused is None or not fused.covers(experiment):
            expected = "reference or auto, as fused does not do this experiment"
            raise InvalidValue("engine", expected, engine, "engine.not_fused")
        return "fused", "cpu"
    if device == "auto":
        device = "cuda" if cuda_available() else "cpu"
    if engine == "auto" and device == "cpu":
        fused = fused_module()
        if fused is not None and fused.covers(experiment) and fused.ready():
            return "fused", "cpu"
    return "reference", device


def make_engine(experiment: Experiment, data: Data, noise: NoiseSource) -> Engine:
    """The engine for an experiment, with freshly drawn weights. Raises InvalidValue as ``resolve`` does."""
    name, device = resolve(experiment)
    if name == "fused":
        module = fused_module()
        assert module is not None
        return module.FusedEngine(experiment, data, noise)
    from playground.engine.reference import ReferenceEngine

    return ReferenceEngine(experiment, data, noise, device=device)
