"""Who is served next: fair shares of computing time, on a clock that the caller holds.

Every work has a clock of the compute time that it has had. Of the due works that one is next whose clock is furthest
behind, for one slice; so a heavy session costs a light one no more than its share, and a session that waited for its
speed limit does not catch up at the others' expense.

Light works, whose slices are short, are served by one thread at a time: most of such a slice is Python's, so that a
second thread would wait for its lock rather than work. Beside a slice that takes long another thread serves.

Work in the background (the computations of the chapters) is served by threads of its own, so that a long slice of it
never stands in front of a frame. It gets a part (``SPARED``) of the time that those who play leave, at least
``BACKGROUND_SHARE`` of a thread, and all of it when nobody plays.
"""

from __future__ import annotations

import heapq
import logging
import math
from itertools import count
from typing import Protocol

IDLE = 0.5
"""Longest sleep of a thread that has nothing to do, in seconds, and how often works without a due time are asked."""
TURN = 0.004
"""Seconds that a thread rests at least while a crowd is served: what falls due meanwhile is served in one go, as going
to sleep and waking up cost about as much as a frame."""
CROWD = 8
"""Works that are to come again by themselves and make a crowd."""
SLICE = 0.008
"""Seconds of training before a thread turns to another session, while few play."""
LIGHT = 0.002
"""Seconds below which a slice is a short one."""
UNUSED = 0.75
"""Share of what a slice may take below which it is a short one too."""
NEWS = 0.2
"""Share of the newest slice in the length that is expected of the next one."""
BACKGROUND_SHARE = 0.12
"""Share of one thread that the background has at least, however many play."""
SPARED = 0.6
"""Share of the time that those who play leave which the background takes: the rest is for the server's loop and the
pages, without which no frame arrives."""
LOAD_SECONDS = 0.5
"""Over how long it is measured how busy those who play keep the threads."""
QUIET = 0.02
"""Share of the threads' time below which nobody is disturbed: the background may use every thread."""

log = logging.getLogger(__name__)


class Work(Protocol):
    """What is served.

    Attributes:
        background: nobody watches a picture move meanwhile, so that it may wait for those who do.
        waits: its threads' time is not all that it takes: it waits for a device, or works with further threads.
    """

    background: bool

    @property
    def waits(self) -> bool:
        """See ``Work``."""
        ...

    def due(self, now: float) -> float | None:
        """When (monotonic seconds) the next slice may start; None while there is nothing to do."""
        ...

    def advance(self, seconds: float) -> None:
        """Work for about ``seconds``."""
        ...


class Clock:
    """The compute time of one owner's works."""

    def __init__(self, time: float) -> None:
        self.time = time


class Entry:
    """A work that is served.

    Attributes:
        busy: a slice of it is under way.
        gone: it was removed meanwhile, and leaves when the slice has ended.
        failed: an exception came out of it: it is served again after the next ``wake``.
        light: whether its slices are short; as found when the newest began.
        next: not before this time (seconds) it has anything to do, as far as is known. ended: its last slice.
        place: number of its place in a heap; it has left every other.
        usual: seconds that a slice counts as, smoothed; of a work that had none it may be long.
    """

    def __init__(self, work: Work, owner: object, clock: Clock) -> None:
        self.work = work
        self.owner = owner
        self.clock = clock
        self.busy = self.gone = self.failed = self.light = False
        self.next = self.ended = -math.inf
        self.usual = math.inf
        self.place = -1

    def due(self, now: float) -> float:
        """When its next slice may start; infinite while there is none."""
        if self.failed or self.gone:
            return math.inf
        try:
            due = self.work.due(now)
        except Exception:
            self.failed = True
            log.exception("a work failed and rests")
            return math.inf
        return math.inf if due is None else due


