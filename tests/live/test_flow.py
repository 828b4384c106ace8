"""Frames on their way: as many as the round trip needs, no more than the way carries, on a simulated and a real one."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest
import uvicorn
from live_client import Client
from starlette.applications import Starlette
from waiting import alone, until

from playground import Experiment
from playground.live import sessions
from playground.live.flow import FORGET_SECONDS, MOST_BYTES, MOST_FRAMES, Flow
from playground.live.limits import Limits
from playground.races import Criterion, Lane, Race
from playground.races.session import RaceSession
from playground.serving import ROUTES

INTERVAL = 1 / 30


class Way:
    """A way with a fixed delay in both directions together and a rate in bytes a second, on a clock of its own."""

    def __init__(self, delay: float, rate: float, size: int) -> None:
        self.delay, self.rate, self.size = delay, rate, size
        self.flow = Flow()
        self.now = 1000.0
        self.number = self.acknowledged = 0
        self.most = 0
        self.longest = 0.0
        self._free = 0.0
        self._acks: list[tuple[float, int]] = []

    def run(self, seconds: float, tick: float = 0.001) -> float:
        """Send a frame whenever there is room, at most one an interval; frames a second that were acknowledged."""
        end, start, due, self.most, self.longest = self.now + seconds, self.acknowledged, self.now, 0, 0.0
        while self.now < end:
            self.now += tick
            while self._acks and self._acks[0][0] <= self.now:
                _, self.acknowledged = self._acks.pop(0)
                self.flow.acknowledged(self.acknowledged, self.now)
            if self.now >= due and self.flow.room(self.now):
                self.number += 1
                self.flow.sent(self.number, self.size, self.now)
                self._free = max(self._free, self.now) + self.size / self.rate
                self.longest = max(self.longest, self._free - self.now)
                self._acks.append((self._free + self.delay, self.number))
                due = self.now + INTERVAL
            self.most = max(self.most, len(self.flow))
        return (self.acknowledged - start) / seconds


@pytest.mark.parametrize("delay", [0.005, 0.06, 0.2])
def test_a_fast_way_carries_every_frame_whatever_its_delay(delay):
    way = Way(delay, 1e7, 6000)
    way.run(3.0)
    assert way.run(60.0) > 27
    assert way.most <= MOST_FRAMES


@pytest.mark.parametrize("size", [4000, 12_000, 40_000])
@pytest.mark.parametrize("delay", [0.02, 0.2])
def test_a_slow_way_is_used_and_not_filled(size, delay):
    """1 Mbit/s: a frame alone takes ``size / rate``; behind it stands little more, also after minutes."""
    way = Way(delay, 125_000, size)
    way.run(5.0)
    alone = size / way.rate
    carried = way.run(240.0)
    assert carried > 0.6 * min(30.0, 1 / alone, 1 / INTERVAL)
    assert way.longest <= alone + max(0.25, alone)


def test_a_way_that_turns_slow_is_left_room():
    way = Way(0.2, 1e7, 12_000)
    way.run(5.0)
    way.rate = 125_000
    way.run(10.0)
    way.run(20.0)
    assert way.longest <= 0.4


def test_a_way_that_becomes_longer_is_measured_anew():
    way = Way(0.02, 1e7, 6000)
    way.run(5.0)
    way.delay = 0.2
    way.run(FORGET_SECONDS + 5.0)
    assert way.flow.base > 0.2
    assert way.run(20.0) > 25


def test_bytes_are_bounded_too():
    flow = Flow()
    flow.sent(1, 10, 100.0)
    flow.acknowledged(1, 100.1)
    flow.window = float(MOST_FRAMES)
    flow.sent(2, MOST_BYTES, 100.2)
    assert not flow.room(100.2)


def test_acknowledging_what_was_never_sent_changes_nothing():
    flow = Flow()
    flow.acknowledged(10**9, 100.0)
    assert (flow.window, flow.base, len(flow)) == (1.0, None, 0)


# --- sockets --------------------------------------------------------------------------------------------


class Proxy:
    """Passes bytes on after a delay; acknowledgements and commands only while ``open`` is set."""

    def __init__(self, target: int, delay: float) -> None:
        self.target, self.delay = target, delay
        self.open = asyncio.Event()
        self.open.set()

    async def __aenter__(self) -> str:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._pass(reader, back, self.open), self._pass(there, writer, None))

    async def _pass(self, reader, writer, gate: asyncio.Event | None) -> None:
        loop, late = asyncio.get_running_loop(), asyncio.Queue()

        async def read() -> None:
            while data := await reader.read(65536):
                late.put_nowait((loop.time() + self.delay, data))
            late.put_nowait((0.0, b""))

        reading = asyncio.create_task(read())
        while True:
            due, data = await late.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if gate is not None:
                await gate.wait()
            if not data:
                break
            writer.write(data)
        await reading
        writer.close()


@pytest.fixture
def served(monkeypatch):
    """A server of its own on a real port: it and the port."""
    made = sessions.Server(Limits())
    monkeypatch.setattr(sessions, "_server", made)
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=ROUTES), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield made, server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()
    made.scheduler.stop()


@pytest.mark.usefixtures("auto")
@pytest.mark.parametrize("kind", ["live", "race"])
def test_several_frames_are_on_their_way_to_a_viewer_far_away(served, kind):
    server, port = served
    experiment = Experiment(n_samples=40, device="cpu")
    if kind == "race":
        race = Race(experiment, (Lane(), Lane(learning_rate=0.1)), criterion=Criterion("best_loss", 100_000))
        session = RaceSession(race)
        server.ensure(session)
    else:
        session = server.open(experiment)

    async def watch() -> list[int]:
        seen = []
        proxy = Proxy(port, 0.1)
        async with proxy as address, Client(address, session.token, kind=kind) as client:
            (viewer,) = session.viewers
            await client.send("play")
            while client.frames < 80 and max(seen, default=0) < 3:
                await client.until(lambda c, n=client.frames: c.frames > n)
                seen.append(viewer.in_flight)
            proxy.open.clear()  # no acknowledgement comes any more
            n = -1
            while n != viewer.frames:
                n = viewer.frames
                await asyncio.sleep(0.3)
            seen.append(viewer.in_flight)
            proxy.open.set()
            await client.until(lambda c, n=n: c.frames > n + MOST_FRAMES)
        return seen

    seen = alone(watch())
    assert max(seen) >= 3, "frames wait for the acknowledgement of those before"
    assert max(seen) <= MOST_FRAMES
