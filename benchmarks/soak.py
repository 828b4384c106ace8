"""A class at random against the real app: learners open, play, step, reset, paint, look away, and come and go.

    python benchmarks/soak.py --learners 30 --seconds 600 --json

Reports tracebacks in the server's log, sockets that were lost, answer times, and how memory grows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import websockets
from live import App, Lean, Visitor

COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("play", {}),
    ("pause", {}),
    ("step", {"count": 5}),
    ("epoch", {"count": 3}),
    ("reset", {"weights": "same"}),
    ("reset", {"weights": "new"}),
    ("speed", {"steps_per_second": 200}),
    ("speed", {"steps_per_second": None}),
    ("inspect", {"x1": 0.5, "x2": -0.5}),
    ("panels", {"open": ["layers", "diagnosis"]}),
)
STAY = 40.0
"""Seconds that a learner stays before the page is opened anew, on average."""
PAUSE = 1.5
"""Seconds between two actions of a learner, on average."""
SAMPLE_SECONDS = 5.0


class Tally:
    """What all learners met together."""

    def __init__(self) -> None:
        self.answers: list[float] = []
        self.pages: list[float] = []
        self.actions = self.frames = self.refused = self.lost = self.failed = 0


async def visit(url: str, chance: random.Random, until: float, tally: Tally) -> None:
    """One learner opens the page, does this and that, and leaves."""
    started = time.perf_counter()
    async with Visitor(url, "v=1") as visitor:
        tally.pages.append(time.perf_counter() - started)
        viewer = Lean(url, visitor.token)
        await viewer.open()
        end = min(until, time.monotonic() + chance.expovariate(1 / STAY))
        try:
            while time.monotonic() < end:
                cmd, fields = chance.choice(COMMANDS)
                await viewer.ask(cmd, **fields)
                tally.actions += 1
                await asyncio.sleep(chance.expovariate(1 / PAUSE))
        except websockets.ConnectionClosed:
            tally.lost += 1
        tally.answers += viewer.answers
        tally.frames += viewer.frames
        tally.refused += viewer.errors
        await viewer.close()


async def learn(url: str, seed: int, until: float, tally: Tally) -> None:
    """One learner after the other on one chair."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.random() * 3)
    while time.monotonic() < until:
        try:
            await visit(url, chance, until, tally)
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            tally.failed += 1
            print(f"a visit failed: {error!r}")
            await asyncio.sleep(1.0)


async def soak(url: str, process: psutil.Process, learners: int, seconds: float, seed: int) -> dict[str, Any]:
    """Let ``learners`` learn for ``seconds``."""
    tally, began = Tally(), time.monotonic()
    chairs = [asyncio.create_task(learn(url, seed + i, began + seconds, tally)) for i in range(learners)]
    memory: list[tuple[float, float]] = []
    while time.monotonic() < began + seconds:
        await asyncio.sleep(SAMPLE_SECONDS)
        memory.append(((time.monotonic() - began) / 60, process.memory_info().rss / 2**20))
    await asyncio.gather(*chairs)
    late = memory[len(memory) // 2 :]
    slope = statistics.linear_regression(*zip(*late, strict=True)).slope if len(late) > 1 else 0.0
    answers = sorted(tally.answers) or [float("nan")]
    return {
        "visits": len(tally.pages),
        "visits_failed": tally.failed,
        "actions": tally.actions,
        "refused": tally.refused,
        "sockets_lost": tally.lost,
        "frames_per_second": round(tally.frames / seconds, 1),
        "answer_ms_p50": round(1000 * answers[len(answers) // 2], 1),
        "answer_ms_p95": round(1000 * answers[int(0.95 * (len(answers) - 1))], 1),
        "page_s_p50": round(statistics.median(tally.pages or [float("nan")]), 2),
        "rss_mb": round(memory[-1][1]),
        "rss_mb_per_minute": round(slope, 1),
    }


def main() -> None:
    """Start the app, let the class in, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--learners", type=int, default=30, help="at once")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long")
    parser.add_argument("--settle", type=float, default=10.0, help="seconds before the first one")
    parser.add_argument("--seed", type=int, default=0, help="of what they do")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        app = App(log)
        try:
            app.wait()
            time.sleep(options.settle)
            process = psutil.Process(app.process.pid)
            found = asyncio.run(soak(app.url, process, options.learners, options.seconds, options.seed))
        finally:
            app.stop()
        found["tracebacks"] = log.read_text("utf-8", "replace").count("Traceback (most recent call last)")
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
