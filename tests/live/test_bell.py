"""The loop is woken from other threads: for each piece of news at once, for those of a crowd together."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from waiting import alone

from playground.live.bell import CROWD, REST, Bell


class Counting(asyncio.SelectorEventLoop):
    """Counts how often it was woken from another thread."""

    woken = 0

    def call_soon_threadsafe(self, *args, **kwargs):
        self.woken += 1
        return super().call_soon_threadsafe(*args, **kwargs)


def ring(loop, listeners, news, rounds=1):
    """Ring for all of ``news`` from another thread, some rounds; returns once every one has been set each time."""

    async def main():
        bell = Bell(loop)
        bell.listeners = listeners
        times = []
        for _ in range(rounds):
            thread = threading.Thread(target=lambda: [bell.ring(each) for each in news])
            thread.start()
            for each in news:
                await asyncio.wait_for(each.wait(), 60)
            times.append(loop.time())
            for each in news:
                each.clear()
            thread.join()
        return times

    return on(loop, main())


def on(loop, coroutine):
    """What the coroutine returns, in a thread: browser tests of the same process keep a loop in this one."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(loop.run_until_complete, coroutine).result()


def test_everyone_is_told():
    loop = Counting()
    ring(loop, 1, [asyncio.Event() for _ in range(5)], rounds=20)
    ring(loop, CROWD + 1, [asyncio.Event() for _ in range(30)], rounds=20)
    loop.close()


def test_a_crowd_is_told_together():
    loop, news = Counting(), [asyncio.Event() for _ in range(40)]
    on(loop, asyncio.sleep(0))
    times = ring(loop, CROWD + 1, news, rounds=10)
    assert loop.woken <= 10 * len(news) / 2, "not once for each of them"
    assert times[-1] - times[0] >= 0.7 * REST * (len(times) - 1), "between two rounds it rests"
    loop.close()


def test_on_the_loops_own_thread_nothing_is_put_off():
    async def main():
        bell, news = Bell(asyncio.get_running_loop()), asyncio.Event()
        bell.listeners = CROWD + 1
        for _ in range(3):
            bell.ring(news)
            assert news.is_set()
            news.clear()

    alone(main())


def test_nothing_happens_once_the_loop_has_ended():
    loop = Counting()
    on(loop, asyncio.sleep(0))
    bell = Bell(loop)
    loop.close()
    thread = threading.Thread(target=bell.ring, args=(asyncio.Event(),))
    thread.start()
    thread.join()
