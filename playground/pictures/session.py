"""One visitor's network on pictures while it is watched."""

from __future__ import annotations

import math
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from playground.engine.history import History
from playground.images.data import class_name
from playground.images.experiment import ImageExperiment
from playground.images.network import build
from playground.images.trainer import ImageTrainer, has_single
from playground.live.base import Session
from playground.live.frames import encode
from playground.live.history import news
from playground.live.limits import Limits
from playground.live.memory import PICTURES_BYTES
from playground.live.pacing import Pace
from playground.live.viewer import Viewer
from playground.pictures import frame
from playground.registry import InvalidValue
from playground.text import text

DENSE = 10
"""Epochs at whose end all pictures are put through the network; later that is done less often."""
FRAME_SECONDS = 1 / 20
"""Between two frames at least: for each the picture goes through the network."""
MEASURE_SHARE = 0.015
"""Of the time, that measuring may take after that."""
BACKWARD = 4.0
"""By how much a picture in a step takes longer than one that is only read."""
SLICE = 0.025
"""Seconds of work in a slice at least, while nobody else plays: beginning and ending one takes a tenth of a step."""
EXCITED_SECONDS = 2.0
"""How often, while it plays, it is looked for what excites the units."""
MEMORY = 0.8
"""Of the figures of the mini-batches before, that a frame keeps."""


