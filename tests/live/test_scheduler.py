"""The scheduler's threads: each work is served by one at a time, and one failure stops nobody else."""

from __future__ import annotations

import threading
import time

import pytest
from waiting import until

from playground.live.scheduler import Scheduler


class Job:
    """A work that counts its slices."""

    background = False
    waits = True

    def __init__(self) -> None:
        self.slices = 0
        self.threads: set[str] = set()
        self.inside = 0

    def due(self, now: float) -> float | None:
        return now

    def advance(self, seconds: float) -> None:
        self.inside += 1
        assert self.inside == 1, "two threads served one session at once"
        self.threads.add(threading.current_thread().name)
        time.sleep(0.001)
        self.slices += 1
        self.inside -= 1


@pytest.fixture
def scheduler(request):
    made = Scheduler(getattr(request, "param", 1))
    yield made
    made.stop()


def rounds(job, n=5):
    """Wait until a job has been served a few times more."""
    before = job.slices
    until(lambda: job.slices >= before + n)


@pytest.mark.parametrize("scheduler", [2], indirect=True)
def test_several_threads_serve_different_sessions(scheduler):
    jobs = [Job() for _ in range(4)]
    for job in jobs:
        scheduler.add(job)
    until(lambda: len(set.union(*(job.threads for job in jobs))) == 2)
    for job in jobs:
        rounds(job)


@pytest.mark.parametrize("scheduler", [2], indirect=True)
def test_a_work_that_is_stopped_and_taken_up_again_within_a_slice_is_served_by_one_thread(scheduler):
    entered, leave = threading.Event(), threading.Event()

    class Long(Job):
        def advance(self, seconds: float) -> None:
            self.inside += 1
            entered.set()
            assert leave.wait(60)
            self.slices += 1
            self.most = max(self.most, self.inside)
            self.inside -= 1

        most = 0

    job, other = Long(), Job()
    scheduler.add(job)
    assert entered.wait(60)
    scheduler.remove(job)
    scheduler.add(job)
    scheduler.add(other)
    rounds(other)
    leave.set()
    rounds(job)
    assert job.most == 1


class Broken(Job):
    def advance(self, seconds: float) -> None:
        self.slices += 1
        raise RuntimeError("broken")


class Undue(Job):
    def due(self, now: float) -> float | None:
        self.slices += 1
        raise RuntimeError("broken")


@pytest.mark.parametrize("kind", [Broken, Undue])
def test_a_failing_work_rests_until_it_is_woken_and_the_others_go_on(kind, scheduler, caplog):
    broken, well = kind(), Job()
    scheduler.add(broken)
    until(lambda: broken.slices)
    scheduler.add(well)
    rounds(well)
    assert broken.slices == 1
    assert "a work failed" in caplog.text
    scheduler.wake(broken)
    until(lambda: broken.slices > 1)
    rounds(well)
    assert broken.slices == 2


def test_what_is_not_served_cannot_be_woken(scheduler):
    gone, other = Job(), Job()
    scheduler.add(gone)
    rounds(gone)
    scheduler.remove(gone)
    scheduler.add(other)
    until(lambda: not gone.inside)
    before = gone.slices
    scheduler.wake(gone)
    rounds(other)
    assert gone.slices <= before + 1  # a slice that was under way has ended
    before = gone.slices
    scheduler.wake(gone)
    rounds(other)
    assert (gone.slices, len(scheduler)) == (before, 1)
