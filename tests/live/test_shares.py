"""Slices are shared fairly, rest costs nothing, and the background waits for players: on simulated threads and time."""

from __future__ import annotations

import heapq

import pytest

from playground.live.shares import BACKGROUND_SHARE, IDLE, SPARED, Shares


class Work:
    """Takes ``cost`` seconds a slice, one every ``period`` seconds at most."""

    def __init__(self, cost: float, background: bool = False, period: float = 0.0) -> None:
        self.cost, self.background, self.period = cost, background, period
        self.used = self.next = 0.0
        self.slices = 0
        self.active = True

    def due(self, now: float) -> float | None:
        return max(now, self.next) if self.active else None

    def advance(self, seconds: float) -> None:
        raise NotImplementedError


class Machine:
    """Threads of both kinds on a clock of their own: a slice takes exactly what it costs."""

    def __init__(self, threads: int = 1) -> None:
        self.shares = Shares(threads)
        self.now = 1000.0
        self.threads = [(self.shares.played, n) for n in range(threads)]
        self.threads += [(self.shares.background, n) for n in range(threads)]

    def add(self, *works: Work, owner: object = None) -> None:
        for work in works:
            self.shares.of(work).add(work, work if owner is None else owner)

    def run(self, seconds: float, tick: float = 0.0005) -> Machine:
        """Every thread asks as soon as it is free, as often as the clock ticks."""
        end = self.now + seconds
        ends: list[tuple[float, int, object, object]] = []
        free = list(self.threads)
        while self.now < end or ends:
            while ends and ends[0][0] <= self.now:
                _, _, thread, entry = heapq.heappop(ends)
                entry.work.used += entry.work.cost
                entry.work.slices += 1
                entry.work.next = self.now + entry.work.period
                self.shares.end(thread[0], entry, entry.work.cost, self.now)
                free.append(thread)
            for thread in list(free):
                if self.now >= end:
                    break
                entry, wait = self.shares.begin(thread[0], self.now)
                assert 0 <= wait <= IDLE or entry is not None
                if entry is not None:
                    free.remove(thread)
                    heapq.heappush(ends, (self.now + entry.work.cost, id(entry), thread, entry))
            self.now += tick
        return self


def used(works):
    return sum(work.used for work in works)


def test_a_heavy_session_gets_no_more_time_than_a_light_one():
    machine, heavy, light = Machine(), Work(0.05), Work(0.005)
    machine.add(heavy, light)
    machine.run(5.0)
    assert abs(heavy.used - light.used) <= heavy.cost + light.cost
    assert light.slices > 8 * heavy.slices


def test_a_resting_session_is_not_served_and_does_not_catch_up():
    machine, resting, busy = Machine(), Work(0.002), Work(0.002)
    resting.active = False
    machine.add(resting, busy)
    machine.run(1.0)
    assert resting.slices == 0
    before = busy.slices
    resting.active = True
    machine.run(1.0)
    # Had it saved up its idle time it would have had the thread alone for a second.
    assert abs(busy.slices - before - resting.slices) <= 1


def test_several_threads_serve_different_sessions():
    machine, works = Machine(threads=2), [Work(0.005) for _ in range(4)]
    machine.add(*works)
    machine.run(1.0)
    assert used(works) == pytest.approx(2.0, abs=0.2)
    assert max(work.slices for work in works) - min(work.slices for work in works) <= 1


def test_works_of_one_owner_share_its_time():
    machine, mine, other = Machine(), [Work(0.004) for _ in range(3)], Work(0.004)
    machine.add(*mine, owner=object())
    machine.add(other)
    machine.run(2.0)
    assert abs(used(mine) - other.used) <= 2 * other.cost


@pytest.mark.parametrize("cost", [0.005, 0.1])
def test_the_background_has_a_bounded_share_while_players_are_due(cost):
    machine = Machine()
    players, students = [Work(0.004) for _ in range(3)], [Work(cost, background=True) for _ in range(6)]
    machine.add(*players, *students)
    machine.run(1.0)  # the first slices come before anybody is seen to play
    before = used(students)
    machine.run(10.0)
    assert used(students) - before == pytest.approx(10.0 * BACKGROUND_SHARE, rel=0.25, abs=cost)
    alone, those = Machine(), [Work(0.004) for _ in range(3)]
    alone.add(*those)
    alone.run(11.0)
    assert used(players) == pytest.approx(used(those), abs=0.01), (
        "something of the background stood in front of them"
    )


def test_the_background_has_everything_while_nobody_plays():
    machine, students = Machine(threads=2), [Work(0.005, background=True) for _ in range(4)]
    machine.add(*students)
    machine.run(2.0)
    assert used(students) == pytest.approx(4.0, abs=0.4)
    assert max(work.slices for work in students) - min(work.slices for work in students) <= 1


def test_the_background_has_what_those_who_play_leave():
    """A player who needs a fifth of a thread leaves more than the bound that a crowd leaves."""
    machine, player, student = Machine(), Work(0.004, period=0.016), Work(0.004, background=True)
    machine.add(player, student)
    machine.run(10.0)
    assert student.used == pytest.approx(10.0 * SPARED * 0.8, rel=0.1)
    assert student.used > 3 * BACKGROUND_SHARE * 10.0


def test_a_work_that_is_taken_up_again_before_its_last_slice_has_ended_is_served_by_one_thread():
    shares, work = Shares(2), Work(0.1)
    queue = shares.of(work)
    queue.add(work, work)
    entry, _ = shares.begin(queue, 1000.0)
    queue.remove(work)
    assert len(queue) == 0
    queue.add(work, work)
    assert shares.begin(queue, 1000.01)[0] is None
    shares.end(queue, entry, 0.1, 1000.1)
    again, _ = shares.begin(queue, 1000.1)
    assert again is entry
    queue.remove(work)
    shares.end(queue, entry, 0.1, 1000.2)
    assert shares.begin(queue, 1000.2)[0] is None
    assert not queue.entries
