"""Stochastic depth: residual blocks that are left out in training.

Source: Huang, Sun, Liu, Sedra & Weinberger 2016, Deep networks with stochastic depth.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, runs
from playground.chapters.generalization.runs import SMALL
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.engine.noise import NoiseSource
from playground.experiment import Experiment
from playground.techniques import REGULARIZERS

STEPS = 60
"""Updates whose blocks are drawn."""
RESIDUAL = SMALL.replace(hidden=(16,) * 8, skip="residual")
"""As many layers as there may be; all but the first are residual blocks."""


def blocks_frame(experiment: Experiment, steps: int) -> pd.DataFrame:
    """Which residual blocks the first ``steps`` updates keep, just as training draws them.

    Returns:
        Columns ``step``, ``block`` (both from 1), ``kept``.
    """
    rates = np.array([rate for rate in experiment.drop_rates if rate > 0], np.float32)
    drawn = NoiseSource(experiment.replace(dropout=0.0)).draw(np.ones(steps, int)).blocks
    kept = drawn.reshape(steps, len(rates)) >= rates
    step, block = np.indices(kept.shape)
    return pd.DataFrame({"step": step.ravel() + 1, "block": block.ravel() + 1, "kept": kept.ravel()})


def base(settings: Settings) -> Experiment:
    """The residual network with all blocks."""
    return runs.on(settings.dataset.name, RESIDUAL, runs.SETS * settings.seed)


def deep(settings: Settings) -> Experiment:
    """The residual network that leaves blocks out."""
    return base(settings).replace(stochastic_depth=settings.depth)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """With and without, on the same data and first weights."""
    treatment = runs.Treatment("stochastic_depth", settings.depth)
    return runs.compare(base(settings), [treatment], settings.epochs, settings.seeds)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Accuracies; below, the blocks that the first updates keep."""
    frame = blocks_frame(deep(settings), STEPS)
    columns = charts.titles(("step", "block", "kept"), language)
    cells = charts.cells_chart(frame, "step", "block", language)
    title = SECTION.say("blocks", language, steps=STEPS)
    return [charts.comparison_figure(table, language), Figure(cells, frame, title, columns, wide=True)]


def tables(table: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The means, and the gain over nothing."""
    return [charts.summary_table(table, language)]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the gap is narrower."""
    means = table.groupby("treatment")[["gap", "loss_test"]].mean()
    gap, loss = means["gap"], means["loss_test"]
    own = deep(settings)
    rates = [rate for rate, skips in zip(own.drop_rates, own.skips, strict=True) if skips]
    values = {
        "seeds": table["seed"].nunique(),
        "none": f"{100 * gap['none']:.1f}",
        "gap": f"{100 * gap['stochastic_depth']:.1f}",
        "loss_none": f"{loss['none']:.2f}",
        "loss": f"{loss['stochastic_depth']:.2f}",
        "expected": f"{len(rates) - sum(rates):.1f}",
        "blocks": len(rates),
    }
    holds = bool(gap["stochastic_depth"] < gap["none"])
    return Verdict("narrower" if holds else "no", holds, values)


SECTION = Section(
    rows=("stochastic_depth",),
    controls=(
        runs.dataset("moons"),
        Number("depth", 0.1, 0.9, default=0.5, step=0.1, symbol="p"),
        Number("epochs", 40, 1000, default=300, step=20),
        runs.sets(6, 12),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=deep,
    lanes=lambda s: Lanes(base(s), [{}, {"stochastic_depth": s.depth}], s.epochs),
    formula=lambda s: REGULARIZERS["stochastic_depth"].formula,
)
