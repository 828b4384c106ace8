"""One lane of a live race: to the stage it looks like a session, with all repeats behind the first."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.diagnosis import describe, diagnose
from playground.engine.history import History
from playground.engine.probe import LayerValues
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.live import ending, painter, picture
from playground.live.base import Session
from playground.live.scene import Shown
from playground.live.sight import Sight
from playground.live.viewer import Viewer
from playground.races.lockstep import Lockstep
from playground.races.seeds import SeedCurves, SeedMaps
from playground.text import text

SEEDS_GRID = 40
"""Cells a side of the maps of many repeats."""
MAPS_SECONDS = 0.012
"""Seconds that a frame may spend on forward passes over the plane, all lanes together."""


class LaneRun:
    """What runs in one lane; commands of the stage that need one lane are carried out on it.

    Args:
        session: of the race.
        lockstep: its networks.
        number: which lane, from 0.
        sight: the plane that was chosen for all maps.
    """

    def __init__(self, session: Session, lockstep: Lockstep, number: int, sight: Sight) -> None:
        self.session = session
        self.sight = sight
        self.lockstep = lockstep
        self.number = number
        self.networks = lockstep.lanes[number]
        self.trainers = self.networks.trainers
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

    def shown(self) -> Shown:
        """What is on the lane's stage now; many repeats are drawn more coarsely."""
        race, size = self.session, self.session.grid_size
        return Shown(
            experiment=self.experiment,
            trainer=self.trainer,
            language=race.language,
            revision=race.revision,
            run_number=race.run_number,
            status=self.status,
            reason=self.reason,
            playing=race.playing,
            speed=race.speed,
            steps_per_second=race.steps_per_second,
            stop_at=race.stop_at,
            focus=self.focus,
            grid_size=size if len(self.trainers) == 1 else min(size, SEEDS_GRID),
            crowded=race.crowded,
            view=self.sight.plane(self.trainer.data),
        )

    @property
    def status(self) -> str:
        """``playing``, ``paused``; ``diverged`` when every repeat has, ``stopped`` when none can go on; ``failed``."""
        if self.session.failed:
            return "failed"
        found = {trainer.status for trainer in self.trainers}
        if "running" in found:
            return "playing" if self.session.playing else "paused"
        return "stopped" if "stopped" in found else "diverged"

    @property
    def reason(self) -> str:
        """Why the lane has ended, in the visitor's language; "" while it can go on."""
        status = self.status
        if status == "failed":
            return self.session.failure
        if status not in ("diverged", "stopped"):
            return ""
        if len(self.trainers) > 1:
            return text(f"race_core.all_{status}", self.session.language, epoch=self.trainer.epoch)
        return ending.reason(self.trainer, self.session.language)

    def diagnosis(self, layers: list[LayerValues], norms: list[float]) -> list[dict[str, Any]]:
        """What the curves of repeat 0 say; without suggestions to carry out, as a race stays fair."""
        return [
            describe(finding, self.session.language) | {"action": None}
            for finding in diagnose(self.trainer, layers, norms)
        ]

    def refuse_draft(self) -> None:
        """A lane always has its points."""

    def refresh(self, viewer: Viewer | None = None) -> None:
        """Send a new race frame to all viewers."""
        self.session.refresh()


class LanePainter(painter.Painter):
    """Makes the frames of one lane: those of a session, and with many repeats their medians and mean maps."""

    def __init__(self, lane: LaneRun) -> None:
        super().__init__(lane.trainer)
        self.lane = lane
        self.fresh_maps = 1
        self.units_interval = painter.UNITS_INTERVAL * len(lane.lockstep.race.lanes)

    @property
    def _many(self) -> bool:
        return self.lane.lockstep.race.seeds > 1

    def parts(self, shown: Shown, viewer: Viewer, now: float) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Header and arrays of the lane's part of a frame."""
        lane = self.lane
        header, arrays = super().parts(shown, viewer, now)
        lockstep = lane.lockstep
        header |= {
            "lane": lane.number,
            "seeds": lane.lockstep.race.seeds,
            "seeds_alive": sum(t.status != "diverged" for t in lane.trainers),
            "shown_seed": lane.experiment.seed,
            "seconds": lane.networks.seconds,
            "race_step": lockstep.step,
            "race_epoch": lockstep.epoch,
            "maps_from": self.fresh_maps,
        }
        if self._many:
            # Repeats may end before the others; the lane is where those are that go on.
            leader = lane.networks.leader
            header |= {"step": leader.step, "epoch": leader.epoch, "learning_rate": leader.learning_rate}
        if "disagreement" in arrays:
            header["disagreement_range"] = (0.0, lane.maps.most(self._target_range))
        return header, arrays

    def _metrics(self, shown: Shown) -> dict[str, Any]:
        if not self._many:
            return super()._metrics(shown)
        lane = self.lane
        last = lane.curves.last()
        if shown.playing and last:
            return {name: last[name] for name in painter.METRICS}
        alive = [t for t in lane.trainers if t.status != "diverged"] or lane.trainers
        values = np.array([trainer.engine.metrics() for trainer in alive])
        return dict(zip(painter.METRICS, np.median(values, axis=0).tolist(), strict=True))

    def _map(
        self, shown: Shown, outputs: list[np.ndarray], grid: picture.Grid, header: dict[str, Any]
    ) -> dict[str, np.ndarray]:
        lane = self.lane
        if not self._many or shown.focus is not None:
            return super()._map(shown, outputs, grid, header)
        header["map_range"] = self._target_range
        seconds = MAPS_SECONDS / len(lane.lockstep.race.lanes) if shown.playing else None
        self.fresh_maps = lane.maps.update(grid, seconds)
        return lane.maps.arrays(self._target_range)

    def history(self, shown: Shown) -> History:
        """The medians over the repeats."""
        if not self._many:
            return super().history(shown)
        self.lane.curves.update()
        return self.lane.curves.history

    def history_arrays(self, shown: Shown, rows: np.ndarray) -> dict[str, np.ndarray]:
        """These rows of the history, with their band."""
        arrays = super().history_arrays(shown, rows)
        if self._many:
            arrays["band"] = self.lane.curves.band[rows]
        return arrays
