"""What a script waits for: ``python benchmarks/api.py [--json] [--rounds N]``.

Each line is a fresh process with the compiled code on the disk, as a ratio to a bare ``import torch``, measured beside
it in the same round; the least of the rounds counts. scikit-learn's ``MLPClassifier`` trains the same networks with
the same batches, one process as well. ``warm`` lines are the same work in a process that has done it before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TORCH = "import torch"
MANY = """
from playground import Experiment, train
for seed in range({first}, {first} + 100):
    train(Experiment(hidden=(8, 8), seed=seed), epochs=50)
"""
MANY_RIVAL = """
import warnings
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from playground import Experiment
from playground.data import prepare
warnings.simplefilter("ignore", ConvergenceWarning)
for seed in range({first}, {first} + {networks}):
    data = prepare(Experiment(hidden=(8, 8), seed=seed))
    network = MLPClassifier(
        (8, 8), activation="tanh", solver="sgd", momentum=0, alpha=0, learning_rate_init=0.03, batch_size=10,
        max_iter=50, tol=0, n_iter_no_change=50, random_state=seed,
    )
    network.fit(data.F_train, data.y_train)
"""
FRESH = {
    "import playground; Experiment()": "from playground import Experiment; Experiment()",
    "train, 2,000 epochs": "from playground import Experiment, train; train(Experiment(), epochs=2000)",
    "race of 3, 16 seeds, 100 epochs": (
        "from playground import Experiment, race\n"
        "race([Experiment(optimizer=o) for o in ('sgd', 'momentum', 'adam')], seeds=16, epochs=100)"
    ),
    "race of 6, 64 seeds, 200 epochs": (
        "from playground import Experiment, race\n"
        "rates = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)\n"
        "race([Experiment(learning_rate=rate) for rate in rates], seeds=64, epochs=200)"
    ),
    "100 networks 2-8-8-1, 50 epochs": MANY.format(first=0),
    "10 of them by scikit-learn": MANY_RIVAL.format(first=0, networks=10),
}
WARM = {
    "100 networks 2-8-8-1, 50 epochs, warm": (MANY.format(first=0), MANY.format(first=1000)),
    "10 of them by scikit-learn, warm": (
        MANY_RIVAL.format(first=0, networks=1),
        MANY_RIVAL.format(first=1000, networks=10),
    ),
}


def seconds(code: str) -> float:
    """Wall time of a fresh process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started


def warm_seconds(first: str, second: str) -> float:
    """Time of ``second`` in a process that has done ``first``."""
    code = (
        f"{first}\nimport time\nstarted = time.perf_counter()\n{second}\nprint(time.perf_counter() - started)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def measure(rounds: int) -> list[dict[str, object]]:
    """All lines, in turn, round after round."""
    seconds("from playground.engine.fused import warm_up; warm_up()")  # now it is on the disk
    bare: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in (*FRESH, *WARM)}
    for _ in range(rounds):
        bare.append(seconds(TORCH))
        for name, code in FRESH.items():
            found[name].append(seconds(code))
        for name, codes in WARM.items():
            found[name].append(warm_seconds(*codes))
    rows: list[dict[str, object]] = [{"what": TORCH, "seconds": round(min(bare), 2), "ratio": 1.0}]
    for name, times in found.items():
        rows.append(
            {"what": name, "seconds": round(min(times), 2), "ratio": round(min(times) / min(bare), 2)}
        )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time the Python API from a cold start.")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--rounds", type=int, default=3, help="fresh processes of each kind")
    options = parser.parse_args()
    rows = measure(options.rounds)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['what']:40} {row['seconds']:7.2f} s {row['ratio']:6.2f} x")


if __name__ == "__main__":
    main()
