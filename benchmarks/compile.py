"""How long the compiled engine takes to be ready: ``python benchmarks/compile.py [--json]``.

Each start is a fresh process with a cache directory of its own:

* compile: nothing is on the disk, the code is compiled in the process;
* background: nothing is on the disk, the code is compiled beside, as a server does it while it serves;
* load: the code is on the disk.

``import_seconds`` is what importing PyTorch, Numba and the engine takes, ``ready_seconds`` what comes after that
until the engine can train, each also as processor time (children included), which other load on the machine leaves
as it is. The median over the rounds counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

START = """
import json, os, time
def cpu():
    return sum(os.times()[:4])
started, before = time.perf_counter(), cpu()
from playground.engine.fused import FusedEngine, ready, warm_up
imported, between = time.perf_counter(), cpu()
warm_up(background={background})
while not ready():
    time.sleep(0.01)
done = time.perf_counter()
print(json.dumps({{
    "import_seconds": imported - started,
    "ready_seconds": done - imported,
    "import_cpu_seconds": between - before,
    "ready_cpu_seconds": cpu() - between,
}}))
"""


def start(cache: Path, background: bool) -> dict[str, float]:
    """One start in a fresh process with this cache directory."""
    done = subprocess.run(
        [sys.executable, "-c", START.format(background=background)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measure(rounds: int) -> list[dict[str, Any]]:
    """Every kind of start, in turn, round after round."""
    found: dict[str, list[dict[str, float]]] = {"compile": [], "background": [], "load": []}
    size = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            found["compile"].append(start(Path(one), background=False))
            found["background"].append(start(Path(other), background=True))
            found["load"].append(start(Path(one), background=False))
            size = sum(path.stat().st_size for path in Path(one).rglob("*") if path.is_file())
    return [
        {
            "start": kind,
            **{name: round(statistics.median(times[name] for times in taken), 2) for name in taken[0]},
            "cache_mb": round(size / 2**20, 2),
        }
        for kind, taken in found.items()
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time the compiled engine's start.")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--rounds", type=int, default=3, help="fresh starts of each kind")
    options = parser.parse_args()
    rows = measure(options.rounds)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(
            f"{row['start']:12} import {row['import_seconds']:5.2f} s, then ready in {row['ready_seconds']:6.2f} s"
            f" ({row['ready_cpu_seconds']:.2f} s of processor time)"
        )


if __name__ == "__main__":
    main()
