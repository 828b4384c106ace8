"""Learning-rate schedules: the same run under each of them, and the curves of the rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import SCHEDULES
from playground.text import text
from playground.views.lines import Axis, lines

FITTED: dict[str, Callable[[int], dict[str, Any]]] = {
    "step": lambda T: {"period": max(1, T // 4)},
    "multi_step": lambda T: {"milestones": (max(1, T // 2), max(2, 3 * T // 4))},
    "exponential": lambda T: {"gamma": max(0.5, round(0.1 ** (1 / T), 4))},
    "power_of_ten": lambda T: {"n": max(1, T // 2)},
    "reduce_on_plateau": lambda T: {"patience": max(2, T // 20), "threshold": 0.01},
    "cosine": lambda T: {"period": T},
    "warm_up": lambda T: {"epochs": max(1, T // 10)},
    "one_cycle": lambda T: {"total": max(10, T), "peak": 1.5},
}
"""Parameters that fit a run of T epochs; the others keep their defaults."""
LAST = 20
"""Epochs at the end of a run over which its loss and its jitter are taken."""


def fitted(name: str, epochs: int) -> Spec:
    """A registered schedule with the parameters that fit a run of so many epochs."""
    return SCHEDULES[name].spec(**FITTED.get(name, lambda T: {})(epochs))


def noisy_run(rate: float = 0.5, seed: int = 0) -> Experiment:
    """A run whose loss is shaken by small batches and a high learning rate, so that decay has something to calm.

    A schedule that watches the loss watches the half that is not trained on: all schedules meet the same points.
    """
    return Experiment(
        dataset="moons",
        n_samples=300,
        noise=0.3,
        hidden=(8, 8),
        learning_rate=rate,
        batch_size=5,
        choose_on="test",
        seed=seed,
        device="cpu",
    )


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The same run under each schedule: same data, same weights, same batches.

    Yields:
        The share done and a frame with the columns ``schedule``, ``epoch``, ``rate`` (of that epoch), ``loss``
        (training) and ``test_loss``. A run that diverges ends early.
    """
    done: list[pd.DataFrame] = []
    for number, name in enumerate(settings.names):
        schedule = fitted(name, settings.epochs)
        trainer = Trainer(noisy_run(settings.rate, settings.seed).replace(schedule=schedule))
        while trainer.epoch < settings.epochs and trainer.status == "running":
            trainer.run(epochs=min(max(1, settings.epochs // 20), settings.epochs - trainer.epoch))
            share = (number + trainer.epoch / settings.epochs) / len(settings.names)
            yield share, pd.concat([*done, _rows(trainer, name)], ignore_index=True)
        done.append(_rows(trainer, name))


def _rows(trainer: Trainer, name: str) -> pd.DataFrame:
    history = trainer.history
    return pd.DataFrame(
        {
            "schedule": name,
            "epoch": history["epoch"],
            "rate": history["learning_rate"],
            "loss": history["loss_train"],
            "test_loss": history["loss_test"],
        }
    )


def endings(frame: pd.DataFrame, last: int = LAST) -> pd.DataFrame:
    """How each run ended.

    Returns:
        Columns ``schedule``, ``loss`` and ``test_loss`` (means over the last epochs), ``jitter`` (standard deviation of
        the training loss over them, around its straight line); lowest loss first.
    """
    rows = []
    for name, part in frame.groupby("schedule", sort=False):
        tail = part.tail(last)
        line = np.polyfit(tail["epoch"], tail["loss"], 1) if len(tail) > 2 else [0.0, tail["loss"].mean()]
        jitter = float((tail["loss"] - np.polyval(line, tail["epoch"])).std())
        rows.append((name, tail["loss"].mean(), tail["test_loss"].mean(), jitter))
    table = pd.DataFrame(rows, columns=["schedule", "loss", "test_loss", "jitter"])
    return table.sort_values("loss").reset_index(drop=True)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The training loss under each schedule; below it the rates themselves."""
    epoch = Axis("epoch", SECTION.say("axes.epoch", language), format="d")
    titles = {name: SECTION.say(f"axes.{name}", language) for name in ("schedule", "epoch", "rate", "loss")}

    def drawn(y: Axis, steps: bool = False) -> Any:
        name = SECTION.say("axes.schedule", language)
        return lines(frame, epoch, y, "schedule", name, name=lambda n: called(n, language), steps=steps)

    rate = Axis("rate", titles["rate"], zero=True)
    return [
        Figure(drawn(Axis("loss", titles["loss"], log=True)), frame, columns=titles),
        Figure(drawn(rate, steps=True), frame, SECTION.say("curves", language), titles, wide=True),
    ]


def called(name: str, language: str) -> str:
    """What a schedule is called."""
    return text(f"techniques.schedules.{name}.label", language)


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The end of each run."""
    table = endings(frame)
    table["schedule"] = [called(name, language) for name in table["schedule"]]
    columns = {str(name): SECTION.say(f"axes.{name}", language) for name in table}
    return [Table(table, columns, formats=dict.fromkeys(("loss", "test_loss", "jitter"), "%.4f"))]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether those that decay end calmer than the constant rate."""
    jitter = endings(frame).set_index("schedule")["jitter"]
    decaying = [name for name in settings.names if name not in ("constant", "warm_up")]
    if "constant" not in jitter or not decaying:
        return Verdict("no_comparison", True)
    calmer = [name for name in decaying if jitter[name] < jitter["constant"]]
    values = {
        "calmer": len(calmer),
        "of": len(decaying),
        "constant": f"{jitter['constant']:.4f}",
        "best": f"{min(jitter[name] for name in decaying):.4f}",
    }
    holds = len(calmer) == len(decaying)
    return Verdict("calmer" if holds else "not_all", holds, values)


def lanes(settings: Settings) -> Lanes:
    """The same schedules in the race."""
    changes = [{"schedule": fitted(name, settings.epochs)} for name in settings.names[:6]]
    return Lanes(noisy_run(settings.rate, settings.seed), changes, settings.epochs, "loss")


SECTION = Section(
    rows=("schedules",),
    controls=(
        Choice("names", SCHEDULES, default=("constant", "step", "power_of_ten", "cosine"), many=True),
        Number("rate", 0.05, 1.0, default=0.5, values=(0.05, 0.1, 0.2, 0.3, 0.5, 1.0), symbol="η₀"),
        Number("epochs", 20, 200, default=40, step=10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: noisy_run(s.rate, s.seed).replace(schedule=fitted(s.names[-1], s.epochs)),
    lanes=lanes,
    formula=lambda s: r"\quad ".join(SCHEDULES[name].formula for name in s.names if SCHEDULES[name].formula),
)
