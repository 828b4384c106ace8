"""The scene: what the stage must know before it can draw frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from playground.layout import Layout
from playground.text import text

if TYPE_CHECKING:
    from playground.engine.probe import LayerValues
    from playground.engine.trainer import Trainer
    from playground.experiment import Experiment


class Shown(Protocol):
    """What can be put on a stage: a live session, or one lane of a race."""

    @property
    def experiment(self) -> Experiment: ...
    @property
    def trainer(self) -> Trainer: ...
    @property
    def language(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def run_number(self) -> int: ...
    @property
    def draft(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def playing(self) -> bool: ...
    @property
    def speed(self) -> float | None: ...
    @property
    def steps_per_second(self) -> float: ...
    @property
    def stop_at(self) -> int | None: ...
    @property
    def touched_step(self) -> int: ...
    @property
    def focus(self) -> tuple[int, int] | None: ...
    @property
    def grid_size(self) -> int: ...
    @property
    def crowded(self) -> bool: ...
    def diagnosis(self, layers: list[LayerValues], norms: list[float]) -> list[dict[str, Any]]:
        """What the curves say, in the visitor's language."""
        ...


def scene(session: Shown, target_range: tuple[float, float]) -> dict[str, Any]:
    """The scene message of a session. Call with the session's lock held.

    Args:
        target_range: smallest and largest target, the span of the colours in regression.
    """
    experiment, trainer = session.experiment, session.trainer
    points = _draft_points(session) if session.draft else _points(session)
    language = session.language
    return {
        "type": "scene",
        "revision": session.revision,
        "run": session.run_number,
        "experiment": experiment.to_dict() | {"points": None},
        "task": experiment.task,
        "class_names": experiment.class_names,
        "x_names": experiment.points.x_names if experiment.points else trainer.data.x_names,
        "domain": (experiment.points.domain if experiment.points else None) or trainer.data.domain,
        "target_range": target_range,
        "inputs": _inputs(session),
        "optimizer_label": text(f"techniques.optimizers.{experiment.optimizer.name}.label", language),
        "layers": _layers(session),
        "points": points,
        "n_parameters": Layout.of(experiment).n_parameters,
        "engine": trainer.engine.name,
        "device": trainer.engine.device,
        "grid": session.grid_size,
        "painted": experiment.dataset.name == "custom",
        "stop_at": session.stop_at,
        "speed": session.speed,
        "playing": session.playing,
        "draft": session.draft,
        "notices": [text(f"live.notice.{key}", language) for key in experiment.notices()],
    }


def _inputs(session: Shown) -> list[str]:
    """Labels of the input units; x1 and x2 go by their columns' names where the data has some."""
    experiment = session.experiment
    points = experiment.points
    columns = dict(zip(("x1", "x2"), points.x_names if points else session.trainer.data.x_names, strict=True))
    return [
        columns[name]
        if columns.get(name, name) != name
        else text(f"techniques.features.{name}.label", session.language)
        for name in experiment.features
    ]


def _layers(session: Shown) -> list[dict[str, Any]]:
    experiment = session.experiment
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
            else text(f"techniques.activations.{spec.name}.label", session.language),
            "dropout": 0.0 if output else experiment.dropouts[i],
            "norm": "none" if output else experiment.normalization.name,
            "skips": not output and experiment.skips[i],
            "drop_rate": 0.0 if output else experiment.drop_rates[i],
        }
        for block in layout.parameters:
            if block.layer == i:
                place: dict[str, Any] = {"offset": block.start, "size": block.stop - block.start}
                if block.kind == "weight":
                    place |= {"rows": block.shape[0], "cols": block.shape[1]}
                entry[block.kind] = place
        result.append(entry)
    return result


def _points(session: Shown) -> dict[str, Any]:
    data = session.trainer.data
    X = np.concatenate([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    return {
        "x1": np.round(X[:, 0], 4).tolist(),
        "x2": np.round(X[:, 1], 4).tolist(),
        "y": np.round(y.astype(float), 4).tolist(),
        "train": [1] * len(data.X_train) + [0] * len(data.X_test),
    }


def _draft_points(session: Shown) -> dict[str, Any]:
    rows = session.experiment.points.rows if session.experiment.points else ()
    return {
        "x1": [row[0] for row in rows],
        "x2": [row[1] for row in rows],
        "y": [row[2] for row in rows],
        "train": [1] * len(rows),
    }