class Queue:
    """The works of one kind.

    A work is asked when it is due after each of its slices, when it is woken, and every ``IDLE`` seconds.

    Attributes:
        slice: seconds that a slice may take.
        busy: slices that are under way. light: those of them that are short.
        virtual: the clock of who was served last: time spent idle is not saved up.
    """

    slice = SLICE

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.virtual = 0.0
        self.busy = self.light = 0
        self._ask_all = -math.inf
        self._ready: list[tuple[float, int, Entry]] = []
        """Heap of those that may be due, by their clocks. A clock that several share may have moved on since."""
        self._later: list[tuple[float, int, Entry]] = []
        """Heap of those that are due later, by when."""
        self._places = count()
        self._late, self._begun = 0.0, 0
        """Sum of how late slices began, and their number, since it was last asked for."""

    def __len__(self) -> int:
        return sum(not entry.gone for entry in self.entries.values())

    def add(self, work: Work, owner: object) -> None:
        """Serve ``work``; one that is served already is woken, one whose last slice is under way goes on after it."""
        entry = self.entries.get(id(work))
        if entry is not None:
            entry.gone = False
            self.wake(work)
            return
        shared = (entry.clock for entry in self.entries.values() if entry.owner is owner)
        entry = self.entries[id(work)] = Entry(work, owner, next(shared, None) or Clock(self.virtual))
        self._ask(entry)

    def wake(self, work: Work) -> None:
        """It may be due, also if it failed. Nothing happens to what is not served."""
        entry = self.entries.get(id(work))
        if entry is not None:
            entry.failed = False
            if not entry.busy and entry.next > -math.inf:
                self._ask(entry)

    def _ask(self, entry: Entry) -> None:
        """Ask it when it is due as soon as it comes first."""
        entry.next = -math.inf
        self._put(self._ready, entry.clock.time, entry)

    def _put(self, heap: list[tuple[float, int, Entry]], key: float, entry: Entry) -> None:
        entry.place = next(self._places)
        heapq.heappush(heap, (key, entry.place, entry))

    def remove(self, work: Work) -> None:
        """Serve ``work`` no more; a slice that is under way ends first."""
        entry = self.entries.get(id(work))
        if entry is None:
            return
        entry.gone = True
        if not entry.busy:
            self._drop(entry)

    def _drop(self, entry: Entry) -> None:
        entry.place = -1
        del self.entries[id(entry.work)]

    def begin(self, now: float) -> tuple[Entry | None, float]:
        """The entry to serve now, which counts as busy from now on, or how long (seconds) there is none."""
        if now >= self._ask_all:
            self._ask_all = now + IDLE
            self._ready, self._later = [], []
            for entry in self.entries.values():
                if not entry.busy:
                    self._ask(entry)
        best, wait = self._pick(now)
        if best is not None:
            best.busy = True
            best.place = -1
            self.busy += 1
            best.light = best.usual < min(LIGHT, UNUSED * self.slice)
            self.light += best.light
            # Who comes back from a rest starts level with who is served now.
            self.virtual = best.clock.time = max(best.clock.time, self.virtual)
        return best, wait

    def _pick(self, now: float) -> tuple[Entry | None, float]:
        """Of those that are due the one whose clock is furthest behind, or how long there is none."""
        while self._later and self._later[0][0] <= now:
            _, place, entry = heapq.heappop(self._later)
            if place == entry.place:
                self._ask(entry)
        while self._ready:
            time, place, entry = heapq.heappop(self._ready)
            if place != entry.place:
                continue
            if time < entry.clock.time:
                self._put(self._ready, entry.clock.time, entry)
                continue
            due = entry.due(now)
            if due <= now:
                if entry.ended > -math.inf:
                    self._late += now - (max(due, entry.ended) if due < now else entry.ended)
                    self._begun += 1
                return entry, 0.0
            entry.next = due
            if due < math.inf:
                self._put(self._later, due, entry)
        coming = [entry.next for entry in self.entries.values() if not entry.busy and entry.next < math.inf]
        rest = TURN if len(coming) >= CROWD else 0.0
        return None, max(min([*coming, now + IDLE]) - now, rest)

    def lateness(self) -> float:
        """How late (seconds) slices began on average since this was last asked; what is always due waits from slice to
        slice."""
        late, begun = self._late, self._begun
        self._late, self._begun = 0.0, 0
        return late / begun if begun else 0.0

    def end(self, entry: Entry, taken: float, now: float, failed: bool) -> None:
        """A slice that counts as ``taken`` seconds has ended ``now``."""
        entry.ended = now
        entry.clock.time += taken
        self.busy -= 1
        self.light -= entry.light
        entry.usual = taken if math.isinf(entry.usual) else entry.usual + NEWS * (taken - entry.usual)
        entry.busy, entry.failed = False, failed
        if entry.gone:
            self._drop(entry)
        else:
            self._ask(entry)


class Shares:
    """The works of both kinds, and how the time is shared out between them.

    Args:
        n_threads: that serve each kind.
    """

    def __init__(self, n_threads: int) -> None:
        self.n_threads = n_threads
        self.played = Queue()
        self.background = Queue()
        self._load = (0.0, 0.0)
        """Share of the threads' time that players took lately, and when that was."""
        self._rest_until = 0.0
        """When the background may go on, while somebody plays."""

    def of(self, work: Work) -> Queue:
        """The works of its kind."""
        return self.background if work.background else self.played

    def load(self, now: float) -> float:
        """Share of the time that they could have, 0 to 1, that those who play took lately."""
        load, since = self._load
        return min(1.0, load * math.exp((since - now) / LOAD_SECONDS))

    def begin(self, queue: Queue, now: float) -> tuple[Entry | None, float]:
        """The entry of ``queue`` that a thread serves from now on, or how long (seconds) it waits at most."""
        if queue is self.played:
            if queue.light:
                return None, IDLE
        elif self.load(now) > QUIET:
            if now < self._rest_until:
                return None, min(self._rest_until - now, IDLE)
            if queue.busy:
                return None, IDLE
        return queue.begin(now)

    def end(
        self,
        queue: Queue,
        entry: Entry,
        taken: float,
        now: float,
        failed: bool = False,
        worked: float | None = None,
    ) -> None:
        """A slice of ``taken`` seconds has ended ``now``.

        Args:
            worked: the processor's time that its thread had. A slice counts as that unless the work waits for a device:
                the machine may have given the processor to somebody else meanwhile, which is not the work's fault.
                None: as ``taken``.
        """
        light = entry.light
        if worked is not None and not entry.work.waits:
            taken = min(taken, worked)
        queue.end(entry, taken, now, failed)
        load = self.load(now)
        if queue is self.played:
            threads = 1 if light else self.n_threads
            self._load = (load + taken / (LOAD_SECONDS * threads), now)
        else:
            share = max(BACKGROUND_SHARE, SPARED * (1.0 - load))
            self._rest_until = now + taken * (1.0 - share) / share
