"""A race with repeats, live: frames and epochs a second of every lane, and what a frame costs.

    python benchmarks/race.py --json
    python benchmarks/race.py --lanes 6 --seeds 64 --seconds 10 --unbounded

The race is served by the app's own scheduler with one thread for each core; the viewer takes every frame as soon as it
comes and acknowledges it, without a browser or a socket between.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import threading
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent.parent))

import psutil

from playground import Experiment
from playground.engine.choose import fused_module
from playground.live.commands import carry_out
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.sessions import Server
from playground.live.viewer import Viewer
from playground.races import Criterion, Lane, Race
from playground.races.commands import RACE_COMMANDS
from playground.races.session import RaceSession

ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity", "leaky_relu", "elu")


class Watcher:
    """A viewer in a thread of its own."""

    def __init__(self, session: RaceSession) -> None:
        self.session = session
        self.news = threading.Event()
        self.viewer = Viewer(self.news.set)
        self.frames = self.bytes = 0
        self.last: list[dict[str, object]] = []
        self.apart = 0
        self.gaps: list[float] = []
        self._before = time.perf_counter()
        session.join(self.viewer)
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, cmd: str, **fields: object) -> float:
        """Carry out a command; how long it took, in seconds."""
        started = time.perf_counter()
        carry_out(self.session, self.viewer, {"cmd": cmd, **fields}, RACE_COMMANDS)
        return time.perf_counter() - started

    def _read(self) -> None:
        while True:
            self.news.wait()
            self.news.clear()
            for message in self.viewer.take():
                if isinstance(message, bytes):
                    self.frames += 1
                    self.bytes += len(message)
                    now = time.perf_counter()
                    self.gaps.append(now - self._before)
                    self._before = now
                    self.last = headers(message)
                    steps = [header["step"] for header in self.last if header["status"] == "playing"]
                    self.apart = max(self.apart, max(steps, default=0) - min(steps, default=0))
                    if self.session.acknowledge(self.viewer, self.frames):
                        self.session.refresh(self.viewer)


def headers(frame: bytes) -> list[dict[str, object]]:
    """The lanes' headers in a race frame."""
    (count, _), offset, found = struct.unpack_from("<II", frame), 8, []
    for _ in range(count):
        length, _ = struct.unpack_from("<II", frame, offset)
        found.append(decode(frame[offset + 8 : offset + 8 + length])[0])
        offset += 8 + length
    return found


def measure(lanes: int, seeds: int, seconds: float, unbounded: bool, grid: int | None) -> dict[str, object]:
    """Play the default experiment with ``lanes`` activations and measure for ``seconds``."""
    server = Server(Limits())
    race = Race(
        Experiment(),
        tuple(Lane(activation=name) for name in ACTIVATIONS[:lanes]),
        seeds=seeds,
        criterion=Criterion("best_loss", 100_000),
    )
    began = time.perf_counter()
    session = RaceSession(race, bounds=server.bounds)
    built_first = time.perf_counter() - began
    server.ensure(session)
    watcher = Watcher(session)
    watcher.ask("hello")
    while not session.lockstep.ready:
        time.sleep(0.01)
    built_all = time.perf_counter() - began
    if grid:
        watcher.ask("grid", size=grid)
    if unbounded:
        watcher.ask("speed", steps_per_second=None)
    watcher.ask("play")
    time.sleep(2.0)
    process = psutil.Process()
    frames, size, busy = watcher.frames, watcher.bytes, sum(process.cpu_times()[:2])
    epochs = [int(str(header["epoch"])) for header in watcher.last]
    watcher.gaps.clear()
    began = time.perf_counter()
    answers = []
    while time.perf_counter() - began < seconds:
        answers.append(watcher.ask("stop_at", epoch=None))
        time.sleep(0.1)
    elapsed = time.perf_counter() - began
    rates = [
        (int(str(header["epoch"])) - before) / elapsed
        for header, before in zip(watcher.last, epochs, strict=True)
    ]
    gaps = sorted(watcher.gaps)
    answers.sort()
    found = {
        "lanes": lanes,
        "seeds": seeds,
        "engine": watcher.last[0]["engine"],
        "threads": server.scheduler.n_threads,
        "seconds": round(elapsed, 1),
        "frames_per_second": round((watcher.frames - frames) / elapsed, 1),
        "frame_gap_ms_p95": round(1000 * gaps[int(0.95 * (len(gaps) - 1))], 1),
        "epochs_per_second_min": round(min(rates), 1),
        "steps_apart_max": watcher.apart,
        "maps_from_min": min(int(str(header["maps_from"])) for header in watcher.last),
        "frame_cost_ms": round(1000 * session.frame_cost, 1),
        "frame_kb": round((watcher.bytes - size) / max(1, watcher.frames - frames) / 1024, 1),
        "control_ms_p95": round(1000 * answers[int(0.95 * (len(answers) - 1))], 1),
        "built_first_ms": round(1000 * built_first),
        "built_all_ms": round(1000 * built_all),
        "cpu_cores": round((sum(process.cpu_times()[:2]) - busy) / elapsed, 2),
        "load_average": round(os.getloadavg()[0], 1),
    }
    watcher.ask("pause")
    server.scheduler.stop()
    return found


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lanes", type=int, default=4, choices=range(2, 7))
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to measure")
    parser.add_argument("--grid", type=int, help="cells a side of the maps")
    parser.add_argument(
        "--unbounded", action="store_true", help="lift the speed limit that a race starts with"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    fused = fused_module()
    if fused is not None:
        fused.warm_up()
    found = measure(options.lanes, options.seeds, options.seconds, options.unbounded, options.grid)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
