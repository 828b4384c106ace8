"""What every session on the server is: something that trains at a pace in front of its viewers."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from playground.live import painter
from playground.live.limits import Limits, limits
from playground.live.pacing import Pace
from playground.live.scheduler import SLICE
from playground.live.viewer import Viewer
from playground.registry import InvalidValue
from playground.text import text

QUICK_SECONDS = 0.05
"""A walk that takes longer than this goes on in the scheduler's slices."""
TAKE_OVER_SECONDS = 1.0
"""How often a run on the reference engine looks whether the compiled one is ready."""
WAIT_SHARE = 0.3
"""Share of the time between two frames that a slice waits at most, to end with a frame."""
UNSEEN_SECONDS = 5.0
"""After which a page that is seen again says what became of its run."""
TIMED_FRAMES = 16
"""One of so many frames is timed: asking for a thread's time is slow where many threads run."""

log = logging.getLogger(__name__)


class Closed(LookupError):
    """The server has let the session go; it must be served again before somebody can watch."""


class Session(ABC):
    """A session as routes, scheduler and page see it: it plays, pauses and walks, and sends frames to its viewers.

    All methods may be called from any thread. ``lock`` guards what trains and may be held for a whole slice; who
    watches is guarded by a lock of its own that nobody holds for long, so that coming and going never waits.

    Args:
        language: of the texts that the viewers are sent.
        bounds: limits of the server.
        speed: most steps a second at first.

    Attributes:
        token: unguessable name under which a socket finds the session.
        playing: whether it trains on, until paused or up to a goal.
        failed: an error of ours has ended the run; a reset starts another.
        closed: the server has let it go.
        speed: most steps a second; None for as many as go.
        stop_at: the epoch at whose end it pauses; None for none.
        viewers: who watches now. left_at: when (monotonic seconds) the last one left.
        seen: set once somebody has come to watch.
        frame_interval: seconds between frames while it plays.
        revision: grows with every change of what viewers must know before a frame.
        run_number: counts the runs.
    """

    background = False
    """Somebody watches: it is served before the work that may wait."""

    def __init__(self, language: str, bounds: Limits | None, speed: float) -> None:
        self.bounds = bounds or limits()
        self.token = secrets.token_urlsafe(24)
        self.language = language
        self.lock = threading.RLock()
        self.playing = self.failed = self.closed = False
        self.speed: float | None = speed
        self.stop_at: int | None = None
        self.grid_size = painter.GRID
        self.revision = self.run_number = 0
        self.viewers: tuple[Viewer, ...] = ()
        self.left_at = time.monotonic()
        self.frame_interval = 1.0 / self.bounds.frame_rate
        self.frame_cost = 0.0002
        """Seconds of work that a frame takes, smoothed."""
        self._frames_made = 0
        self.crowded = False
        """Set by the server while many play: maps are drawn more coarsely."""
        self.threads = 1
        """Threads that a slice may take; set by the server, more than one while nobody else plays."""
        self.wake: Callable[[], None] = lambda: None
        """Set by the server: tells the scheduler that there may be work."""
        self.admit: Callable[[], None] = lambda: None
        """Set by the server: raises InvalidValue when too many train already."""
        self.pace: Pace
        self._door = threading.Lock()
        self._unseen_since: float | None = None
        """When it was hidden or scrolled away while it played; None where somebody looks."""
        self.seen = threading.Event()
        self._next_take_over = 0.0

    @property
    def waits(self) -> bool:
        """Whether it may wait for a device, or for further threads, while it trains."""
        return True

    # --- what a kind of session says ----------------------------------------------------------------

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Parameters of all networks of the session."""

    def sizes(self) -> dict[str, int]:
        """Bytes that the session takes besides its networks, by the kinds of ``playground.live.memory``."""
        return {"waiting": sum(viewer.waiting for viewer in self.viewers)}

    @property
    @abstractmethod
    def begun(self) -> bool:
        """Whether a step has been taken."""

    @property
    @abstractmethod
    def walking(self) -> bool:
        """Whether it plays up to a goal and no further."""

    @property
    def pressing(self) -> bool:
        """Whether something is to be done at once, playing or not."""
        return False

    @abstractmethod
    def refuse_play(self) -> None:
        """Raise InvalidValue when the run cannot go on until paused."""

    @abstractmethod
    def begin_walk(self, steps: int | None, epochs: int | None) -> bool:
        """Set the goal of a walk, from the goal of the one that is under way. Raises InvalidValue.

        Returns:
            Whether there is anything to walk.
        """

    @abstractmethod
    def end_walk(self) -> None:
        """Forget the goal of a walk."""

    @abstractmethod
    def paced_steps(self) -> float:
        """Steps that make one slice under a speed limit."""

    @abstractmethod
    def train(self, seconds: float) -> None:
        """Train for about ``seconds`` and hand out frames that are due. Called with the lock held."""

    @abstractmethod
    def give_up(self) -> None:
        """Leave what was under way when an error ended it. Called with the lock held."""

    @abstractmethod
    def take_over(self) -> None:
        """Go on with the compiled engine, where the experiment leaves the choice open."""

    @abstractmethod
    def send(self, viewer: Viewer, now: float) -> None:
        """Send the viewer what it lacks and a frame. Called with the lock held."""

    # --- what the controls do -----------------------------------------------------------------------

    def play(self) -> None:
        """Train on until paused. Raises InvalidValue when the run cannot go on, or too many train."""
        with self.lock:
            self.refuse_failed("play")
            self.refuse_play()
            self.admit()
            self.end_walk()
            self._set_off()
            self.refresh()
        self.wake()

    def pause(self) -> None:
        """Stop training, also a walk; the run can go on later."""
        with self.lock:
            self.rest()
            self.refresh()
        self.wake()

    def rest(self) -> None:
        """Neither play nor walk. Call with the lock held."""
        self.playing = False
        self.end_walk()

    def walk(self, steps: int | None = None, epochs: int | None = None) -> None:
        """Take some steps, or train to the end of some epochs, and pause.

        A long walk goes on in the scheduler's slices after this returns, and ``pause`` stops it.

        Raises:
            InvalidValue: the run cannot go on, or too many train.
        """
        with self.lock:
            self.refuse_failed("step")
            self.admit()
            if self.begin_walk(steps, epochs):
                self._set_off()
                self._work_until(time.perf_counter() + QUICK_SECONDS)
                if self.playing:
                    self.refresh()  # the page shows that it goes on, and how to stop it
            else:
                self.rest()
                self.refresh()
        self.wake()

    def settle(self) -> None:
        """Finish a walk here and now, without a scheduler."""
        with self.lock:
            if self.walking:
                self._work_until(None)

    def _work_until(self, deadline: float | None) -> None:
        while self.walking and (deadline is None or time.perf_counter() < deadline):
            self.advance(SLICE)

    def _set_off(self) -> None:
        self.playing = True
        self.resume_clock()

    def refuse_failed(self, field: str) -> None:
        """Raise InvalidValue while an error has ended the run."""
        if self.failed:
            raise InvalidValue(field, "sentence.run_failed")

    def set_speed(self, steps_per_second: float | None) -> None:
        """Limit the steps per second; None takes the limit away."""
        with self.lock:
            self.speed = steps_per_second
            self.resume_clock()
        self.wake()

    def changed(self) -> None:
        """Tell viewers and scheduler that what they must know is new."""
        with self.lock:
            self.revision += 1
            self.refresh()
        self.wake()

    def resume_clock(self) -> None:
        """Time has passed in which nothing was to be trained."""
        self.pace.resume()

    @property
    def steps_per_second(self) -> float:
        """Steps taken per second of playing, over the last measured half second."""
        return self.pace.rate

    @property
    @abstractmethod
    def steps_per_epoch(self) -> int:
        """Steps that make an epoch; of a race, of its first lane."""

    @property
    def epochs_per_second(self) -> float:
        """Epochs per second of playing, over the last measured half second."""
        return self.steps_per_second / self.steps_per_epoch

    @property
    def failure(self) -> str:
        """What an error of ours did to the run, in the visitor's language; "" while there was none."""
        return text("live.failed", self.language) if self.failed else ""

    # --- what the scheduler does --------------------------------------------------------------------

    def due(self, now: float) -> float | None:
        """When the next slice may start (monotonic seconds); None while there is nothing to do.

        Under a speed limit the steps of one frame make one slice, or half of them while few play: more slices would
        show nothing more. One that would end shortly before the next frame may be sent waits for that.

        Hidden or scrolled away it trains on where that has an end, and rests where it has none.
        """
        if self.failed or not (self.watched or self.bounded):
            return None
        if self.pressing:
            return now
        if not self.playing:
            return None
        if self.speed is None or self.walking:
            return now
        due = self.pace.due(self.speed, self.paced_steps())
        frame = min((viewer.next_time for viewer in self.viewers if viewer.visible), default=due)
        return frame if due < frame < due + WAIT_SHARE * self.frame_interval else due

    def advance(self, seconds: float) -> None:
        """Train for about ``seconds`` and hand out frames that are due. An error ends the run and is told."""
        with self.lock:
            if self.failed or not (self.playing or self.pressing):
                return
            try:
                self._look_for_engine()
                self.train(seconds)
            except Exception:
                log.exception("a session failed; it says so on its page and rests")
                self.failed = True
                self.rest()
                self.give_up()
                self.refresh()

    def _look_for_engine(self) -> None:
        now = time.monotonic()
        if now >= self._next_take_over:
            self._next_take_over = now + TAKE_OVER_SECONDS
            self.take_over()

    def send_due(self) -> None:
        """Send a frame to whoever can take one now. Call with the lock held."""
        now = time.monotonic()
        for viewer in self.viewers:
            if viewer.ready(now):
                self.send(viewer, now)

    def post_frame(self, viewer: Viewer, now: float, make: Callable[[], bytes]) -> None:
        """Make a frame and hand it over. Called with the lock held."""
        viewer.dirty = False
        viewer.next_after(now, self.frame_interval)
        self._frames_made += 1
        timed = self._frames_made % TIMED_FRAMES == 0
        if not timed:
            viewer.post_frame(make())
            return
        started = time.thread_time()
        viewer.post_frame(make())
        self.frame_cost += 0.3 * (time.thread_time() - started - self.frame_cost)

    # --- viewers ------------------------------------------------------------------------------------

    @property
    def watched(self) -> bool:
        """Whether somebody looks: a viewer is connected and its page is visible."""
        return any(viewer.visible for viewer in self.viewers)

    @property
    def bounded(self) -> bool:
        """Whether it may train on while its page is there but cannot be seen: it comes to an end by itself."""
        return bool(self.viewers) and (self.stop_at is not None or self.walking)

    @property
    def trains(self) -> bool:
        """Whether it takes computing time until paused or at its end."""
        return self.playing and (self.watched or self.bounded)

    def join(self, viewer: Viewer) -> None:
        """Show the session to a further viewer.

        Raises:
            InvalidValue: there are too many.
            Closed: the server has let it go.
        """
        with self._door:
            if self.closed:
                raise Closed(self.token)
            most = self.bounds.viewers_per_session
            if len(self.viewers) >= most:
                raise InvalidValue("viewers", "sentence.viewers", most=most)
            self.viewers += (viewer,)
        self.seen.set()
        self.wake()

    def leave(self, viewer: Viewer) -> None:
        """A viewer's socket is gone. Without viewers a run rests until one comes back."""
        with self._door:
            self.viewers = tuple(other for other in self.viewers if other is not viewer)
            self.left_at = time.monotonic()

    def open(self) -> None:
        """The server serves the session, again or still."""
        with self._door:
            self.closed = False
            self.left_at = time.monotonic()

    def close(self, left_before: float | None = None) -> bool:
        """The server lets the session go.

        Args:
            left_before: only if nobody has watched since then (monotonic seconds).

        Returns:
            Whether it is closed.
        """
        with self._door:
            if left_before is None or (not self.viewers and self.left_at < left_before):
                self.closed = True
            return self.closed

    def refresh(self, viewer: Viewer | None = None) -> None:
        """Send a new frame to one viewer, or to all, now or once there is room for it."""
        with self.lock:
            now = time.monotonic()
            for each in [viewer] if viewer else self.viewers:
                each.dirty = True
                if each.has_room(now):
                    self.send(each, now)

    def acknowledge(self, viewer: Viewer, number: int) -> bool:
        """Note a drawn frame; True when a newer picture waits to be made (call ``refresh``)."""
        viewer.acknowledge(number)
        return viewer.dirty and not self.playing and viewer.has_room(time.monotonic())

    def set_visible(self, viewer: Viewer, on: bool) -> None:
        """The viewer's page was shown or hidden."""
        with self.lock:
            watched, now = self.watched, time.monotonic()
            viewer.visible = on
            viewer.expect_nothing()
            if watched and not self.watched:
                self._unseen_since = now if self.playing else None
            if not watched and not self.bounded:
                self.resume_clock()
            if on:
                self.refresh(viewer)
                since, self._unseen_since = self._unseen_since, None
                if since is not None and now - since >= UNSEEN_SECONDS:
                    key = "rested" if self.stop_at is None else "went_on" if self.playing else "ended"
                    told = text(f"live.unseen.{key}", self.language, epoch=self.stop_at)
                    viewer.send({"type": "notice", "level": "info", "message": told})
        self.wake()
