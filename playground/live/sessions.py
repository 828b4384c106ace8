"""The open sessions of this server, the threads that train them, and the rules for who gets in."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from importlib import import_module
from weakref import WeakSet

from playground.experiment import Experiment
from playground.live import files, heap
from playground.live.base import Session
from playground.live.limits import Limits, limits
from playground.live.memory import KINDS
from playground.live.scheduler import SLICE, Scheduler
from playground.live.session import LiveSession
from playground.registry import InvalidValue

SWEEP_SECONDS = 2.0
SWITCH_SECONDS = 0.0005
"""How long a thread may hold the interpreter while another waits. Training threads come back from compiled code
hundreds of times a second; with Python's default of 5 ms each return could wait that long."""

log = logging.getLogger(__name__)


class Server:
    """All sessions of one process.

    Args:
        bounds: how many sessions, parameters and threads there may be.
    """

    def __init__(self, bounds: Limits | None = None) -> None:
        self.bounds = bounds or limits()
        self.max_sessions = files.places(self.bounds.max_sessions)
        """Open experiments at once: as the limits say, as far as there are files for their sockets."""
        self.scheduler = Scheduler(self.bounds.threads)
        self._sessions: dict[str, Session] = {}
        self._known: WeakSet[Session] = WeakSet()
        """Also those that were let go, as long as a visit still holds them."""
        self._lock = threading.RLock()
        self._sweeper: threading.Thread | None = None
        self.frame_rate = self.bounds.frame_rate
        """Frames a second that each viewer is sent at most at present."""
        self.lateness = 0.0
        """Seconds that those who play waited for a slice that was due, on average: in the better one of the last two
        sweeps, as many who open their pages at once disturb for a moment only."""
        self._newest = 0.0

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, experiment: Experiment, language: str = "en") -> LiveSession:
        """A new session, paused.

        Raises:
            InvalidValue: the server is full, or the experiment cannot be run.
        """
        session = LiveSession(experiment, language, self.bounds)
        self.ensure(session)
        return session

    def ensure(self, session: Session) -> None:
        """Serve ``session``, again if it was let go while nobody looked. Raises InvalidValue when full."""
        with self._lock:
            if session.token in self._sessions:
                session.open()
                return
            if len(self._sessions) >= self.max_sessions:
                raise InvalidValue("sessions", "sentence.full", most=self.max_sessions)
            size = session.n_parameters
            total = sum(s.n_parameters for s in self._sessions.values())
            if total + size > self.bounds.max_parameters:
                raise InvalidValue("sessions", "sentence.full", most=len(self._sessions))
            self._refuse_memory()
            session.open()
            session.wake = lambda: self.scheduler.wake(session)
            session.admit = lambda: self._admit(session)
            self._sessions[session.token] = session
            self._known.add(session)
            if self._sweeper is None:
                self._sweeper = threading.Thread(target=self._sweep, name="sweeper", daemon=True)
                self._sweeper.start()
        self.scheduler.add(session)

    def find(self, token: str) -> Session | None:
        """The session of a token, None for a wrong one."""
        return self._sessions.get(token)

    def close(self, session: Session) -> None:
        """Let a session go; whoever still holds it can have it served again."""
        self._close(session, None)

    def _close(self, session: Session, left_before: float | None) -> None:
        with self._lock:
            if not session.close(left_before):
                return
            self._sessions.pop(session.token, None)
            self.scheduler.remove(session)

    @property
    def playing(self) -> list[Session]:
        """The sessions that train now."""
        return [s for s in tuple(self._sessions.values()) if s.trains]

    @property
    def viewers(self) -> int:
        """Sockets that are open now, and pages that do without."""
        return sum(len(session.viewers) for session in tuple(self._sessions.values()))

    @property
    def load(self) -> float:
        """Share of the training threads' time, 0 to 1, that those who play took lately."""
        return self.scheduler.load(time.monotonic())

    def memory(self) -> dict[str, int]:
        """Bytes that all visitors' things take now, by the kinds of ``playground.live.memory``."""
        found: dict[str, int] = dict.fromkeys(KINDS, 0)
        with self._lock:
            known = list(self._known)
        for session in known:
            for kind, size in session.sizes().items():
                found[kind] += size
        return found

    def _refuse_memory(self) -> None:
        if sum(self.memory().values()) > self.bounds.max_memory_mb << 20:
            raise InvalidValue("sessions", "sentence.full", most=len(self._sessions))

    def _admit(self, session: Session) -> None:
        playing = self.playing
        if not session.playing and (len(playing) >= self.bounds.max_playing or self._taken(playing)):
            raise InvalidValue("play", "sentence.too_many_playing", most=len(playing))

    def _taken(self, playing: list[Session]) -> bool:
        """Whether one more would leave somebody with less than the lowest frame rate."""
        if len(playing) <= CROWD * self.scheduler.n_threads:
            return False
        longest = 1.0 / self.bounds.min_frame_rate
        return self.lateness > LATE * longest or _round(playing) * (1.0 + 1.0 / len(playing)) > longest

    def _sweep(self) -> None:
        while True:
            time.sleep(SWEEP_SECONDS)
            try:
                self.tidy(time.monotonic())
            except Exception:
                log.exception("sweeping the sessions failed")

    def tidy(self, now: float) -> None:
        """Let sessions go whose last viewer left long ago, and share out the frame rate."""
        for session in tuple(self._sessions.values()):
            for viewer in session.viewers:
                if viewer.gone(now):
                    session.leave(viewer)
            self._close(session, now - self.bounds.grace_seconds)
        playing = self.playing
        interval = min(max(_round(playing), 1.0 / self.bounds.frame_rate), 1.0 / self.bounds.min_frame_rate)
        self.frame_rate = 1.0 / interval
        newest = self.scheduler.lateness()
        self.lateness, self._newest = min(newest, self._newest), newest
        # A slice and a frame of everybody fit between two frames.
        each = (interval - _cost(playing)) / max(1, len(playing))
        self.scheduler.slice = min(max(each, SHORTEST_SLICE), SLICE)
        for session in playing:
            session.frame_interval = interval
            session.crowded = len(playing) > CROWD * self.scheduler.n_threads
            session.threads = self.scheduler.n_threads if len(playing) == 1 else 1


