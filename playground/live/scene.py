"""The scene: what the stage must know before it can draw frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from playground.data.plane import Plane
from playground.data.prepare import column_ranges, telling_columns
from playground.layout import Layout
from playground.live.painting import painting
from playground.techniques import LOSSES
from playground.text import text
from playground.text.written import brief

if TYPE_CHECKING:
    from playground.engine.trainer import Trainer
    from playground.experiment import Experiment


@dataclass(frozen=True, eq=False)
class Shown:
    """What is on a stage at one moment: of a live session, or of one lane of a race. Good while the lock is held.

    Args:
        experiment: its settings. trainer: its run.
        language: of the texts.
        revision: grows with every change of what viewers must know before a frame. run_number: counts the runs.
        status: see ``LiveSession``. reason: why the run has ended; "" while it can go on.
        playing: it trains on. speed: most steps a second, None for as many as go; steps_per_second: as measured.
        stop_at: the epoch at whose end it pauses.
        focus: layer and unit whose map is drawn; None for the prediction's.
        grid_size: cells a side of the map. crowded: many play, maps are drawn more coarsely.
        draft: why the painted points make no run yet; "" if they do.
        touched_step: the step at which its weights were edited last; -1 for never.
        repeats: whether a run is being taken again.
        view: the plane that was chosen; None for the one that the data show first.
    """

    experiment: Experiment
    trainer: Trainer
    language: str
    revision: int
    run_number: int
    status: str
    reason: str
    playing: bool
    speed: float | None
    steps_per_second: float
    stop_at: int | None
    focus: tuple[int, int] | None
    grid_size: int
    crowded: bool
    draft: str = ""
    touched_step: int = -1
    repeats: bool = False
    view: Plane | None = None

    @property
    def plane(self) -> Plane:
        """The plane that the map shows."""
        return self.view or self.trainer.data.plane


def scene(shown: Shown, target_range: tuple[float, float]) -> dict[str, Any]:
    """The scene message of a shown. Call with the session's lock held.

    Args:
        target_range: smallest and largest target, the span of the colours in regression.
    """
    experiment, trainer = shown.experiment, shown.trainer
    points = _draft_points(shown) if shown.draft else _points(shown)
    language = shown.language
    trains_it = Layout.of(trainer.experiment) == Layout.of(
        experiment
    )  # not while points for it are still missing
    notices = (*experiment.notices(), *(() if shown.draft else trainer.data.notices()))
    return {
        "type": "scene",
        "revision": shown.revision,
        "run": shown.run_number,
        "experiment": experiment.to_dict() | {"points": None},
        "task": experiment.task,
        "class_names": experiment.class_names,
        "x_names": _axes(shown),
        "columns": experiment.columns,
        "plane": shown.plane.to_dict(),
        "plane_note": _plane_note(shown),
        "ranges": column_ranges(trainer.data) if len(trainer.data.x_names) > 2 else None,
        "telling": telling_columns(trainer.data),
        "domain": (experiment.points.domain if experiment.points else None) or shown.plane.domain,
        "target_range": target_range,
        "target_scale": experiment.points.target_scale if experiment.points else None,
        "inputs": _inputs(shown),
        "optimizer_label": text(f"techniques.optimizers.{experiment.optimizer.name}.label", language),
        "layers": _layers(shown),
        "painting": painting(trainer.experiment, trainer.data) if trains_it else None,
        "points": points,
        "n_parameters": Layout.of(experiment).n_parameters,
        "engine": trainer.engine.name,
        "device": trainer.engine.device,
        "grid": shown.grid_size,
        "painted": experiment.dataset.name == "custom",
        "stop_at": shown.stop_at,
        "speed": shown.speed,
        "playing": shown.playing,
        "repeats": shown.repeats,
        "draft": shown.draft,
        "notices": [text(f"live.notice.{key}", language) for key in notices],
        "watched": experiment.watched,
        "tested": experiment.tested,
        "probable": LOSSES[experiment.loss.name].probabilistic,
    }


def _axes(shown: Shown) -> tuple[str, ...]:
    """Names of the map's two axes."""
    points = shown.experiment.points
    names = points.x_names if points and len(points.x_names) == 2 else shown.plane.names
    return tuple(_name(name, shown.language) for name in names)


def _name(column: str, language: str) -> str:
    """What a column is called: x₁ and x₂ where it has no name of its own."""
    return text(f"techniques.features.{column}.label", language) if column in ("x1", "x2") else column


LISTED = 6
"""Inputs whose values are said at most."""


