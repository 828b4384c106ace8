"""What one map costs where the page paints it, in headless Chromium, and where the server does, by size of network.

    python benchmarks/painting.py --json

Median milliseconds of the network's part of a map, cells a side as said: the page's painter, then the server's engine.
The last column is the frame that the server sends to a page that paints, in bytes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import headless  # noqa: E402
from painted import Painted, script  # noqa: E402

from playground.engine.fused import warm_up  # noqa: E402
from playground.experiment import Experiment  # noqa: E402
from playground.live import picture  # noqa: E402
from playground.live.frames import encode  # noqa: E402

NETWORKS: dict[str, dict[str, Any]] = {
    "2-4-2-1 tanh": {},
    "2-8-8-8-1 tanh": {"hidden": (8, 8, 8)},
    "2-8-8-8-1 relu": {"hidden": (8, 8, 8), "activation": "relu"},
    "2-32-32-1 relu": {"hidden": (32, 32), "activation": "relu"},
    "2-64-64-64-1 relu": {"hidden": (64, 64, 64), "activation": "relu"},
    "2-128x8-1 relu": {"hidden": (128,) * 8, "activation": "relu"},
}
SIZES = (60, 120, 240)
LIMIT = 3000.0
"""Milliseconds that the repeats of one measurement may take."""
TIMED = """
([{ scene, frame }, sizes, limit]) => {
  const bytes = Uint8Array.from(atob(frame), (letter) => letter.charCodeAt(0));
  const { arrays } = globalThis.painting.decode(bytes.buffer);
  const network = globalThis.painting.createNetwork(globalThis.painting.FORMS, scene);
  return sizes.map((size) => {
    const places = globalThis.painting.cells(globalThis.painting.FORMS, scene, size, size);
    const times = [];
    const began = performance.now();
    while (times.length < 30 && (times.length < 2 || performance.now() - began < limit)) {
      const started = performance.now();
      for (let block = 0; block * 256 < size * size; block += 1) {
        network.pass(arrays.parameters, arrays.buffers, places, block);
      }
      times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b)[times.length >> 1];
  });
}
"""


def measure(page: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds of page and server for one network."""
    case = Painted(Experiment(**fields))
    engine = case.live.trainer.engine
    found: dict[str, Any] = {}
    times = page.evaluate(TIMED, [case.given(), list(SIZES), LIMIT / len(SIZES)])
    for size, milliseconds in zip(SIZES, times, strict=True):
        found[f"page_{size}"] = round(milliseconds, 2)
    for size in (60,):
        grid = picture.grid_of(case.live.trainer.data, size)
        repeats = []
        for _ in range(30):
            started = time.perf_counter()
            engine.forward(grid.F)
            repeats.append(1000 * (time.perf_counter() - started))
        found[f"server_{size}"] = round(statistics.median(repeats), 2)
    case.arrays.pop("inputs", None)
    case.arrays.pop("history", None)
    return found | {"engine": engine.name, "bytes": len(encode(case.header, case.arrays))}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    warm_up()
    with headless() as browser:
        page = browser.new_page()
        exported = "globalThis.painting = { FORMS, createNetwork, cells, decode };"
        page.add_script_tag(content=f"{script()}\n{exported}", type="module")
        page.wait_for_function("() => globalThis.painting")
        found = {name: measure(page, fields) for name, fields in NETWORKS.items()}
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        for name, row in found.items():
            print(f"{name:18}", "  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
