"""What a search over settings costs: ``python benchmarks/tuning.py [--json] [--rounds N] [--large] [--wall]``.

One process: the imports and the loading of the compiled code come first and are told apart. Then 100 networks 2-8-8-1
at as many learning rates and strengths of L2, 50 epochs each: by ``sweep``, on all cores; by one ``Trainer`` after the
other; and a few of them by scikit-learn's ``MLPClassifier`` with the same batches. The least of the rounds counts.

With ``--large`` also 1,024 networks x 100 epochs by ``sweep``, and a study of 200 trials x 50 epochs x 4 seeds by
TPE as ``tune`` makes it, with the time told apart in which Optuna chooses and keeps; once each.

With ``--wall`` also the live wall, in headless Chromium on the same machine: frames and epochs a second of 100 and 400
networks at the speed that it begins with, and without a limit.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

EPOCHS = 50
SIDE = 10
RIVALS = 4
"""Networks that scikit-learn trains: a hundred would take minutes."""


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall time of a call, and the process's time on all cores."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def imports() -> None:
    """Everything that is loaded once."""
    import pandas  # noqa: F401
    import sklearn.neural_network  # noqa: F401

    import playground
    from playground.engine.fused import warm_up

    assert playground.sweep
    warm_up()


def works() -> dict[str, tuple[int, Callable[[], object]]]:
    """What is measured, with its number of networks."""
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    from playground import Experiment, Trainer, sweep
    from playground.data import prepare

    warnings.simplefilter("ignore", ConvergenceWarning)
    base = Experiment(hidden=(8, 8), engine="fused")
    values = {"learning_rate": np.geomspace(1e-3, 1.0, SIDE), "l2": np.geomspace(1e-4, 0.1, SIDE)}

    def alone() -> None:
        for rate in values["learning_rate"]:
            for l2 in values["l2"]:
                Trainer(base.replace(learning_rate=float(rate), l2=float(l2))).run(epochs=EPOCHS)

    def rival() -> None:
        data = prepare(base)
        for rate in values["learning_rate"][:RIVALS]:
            network = MLPClassifier(
                base.hidden,
                activation=base.activation.name,
                solver="sgd",
                momentum=0,
                alpha=0,
                learning_rate_init=rate,
                batch_size=base.batch_size,
                max_iter=EPOCHS,
                tol=0,
                n_iter_no_change=EPOCHS,
            )
            network.fit(data.F_train, data.y_train)

    return {
        "sweep": (SIDE**2, lambda: sweep(base, values, epochs=EPOCHS)),
        "a Trainer each": (SIDE**2, alone),
        "scikit-learn": (RIVALS, rival),
    }


def _clocks() -> np.ndarray:
    """Wall time and processor time."""
    import numpy as np

    return np.array([time.perf_counter(), time.process_time()])


def large() -> list[dict[str, object]]:
    """A large sweep, and a large study as ``tune`` makes it, with the time that Optuna takes told apart."""
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import replace

    import numpy as np
    import optuna

    from playground import Experiment, sweep
    from playground.engine.threads import threads
    from playground.tuning.space import checked
    from playground.tuning.study import quiet
    from playground.tuning.trials import Search, complete

    base = Experiment(hidden=(8, 8), engine="fused")
    values = {"learning_rate": np.geomspace(1e-3, 1.0, 32), "l2": np.geomspace(1e-5, 0.1, 32)}
    wall, cpu = seconds(lambda: sweep(base, values, epochs=100))
    rows: list[dict[str, object]] = [
        {"what": "sweep, 100 epochs", "networks": 1024, "seconds": wall, "cpu_seconds": cpu}
    ]
    ranges = checked(
        base,
        {
            "learning_rate": (1e-3, 1.0, "log"),
            "l2": (1e-5, 0.1, "log"),
            "dropout": (0.0, 0.5),
            "hidden": [(4,), (8, 8)],
        },
    )
    search = Search(base.for_choosing(), ranges, epochs=50, seeds=4)
    with quiet():
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    chosen, trained = np.zeros(2), np.zeros(2)
    with ThreadPoolExecutor(threads()) as pool:
        for _ in range(200):
            marks = [_clocks()]
            trial = study.ask()
            own = replace(search, experiment=search.chosen(trial), ranges={})
            marks.append(_clocks())
            state = optuna.trial.TrialState.COMPLETE
            try:
                found: tuple[float, ...] | None = complete(own.run(trial, pool))
            except optuna.TrialPruned:  # it has diverged
                found, state = None, optuna.trial.TrialState.PRUNED
            marks.append(_clocks())
            study.tell(trial, found, state)
            marks.append(_clocks())
            chosen += marks[1] - marks[0] + marks[3] - marks[2]
            trained += marks[2] - marks[1]
    for what, networks, (wall, cpu) in (("study: networks", 800, trained), ("study: Optuna", 0, chosen)):
        rows.append({"what": what, "networks": networks, "seconds": float(wall), "cpu_seconds": float(cpu)})
    return rows


PLAY = """
async ([seconds, speed]) => {
  const find = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.dataset && element.dataset.testid === 'wall') return element;
      const inner = element.shadowRoot && find(element.shadowRoot);
      if (inner) return inner;
    }
    return null;
  };
  const wall = find(document), pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const part = (name) => wall.querySelector(`[data-testid="${name}"]`);
  const range = part("speed");
  if (speed === null) {
    range.value = range.max;
    range.dispatchEvent(new Event("change"));
  }
  const mark = part("stop-at");
  mark.value = "";
  mark.dispatchEvent(new Event("change"));
  await pause(500);
  if (wall.dataset.status !== "playing") part("play").click();
  await pause(1500);
  const count = () => [Number(wall.dataset.frame), Number(wall.dataset.epoch), performance.now()];
  const [frame, epoch, began] = count();
  await pause(1000 * seconds);
  const [lastFrame, lastEpoch, ended] = count();
  part("play").click();
  return [lastFrame - frame, lastEpoch - epoch].map((number) => (1000 * number) / (ended - began));
}
"""
"""Runs in the page: frames and epochs a second of the wall."""


def live(seconds_each: float) -> list[dict[str, object]]:
    """The live wall, as one visitor sees it."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
    from conftest import App, headless

    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, headless() as browser:
        app = App(Path(folder) / "log")
        try:
            app.wait()
            for networks in (100, 400):
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.goto(f"{app.url}/tuning?section=wall&lang=en&networks={networks}")
                page.wait_for_selector(
                    '[data-testid="wall"][data-networks][data-status="paused"]', timeout=120_000
                )
                for speed in (100, None):
                    frames, epochs = page.evaluate(PLAY, [seconds_each, speed])
                    rows.append(
                        {
                            "what": "wall, no limit" if speed is None else f"wall, {speed} steps/s",
                            "networks": networks,
                            "frames_per_second": frames,
                            "epochs_per_second": epochs,
                        }
                    )
                page.close()
        finally:
            app.stop()
    return rows


