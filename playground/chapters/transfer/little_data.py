"""Five ways to begin on a task with few pictures: from scratch, features frozen, or tuned in three ways."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Settings, seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.chapters.transfer import charts, runs
from playground.chapters.transfer.programs import program

MARGIN = 0.02
"""Accuracy by which a start must lead to be called better."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Every start with every number of pictures, once."""
    return runs.compared(
        settings.task,
        settings.starts,
        charts.numbers(settings),
        (settings.seed,),
        settings.rate,
        settings.steps,
    )


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Test accuracy over the number of pictures."""
    shown = charts.named(frame, language)
    titles = charts.columns(language, "start", "pictures", "accuracy", "loss")
    return [
        Figure(charts.curves(charts.means(frame), language, charts.numbers(settings)), shown, columns=titles)
    ]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """A row for each start, a column for each number of pictures."""
    wide = frame.pivot_table(index="start", columns="pictures", values="accuracy")
    wide = wide.reindex([name for name in settings.starts if name in wide.index])
    shown = pd.DataFrame({"start": [charts.start_label(name, language) for name in wide.index]})
    titles = charts.columns(language, "start")
    for count in wide:
        shown[str(count)] = [f"{value:.1%}" if value == value else "" for value in wide[count]]
        titles[str(count)] = charts.say("with", language, count=count)
    return [Table(shown, titles)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the starts with features lead over the one without, and where most."""
    found = charts.accuracies(frame)
    others = [found[name] for name in found if name != "scratch"]
    if "scratch" not in found or not others:
        return Verdict("one", True)
    best = {count: max(other[count] for other in others) for count in found["scratch"]}
    lead = {count: best[count] - own for count, own in found["scratch"].items()}
    count, mean, end = max(lead, key=lambda count: lead[count]), sum(lead.values()) / len(lead), max(lead)
    values = {
        "count": count,
        "scratch": f"{100 * found['scratch'][count]:.0f}",
        "best": f"{100 * best[count]:.0f}",
        "most": end,
        "end": f"{100 * lead[end]:+.0f}",
        "lead": f"{100 * mean:+.0f}",
    }
    if mean < MARGIN:
        return Verdict("none", False, values)
    return Verdict("helps" if lead[end] >= 0 else "early", True, values)


SECTION = Section(
    rows=("transfer_start",),
    controls=(
        charts.tasks("handwritten", "classes", "letters", "clothes", "colours"),
        charts.starts(*runs.STARTS),
        charts.counts(1, 2, 5, 20),
        charts.rate(),
        charts.steps(),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=lambda s: program(s.starts[-1], 5 * charts.numbers(s)[0], s.rate, s.steps, s.seed),
    starts=False,
    waits=lambda s, language: charts.axes(language, charts.numbers(s)),
)
