"""The text of a wall's socket: what hangs where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playground.experiment import Experiment
from playground.walls.wall import Side, Wall


def wall_message(wall: Wall, experiments: Sequence[Experiment], told: Mapping[str, Any]) -> dict[str, Any]:
    """Everything about the wall that does not change from frame to frame.

    Args:
        experiments: one a network.
        told: the fields that frames have too.
    """
    return {
        **told,
        "type": "scene",
        "arrangement": wall.arrangement,
        "places": wall.places.tolist(),
        "box": wall.box,
        "boxes": wall.boxes,
        "sides": [_side(side, experiments) for side in (wall.x, wall.y)],
        "epochs": wall.epochs,
        "task": wall.base.task,
        "classes": wall.base.n_classes,
        "notices": [],
    }


def _side(side: Side, experiments: Sequence[Experiment]) -> dict[str, Any]:
    values = [float(getattr(experiment, side.field)) for experiment in experiments]
    return {"field": side.field, "low": side.low, "high": side.high, "log": side.log, "values": values}
