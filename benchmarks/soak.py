"""A class at random against the real app: learners do whatever the stage offers, look away, and come and go.

    python benchmarks/soak.py --learners 30 --seconds 600 --json

Each learner draws every kind of command of the stage from a seed: plays, steps, paints strokes and erases, undoes, adds
layers, looks back at checkpoints, opens kept runs, hides the page for a while. Reports tracebacks in the server's log,
sockets that were lost, answer times, the time of a page's script, and how memory grows once it should be settled. The
clients share the machine with the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import websockets
from live import App, Lean, Visitor

from playground import Experiment, RunLog
from playground.live.commands import COMMANDS, PANELS

STAY = 40.0
"""Seconds that a learner stays before the page is opened anew, on average."""
PAUSE = 1.5
"""Seconds between two actions of a learner, on average."""
AWAY = 4.0
"""Seconds that a hidden page stays hidden, on average."""
SAMPLE_SECONDS = 5.0
SETTLED_SECONDS = 120.0
KEPT_VISITS = 128
"""Memory should not grow any more after so many seconds, and after so many visits have ended, as Streamlit keeps that
many for a while; of a soak that never gets there the last half minute is taken."""

Fields = dict[str, Any]


def paint(chance: random.Random) -> list[Fields]:
    """A stroke of some messages, an eraser's, an undo, or rarely a blank sheet."""
    op = chance.choices(("add", "erase", "undo", "clear"), (6, 3, 2, 1))[0]
    if op in ("undo", "clear"):
        return [{"op": op}]
    x1, x2 = chance.uniform(-5, 5), chance.uniform(-5, 5)
    stroke = []
    for number in range(chance.randint(1, 6)):
        near = [[x1 + chance.gauss(0, 0.4), x2 + chance.gauss(0, 0.4)] for _ in range(chance.randint(1, 20))]
        what = {"rows": [[*place, chance.randint(0, 1)] for place in near]}
        if op == "erase":
            what = {"places": [[*place, 0.4, 0.4] for place in near]}
        stroke.append({"op": op, "continues": number > 0, **what})
    return stroke


def one(**fields: Callable[[random.Random], Any]) -> Callable[[random.Random], list[Fields]]:
    """A single message whose fields are drawn anew each time."""
    return lambda chance: [{name: draw(chance) for name, draw in fields.items()}]


def among(*values: Any) -> Callable[[random.Random], Any]:
    """One of these values."""
    return lambda chance: chance.choice(values)


def whole(low: int, high: int) -> Callable[[random.Random], int]:
    """A whole number."""
    return lambda chance: chance.randint(low, high)


def real(low: float, high: float) -> Callable[[random.Random], float]:
    """A number."""
    return lambda chance: chance.uniform(low, high)


ACTIONS: dict[str, Callable[[random.Random], list[Fields]]] = {
    "visible": lambda _: [{"on": False}, {"on": True}],
    "play": one(),
    "pause": one(),
    "step": one(count=among(1, 5, 1000)),
    "epoch": one(count=whole(1, 20)),
    "reset": one(weights=among("same", "new")),
    "speed": one(steps_per_second=among(20, 200, 5000, None)),
    "stop_at": one(epoch=among(None, 50, 500)),
    "focus": one(layer=among(None, 0, 1), unit=whole(0, 1)),
    "grid": one(size=among(40, 60, 100)),
    "paints": one(on=among(True, False)),
    "plane": one(kind=among(None, "columns", "components", "none"), across=whole(0, 1), down=whole(0, 1)),
    "replay": one(epoch=whole(1, 50)),
    "set_parameter": one(index=whole(0, 20), value=real(-2, 2)),
    "structure": one(op=among("add_layer", "remove_layer", "add_unit", "remove_unit"), layer=whole(0, 2)),
    "points": paint,
    "inspect": one(x1=real(-6, 6), x2=real(-6, 6)),
    "trace": one(),
    "panels": one(open=lambda chance: chance.sample(PANELS, chance.randint(0, len(PANELS)))),
    "apply": one(finding=among("overfitting", "slow", "none of these")),
    "runs": one(),
    "reopen": one(run=whole(1, 6)),
    "delete_run": one(run=whole(1, 6)),
    "keep_run": one(run=among(None, 1, 2)),
    "bring_run": one(log=among(*(RunLog(Experiment(), "", (), steps).to_dict() for steps in (0, 250)))),
    "pin_run": one(run=whole(1, 6), on=among(True, False)),
    "ghost": one(run=among(None, "previous", 1, 2)),
    "scrub": one(epoch=among(None, 0, 10, 100)),
}
"""What a learner can do: of each command the messages that make one action."""
OFTEN = {"play": 8, "points": 4, "visible": 2, "step": 2, "epoch": 2}
"""Weights of the actions; 1 where none is given."""

