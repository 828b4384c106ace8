"""Memory is bounded in bytes: every kind of thing that visitors leave is filled here, and measured."""

from __future__ import annotations

import ctypes
import gc
import json
import subprocess
import sys
import tempfile
import tracemalloc
import weakref
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from prometheus_client.parser import text_string_to_metric_families

from playground import Experiment, InvalidValue
from playground.data.points import MAX_ROWS as MOST_POINTS
from playground.data.points import Points
from playground.data.prepare import _prepare
from playground.engine.history import COLUMNS, MAX_ROWS
from playground.experiment import MAX_LAYERS, MAX_UNITS
from playground.live import heap, memory, meters, sessions
from playground.live.commands import carry_out
from playground.live.limits import Limits
from playground.live.memory import size_of
from playground.live.results import Key, Results
from playground.live.tables import Tables
from playground.live.viewer import Viewer
from playground.races import Criterion, Lane, Race
from playground.races.session import RaceSession
from playground.walls import Side, Wall
from playground.walls.session import WallSession

SMALL = Experiment(n_samples=40, engine="reference", device="cpu")
LARGEST = SMALL.replace(hidden=(MAX_UNITS,) * MAX_LAYERS)


@contextmanager
def measured():
    """Bytes that what is made within takes when it ends, by Python's own count (NumPy's arrays included)."""
    found = []
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    yield found
    gc.collect()
    found.append(tracemalloc.get_traced_memory()[0] - before)
    tracemalloc.stop()


@pytest.fixture
def server():
    made = sessions.Server(Limits())
    yield made
    made.scheduler.stop()


def long_history(trainer, rows):
    """Write rows into a run's history without training them."""
    start = trainer.history.epochs
    for first in range(start, start + rows, 1000):
        epochs = np.arange(first, min(first + 1000, start + rows))
        trainer.history.extend(
            epochs, epochs * 4, np.random.random((len(epochs), 7)), np.full(len(epochs), 0.1)
        )


def table(seed):
    rows = np.random.default_rng(seed).normal(size=(MOST_POINTS, 2)).tolist()
    return Points(class_names=("a", "b"), rows=tuple((*row, i % 2) for i, row in enumerate(rows)))


def fill(session, kind):
    """Do what a visitor can do to make one kind as large as it gets."""
    if kind == "history":
        long_history(session.trainer, 2 * MAX_ROWS)
    elif kind == "runs":
        session.apply(LARGEST)
        for _ in range(14):
            carry_out(session, session.viewers[0], {"cmd": "step", "count": 1})
            long_history(session.trainer, 20_000)
            session.reset(new_weights=True)
    elif kind == "marks":
        session.apply(LARGEST)
        for epoch in range(1, 200):
            session.trainer.history.extend(
                np.array([epoch]), np.array([session.trainer.step]), np.zeros((1, 7)), np.full(1, 0.1)
            )
            session.trainer._order.epoch = epoch
            session.runs.timeline._next = 0
            session.runs.timeline.note(session.trainer)
    elif kind == "log":
        carry_out(session, session.viewers[0], {"cmd": "step", "count": 1})
        rows = tuple((i % 10 / 10, 0.5, i % 2) for i in range(100))
        while len(session.log.to_json()) < 44_000:
            session.paint(session.points().append(rows))
    elif kind == "painted":
        for seed in range(40):
            session.paint(table(seed))
    elif kind == "waiting":
        for viewer in session.viewers:
            while not viewer.full:  # then its socket is not read any more
                viewer.post(json.dumps(["x" * 10_000]))


BOUNDS = {
    "history": memory.HISTORY_BYTES,
    "runs": memory.RUNS_BYTES,
    "marks": memory.MARKS_BYTES,
    "log": memory.LOG_BYTES,
    "painted": memory.PAINTED_BYTES,
    "waiting": 3 * memory.WAITING_BYTES + 3 * 10_010,
    "race": memory.RACE_BYTES,
    "wall": memory.WALL_BYTES,
    "pictures": memory.PICTURES_BYTES,
}


