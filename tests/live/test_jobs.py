"""Computations that are cut into slices: they can be stopped, taken up again, rest unwatched and tell their failure."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from playground.live.jobs import UNWATCHED_SECONDS, Job
from playground.live.results import Key, Results
from playground.registry import InvalidValue


def counting(log: list[int]) -> Iterator[tuple[float, int]]:
    for i in range(1, 4):
        log.append(i)
        yield i / 3, i


def test_nothing_is_computed_before_it_is_asked_for():
    log: list[int] = []
    job = Job(counting(log))
    assert job.look() == ("stopped", 0.0, None)
    assert job.due(0.0) is None
    assert log == []


def test_the_scheduler_computes_it_to_the_end():
    job = Job(counting([]))
    job.go_on()
    assert job.wait(30.0)
    assert job.look() == ("finished", 1.0, 3)


def test_a_slice_is_at_least_one_step_and_a_stopped_job_keeps_its_place():
    log: list[int] = []
    going = threading.Event()

    def steps() -> Iterator[tuple[float, int]]:
        for step in counting(log):
            yield step
            going.set()
            assert hold.wait(30.0)

    hold = threading.Event()
    job = Job(steps())
    job.go_on()
    assert going.wait(30.0)
    job.stop()
    hold.set()
    status, share, result = job.look()
    assert status == "stopped"
    assert 0 < share <= 1
    assert result == len(log) or result == len(log) - 1
    job.go_on()
    assert job.wait(30.0)
    assert log == [1, 2, 3]
    assert job.look() == ("finished", 1.0, 3)


def test_who_looks_keeps_it_going_and_nobody_lets_it_rest():
    job = Job(counting([]))
    job._status = "running"
    job.look()
    now = job._asked
    assert job.due(now + UNWATCHED_SECONDS / 2) is not None
    assert job.due(now + UNWATCHED_SECONDS + 1) is None


def test_a_failure_is_told_and_keeps_what_there_was(caplog: pytest.LogCaptureFixture):
    def steps() -> Iterator[tuple[float, int]]:
        yield 0.5, 1
        raise ZeroDivisionError("of the computation")

    job = Job(steps())
    job.go_on()
    assert job.wait(30.0)
    assert job.look() == ("failed", 0.5, 1)
    assert isinstance(job.error, ZeroDivisionError)
    assert job.refused is None
    assert "a computation of a chapter failed" in caplog.text


def test_what_cannot_be_computed_is_refused_once_and_is_no_fault(caplog: pytest.LogCaptureFixture):
    def steps() -> Iterator[tuple[float, int]]:
        raise InvalidValue("trials", "tuning.most_trials", 300, most=200)
        yield 0.0, 0

    results = Results()
    job = results.job(Key("search"), steps, "visitor")
    job.go_on()
    assert job.wait(30.0)
    assert job.look()[0] == "failed"
    assert job.refused is not None
    assert job.refused.field == "trials"
    assert results.job(Key("search"), steps, "visitor") is job
    assert not caplog.text