missing = set(COMMANDS) - set(ACTIONS) - {"hello", "ack"}
if missing:
    sys.exit(f"soak.py knows no action for {sorted(missing)}")


class Tally:
    """What all learners met together."""

    def __init__(self) -> None:
        self.answers: list[float] = []
        self.pages: list[float] = []
        self.actions: Counter[str] = Counter()
        self.frames = self.refused = self.lost = self.failed = 0


async def act(viewer: Lean, chance: random.Random) -> str:
    """One action drawn at random; its name."""
    weights = [OFTEN.get(name, 1) for name in ACTIONS]
    name = chance.choices(list(ACTIONS), weights)[0]
    for number, fields in enumerate(ACTIONS[name](chance)):
        if number:
            await asyncio.sleep(chance.expovariate(1 / AWAY) if name == "visible" else 0.1)
        await viewer.ask(name, **fields)
    return name


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
                tally.actions[await act(viewer, chance)] += 1
                await asyncio.sleep(chance.expovariate(1 / PAUSE))
        except websockets.ConnectionClosed as closed:
            tally.lost += 1
            print(f"a socket was lost: {closed!r}")
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
        except (OSError, TimeoutError, RuntimeError, websockets.WebSocketException) as error:
            tally.failed += 1
            print(f"a visit failed: {error!r}")
            await asyncio.sleep(1.0)


def told_mb(url: str) -> dict[str, float]:
    """Memory that the server says visitors' things take, by what they are (MiB)."""
    with urllib.request.urlopen(url + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    told = [line.split() for line in lines if line.startswith("playground_memory_bytes{")]
    return {name.split('"')[1]: float(size) / 2**20 for name, size in told}


async def soak(url: str, process: psutil.Process, learners: int, seconds: float, seed: int) -> dict[str, Any]:
    """Let ``learners`` learn for ``seconds``."""
    tally, began = Tally(), time.monotonic()
    chairs = [asyncio.create_task(learn(url, seed + i, began + seconds, tally)) for i in range(learners)]
    memory: list[tuple[float, float]] = []
    settled = began + seconds - 30.0
    busy = sum(process.cpu_times()[:2])
    while time.monotonic() < began + seconds:
        await asyncio.sleep(SAMPLE_SECONDS)
        memory.append(((time.monotonic() - began) / 60, process.memory_info().rss / 2**20))
        if len(tally.pages) > KEPT_VISITS + learners:
            settled = min(settled, max(began + SETTLED_SECONDS, time.monotonic()))
        if len(memory) % 6 == 0:
            minutes, rss = memory[-1]
            told = await asyncio.to_thread(told_mb, url)
            of_which = ", ".join(f"{name} {size:.1f}" for name, size in told.items())
            print(f"{minutes:5.1f} min {rss:6.0f} MB, of which {of_which}", file=sys.stderr)
    busy = sum(process.cpu_times()[:2]) - busy
    await asyncio.gather(*chairs)
    late = [sample for sample in memory if sample[0] >= (settled - began) / 60]
    slope = statistics.linear_regression(*zip(*late, strict=True)).slope if len(late) > 1 else 0.0
    answers = sorted(tally.answers) or [float("nan")]
    return {
        "visits": len(tally.pages),
        "visits_failed": tally.failed,
        "actions": sum(tally.actions.values()),
        "kinds": len(tally.actions),
        "refused": tally.refused,
        "sockets_lost": tally.lost,
        "frames_per_second": round(tally.frames / seconds, 1),
        "answer_ms_p50": round(1000 * answers[len(answers) // 2], 1),
        "answer_ms_p95": round(1000 * answers[int(0.95 * (len(answers) - 1))], 1),
        "answer_ms_largest": round(1000 * answers[-1], 1),
        "page_s_p50": round(statistics.median(tally.pages or [float("nan")]), 2),
        "server_cores": round(busy / seconds, 2),
        "machine_load": psutil.getloadavg()[0],
        "rss_mb": round(memory[-1][1]),
        "rss_mb_per_minute": round(slope, 1),
    }


def main() -> None:
    """Start the app, let the class in, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--learners", type=int, default=30, help="at once")
    parser.add_argument("--seconds", type=float, default=180.0, help="how long")
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
        said = log.read_text("utf-8", "replace")
        found["tracebacks"] = said.count("Traceback (most recent call last)")
        found["warnings"] = said.count(" WARNING ") + said.count("Warning:")
        if found["tracebacks"] or found["warnings"]:
            print(said, file=sys.stderr)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
