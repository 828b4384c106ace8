"""Pages that draw themselves again: one at a time, and together a bounded share of a core."""

from __future__ import annotations

import threading

import pytest
from waiting import until

from playground.ui.turns import LEAST, MOST, SHARE, Turns, outdated


@pytest.mark.parametrize("cost", [0.02, 0.1])
def test_all_pages_together_draw_a_bounded_share_of_a_core(cost):
    turns = Turns()
    turns.cost = cost
    intervals = [turns.interval(pages) for pages in range(1, 41)]
    assert intervals[0] >= LEAST
    assert intervals == sorted(intervals)
    for pages, interval in enumerate(intervals, 1):
        assert pages * cost / interval <= SHARE + 1e-9 or interval == MOST


def test_a_page_asks_for_another_rhythm_when_it_is_off_by_more_than_half():
    assert not outdated(None, None)
    assert outdated(None, 0.3)
    assert outdated(0.3, None)
    assert not outdated(0.3, 0.5)
    assert outdated(0.3, 0.7)
    assert outdated(4.0, 0.3)


def test_one_draws_at_a_time_and_who_fails_makes_room():
    turns, inside, most = Turns(), [], []

    def draw(fails):
        try:
            with turns.turn():
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                if fails:
                    raise RuntimeError
        except RuntimeError:
            pass

    threads = [threading.Thread(target=draw, args=(number % 2 == 0,)) for number in range(20)]
    for thread in threads:
        thread.start()
    until(lambda: len(most) == 20)
    assert max(most) == 1
    assert turns.cost < 0.05
