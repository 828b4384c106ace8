"""Slices are shared fairly, rest costs nothing, the background waits for players, and one failure stops nobody else."""

from __future__ import annotations

import threading
import time

import pytest

from playground.live.scheduler import BACKGROUND_SHARE, Scheduler


class Job:
    """Takes ``cost`` seconds a slice."""

    def __init__(self, cost: float, background: bool = False) -> None:
        self.cost = cost
        self.background = background
        self.used = 0.0
        self.slices = 0
        self.active = True
        self.threads: set[str] = set()
        self.inside = 0

    def due(self, now: float) -> float | None:
        return now if self.active else None

    def advance(self, seconds: float) -> None:
        self.inside += 1
        assert self.inside == 1, "two threads served one session at once"
        self.threads.add(threading.current_thread().name)
        started = time.perf_counter()
        time.sleep(self.cost)
        self.used += time.perf_counter() - started  # a busy machine sleeps longer
        self.slices += 1
        self.inside -= 1


def run(jobs: list[Job], seconds: float, threads: int = 1, owners: list[object] | None = None) -> float:
    """Serve the jobs for about ``seconds``; how long (seconds) it took."""
    scheduler = Scheduler(threads)
    started = time.monotonic()
    for job, owner in zip(jobs, owners or [None] * len(jobs), strict=True):
        scheduler.add(job, owner)
    time.sleep(seconds)
    scheduler.stop()
    return time.monotonic() - started


def test_a_heavy_session_gets_no_more_time_than_a_light_one():
    heavy, light = Job(0.05), Job(0.005)
    run([heavy, light], 1.5)
    # Equal clocks within one slice of the heavy one, so the light one has many more turns.
    assert abs(heavy.used - light.used) < 0.35 * max(heavy.used, light.used)
    assert light.slices > 4 * heavy.slices


def test_a_resting_session_is_not_served_and_does_not_catch_up():
    resting, busy = Job(0.002), Job(0.002)
    resting.active = False
    scheduler = Scheduler(1)
    scheduler.add(resting)
    scheduler.add(busy)
    time.sleep(0.4)
    assert resting.slices == 0
    before = busy.slices
    resting.active = True
    scheduler.wake(resting)
    time.sleep(0.4)
    scheduler.stop()
    # Had it saved up its idle time it would have had the thread alone for 0.4 s.
    assert busy.slices - before > 0.3 * resting.slices


def test_several_threads_serve_different_sessions():
    jobs = [Job(0.005) for _ in range(4)]
    run(jobs, 0.5, threads=2)
    assert len(set.union(*(job.threads for job in jobs))) == 2
    assert min(job.slices for job in jobs) > 0.5 * max(job.slices for job in jobs)


def test_works_of_one_owner_share_its_time():
    jobs = [Job(0.004) for _ in range(4)]
    mine = object()
    run(jobs, 1.0, owners=[mine, mine, mine, None])
    assert sum(job.slices for job in jobs[:3]) < 1.5 * jobs[3].slices


class Broken(Job):
    def advance(self, seconds: float) -> None:
        self.slices += 1
        raise RuntimeError("broken")


class Undue(Job):
    def due(self, now: float) -> float | None:
        self.slices += 1
        raise RuntimeError("broken")


@pytest.mark.parametrize("kind", [Broken, Undue])
def test_a_failing_work_rests_until_it_is_woken_and_the_others_go_on(kind, caplog):
    broken, well = kind(0.001), Job(0.002)
    scheduler = Scheduler(1)
    scheduler.add(broken)
    scheduler.add(well)
    time.sleep(0.3)
    assert broken.slices == 1
    assert well.slices > 10
    assert "a work failed" in caplog.text
    scheduler.wake(broken)
    time.sleep(0.3)
    scheduler.stop()
    assert broken.slices == 2


def test_what_is_not_served_cannot_be_woken():
    scheduler = Scheduler(1)
    gone = Job(0.001)
    scheduler.add(gone)
    scheduler.remove(gone)
    time.sleep(0.05)
    gone.slices = 0
    scheduler.wake(gone)
    time.sleep(0.1)
    scheduler.stop()
    assert (gone.slices, len(scheduler)) == (0, 0)


@pytest.mark.parametrize("cost", [0.005, 0.1])
def test_the_background_has_a_bounded_share_while_players_are_due(cost):
    players = [Job(0.004) for _ in range(3)]
    students = [Job(cost, background=True) for _ in range(6)]
    took = run([*players, *students], 3.0)
    alone = [Job(0.004) for _ in range(3)]
    took_alone = run(alone, 1.0)
    studied, played = sum(job.used for job in students), sum(job.used for job in players)
    # A slice that began late may end after the last one; the first comes before anybody is seen to play.
    assert 0.3 * BACKGROUND_SHARE * took < studied < 2 * BACKGROUND_SHARE * took + 2 * cost
    assert played / took > 0.8 * sum(job.used for job in alone) / took_alone


def test_the_background_has_everything_while_nobody_plays():
    students = [Job(0.005, background=True) for _ in range(4)]
    took = run(students, 1.0, threads=2)
    assert sum(job.used for job in students) > 1.2 * took
    assert min(job.slices for job in students) > 0.5 * max(job.slices for job in students)


def test_the_background_has_what_those_who_play_leave():
    """A player who needs a fifth of a thread leaves more than the bound that a crowd leaves."""

    class Slow(Job):
        def due(self, now: float) -> float | None:
            return self.next

        next = 0.0

        def advance(self, seconds: float) -> None:
            super().advance(seconds)
            self.next = time.monotonic() + 0.016

    student = Job(0.004, background=True)
    took = run([Slow(0.004), student], 2.0)
    assert student.used > 3 * BACKGROUND_SHARE * took
