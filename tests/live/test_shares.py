"""Slices are shared fairly, rest costs nothing, and the background waits for players: on simulated threads and time."""

from __future__ import annotations

import heapq
import random

import pytest

from playground.live.shares import BACKGROUND_SHARE, CROWD, IDLE, LIGHT, SPARED, TURN, Shares


class Work:
    """Takes ``cost`` seconds a slice, one every ``period`` seconds at most."""

    waits = False

    def __init__(self, cost: float, background: bool = False, period: float = 0.0) -> None:
        self.cost, self.background, self.period = cost, background, period
        self.used = self.next = 0.0
        self.slices = self.asked = 0
        self.active = True

    def due(self, now: float) -> float | None:
        self.asked += 1
        if not self.active:
            return None
        return self.next if self.period else now

    def advance(self, seconds: float) -> None:
        raise NotImplementedError


class Machine:
    """Threads of both kinds on a clock of their own: a slice takes exactly what it costs."""

    def __init__(self, threads: int = 1) -> None:
        self.shares = Shares(threads)
        self.now = 1000.0
        self.threads = [(self.shares.played, n) for n in range(threads)]
        self.threads += [(self.shares.background, n) for n in range(threads)]
        self.most = 0
        """Works of those who play that were under way at once."""

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
                    self.most = max(self.most, self.shares.played.busy)
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
    machine.shares.of(resting).wake(resting)
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


def test_a_work_that_nobody_woke_is_found_all_the_same():
    machine, resting, busy = Machine(), Work(0.002), Work(0.002)
    resting.active = False
    machine.add(resting, busy)
    machine.run(0.1)
    resting.active = True
    machine.run(IDLE)
    assert resting.slices > 0


def test_a_work_is_asked_once_for_each_of_its_slices():
    """Not by every thread that looks for work: with hundreds of works that would be most of what is done."""
    machine, works = Machine(), [Work(0.0005, period=0.05) for _ in range(40)]
    machine.add(*works)
    machine.run(4.0)
    for work in works:
        assert work.slices > 60
        assert work.asked <= 2 * work.slices + 4.0 / IDLE + 1


@pytest.mark.parametrize("seed", range(5))
def test_of_those_that_are_due_the_one_furthest_behind_is_served(seed):
    """Whatever comes, goes, is woken and shares a clock: against a look at every work there is."""
    chance, shares = random.Random(seed), Shares(3)
    queue, works, busy, now = shares.played, [], [], 1000.0
    queue.slice = 0.0  # none of them counts as light, so that three are served at once
    for _ in range(3000):
        now += chance.expovariate(1 / 0.002)
        if len(works) < 5 or chance.random() < 0.05:
            works.append(Work(chance.choice((0.0005, 0.004, 0.02)), period=chance.choice((0.0, 0.02))))
            queue.add(works[-1], owner=len(works) % 7)
        if chance.random() < 0.05:
            gone = works.pop(chance.randrange(len(works)))
            queue.remove(gone)
        if chance.random() < 0.1:
            woken = chance.choice(works)
            woken.active = not woken.active
            queue.wake(woken)
        if len(busy) == 3 or (busy and chance.random() < 0.5):
            entry = busy.pop(chance.randrange(len(busy)))
            entry.work.next = now + entry.work.period
            shares.end(queue, entry, entry.work.cost, now)
        free = [entry for entry in queue.entries.values() if not entry.busy and entry.next <= now]
        due = [entry for entry in free if entry.due(now) <= now]
        least = min((entry.clock.time for entry in due), default=None)
        before = {id(entry): entry.clock.time for entry in due}
        entry, _ = shares.begin(queue, now)
        if entry is None:
            assert not due
        else:
            assert before.get(id(entry)) == least or not due
            busy.append(entry)


def test_light_works_are_served_by_one_thread():
    machine, works = Machine(threads=2), [Work(LIGHT / 4, period=0.01) for _ in range(10)]
    machine.add(*works)
    machine.run(0.1)  # how light they are is seen from their first slices
    machine.most = 0
    machine.run(2.0)
    assert machine.most == 1
    assert max(work.slices for work in works) - min(work.slices for work in works) <= 2


