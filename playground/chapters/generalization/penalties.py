"""L1 and L2 on one network: what becomes of its weights and of its boundary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, weights
from playground.chapters.generalization.runs import SETS, at_seed, boundary, measured, points_frame, trained
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.data.prepare import prepare
from playground.experiment import Experiment

EPOCHS = 500
NAMES = ("none", "l1", "l2")
SHADES = {"none": charts.MEMBER, "l1": charts.OTHER, "l2": charts.AVERAGE}


@dataclass(frozen=True, eq=False)
class Result:
    """Runs without and with each penalty.

    Args:
        sizes: columns ``name``, ``rank``, ``size`` (``weights.sizes``).
        boundaries: columns ``kind`` (the name), ``x``, ``y``, ``x2``, ``y2``.
        numbers: one row a run: ``name``, ``zeros`` (share), ``norm``, ``accuracy_train``, ``accuracy_test``.
    """

    sizes: pd.DataFrame
    boundaries: pd.DataFrame
    numbers: pd.DataFrame


def base(settings: Settings) -> Experiment:
    """The run without a penalty."""
    return at_seed(weights.BASE, SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Train without a penalty and with each."""
    sizes, lines, rows = [], [], []
    for number, name in enumerate(NAMES):
        own = base(settings)
        experiment = own if name == "none" else weights.penalized(own, name, settings[name])
        trainer = trained(experiment, EPOCHS)
        w = weights.weights_of(trainer)
        sizes.append(weights.sizes(w).assign(name=name))
        lines.append(boundary(trainer, name))
        found = measured(trainer, own)
        rows.append((name, weights.share_of_zeros(w), float(np.linalg.norm(w)), *list(found.values())[:2]))
        columns = ["name", "zeros", "norm", "accuracy_train", "accuracy_test"]
        result = Result(
            pd.concat(sizes, ignore_index=True),
            pd.concat(lines, ignore_index=True),
            pd.DataFrame(rows, columns=columns),
        )
        yield (number + 1) / len(NAMES), result


def called(name: str, settings: Settings, language: str) -> str:
    """A run's name with its strength."""
    label = charts.treatment_name(name, language)
    return label if name == "none" else f"{label}, λ = {settings[name]:g}"


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The weights by size; below, the boundaries."""
    chart = charts.lines(
        result.sizes,
        charts.axis("rank", language, format="%"),
        charts.axis("size", language, zero=True),
        "name",
        charts.say("axis.series", language),
        name=lambda name: called(name, settings, language),
        colours=SHADES,
        dashes={},
        columns=3,
    )
    kinds = {name: charts.Line(called(name, settings, language), shade) for name, shade in SHADES.items()}
    data = prepare(base(settings))
    points = points_frame(data.X_train, data.y_train)
    columns = charts.titles(("name", "rank", "size"), language)
    return [
        Figure(chart, result.sizes, columns=columns),
        charts.map_figure(
            result.boundaries,
            points,
            data.domain,
            kinds,
            language,
            charts.say("titles.boundaries", language),
        ),
    ]


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """Zeros, norm and accuracies of each run."""
    shown = result.numbers.assign(name=[called(n, settings, language) for n in result.numbers["name"]])
    for column in ("zeros", "accuracy_train", "accuracy_test"):
        shown[column] = [f"{value:.1%}" for value in shown[column]]
    return [Table(shown, charts.titles(shown.columns.tolist(), language), formats={"norm": "%.2f"})]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether L1 makes zeros, and L2 small weights without zeros."""
    table = result.numbers.set_index("name")
    zeros, norm = table["zeros"], table["norm"]
    values = {
        **{f"zeros_{name}": f"{zeros[name]:.0%}" for name in NAMES},
        **{f"norm_{name}": f"{norm[name]:.1f}" for name in NAMES},
    }
    smaller = bool(norm["l2"] < norm["none"])
    holds = bool(smaller and zeros["l1"] > zeros["l2"] + 0.2)
    return Verdict("seen" if holds else "weak" if smaller else "none", holds, values)


def lanes(settings: Settings) -> Lanes:
    """The same three in the race."""
    return Lanes(base(settings), [{}, {"l1": settings.l1}, {"l2": settings.l2}], EPOCHS)


SECTION = Section(
    rows=("weight_decay", "l1", "capacity"),
    controls=(
        Number("l1", 1e-4, 1.0, default=0.01, values=weights.STRENGTHS),
        Number("l2", 1e-4, 1.0, default=0.03, values=weights.STRENGTHS),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: weights.penalized(base(s), "l1", s.l1),
    lanes=lanes,
    formula=lambda s: r"L_1:\ L + \lambda \sum |w| \qquad L_2:\ L + \tfrac{\lambda}{2} \sum w^2",
)
