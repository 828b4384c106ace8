"""Many visitors at once against the real app: frames and epochs a second, answer times, CPU and memory.

    python benchmarks/live.py --sessions 50 --seconds 20 --json
    python benchmarks/live.py --sessions 150 --playing 20 --json
    python benchmarks/live.py --runs 30 --playing 10 --json

Each session opens the page through Streamlit's own socket, then the live socket, and acknowledges every frame.
With ``--runs`` so many others have a section of a chapter open, and all of them set a seed of their own at once, so
that the server computes it for each: frames before, during and after, as ratios of one run.
The clients share the machine with the server; their share of the load is part of what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import struct
import sys
import tempfile
import time
from pathlib import Path

import psutil
import websockets

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import App  # noqa: E402
from student import Student  # noqa: E402
from visitor import Visitor  # noqa: E402

COMMAND_EVERY = 1.0
"""Seconds between the commands whose answer is timed, per session."""


class Lean:
    """A viewer that does the least: counts frames, acknowledges them, reads the header of the last.

    Args:
        paints: it says that it paints the maps itself, as a page does.
    """

    def __init__(self, url: str, token: str, paints: bool = True) -> None:
        self.paints = paints
        self.address = url.replace("http", "ws", 1) + f"/live/{token}"
        self.frames = self.bytes = 0
        self.last = b""
        self.errors = 0
        self.answers: list[float] = []
        self._asked: dict[int, float] = {}

    async def open(self) -> None:
        """Connect and say hello."""
        self.socket = await websockets.connect(self.address, max_size=2**24, compression=None)
        self.reader = asyncio.create_task(self._read())
        await self.ask("hello", paints=self.paints)

    async def _read(self) -> None:
        async for message in self.socket:
            if isinstance(message, bytes):
                self.frames += 1
                self.bytes += len(message)
                self.last = message
                await self.socket.send(f'{{"cmd":"ack","frame":{self.frames}}}')
            elif message.startswith(('{"type": "done"', '{"type": "error"')):
                told = json.loads(message)
                self.errors += told["type"] == "error"
                asked = self._asked.pop(told["id"], None)
                if asked is not None:
                    self.answers.append(time.perf_counter() - asked)

    async def ask(self, cmd: str, **fields: object) -> None:
        """Send a command; its answer is timed when it comes."""
        number = len(self.answers) + len(self._asked) + 1
        self._asked[number] = time.perf_counter()
        await self.socket.send(json.dumps({"cmd": cmd, "id": number, **fields}))

    @property
    def header(self) -> dict[str, object]:
        """The newest frame's header."""
        (length,) = struct.unpack_from("<I", self.last)
        return json.loads(self.last[4 : 4 + length])

    async def close(self) -> None:
        """Leave."""
        self.reader.cancel()
        await self.socket.close()


async def measure(
    url: str,
    process: psutil.Process,
    sessions: int,
    playing: int,
    seconds: float,
    unbounded: bool,
    paints: bool = True,
) -> dict[str, object]:
    """Open ``sessions``, play the default experiment in ``playing`` of them, and measure for ``seconds``."""
    visitors: list[Visitor] = []
    viewers: list[Lean] = []
    for _ in range(sessions):
        visitor = Visitor(url, "v=1")
        await visitor.__aenter__()
        viewer = Lean(url, visitor.token, paints)
        await viewer.open()
        visitors.append(visitor)
        viewers.append(viewer)
    players = viewers[:playing]
    for viewer in players:
        if unbounded:
            await viewer.ask("speed", steps_per_second=None)
        await viewer.ask("play")
    await asyncio.sleep(3.0)
    frames = [viewer.frames for viewer in players]
    sent = sum(viewer.bytes for viewer in players)
    epochs = [int(viewer.header["epoch"]) for viewer in players]
    answered = [len(viewer.answers) for viewer in players]
    busy = sum(process.cpu_times()[:2])
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        for number, viewer in enumerate(players):
            await viewer.ask("stop_at", epoch=None)
            if number % 10 == 9:
                await asyncio.sleep(COMMAND_EVERY / max(1, len(players) / 10))
        await asyncio.sleep(0.05)
    elapsed = time.perf_counter() - started
    busy = sum(process.cpu_times()[:2]) - busy
    rss = process.memory_info().rss
    shown = sum(v.frames for v in players) - sum(frames)
    sent = sum(viewer.bytes for viewer in players) - sent
    frame_rates = [(v.frames - f) / elapsed for v, f in zip(players, frames, strict=True)]
    epoch_rates = [(int(v.header["epoch"]) - e) / elapsed for v, e in zip(players, epochs, strict=True)]
    answers = sorted(a for v, n in zip(players, answered, strict=True) for a in v.answers[n:])
    engines = sorted({str(v.header["engine"]) for v in players})
    for viewer in viewers:
        await viewer.close()
    for visitor in visitors:
        await visitor.__aexit__()
    return {
        "sessions": sessions,
        "playing": playing,
        "seconds": round(elapsed, 1),
        "engines": engines,
        "frames_per_second_min": round(min(frame_rates), 1),
        "frames_per_second_median": round(statistics.median(frame_rates), 1),
        "epochs_per_second_min": round(min(epoch_rates), 1),
        "epochs_per_second_median": round(statistics.median(epoch_rates), 1),
        "control_ms_median": round(1000 * statistics.median(answers), 1),
        "control_ms_p95": round(1000 * answers[int(0.95 * (len(answers) - 1))], 1),
        "cpu_cores": round(busy / elapsed, 2),
        "cpu_ms_per_frame": round(1000 * busy / max(1, shown), 2),
        "bytes_per_frame": round(sent / max(1, shown)),
        "rss_mb": round(rss / 2**20),
        "errors": sum(viewer.errors for viewer in viewers),
    }