def _cost(playing: list[Session]) -> float:
    """Seconds that a frame of each takes that is seen."""
    return sum(session.frame_cost for session in playing if session.watched)


def _round(playing: list[Session]) -> float:
    """Seconds between two frames that leave enough for the rest."""
    return (_cost(playing) + SENDING * sum(session.watched for session in playing)) / FRAME_SHARE


LATE = 2.0
"""How much longer than the longest time between two frames a slice may be waited for until nobody else is let in."""
FRAME_SHARE = 0.5
"""Share of one core that frames may take before the frame rate falls: they are made by Python, which uses one."""
SENDING = 0.00025
"""Seconds that a frame takes besides being made: a slice's beginning and end, and the server's loop, which writes it to
its socket and reads that it was drawn. Measured with 50 players."""
SHORTEST_SLICE = 0.0004
"""Seconds of training without which a slice would be nearly all beginning and end."""
CROWD = 4
"""Playing sessions for each thread beyond which maps are drawn more coarsely."""

_server: Server | None = None
_server_lock = threading.Lock()


def server() -> Server:
    """The server of this process."""
    global _server
    with _server_lock:
        if _server is None:
            _server = Server()
        return _server


def open(experiment: Experiment, language: str = "en") -> LiveSession:
    """A new session on this process's server. Raises InvalidValue as ``Server.open`` does."""
    return server().open(experiment, language)


def start() -> None:
    """Prepare the process for visitors: load what the first of them would wait for."""
    from playground.engine.choose import fused_module
    from playground.experiment import default_experiment

    sys.setswitchinterval(SWITCH_SECONDS)
    LiveSession(default_experiment())
    fused = fused_module()
    if fused is not None:
        fused.warm_up(background=True)


def settle() -> None:
    """Load what the first visitors do without, and settle memory; to be called again now and then.

    What is loaded by now stays, and the collector need not walk it again after each script run. What a visitor has left
    behind by now does not stay longer than until the next call.
    """
    import_module("torch")  # what the compiled engine leaves to it should not wait for it
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    # Python looks at everything once a quarter of what it found last time has come to it. So it must not have found
    # the program, which is twenty times as large as what a class of visitors holds.
    gc.collect()
    heap.trim()