def test_a_heavy_work_does_not_stand_in_front_of_light_ones_where_there_is_a_second_thread():
    machine, heavy = Machine(threads=2), Work(0.05)
    lights = [Work(LIGHT / 4, period=0.02) for _ in range(10)]
    machine.add(heavy, *lights)
    machine.run(4.0)
    assert machine.most == 2
    assert min(light.slices for light in lights) > 0.9 * 4.0 / (0.02 + LIGHT / 4 + TURN)
    assert heavy.used > 3.0, "it has the other thread nearly for itself"


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("lights", [5, 50, 400])
def test_heavy_works_cannot_push_light_ones_below_their_share(threads, lights):
    """At any load, four of five frames of the median are everybody's among those who ask for the same."""
    machine, heavies = Machine(threads), [Work(0.008) for _ in range(3)]
    works = [Work(0.0005, period=0.04) for _ in range(lights)]
    machine.add(*heavies, *works)
    machine.run(3.0)
    machine.run(6.0, tick=0.00025)
    slices = sorted(work.slices for work in works)
    assert slices[0] >= 0.8 * slices[len(slices) // 2]
    fair = 9.0 / (lights + len(heavies))
    assert slices[0] * 0.0005 >= 0.75 * min(fair, 9.0 * 0.0005 / (0.0405 + TURN + 0.008))


def test_a_thread_sleeps_for_a_turn_while_a_crowd_is_served_and_to_the_moment_while_few_are():
    for count, wait in ((CROWD - 1, 0.001), (CROWD, TURN)):
        shares, works = Shares(1), [Work(0.0005, period=1.0) for _ in range(count)]
        for work in works:
            work.next = 1000.001
            shares.played.add(work, work)
        assert shares.begin(shares.played, 1000.0) == (None, pytest.approx(wait))


def test_a_work_that_uses_up_its_slices_is_not_light_however_short_they_are():
    """A crowd has short slices, and who trains all the time of one leaves Python's lock to others."""
    machine, works = Machine(threads=2), [Work(LIGHT / 4) for _ in range(10)]
    machine.shares.played.slice = LIGHT / 4
    machine.add(*works)
    machine.run(2.0)
    assert used(works) == pytest.approx(4.0, rel=0.1)


def test_how_late_slices_begin_is_measured():
    machine, works = Machine(), [Work(0.001, period=0.1) for _ in range(5)]
    machine.add(*works)
    machine.run(3.0)
    assert machine.shares.played.lateness() < 0.006, "they wait for each other at most"
    assert machine.shares.played.lateness() == 0.0, "nothing has begun since"
    crowd = [Work(0.01) for _ in range(50)]
    machine.add(*crowd)
    machine.run(3.0)
    machine.shares.played.lateness()
    machine.run(3.0)
    assert machine.shares.played.lateness() == pytest.approx(0.5, rel=0.1), "fifty slices of the others"


@pytest.mark.parametrize("waits", [False, True])
def test_time_in_which_the_machine_did_something_else_is_held_against_nobody_who_did_not_wait_for_a_device(
    waits,
):
    shares, work, other = Shares(1), Work(0.001), Work(0.001)
    work.waits = waits
    queue = shares.played
    for each in (work, other):
        queue.add(each, each)
    for taken in (0.5, 0.001):
        entry, _ = shares.begin(queue, 1000.0)
        shares.end(queue, entry, taken, 1000.0, worked=0.001)
    again, _ = shares.begin(queue, 1000.0)
    assert again.work is (other if waits else work)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_search_leaves_ten_players_their_frames(threads):
    """Slices of 30 ms of a search, and of as many sections as its visitor has under way, beside ten who play."""

    def frames(searches: int, owner: object) -> tuple[float, list[int]]:
        machine = Machine(threads)
        players = [Work(0.001, period=0.02) for _ in range(10)]
        search = [Work(0.03, background=True) for _ in range(searches)]
        machine.add(*players)
        machine.add(*search, owner=owner)
        other = Work(0.03, background=True)
        machine.add(other)
        machine.run(1.0)
        before, apart = used(search), other.used
        machine.run(10.0)
        if searches:
            assert used(search) - before <= 1.3 * (other.used - apart), "no more than another visitor's"
        return used(search) - before, [player.slices for player in players]

    _, alone = frames(0, object())
    for searches in (1, 5):
        taken, beside = frames(searches, object())
        assert taken > 0.0
        assert min(beside) >= 0.95 * min(alone)
        load = 10 * 0.001 / 0.021  # of one thread: the players' slices are light
        assert taken <= 11.0 * max(BACKGROUND_SHARE, SPARED * (1.0 - load / 2))