def rates(players: list[Lean], frames: list[int], seconds: float) -> tuple[float, float]:
    """Frames a second of the slowest player, and the median."""
    found = sorted((v.frames - f) / seconds for v, f in zip(players, frames, strict=True))
    return found[0], statistics.median(found)


async def watch(
    players: list[Lean], seconds: float, until: asyncio.Event | None = None
) -> tuple[float, float]:
    """``rates`` over so many seconds, or until something has happened, if that is sooner."""
    frames, started = [viewer.frames for viewer in players], time.perf_counter()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for((until or asyncio.Event()).wait(), seconds)
    return rates(players, frames, time.perf_counter() - started)


async def disturb(url: str, section: str, runs: int, playing: int, seconds: float) -> dict[str, object]:
    """Frames of ``playing`` players before, while and after ``runs`` visitors have a section computed."""
    visitors = [Visitor(url, "v=1") for _ in range(playing)]
    players = []
    for visitor in visitors:
        await visitor.__aenter__()
        players.append(Lean(url, visitor.token))
        await players[-1].open()
        await players[-1].ask("play")
    students = [Student(url, section) for _ in range(runs)]
    for student in students:
        await student.__aenter__()
        await asyncio.wait_for(student.done.wait(), 120)
    await asyncio.sleep(3.0)
    before = await watch(players, seconds)
    for student in students:
        student.scripts.clear()
    began = time.perf_counter()
    for number, student in enumerate(students):
        await student.press(seed=1 + number)
    done = asyncio.Event()

    async def all_done() -> None:
        await asyncio.gather(*(student.done.wait() for student in students))
        done.set()

    waiting = asyncio.create_task(all_done())
    during = await watch(players, 6 * seconds, done)
    took = time.perf_counter() - began
    finished = sum(student.done.is_set() for student in students)
    waiting.cancel()
    scripts = sorted(s for student in students for s in student.scripts) or [float("nan")]
    for student in students:
        await student.__aexit__()
    await asyncio.sleep(2.0)
    after = await watch(players, seconds)
    for player, visitor in zip(players, visitors, strict=True):
        await player.close()
        await visitor.__aexit__()
    return {
        "section": section,
        "runs": runs,
        "playing": playing,
        "frames_before": round(before[1], 1),
        "frames_during": round(during[1], 1),
        "frames_after": round(after[1], 1),
        "during_to_around_median": round(2 * during[1] / (before[1] + after[1]), 2),
        "during_to_around_slowest": round(2 * during[0] / (before[0] + after[0]), 2),
        "runs_finished": finished,
        "seconds_of_runs": round(took, 1),
        "script_s_median": round(statistics.median(scripts), 2),
        "scripts_a_second": round(sum(len(student.scripts) for student in students) / took, 1),
    }


def wait_for_compiled(seconds: float) -> None:
    """Give the server time to load or compile its engine, which it does once, in the background."""
    time.sleep(seconds)


def main() -> None:
    """Start the app, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=50, help="visitors with an open page")
    parser.add_argument("--playing", type=int, help="how many of them play (default: all)")
    parser.add_argument("--runs", type=int, default=0, help="visitors who have a section computed meanwhile")
    parser.add_argument("--section", default="initialization/consequence", help="which one")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to measure")
    parser.add_argument(
        "--settle", type=float, default=5.0, help="seconds between start and the first visitor"
    )
    parser.add_argument(
        "--unbounded", action="store_true", help="lift the speed limit that a run starts with"
    )
    parser.add_argument(
        "--server-paints", action="store_true", help="the viewers do not paint the maps themselves"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = App(Path(folder) / "log")
        try:
            app.wait()
            wait_for_compiled(options.settle)
            process = psutil.Process(app.process.pid)
            playing = options.sessions if options.playing is None else options.playing
            if options.runs:
                measuring = disturb(app.url, options.section, options.runs, playing, options.seconds)
            else:
                measuring = measure(
                    app.url,
                    process,
                    options.sessions,
                    playing,
                    options.seconds,
                    options.unbounded,
                    not options.server_paints,
                )
            found = asyncio.run(measuring)
        finally:
            app.stop()
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:26} {value}")


if __name__ == "__main__":
    main()
