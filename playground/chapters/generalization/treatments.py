"""All that is done to the points, against nothing, over data sets."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts, runs, seen
from playground.chapters.generalization.moves import AUGMENTATIONS
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.experiment import Experiment

STRENGTHS = {
    "input_noise": 0.5,
    "mixup": 0.4,
    "label_smoothing": 0.2,
    **{name: entry.default for name, entry in AUGMENTATIONS.items()},
}
"""Of each treatment."""


def base(settings: Settings) -> Experiment:
    """The run without any of them."""
    return runs.on(settings.dataset.name, seed=runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every treatment against nothing, on the same data and first weights."""
    treatments = [runs.Treatment(name, strength) for name, strength in STRENGTHS.items()]
    return runs.compare(base(settings), treatments, settings.epochs, settings.seeds)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Accuracies by treatment."""
    return [charts.comparison_figure(table, language)]


def tables(table: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The means, and the gain over nothing."""
    return [charts.summary_table(table, language)]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """How many treatments are certainly better than nothing, and what maps do that break the classes."""
    found = runs.summary(table).set_index("treatment")
    read = runs.read(found.reset_index())
    name = settings.dataset.name
    broken = [n for n, entry in AUGMENTATIONS.items() if name not in entry.holds]
    kept = [n for n in STRENGTHS if n not in broken]
    values = {
        "seeds": table["seed"].nunique(),
        "better": len(read.better),
        "worse": len(read.worse),
        "unclear": len(read.unclear),
        "kept": len(kept),
        "broken": len(broken),
        "gap": f"{100 * read.gap:.1f}",
        "gap_kept": f"{100 * found.loc[kept, 'gap'].mean():.1f}",
        "gain_kept": f"{100 * found.loc[kept, 'gain'].mean():+.1f}",
        "gain_broken": f"{100 * found.loc[broken, 'gain'].mean():+.1f}" if broken else "",
    }
    helps = found.loc[kept, "gap"].mean() < read.gap and found.loc[kept, "gain"].mean() > 0
    hurts = not broken or found.loc[broken, "gain"].mean() < 0
    key = "no" if not (helps and hurts) else "seen" if broken else "all_keep"
    return Verdict(key, bool(helps and hurts), values)


SECTION = Section(
    rows=("treatments",),
    controls=(
        runs.dataset("moons"),
        Number("epochs", 40, 1000, default=300, step=20),
        runs.sets(6, 12),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: base(s).replace(mixup=STRENGTHS["mixup"]),
    lanes=lambda s: Lanes(base(s), [{}, *({name: STRENGTHS[name]} for name in seen.NOISES)], s.epochs),
)
