"""Step 3: which learning rates make the loss fall, by one run with a growing rate, and by a run at each rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from playground.chapters.controls import Number, Own, Settings, Technique, seed
from playground.chapters.section import Figure, Section, Verdict
from playground.chapters.tuning import charts, runs
from playground.experiment import Experiment
from playground.techniques import OPTIMIZERS
from playground.tuning.range_test import range_test, suggested
from playground.views.lines import Axis
from playground.views.theme import CLASS_COLOURS

LOW, HIGH = 1e-4, 10.0
CHECKED = 12
"""Constant learning rates that are tried."""


@dataclass(frozen=True, eq=False)
class Result:
    """The range test, and the check.

    Args:
        test: of ``lr_range_test``.
        check: ``learning_rate``, ``loss`` (training, at the end; nan where it diverged).
    """

    test: pd.DataFrame
    check: pd.DataFrame


EXAMPLE = runs.BASE.replace(noise=0.1, learning_rate=0.1)


def is_example(settings: Settings) -> bool:
    """Whether the visitor has not brought a run of their own."""
    return bool(settings.own == EXAMPLE)


def experiment(settings: Settings) -> Experiment:
    """What is trained: the visitor's own experiment, or the example with the section's settings."""
    if not is_example(settings):
        return settings.own
    return EXAMPLE.replace(dataset=settings.dataset, optimizer=settings.optimizer, seed=settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """The range test, then a run at each constant rate from the same weights."""
    base = runs.fast(experiment(settings))
    empty = pd.DataFrame({"learning_rate": [], "loss": []})
    test = empty
    for share, test in range_test(base, LOW, HIGH, settings.steps):
        yield 0.5 * share, Result(test, empty)
    rows = []
    for number, rate in enumerate(np.geomspace(LOW, HIGH, CHECKED)):
        rounded = float(f"{rate:.3g}")
        trainer = runs.trained(base.replace(learning_rate=rounded), settings.epochs)
        loss = trainer.history.last()["loss_train"]
        rows.append((rounded, float(loss) if trainer.status == "running" else np.nan))
        yield 0.5 + 0.5 * (number + 1) / CHECKED, Result(test, pd.DataFrame(rows, columns=list(empty)))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """Loss against the rate in the range test, the suggested part marked; beside it the check."""
    x = Axis("learning_rate", charts.say("axes.learning_rate", language), log=True, domain=(LOW, HIGH))
    most = float(result.test["smoothed"].iloc[0]) * 1.6 if len(result.test) else 1.0
    titles = charts.columns(language, "step", "learning_rate", "smoothed")
    titles |= {"loss": charts.say("axes.training", language)}

    def drawn(frame: pd.DataFrame, column: str, points: bool) -> ChartType:
        y = Axis(column, charts.say("axes.training", language), domain=(0.0, most))
        base = alt.Chart(frame).encode(
            x=alt.X("learning_rate:Q", **charts.channel(x)),
            y=alt.Y(f"{column}:Q", **charts.channel(y)),
            tooltip=[x.tooltip(), y.tooltip()],
        )
        line = base.mark_line(strokeWidth=2.5, clip=True, color=CLASS_COLOURS[0], point=points)
        band = suggested(result.test) if "smoothed" in result.test else None
        if band is None:
            return alt.layer(line)
        span = pd.DataFrame({"low": [band[0]], "high": [band[1]]})
        area = alt.Chart(span).mark_rect(opacity=0.18, color=CLASS_COLOURS[2])
        return alt.layer(area.encode(x=alt.X("low:Q", **charts.channel(x)), x2="high:Q"), line)

    second = Figure(
        drawn(result.check, "loss", True),
        result.check,
        SECTION.say("check", language, epochs=settings.epochs),
        {name: titles[name] for name in ("learning_rate", "loss")},
        wide=True,
    )
    first = Figure(
        drawn(result.test, "smoothed" if "smoothed" in result.test else "loss", False),
        result.test,
        "",
        titles,
    )
    return [first, second] if len(result.check) else [first]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether the best constant rate lies where the range test points to."""
    band = suggested(result.test)
    if band is None or result.check["loss"].isna().all():
        return Verdict("none", False)
    best = float(result.check.sort_values("loss")["learning_rate"].iloc[0])
    values = {
        "low": f"{band[0]:.2g}",
        "high": f"{band[1]:.2g}",
        "best": f"{best:.2g}",
        "steps": len(result.test),
    }
    inside = band[0] <= best <= band[1]
    return Verdict("inside" if inside else "outside", inside, values)


SECTION = Section(
    rows=("range_test",),
    controls=(
        Own("own", default=EXAMPLE),
        runs.dataset(shown=is_example),
        Technique(
            "optimizer",
            OPTIMIZERS,
            default="sgd",
            names=("sgd", "momentum", "rmsprop", "adam"),
            params=False,
            shown=is_example,
        ),
        Number("steps", 40, 300, default=200, step=20),
        Number("epochs", 5, 100, default=5, step=5),
        replace(seed(), shown=is_example),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    experiment=experiment,
)