class PictureSession(Session):
    """An experiment on pictures that is trained while it is watched.

    Args:
        experiment: what to train.
        number: of the test picture that is shown.
        language: of the texts that viewers are sent.
        bounds: limits of the server.

    Attributes:
        experiment, trainer: what is trained. number: of the picture.

    Raises:
        InvalidValue: it cannot be run here, or network or pictures are too large.
    """

    def __init__(
        self,
        experiment: ImageExperiment,
        number: int = 0,
        language: str = "en",
        bounds: Limits | None = None,
    ) -> None:
        super().__init__(language, bounds, 0.0)
        self.speed = None
        self._start(experiment)
        self.number = min(number, len(self.trainer.test) - 1)

    def _start(self, experiment: ImageExperiment, weights: int = 0) -> None:
        """Put the run at its start, paused; changes nothing if it is refused.

        Args:
            weights: how often other weights than the experiment's were asked for.
        """
        bytes_of_one = 4 * math.prod(experiment.shape)
        most = PICTURES_BYTES // (2 * bytes_of_one)  # as they are read, and as they are computed with
        if experiment.n_samples > most:
            raise InvalidValue("n_samples", "expected.int", experiment.n_samples, low=20, high=most)
        trainer = ImageTrainer(experiment)
        if sum(p.numel() for p in trainer.network.parameters()) > self.bounds.max_parameters:
            most = self.bounds.max_parameters
            raise InvalidValue("channels", "race.parameters", list(experiment.channels), most=f"{most:,}")
        if weights:
            other = experiment.replace(seed=(experiment.seed + weights) % 2**31)
            drawn = build(other, has_single(other, len(trainer.train)), len(trainer.train.classes))
            trainer.set_weights(
                {k: v.numpy() for k, v in drawn.state_dict().items() if v.is_floating_point()}
            )
        self.experiment, self.trainer, self._weights = experiment, trainer, weights
        self._goal: int | None = None
        self._excited: tuple[int, float, dict[str, np.ndarray]] | None = None
        """What excites the units, with the step and the time (monotonic seconds) at which it was looked for."""
        self._sent: WeakKeyDictionary[Viewer, int] = WeakKeyDictionary()
        """The step of what each viewer knows of that."""
        self._batches: tuple[float, float] | None = None
        """Loss and accuracy of the latest mini-batches."""
        self.run_number += 1
        self.failed = False
        self.pace = Pace(lambda: self.trainer.step)
        self.rest()

    # --- what the page does -------------------------------------------------------------------------

    def apply(self, experiment: ImageExperiment) -> None:
        """Take over a changed experiment: another learning rate at once, all else from the start.

        Raises:
            InvalidValue: it cannot be run; the run goes on as it was.
        """
        with self.lock:
            if experiment == self.experiment:
                return
            rate = experiment.learning_rate
            if experiment == self.experiment.replace(learning_rate=rate):
                self.experiment = self.trainer.experiment = experiment
            else:
                playing = self.playing and not self.walking
                self._start(experiment)
                self.number = min(self.number, len(self.trainer.test) - 1)
                self.playing = playing
                self.resume_clock()
            self.changed()

    def look_at(self, number: int) -> None:
        """Show what the network makes of another test picture."""
        with self.lock:
            if number != self.number:
                self.number = min(number, len(self.trainer.test) - 1)
                self.changed()

    def reset(self, new_weights: bool) -> None:
        """Start again, from the same weights or from newly drawn ones."""
        with self.lock:
            self._start(self.experiment, self._weights + new_weights)
            self.changed()

    def history(self) -> History:
        """The curves thus far (a copy)."""
        with self.lock:
            return self.trainer.history.copy()

    def weights(self) -> bytes:
        """The network as a safetensors file."""
        with self.lock:
            return self.trainer.to_safetensors()

    # --- where it is --------------------------------------------------------------------------------

    @property
    def n_parameters(self) -> int:
        """Parameters of the network."""
        return sum(p.numel() for p in self.trainer.network.parameters())

    def sizes(self) -> dict[str, int]:
        """Memory by kind, see ``Session``."""
        trainer = self.trainer
        parts = [part for part in (trainer.train, trainer.validation, trainer.test) if part is not None]
        return super().sizes() | {
            "history": trainer.history.nbytes,
            "pictures": 2 * sum(part.images.nbytes for part in parts),
        }

    @property
    def begun(self) -> bool:
        """Whether a step has been taken."""
        return self.trainer.step > 0

    @property
    def steps_per_epoch(self) -> int:
        """Steps that make an epoch."""
        return self.trainer.steps_per_epoch

    @property
    def status(self) -> str:
        """``playing``, ``paused``, ``diverged`` or ``failed``."""
        if self.failed:
            return "failed"
        if self.trainer.status == "diverged":
            return "diverged"
        return "playing" if self.playing else "paused"

    # --- play, pause, walk --------------------------------------------------------------------------

    def refuse_play(self) -> None:
        """Raise InvalidValue when the run has ended; a mark that it has passed goes."""
        if self.trainer.status == "diverged":
            raise InvalidValue("play", "sentence.diverged")
        if self.stop_at is not None and self.trainer.epoch >= self.stop_at:
            self.stop_at = None

    @property
    def walking(self) -> bool:
        """Whether it plays up to a goal and no further."""
        return self._goal is not None

    def begin_walk(self, steps: int | None, epochs: int | None) -> bool:
        """Set the goal of a walk, see ``Session``. A run that has ended has none."""
        if self.trainer.status == "diverged":
            return False
        start, each = max(self._goal or 0, self.trainer.step), self.trainer.steps_per_epoch
        whole = each - start % each + ((epochs or 1) - 1) * each
        self._goal = start + (whole if steps is None else steps)
        return True

    def end_walk(self) -> None:
        """Forget the goal of a walk."""
        self._goal = None

    # --- what the scheduler does --------------------------------------------------------------------

    def paced_steps(self) -> float:
        """Steps that make one slice under a speed limit: those of a frame."""
        return (self.speed or 0.0) * self.frame_interval

    def train(self, seconds: float) -> None:
        """Train for about ``seconds`` and hand out frames that are due."""
        trainer = self.trainer
        trainer.every = self.every(trainer.epoch)
        most = trainer.steps_left  # how often it measures is chosen anew with each epoch
        to_stop = self._steps_to_stop()
        if to_stop is not None:
            most = min(most, to_stop)
        if self.speed is not None and not self.walking:
            most = min(most, self.pace.allowed(self.speed))
        trainer.run_for(max(seconds, SLICE) if self.threads > 1 else seconds, most)
        self.pace.measure()
        if trainer.status == "diverged" or self._steps_to_stop() == 0:
            self.rest()
        if self.playing:
            self.send_due()
        else:
            self.refresh()

    def every(self, epoch: int) -> int:
        """Epochs between two measurements: each one at first, then what leaves the time to training."""
        train, rest = len(self.trainer.train), len(self.trainer.test)
        rest += 0 if self.trainer.validation is None else len(self.trainer.validation)
        sparse = math.ceil((train + rest) / (BACKWARD * train) / MEASURE_SHARE)
        return 1 if epoch < DENSE else sparse

    def _steps_to_stop(self) -> int | None:
        """Steps until it pauses by itself; None for never."""
        if self._goal is not None:
            return max(0, self._goal - self.trainer.step)
        if self.stop_at is None:
            return None
        return max(0, self.stop_at * self.trainer.steps_per_epoch - self.trainer.step)

    def _note_batch(self) -> None:
        found = self.trainer.batch()
        if found is None:
            return
        before = self._batches or found
        self._batches = tuple(MEMORY * a + (1 - MEMORY) * b for a, b in zip(before, found, strict=True))  # type: ignore[assignment]

    def _news_of_excited(self, viewer: Viewer, now: float) -> dict[str, np.ndarray]:
        """What excites the units, where the viewer does not know it yet."""
        step = self.trainer.step
        if self._excited is None or (
            step != self._excited[0] and (not self.playing or now > self._excited[1] + EXCITED_SECONDS)
        ):
            self._excited = step, now, frame.excited(self.trainer)
        if self._sent.get(viewer) == self._excited[0]:
            return {}
        self._sent[viewer] = self._excited[0]
        return self._excited[2]

    def give_up(self) -> None:
        """Leave the run where the error ended it."""

    def take_over(self) -> None:
        """There is one engine for pictures."""

    # --- what viewers are sent ----------------------------------------------------------------------

    def send(self, viewer: Viewer, now: float) -> None:
        """Send the viewer what it lacks and a frame. Called with the lock held."""
        if viewer.scene_revision != self.revision:
            viewer.scene_revision = self.revision
            viewer.send(self._scene())
        self.post_frame(viewer, now, lambda: self._frame(viewer, now))
        viewer.next_time = max(viewer.next_time, now + FRAME_SECONDS)

    def _scene(self) -> dict[str, Any]:
        """What does not change from frame to frame."""
        trainer = self.trainer
        label = int(trainer.test.labels[self.number])
        names = [class_name(name, self.language) for name in trainer.test.classes]
        return {
            "type": "scene",
            "revision": self.revision,
            "run": self.run_number,
            "task": "classification",
            "classes": names,
            "truth": label,
            "number": self.number,
            "pictures": len(trainer.test),
            "points": {"part": [0, 2] if trainer.validation is None else [0, 1, 2]},
            "tested": True,
            "n_parameters": self.n_parameters,
            "speed": self.speed,
            "stop_at": self.stop_at,
            "notices": [],
        }

    def _reason(self) -> str:
        """Why the run has ended, in words; "" while it can go on."""
        if self.trainer.status == "diverged" and not self.failed:
            return text("live.diverged", self.language, epoch=self.trainer.epoch)
        return self.failure

    def _frame(self, viewer: Viewer, now: float) -> bytes:
        trainer = self.trainer
        header: dict[str, Any] = {
            "frame": viewer.frames + 1,
            "revision": self.revision,
            "run": self.run_number,
            "status": self.status,
            "reason": self._reason(),
            "speed": self.speed,
            "stop_at": self.stop_at,
            "steps_per_second": self.steps_per_second,
            **trainer.history.last(),
            "epoch": trainer.epoch,
            "step": trainer.step,
            "learning_rate": trainer.learning_rate,
            "engine": "PyTorch",
            "device": trainer.device,
        }
        self._note_batch()
        if self._batches is not None:
            header["loss_batch"], header["accuracy_batch"] = self._batches
        if self.failed:  # the page keeps what it shows
            return encode(header, {})
        found: dict[str, np.ndarray] = frame.arrays(trainer, trainer.test.images[self.number])
        found |= self._news_of_excited(viewer, now)
        due = news(trainer.history, viewer, self.run_number, now, self.playing)
        if due is not None:
            rows, header["history"] = due
            found["history"] = trainer.history.taken(rows)
        return encode(header, found)


def open_pictures(experiment: ImageExperiment, number: int, language: str = "en") -> PictureSession:
    """A network on pictures on this process's server, paused. Raises InvalidValue when the server is full."""
    from playground.live import sessions

    session = PictureSession(experiment, number, language, sessions.server().bounds)
    sessions.server().ensure(session)
    return session
