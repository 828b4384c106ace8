"""The loss around the solution of a run, on a plane through it.

Sources: Li, Xu, Taylor, Studer & Goldstein 2018, Visualizing the loss landscape of neural nets, sections 4
(filter-normalised random directions) and 7 (principal directions of the path).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch.func import functional_call, vmap

from playground.data import prepare
from playground.engine.reference import one_thread
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.model import Layout, Network
from playground.registry import InvalidValue
from playground.techniques import LOSSES

WORK = 3e7
"""Values (points of the plane × rows × units) that one grid may cost; more rows are left out."""
CHUNK = 4e6
"""Values held at a time."""
MARGIN = 0.35
"""Room around the path, as a share of its extent."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run with the weights that it passed.

    Args:
        experiment: what was trained.
        epochs: int (T,), where the weights were taken; the first is 0.
        params: float32 (T, P), in the order of ``Layout.parameters``.
        buffers: float32 (Q,), the normalizations' statistics at the end.
        status: the trainer's, ``"running"`` for a run that came to its end.
    """

    experiment: Experiment
    epochs: np.ndarray
    params: np.ndarray
    buffers: np.ndarray
    status: str


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through a point of weight space.

    Args:
        center: float64 (P,), the solution.
        directions: float64 (2, P); coordinates (a, b) mean ``center + a·d₁ + b·d₂``.
    """

    center: np.ndarray
    directions: np.ndarray

    def coordinates(self, params: np.ndarray) -> np.ndarray:
        """The nearest points of the plane for weights (n, P), as (n, 2)."""
        solved, *_ = np.linalg.lstsq(self.directions.T, (params - self.center).T, rcond=None)
        return solved.T

    def explained(self, params: np.ndarray) -> float:
        """The share of the squared distance of weights (n, P) from the center that lies in the plane."""
        away = params - self.center
        total = float((away**2).sum())
        return float(((self.coordinates(params) @ self.directions) ** 2).sum() / total) if total else 1.0


@dataclass(frozen=True, eq=False)
class Landscape:
    """The loss on a grid of a plane, and the run's path seen there.

    Args:
        plane: where.
        grid: columns ``a``, ``b``, ``loss``: training loss without penalties, in evaluation mode.
        path: columns ``epoch``, ``a``, ``b``, ``loss`` (of the weights themselves, not of their shadow).
        explained: share of the path's squared distance from the solution that lies in the plane.
        rows: training rows that the losses were computed on.
    """

    plane: Plane
    grid: pd.DataFrame
    path: pd.DataFrame
    explained: float
    rows: int


class LossOf:
    """The training loss of many weight vectors at once, in evaluation mode and without penalties.

    Args:
        experiment: decides network, data and loss.
        buffers: float32 (Q,), statistics of the normalizations.
        points: how many weight vectors will be asked for, to bound the work.
        dtype: of the computation.
    """

    def __init__(
        self,
        experiment: Experiment,
        buffers: np.ndarray,
        points: int = 1,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.layout = Layout.of(experiment)
        self.dtype = dtype
        data = prepare(experiment)
        units = sum(self.layout.widths) + self.layout.n_outputs
        self.rows = int(min(len(data.F_train), max(50, WORK / (points * units))))
        self._chunk = max(1, int(CHUNK / (self.rows * units)))
        # the rows are in random order already: the split drew them
        x = torch.tensor(data.F_train[: self.rows], dtype=dtype)
        y = torch.tensor(data.y_train[: self.rows])
        y = y.to(dtype) if y.is_floating_point() else y
        network = Network(experiment).to(dtype).eval()
        fixed = {block.name: torch.tensor(block.view(buffers), dtype=dtype) for block in self.layout.buffers}
        loss = LOSSES[experiment.loss.name]

        def one(flat: torch.Tensor) -> torch.Tensor:
            parameters = {
                block.name: flat[block.start : block.stop].view(block.shape)
                for block in self.layout.parameters
            }
            scores = functional_call(network, {**parameters, **fixed}, (x,))
            return loss.forward(scores, y, experiment.loss, 0.0, experiment.task)

        self.one = one
        """The loss of one flat vector (P,), differentiable."""

    @one_thread()
    def __call__(self, params: np.ndarray) -> np.ndarray:
        """float64 (n,) for weights (n, P)."""
        flat = torch.from_numpy(np.ascontiguousarray(params)).to(self.dtype)
        with torch.no_grad():
            return vmap(self.one, chunk_size=self._chunk)(flat).double().numpy()


def recording(experiment: Experiment, epochs: int, points: int = 60) -> Iterator[tuple[float, Run]]:
    """Train and keep the weights of at most ``points`` epochs, evenly spread, with the first and the last.

    Yields:
        The share done and the run so far.
    """
    trainer = Trainer(experiment)
    taken = np.unique(np.linspace(0, epochs, min(points, epochs + 1)).round().astype(int))
    seen, params = [0], [trainer.engine.state().params]
    for epoch in taken[1:]:
        trainer.run(epochs=int(epoch) - trainer.epoch)
        state = trainer.engine.state()
        seen.append(trainer.epoch)
        params.append(state.params)
        yield (
            trainer.epoch / epochs,
            Run(experiment, np.array(seen), np.array(params), state.buffers, trainer.status),
        )
        if trainer.status != "running":
            break


def record(experiment: Experiment, epochs: int, points: int = 60) -> Run:
    """The complete run of ``recording``."""
    *_, (_, run) = recording(experiment, epochs, points)
    return run


def random_plane(run: Run, seed: int = 0) -> Plane:
    """Two normal directions whose rows have the lengths of the solution's own rows.

    A unit's incoming weights are its filter. Biases, γ, β and slopes stay at the solution (Li et al. 2018,
    section 4: d ← d / ‖d‖ · ‖θ‖ for each filter).
    """
    center = run.params[-1].astype(np.float64)
    rng = np.random.default_rng(seed)
    directions = np.zeros((2, len(center)))
    for block in Layout.of(run.experiment).parameters:
        if block.kind != "weight":
            continue
        own = np.linalg.norm(block.view(center), axis=1, keepdims=True)
        for direction in directions:
            drawn = rng.standard_normal(block.shape)
            block.view(direction)[:] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True) * own
    return Plane(center, directions)


