"""One lane of a live race: to the stage it looks like a session, with all repeats behind the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from playground.diagnosis import describe, diagnose
from playground.engine.history import History
from playground.engine.probe import LayerValues
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.live import ending, painter, picture
from playground.live.viewer import Viewer
from playground.races.lockstep import Field
from playground.races.seeds import SeedCurves, SeedMaps
from playground.text import text

if TYPE_CHECKING:
    from playground.races.session import RaceSession

SEEDS_GRID = 40
"""Cells a side of the maps of many repeats."""
MAPS_SECONDS = 0.012
"""Seconds that a frame may spend on forward passes over the plane, all lanes together."""


class LaneRun:
    """What runs in one lane; the stage's ``Shown``.

    Args:
        race: the session it belongs to.
        number: which lane, from 0.
        field: the networks.
    """

    draft = ""
    touched_step = -1
    """Nobody edits the weights of a lane."""

    def __init__(self, race: RaceSession, number: int, field: Field) -> None:
        self.race = race
        self.number = number
        self.field = field
        self.trainers = field.trainers
        self.focus: tuple[int, int] | None = None
        self.curves = SeedCurves(self.trainers)
        self.maps = SeedMaps(self.trainers)
        self.painter = LanePainter(self)

    @property
    def trainer(self) -> Trainer:
        """The repeat whose network, points and units are shown."""
        return self.trainers[0]

    @property
    def experiment(self) -> Experiment:
        """The experiment of repeat 0."""
        return self.trainer.experiment

    @property
    def language(self) -> str:
        """Of the texts."""
        return self.race.language

    @property
    def revision(self) -> int:
        """The race's."""
        return self.race.revision

    @property
    def run_number(self) -> int:
        """The race's."""
        return self.race.run_number

    @property
    def status(self) -> str:
        """``playing``, ``paused``; ``diverged`` when every repeat has, ``stopped`` when none can go on; ``failed``."""
        if self.race.failed:
            return "failed"
        found = {trainer.status for trainer in self.trainers}
        if "running" in found:
            return "playing" if self.race.playing else "paused"
        return "stopped" if "stopped" in found else "diverged"

    @property
    def reason(self) -> str:
        """Why the lane has ended, in the visitor's language; "" while it can go on."""
        status = self.status
        if status == "failed":
            return self.race.failure
        if status not in ("diverged", "stopped"):
            return ""
        if len(self.trainers) > 1:
            return text(f"race_core.all_{status}", self.language, epoch=self.trainer.epoch)
        return ending.reason(self.trainer, self.language)

    @property
    def playing(self) -> bool:
        """The race's."""
        return self.race.playing

    @property
    def speed(self) -> float | None:
        """The race's."""
        return self.race.speed

    @property
    def steps_per_second(self) -> float:
        """The race's."""
        return self.race.steps_per_second

    @property
    def stop_at(self) -> int | None:
        """The race's."""
        return self.race.stop_at

    @property
    def grid_size(self) -> int:
        """Cells a side of the map; many repeats are drawn more coarsely."""
        size = self.race.grid_size
        return size if len(self.trainers) == 1 else min(size, SEEDS_GRID)

    @property
    def crowded(self) -> bool:
        """The race's."""
        return self.race.crowded

    def diagnosis(self, layers: list[LayerValues], norms: list[float]) -> list[dict[str, Any]]:
        """What the curves of repeat 0 say; without suggestions to carry out, as a race stays fair."""
        return [
            describe(finding, self.language) | {"action": None}
            for finding in diagnose(self.trainer, layers, norms)
        ]

    def refuse_draft(self) -> None:
        """A lane always has its points."""

    def refresh(self, viewer: Viewer | None = None) -> None:
        """Send a new race frame to all viewers."""
        self.race.refresh()


class LanePainter(painter.Painter):
    """Makes the frames of one lane: those of a session, and with many repeats their medians and mean maps."""

    session: LaneRun

    def __init__(self, lane: LaneRun) -> None:
        super().__init__(lane)
        self.fresh_maps = 1
        self.units_interval = painter.UNITS_INTERVAL * len(lane.race.race.lanes)

    @property
    def _many(self) -> bool:
        return self.session.race.race.seeds > 1

    def parts(self, viewer: Viewer, now: float) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Header and arrays of the lane's part of a frame."""
        lane = self.session
        header, arrays = super().parts(viewer, now)
        lockstep = lane.race.lockstep
        header |= {
            "lane": lane.number,
            "seeds": lane.race.race.seeds,
            "seeds_alive": sum(t.status != "diverged" for t in lane.trainers),
            "shown_seed": lane.experiment.seed,
            "seconds": lane.field.seconds,
            "race_step": lockstep.step,
            "race_epoch": lockstep.epoch,
            "maps_from": self.fresh_maps,
        }
        if self._many:
            # Repeats may end before the others; the lane is where those are that go on.
            leader = lane.field.leader
            header |= {"step": leader.step, "epoch": leader.epoch, "learning_rate": leader.learning_rate}
        if "disagreement" in arrays:
            header["disagreement_range"] = (0.0, lane.maps.most(self._target_range))
        return header, arrays

    def _metrics(self) -> dict[str, Any]:
        if not self._many:
            return super()._metrics()
        lane = self.session
        last = lane.curves.history.last() if len(lane.curves.history) else {}
        if lane.playing and last:
            return {name: last[name] for name in painter.METRICS}
        alive = [t for t in lane.trainers if t.status != "diverged"] or lane.trainers
        values = np.array([trainer.engine.metrics() for trainer in alive])
        return dict(zip(painter.METRICS, np.median(values, axis=0).tolist(), strict=True))

    def _map(
        self, outputs: list[np.ndarray], grid: picture.Grid, header: dict[str, Any]
    ) -> dict[str, np.ndarray]:
        lane = self.session
        if not self._many or lane.focus is not None:
            return super()._map(outputs, grid, header)
        header["map_range"] = self._target_range
        seconds = MAPS_SECONDS / len(lane.race.lanes) if lane.playing else None
        self.fresh_maps = lane.maps.update(grid.size, seconds)
        return lane.maps.arrays(self._target_range)

    def history(self) -> History:
        """The medians over the repeats."""
        if not self._many:
            return super().history()
        self.session.curves.update()
        return self.session.curves.history

    def history_arrays(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """These rows of the history, with their band."""
        arrays = super().history_arrays(rows)
        if self._many:
            arrays["band"] = self.session.curves.band[rows]
        return arrays
