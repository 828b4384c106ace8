"""Computations that are cut into slices: they can be stopped, taken up again, and are kept when done."""

from __future__ import annotations

from collections.abc import Iterator

from playground.ui.labs.parts import Job, Results


def counting(log: list[int]) -> Iterator[tuple[float, int]]:
    for i in range(1, 4):
        log.append(i)
        yield i / 3, i


def test_a_slice_is_at_least_one_step_and_no_more_than_asked() -> None:
    log: list[int] = []
    job = Job("key", counting(log))
    assert log == []
    job.advance(0.0)
    assert log == [1]
    assert (job.share, job.result, job.finished) == (1 / 3, 1, False)
    job.advance(60.0)
    assert (job.share, job.result, job.finished) == (1.0, 3, True)


def test_a_stopped_job_keeps_its_place() -> None:
    log: list[int] = []
    job = Job("key", counting(log))
    job.advance(0.0)
    job.stop()
    assert job.stopped
    job.resume()
    job.advance(0.0)
    assert log == [1, 2]


def test_the_oldest_result_makes_room() -> None:
    kept = Results(most=2)
    for i in range(3):
        kept.put(i, str(i))
    assert [kept.get(i) for i in range(3)] == [None, "1", "2"]