def principal_plane(run: Run) -> Plane:
    """The two directions that hold most of the path's squared distance from the solution, of length 1.

    Raises:
        InvalidValue: the path has fewer than three points.
    """
    if len(run.params) < 3:
        raise InvalidValue("epochs", "labs.path", len(run.params) - 1)
    center = run.params[-1].astype(np.float64)
    _, _, directions = np.linalg.svd(run.params[:-1] - center, full_matrices=False)
    away = (run.params[0] - center) @ directions[:2].T
    # the start on the lower left, so that a path reads the same way each time
    return Plane(center, directions[:2] * np.where(away > 0, -1.0, 1.0)[:, None])


def landscape(run: Run, plane: Plane, points: int = 41, reach: float = 1.0) -> Landscape:
    """The complete result of ``mapping``."""
    *_, (_, found) = mapping(run, plane, points, reach)
    assert found is not None
    return found


def mapping(
    run: Run, plane: Plane, points: int = 41, reach: float = 1.0
) -> Iterator[tuple[float, Landscape | None]]:
    """The loss on a square grid that holds the path.

    Args:
        run: with its path.
        plane: through the run's solution.
        points: of the grid along each direction, at least 2.
        reach: at least so far from the solution in random directions, in lengths of the weights themselves;
            for principal directions the path decides.

    Yields:
        The share done, and the landscape when it is complete.
    """
    path = plane.coordinates(run.params)
    unit = np.allclose(np.linalg.norm(plane.directions, axis=1), 1.0)
    low, high = path.min(axis=0), path.max(axis=0)
    room = MARGIN * max(float((high - low).max()), 1e-3)
    low, high = low - room, high + room
    if not unit:
        low, high = np.minimum(low, -reach), np.maximum(high, reach)
    a, b = np.meshgrid(np.linspace(low[0], high[0], points), np.linspace(low[1], high[1], points))
    where = np.stack([a.ravel(), b.ravel()], axis=1)
    loss_of = LossOf(run.experiment, run.buffers, len(where))
    # In parts: all weight vectors at once would fill the memory, and take longer than a slice.
    parts = np.array_split(where, max(points // 4, round(len(where) * len(plane.center) / CHUNK)))
    losses: list[np.ndarray] = []
    for part in parts:
        losses.append(loss_of(plane.center + part @ plane.directions))
        yield len(losses) / (len(parts) + 1), None
    grid = pd.DataFrame({"a": where[:, 0], "b": where[:, 1], "loss": np.concatenate(losses)})
    path_frame = pd.DataFrame({"epoch": run.epochs, "a": path[:, 0], "b": path[:, 1]})
    path_frame["loss"] = loss_of(run.params.astype(np.float64))
    yield 1.0, Landscape(plane, grid, path_frame, plane.explained(run.params), loss_of.rows)
