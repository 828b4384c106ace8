"""What every session on the server has: a token, viewers, and its place among the others."""

from __future__ import annotations

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from playground.live.limits import Limits, limits
from playground.live.viewer import Viewer
from playground.registry import InvalidValue


class Audience(ABC):
    """A session as routes, scheduler and server see it: viewers who are sent frames of something that trains.

    All methods may be called from any thread; one lock guards what trains. Threads that watch get immutable
    messages and frames.

    Args:
        language: of the texts that the viewers are sent.
        bounds: limits of the server.

    Attributes:
        token: unguessable name under which a socket finds the session.
        playing: whether it trains on until paused.
        viewers: who watches now. left_at: when (monotonic seconds) the last one left.
        frame_interval: seconds between frames while it plays.
    """

    background = False
    """Somebody watches: it is served before the work that may wait."""

    def __init__(self, language: str = "en", bounds: Limits | None = None) -> None:
        self.bounds = bounds or limits()
        self.token = secrets.token_urlsafe(24)
        self.language = language
        self.lock = threading.RLock()
        self.playing = False
        self.viewers: list[Viewer] = []
        self.left_at = time.monotonic()
        self.frame_interval = 1.0 / self.bounds.frame_rate
        self.frame_cost = 0.002
        """Seconds of work that a frame takes, smoothed."""
        self.crowded = False
        """Set by the server while many play: maps are drawn more coarsely."""
        self.wake: Callable[[], None] = lambda: None
        """Set by the server: tells the scheduler that there may be work."""
        self.admit: Callable[[], None] = lambda: None
        """Set by the server: raises InvalidValue when too many train already."""

    # --- what a session says ----------------------------------------------------------------------

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Parameters of all networks of the session."""

    @property
    @abstractmethod
    def begun(self) -> bool:
        """Whether a step has been taken."""

    @abstractmethod
    def due(self, now: float) -> float | None:
        """When the next slice may start (monotonic seconds); None while there is nothing to do."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Train for about ``seconds`` and hand out frames that are due."""

    @abstractmethod
    def send(self, viewer: Viewer, now: float) -> None:
        """Send the viewer what it lacks and a frame. Called with the lock held."""

    @abstractmethod
    def resume_clock(self) -> None:
        """Time has passed in which nothing was to be trained."""

    # --- viewers ----------------------------------------------------------------------------------

    @property
    def watched(self) -> bool:
        """Whether somebody looks: a viewer is connected and its page is visible."""
        return any(viewer.visible for viewer in self.viewers)

    def join(self, viewer: Viewer) -> None:
        """Show the session to a further viewer. Raises InvalidValue when there are too many."""
        with self.lock:
            if len(self.viewers) >= self.bounds.viewers_per_session:
                most = self.bounds.viewers_per_session
                raise InvalidValue(
                    "viewers", f"at most {most}", len(self.viewers) + 1, "live.viewers", most=most
                )
            self.viewers.append(viewer)
        self.wake()

    def leave(self, viewer: Viewer) -> None:
        """A viewer's socket is gone. Without viewers a run rests until one comes back."""
        with self.lock:
            if viewer in self.viewers:
                self.viewers.remove(viewer)
            self.left_at = time.monotonic()

    def refresh(self, viewer: Viewer | None = None) -> None:
        """Send a new frame to one viewer, or to all, now or once the last one was acknowledged."""
        with self.lock:
            for each in [viewer] if viewer else tuple(self.viewers):
                each.dirty = True
                if each.visible and not each.in_flight:
                    self.send(each, time.monotonic())

    def acknowledge(self, viewer: Viewer, number: int) -> bool:
        """Note a drawn frame; True when a newer picture waits to be made (call ``refresh``)."""
        viewer.acknowledge(number)
        return viewer.dirty and not viewer.in_flight and not self.playing

    def set_visible(self, viewer: Viewer, on: bool) -> None:
        """The viewer's page was shown or hidden."""
        with self.lock:
            viewer.visible = on
            viewer.in_flight = False
            self.resume_clock()
            if on:
                self.refresh(viewer)
        self.wake()
