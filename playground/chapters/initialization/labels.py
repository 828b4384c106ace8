"""Fine-tuning with few labels and with many: where pre-training still pays."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.initialization import belief, charts
from playground.chapters.initialization.programs import rbm_code
from playground.chapters.initialization.rbm import RBM
from playground.chapters.initialization.tuning import MACHINES, experiment, starts, trained
from playground.chapters.section import Figure, Section, Verdict, words

COUNTS = (30, 100, 300, 1000)
PRETRAINING = 0.2
"""Share of the work that the machines take, about."""

say = words("initialization")


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Pre-train once, then fine-tune from every start with each number of labels."""
    machines: tuple[RBM, ...] = ()
    empty = pd.DataFrame(columns=["start", "network", "loss", "accuracy", "labels"])
    for share, found in trained(settings):
        machines = found
        yield PRETRAINING * share, empty
    sweep = belief.label_sweep(
        machines, COUNTS, settings.rate, settings.updates, settings.networks, data_seed=settings.seed
    )
    for share, frame in sweep:
        yield PRETRAINING + (1 - PRETRAINING) * share, frame


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Test accuracy over the number of labels."""
    if frame.empty:
        return []
    columns = {name: say(f"axis.{name}", language) for name in ("start", "network", "labels")}
    columns["accuracy"] = say("axis.accuracy_test", language)
    return [Figure(charts.sweep_chart(frame, starts(language), language), frame, "", columns)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether what pre-training gains over small random weights is more than over He's, at every count."""
    found = frame.groupby(["start", "labels"])["accuracy"].median().unstack()
    small = (found.loc["sigmoid_dbn"] - found.loc["sigmoid_small"]).to_numpy(float)
    modern = (found.loc["sigmoid_dbn"] - found.loc["relu_he"]).to_numpy(float)
    values = {
        "small": f"{100 * small.mean():+.0f}",
        "few": f"{100 * modern[0]:+.1f}",
        "many": f"{100 * modern[-1]:+.1f}",
        "least": COUNTS[0],
        "most": f"{COUNTS[-1]:,}",
    }
    holds = bool(small.mean() > 0.2 and modern[-1] < 0.05)
    return Verdict("little_left" if holds else "other", holds, values)


SECTION = Section(
    rows=("few_labels",),
    controls=(
        Number("rate", 0.01, 10.0, default=0.5, log=True, symbol="η"),
        Number("updates", 50, 2000, default=150, step=50),
        Number("networks", 1, 10, default=3),
        Number("depth", 1, 5, default=3),
        Number("units", 16, 128, default=64, step=16),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
    code=lambda s: rbm_code(s.units, MACHINES),
)