def measure(rounds: int) -> list[dict[str, object]]:
    """All lines, in turn, round after round."""
    wall, cpu = seconds(imports)
    rows: list[dict[str, object]] = [{"what": "imports", "networks": 0, "seconds": wall, "cpu_seconds": cpu}]
    found: dict[str, list[tuple[float, float]]] = {}
    lines = works()
    for _ in range(rounds):
        for name, (_, work) in lines.items():
            found.setdefault(name, []).append(seconds(work))
    for name, times in found.items():
        walls, cpus = zip(*times, strict=True)
        rows.append(
            {"what": name, "networks": lines[name][0], "seconds": min(walls), "cpu_seconds": min(cpus)}
        )
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time a search over settings.")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--rounds", type=int, default=7, help="repeats of each line")
    parser.add_argument("--large", action="store_true", help="also a large sweep and a large study")
    parser.add_argument("--wall", action="store_true", help="also the live wall, in a browser")
    options = parser.parse_args()
    rows = measure(options.rounds) + (large() if options.large else []) + (live(8.0) if options.wall else [])
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        each = f"{row['networks']} networks" if row["networks"] else ""
        found = (
            f"{row['seconds']:7.3f} s {row['cpu_seconds']:7.3f} s of processor time"
            if "seconds" in row
            else f"{row['frames_per_second']:5.1f} frames/s {row['epochs_per_second']:7.1f} epochs/s"
        )
        print(f"{row['what']:18} {each:14} {found}")


if __name__ == "__main__":
    main()
