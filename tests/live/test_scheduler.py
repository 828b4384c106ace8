"""Slices are shared fairly, rest costs nothing, and one failure stops nobody else."""

from __future__ import annotations

import threading
import time

from playground.live.scheduler import Scheduler


class Job:
    """Takes ``cost`` seconds a slice."""

    def __init__(self, cost: float) -> None:
        self.cost = cost
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
        time.sleep(self.cost)
        self.used += self.cost
        self.slices += 1
        self.inside -= 1


def run(jobs: list[Job], seconds: float, threads: int = 1) -> Scheduler:
    scheduler = Scheduler(threads)
    for job in jobs:
        scheduler.add(job)
    time.sleep(seconds)
    scheduler.stop()
    return scheduler


def test_a_heavy_session_gets_no_more_time_than_a_light_one():
    heavy, light = Job(0.02), Job(0.002)
    run([heavy, light], 1.0)
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
    scheduler.add(resting)
    time.sleep(0.4)
    scheduler.stop()
    # Had it saved up its idle time it would have had the thread alone for 0.4 s.
    assert busy.slices - before > 0.3 * resting.slices


def test_several_threads_serve_different_sessions():
    jobs = [Job(0.005) for _ in range(4)]
    run(jobs, 0.5, threads=2)
    assert len(set.union(*(job.threads for job in jobs))) == 2
    assert min(job.slices for job in jobs) > 0.5 * max(job.slices for job in jobs)


def test_a_failing_session_is_dropped_and_the_others_go_on(caplog):
    class Broken(Job):
        def advance(self, seconds: float) -> None:
            self.slices += 1
            raise RuntimeError("broken")

    broken, well = Broken(0.001), Job(0.002)
    run([broken, well], 0.3)
    assert broken.slices == 1
    assert well.slices > 10
    assert "a session failed" in caplog.text