def test_every_kind_has_a_bound():
    assert set(BOUNDS) == set(memory.KINDS)
    assert MAX_ROWS * 8 * len(COLUMNS) == memory.HISTORY_BYTES


@pytest.mark.parametrize("kind", [kind for kind in memory.KINDS if kind not in ("race", "wall", "pictures")])
def test_a_session_stays_within_its_bound(server, kind):
    session = server.open(SMALL)
    for _ in range(3):
        session.join(Viewer(lambda: None))
    with measured() as found:
        fill(session, kind)
        _prepare.cache_clear()  # the data of the last experiments, for all visitors
    told = session.sizes()[kind]
    assert 0.3 * BOUNDS[kind] < told <= BOUNDS[kind]
    # What is told is what is taken: Python's objects around it, and the network itself, add little.
    network = session.n_parameters * memory.NETWORK_BYTES
    others = sum(session.sizes().values()) - told
    assert found[0] < 1.25 * told + others + network + 2**21
    assert server.memory()[kind] == told


@pytest.mark.parametrize(("lanes", "seeds"), [(2, 1), (6, 8)])
def test_a_race_stays_within_its_bound(server, lanes, seeds):
    runners = tuple(Lane(learning_rate=0.01 * (i + 1)) for i in range(lanes))
    session = RaceSession(Race(SMALL, runners, seeds=seeds, criterion=Criterion("best_loss", 100_000)))
    server.ensure(session)
    session.settle()
    with measured() as found:
        for trainer in session.lockstep:
            long_history(trainer, session.last_epoch)
        for lane in session.lanes:
            lane.curves.update()
    told = session.sizes()["race"]
    assert 0.6 * memory.RACE_BYTES < told <= memory.RACE_BYTES
    assert found[0] < 1.1 * told + 2**20


@pytest.mark.parametrize("count", [25, 400])
def test_a_wall_stays_within_its_bound(server, count):
    wall = Wall(SMALL, Side("learning_rate", 0.01, 1.0), Side("l2", 0.001, 0.1), count)
    session = WallSession(wall)
    server.ensure(session)
    while not session.crowd.ready:
        session.advance(1.0)
    with measured() as found:
        for history in session.crowd.histories:
            epochs = np.arange(session.last_epoch)
            history.extend(epochs, epochs, np.zeros((len(epochs), 7)), np.zeros(len(epochs)))
    told = session.sizes()["wall"]
    assert 0.6 * memory.WALL_BYTES < told <= memory.WALL_BYTES
    assert found[0] < 1.1 * told + 2**20


def test_results_of_chapters_make_way_for_newer_ones():
    kept = Results(most_bytes=10 << 20)

    def steps(megabytes):
        yield 1.0, np.ones(megabytes << 17)

    with measured() as found:
        for number in range(30):
            job = kept.job(Key(number), lambda: steps(2), "a visitor")
            job.go_on()
            assert job.wait(60)
            kept.job(Key(number), lambda: steps(2), "a visitor")
        assert kept.job(Key(29), lambda: steps(2), "another") is job
        del job
    assert 3 <= len(kept) <= 5
    assert kept.nbytes <= 10 << 20
    assert found[0] < 1.1 * kept.nbytes + 2**20
    assert kept.job(Key(0), lambda: steps(2), "a visitor").look()[0] == "stopped"  # computed anew


def test_tables_make_way_for_newer_ones_and_are_read_once():
    from playground.data import read_table

    kept, read = Tables(most_bytes=4 << 20), []

    def reader(number):
        read.append(number)
        lines = [f"{i},{i * number},{i % 2}" for i in range(40_000)]
        return read_table(("a,b,c\n" + "\n".join(lines)).encode())

    for number in range(8):
        kept.get(number, lambda n=number: reader(n))
    assert kept.nbytes <= 4 << 20
    assert 2 <= len(kept) < 8
    kept.get(7, lambda: reader(7))
    assert read == list(range(8))
    kept.get(0, lambda: reader(0))
    assert read[-1] == 0


def test_a_refused_file_is_refused_again_without_being_read():
    kept, read = Tables(), []

    def reader():
        read.append(1)
        raise InvalidValue("file", "csv.html")

    assert kept.get("a file", reader) is kept.get("a file", reader)
    assert read == [1]


