"""What an ensemble gains over data sets, beside the two points that the lecture promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.generalization import charts, members, runs
from playground.chapters.generalization.ensembles import BASE
from playground.chapters.generalization.members import MEMBERS, ensemble, snapshots
from playground.chapters.generalization.runs import at_seed
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment

LECTURE = 0.02
"""What the lecture says that ten averaged networks bring in accuracy."""
SHADES = {"member": charts.NEUTRAL_COLOUR, "average": charts.BLUE, "snapshots": charts.ORANGE}


def over_seeds(
    base: Experiment, epochs: int = 300, count: int = MEMBERS, seeds: int = 5
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Members, their average, and a snapshot ensemble that costs as much as one member, over data sets.

    Yields:
        The share done and the table thus far: columns ``seed``, ``kind`` (``"member"``, ``"average"``,
        ``"snapshots"``), ``member`` (0 for the ensembles), ``accuracy`` on fresh points, ``disagreement`` of the
        ensemble's members (of independent ones for a member), and ``disputed``: accuracy where they disagree (for
        a member the mean of all).
    """
    rows: list[tuple[int, str, int, float, float, float]] = []
    for number in range(seeds):
        own = at_seed(base, number)
        trained = ensemble(own, epochs, count)
        for done in range(count):
            _, found = next(trained)
            yield (number + 0.8 * (done + 1) / count) / seeds, _seeds_frame(rows)
        split = found.disagreement
        alone, together = found.disputed
        rows += [(number, "member", k + 1, a, split, alone) for k, a in enumerate(found.accuracies)]
        rows.append((number, "average", 0, found.average, split, together))
        cycles = snapshots(own, epochs, count)
        for done in range(count):
            _, cheap = next(cycles)
            yield (number + 0.8 + 0.2 * (done + 1) / count) / seeds, _seeds_frame(rows)
        rows.append((number, "snapshots", 0, cheap.average, cheap.disagreement, cheap.disputed[1]))
        yield (number + 1) / seeds, _seeds_frame(rows)


def _seeds_frame(rows: list[tuple[int, str, int, float, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["seed", "kind", "member", "accuracy", "disagreement", "disputed"])


def gains(table: pd.DataFrame) -> pd.DataFrame:
    """Columns ``seed``, ``average``, ``snapshots``: accuracy gained over the members' mean, for each data set."""
    means = table[table["kind"] == "member"].groupby("seed")["accuracy"].mean()
    found = {}
    for kind in ("average", "snapshots"):
        found[kind] = table[table["kind"] == kind].set_index("seed")["accuracy"] - means
    return pd.DataFrame(found).reset_index()


def base(settings: Settings) -> Experiment:
    """A member on the first data set."""
    own = BASE.replace(hidden=members.SIZES[settings.size])
    return runs.on(settings.dataset.name, own, runs.SETS * settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Members, average and snapshots on one data set after the other."""
    return over_seeds(base(settings), settings.epochs, settings.members, settings.seeds)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Accuracies by data set."""
    labels = charts.names(tuple(SHADES), language)
    shown = table.assign(set=table["seed"] + 1, name=table["kind"].map(labels))
    encodings: dict[str, Any] = {
        "x": alt.X("set:O", title=charts.say("axis.set", language), axis=alt.Axis(labelAngle=0)),
        "y": alt.Y(
            "accuracy:Q",
            title=charts.say("axis.accuracy", language),
            scale=alt.Scale(zero=False),
            axis=alt.Axis(format="%"),
        ),
        "color": charts.colour("kind", labels, tuple(SHADES.values()), "circle"),
        "tooltip": [
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("accuracy:Q", format=".1%", title=charts.say("axis.accuracy", language)),
        ],
    }
    small = alt.Chart(shown[shown["kind"] == "member"]).mark_circle(size=40, opacity=0.5).encode(**encodings)
    large = alt.Chart(shown[shown["kind"] != "member"]).mark_circle(size=170, opacity=0.9).encode(**encodings)
    columns = charts.titles(("set", "name", "accuracy"), language)
    return [Figure(alt.layer(small, large), shown, columns=columns)]


def tables(table: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The gains by data set, in percentage points."""
    found = gains(table) if not table.empty else pd.DataFrame(columns=["seed", "average", "snapshots"])
    shown = found.assign(set=found["seed"] + 1)
    for kind in ("average", "snapshots"):
        shown[kind] = [f"{100 * value:+.1f}" if value == value else "" for value in shown[kind]]
    columns = {"set": charts.say("axis.set", language), **charts.names(("average", "snapshots"), language)}
    return [Table(shown, columns, SECTION.say("gains", language))]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """The mean gain of the average, and where it comes from."""
    found = gains(table)
    own, cheap = found["average"].dropna(), found["snapshots"].dropna()
    both = table[table["kind"] == "average"]
    error = float(own.std(ddof=1) / len(own) ** 0.5)
    values = {
        "seeds": len(own),
        "gain": f"{100 * own.mean():+.1f}",
        "error": f"{100 * error:.1f}",
        "snapshots": f"{100 * cheap.mean():+.1f}",
        "split": f"{100 * both['disagreement'].mean():.0f}",
        "member": f"{100 * table.loc[table['kind'] == 'member', 'disputed'].mean():.0f}",
        "average": f"{100 * both['disputed'].mean():.0f}",
        "lecture": f"{100 * LECTURE:.0f}",
    }
    gain = float(own.mean())
    if gain <= 0:
        return Verdict("none", False, values)
    near = abs(gain - LECTURE) <= 2 * error
    return Verdict("as_lecture" if near else "below" if gain < LECTURE else "above", True, values)


SECTION = Section(
    rows=("ensemble_gain",),
    controls=(
        runs.dataset("circle"),
        Choice("size", tuple(members.SIZES), default="small"),
        Number("members", 2, 10, default=MEMBERS),
        Number("epochs", 20, 1000, default=400, step=20),
        runs.sets(5, 10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=base,
)