def _plane_note(shown: Shown) -> str:
    """What the map leaves out of more than two inputs: what is held where; "" where nothing is."""
    plane, language = shown.plane, shown.language
    if plane.held == "nothing":
        return ""
    if plane.share is not None:
        first, second = (f"{100 * share:.0f}" for share in plane.share)
        return text("live.plane.mean", language, n=plane.n_inputs, first=first, second=second)
    names = shown.trainer.data.x_names
    held = [i for i in range(plane.n_inputs) if plane.across[i] == 0 == plane.down[i]]
    moved = [i for i in held if plane.chosen and plane.chosen[i] is not None]

    def listed(columns: list[int]) -> str:
        said = ", ".join(f"{names[i]} = {brief(plane.origin[i], 5)}" for i in columns[:LISTED])
        more = len(columns) - LISTED
        return said + (text("live.plane.more", language, n=more) if more > 0 else "")

    if not moved:
        return text("live.plane.median", language, n=plane.n_held, listed=listed(held))
    rest = len(held) - len(moved)
    key = "live.plane.some" if rest else "live.plane.values"
    return text(key, language, n=len(moved), listed=listed(moved), rest=rest)


def _inputs(shown: Shown) -> list[str]:
    """Labels of the input units; x1 and x2 go by their columns' names where the data has some."""
    experiment = shown.experiment
    if len(experiment.columns) != 2:
        return list(experiment.columns)
    points = experiment.points
    columns = dict(zip(("x1", "x2"), points.x_names if points else shown.trainer.data.x_names, strict=True))
    return [
        _name(columns[name], shown.language)
        if name in columns
        else text(f"techniques.features.{name}.label", shown.language)
        for name in experiment.features
    ]


def _layers(shown: Shown) -> list[dict[str, Any]]:
    experiment = shown.experiment
    layout = Layout.of(experiment)
    result: list[dict[str, Any]] = []
    for i in range(len(layout.hidden) + 1):
        output = i == len(layout.hidden)
        spec = None if output else experiment.activations[i]
        entry: dict[str, Any] = {
            "units": layout.n_outputs if output else layout.hidden[i],
            "pieces": 1 if output else layout.pieces[i],
            "activation": "" if spec is None else spec.name,
            "activation_label": ""
            if spec is None
            else text(f"techniques.activations.{spec.name}.label", shown.language),
            "dropout": 0.0 if output else experiment.dropouts[i],
            "norm": "none" if output else experiment.normalization.name,
            "skips": not output and experiment.skips[i],
            "drop_rate": 0.0 if output else experiment.drop_rates[i],
        }
        for block in (*layout.parameters, *layout.buffers):
            if block.layer == i:
                place: dict[str, Any] = {"offset": block.start, "size": block.stop - block.start}
                if block.kind == "weight":
                    place |= {"rows": block.shape[0], "cols": block.shape[1]}
                entry[block.kind] = place
        result.append(entry)
    return result


def _points(shown: Shown) -> dict[str, Any]:
    """All points where they stand on the plane; ``part`` is the place in ``PARTS`` of the one that each belongs to.

    ``near`` says how near each is to the plane, from 0 to 1; it is left out for two inputs.
    """
    data = shown.trainer.data
    X, y = data.all("X"), data.all("y")
    places = shown.plane.places(X)
    if X.shape[1] == 1 and shown.experiment.n_classes:
        places[:, 1] = _rows_of_classes(y, shown.experiment.n_classes, shown.plane.domain[1])
    near = {} if X.shape[1] == 2 else {"near": np.round(shown.plane.near(X), 3).tolist()}
    return near | {
        "x1": np.round(places[:, 0], 4).tolist(),
        "x2": np.round(places[:, 1], 4).tolist(),
        "y": np.round(y.astype(float), 4).tolist(),
        "part": [code for code, size in enumerate(data.sizes()) for _ in range(size)],
    }


def _rows_of_classes(y: np.ndarray, n_classes: int, span: tuple[float, float]) -> np.ndarray:
    """Heights (n,) at which points of one input stand: each class in a row of its own, scattered within it."""
    scattered = (np.arange(len(y)) * GOLDEN % 1.0 - 0.5) * SCATTER
    return np.asarray(span[0] + (span[1] - span[0]) * (y + 0.5 + scattered) / n_classes)


GOLDEN = 0.6180339887498949
"""Steps of this, without their whole part, are spread evenly, wherever one stops."""
SCATTER = 0.5
"""The share of a row's height that its points take."""


def _draft_points(shown: Shown) -> dict[str, Any]:
    points = shown.experiment.points
    rows, targets = (points.rows, points.targets) if points else ((), [])
    mean, sd = shown.experiment.target_scale
    return {
        "x1": [row[0] for row in rows],
        "x2": [row[1] for row in rows],
        "y": [(y - mean) / sd for y in targets],
        "part": [0] * len(rows),
    }