def test_a_full_server_takes_no_more_than_is_told(server, monkeypatch):
    """The sum of all bounds is what /metrics tells, and closed sessions count until their visit lets them go."""
    monkeypatch.setattr(sessions, "_server", server)
    bounds = server.bounds
    assert memory.full(bounds) == (
        bounds.max_sessions * memory.session_bytes(bounds)
        + bounds.max_parameters * memory.NETWORK_BYTES
        + memory.RESULTS_BYTES
        + memory.TABLES_BYTES
    )
    session = server.open(SMALL)
    long_history(session.trainer, 5000)
    server.close(session)
    assert server.memory()["history"] >= 5000 * 56
    families = text_string_to_metric_families(meters.page().decode())
    samples = [sample for family in families for sample in family.samples]
    told = {sample.labels.get("kind", sample.name): sample.value for sample in samples}
    assert told["history"] == server.memory()["history"]
    assert told["playground_memory_bound_bytes"] == memory.full(bounds)
    del session
    gc.collect()
    assert sum(server.memory().values()) == 0


def test_nobody_is_let_in_beyond_the_memory_of_the_server():
    server = sessions.Server(Limits(max_memory_mb=1))
    first = server.open(SMALL)
    long_history(first.trainer, 30_000)
    with pytest.raises(InvalidValue) as refused:
        server.open(SMALL)
    assert refused.value.key == "sentence.full"
    server.scheduler.stop()


def test_sizes_are_estimated_through_what_holds_them():
    import pandas as pd

    array = np.ones(100_000)

    def steps():
        held = [array, {"again": array}]
        yield 0.5, held

    going = steps()
    next(going)
    for value in (array, (array, array), {"a": [array]}, pd.DataFrame({"a": array}), going):
        assert 800_000 <= size_of(value) < 810_000
    assert size_of(np, Experiment, len, test_every_kind_has_a_bound) < 1_000
    assert size_of(["x" * 1000] * 50) < 3_000


def test_what_was_left_behind_goes_when_memory_is_settled_again() -> None:
    class Thing:
        """In a cycle, as a visit is."""

        def __init__(self) -> None:
            self.own = self

    thing = Thing()
    gone = weakref.ref(thing)
    sessions.settle()
    del thing
    gc.collect()
    assert gone() is not None, "frozen while it was there"
    sessions.settle()
    assert gone() is None
    gc.unfreeze()


def test_what_visitors_leave_behind_goes_without_waiting_for_that() -> None:
    """Python looks at everything when a quarter more has come: than visitors hold, not than the program takes."""

    class Visit:
        """In a cycle."""

        def __init__(self) -> None:
            self.own = self

    usual = gc.get_threshold()
    sessions.settle()
    gc.set_threshold(100, 5, 5)
    try:
        visit = Visit()
        gone = weakref.ref(visit)
        gc.collect(1)
        gc.collect(1)  # it has become old
        del visit
        others: list[list[object]] = []  # what further visitors hold: less than a quarter of the program
        few = gc.get_freeze_count() // 10
        while gone() is not None and len(others) < few:
            others.append([])
        assert gone() is None
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def test_the_threads_of_a_server_share_few_heaps() -> None:
    """In a process of its own: a heap stays for as long as the process. glibc writes them down as XML."""
    code = """
import ctypes, sys, threading
from playground.live import heap

if "few" in sys.argv:
    heap.few_arenas()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
held, go = [], threading.Barrier(12)

def work():
    go.wait()
    held.append(bytearray(60_000))
    go.wait()

threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
file = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
heap.trim()
"""
    if sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_info"):
        pytest.skip("another C library")
    counts = []
    for mode in ("few", "many"):
        with tempfile.NamedTemporaryFile() as told:
            subprocess.run([sys.executable, "-c", code, told.name, mode], cwd=ROOT, check=True)
            counts.append(Path(told.name).read_text().count("<heap nr="))
    assert counts[0] <= heap.ARENAS < counts[1]
