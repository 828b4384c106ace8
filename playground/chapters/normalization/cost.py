"""What normalization costs: parameters, running statistics, and time of a step."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import altair as alt
import pandas as pd

from playground.chapters.controls import Number, Settings
from playground.chapters.initialization.runs import fast
from playground.chapters.normalization.charts import tip
from playground.chapters.normalization.parts import BLUE, NEUTRAL, kind_name, slider, title, titles
from playground.chapters.normalization.runs import DEEP, KINDS
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.model import Layout
from playground.views.theme import label_expression

COLOURS = {"reference": BLUE, "fused": NEUTRAL}
"""Of the ways in which a step can be computed."""


def network(settings: Settings) -> Experiment:
    """The network without normalization."""
    hidden = (settings.width,) * settings.depth
    return DEEP.replace(activation="relu", init="he_normal", hidden=hidden)


def measured(
    experiment: Experiment, kinds: Sequence[str] = KINDS, steps: int = 100, rounds: int = 12
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Parameters, running statistics and time of a step with each normalization, on both engines.

    Yields:
        The share done and the table thus far, empty while the networks are made: columns ``normalization``,
        ``parameters``, ``statistics``, ``engine``, ``microseconds``: of a step, the least of the rounds of ``steps``
        steps (a fifth of them on the reference engine) that there were.
    """
    columns = ["normalization", "parameters", "statistics", "engine", "microseconds"]
    runs = []
    for kind in kinds:
        own = experiment.replace(normalization=kind)
        for chosen in (fast(own), own.replace(engine="reference", device="cpu")):
            trainer = Trainer(chosen)
            count = steps if trainer.engine.name == "fused" else max(1, steps // 5)
            trainer.run(steps=count)
            runs.append((kind, trainer, count))
            yield 0.0, pd.DataFrame(columns=columns)
    least = [float("inf")] * len(runs)
    for done in range(1, rounds + 1):  # in turns, so that a busy moment does not meet one of them alone
        for place, (_, trainer, count) in enumerate(runs):
            start = time.perf_counter()
            trainer.run(steps=count)
            least[place] = min(least[place], (time.perf_counter() - start) / count)
        rows = []
        for (kind, trainer, _), seconds in zip(runs, least, strict=True):
            layout = Layout.of(trainer.experiment)
            rows.append((kind, layout.n_parameters, layout.n_buffers, trainer.engine.name, 1e6 * seconds))
        yield done / rounds, pd.DataFrame(rows, columns=columns)


def added(table: pd.DataFrame, kind: str) -> tuple[int, dict[str, float]]:
    """How many parameters a normalization adds, and by which factor it lengthens a step on each engine.

    Args:
        table: of ``measured``.
    """
    sizes = table.drop_duplicates("normalization").set_index("normalization")["parameters"]
    times = table.set_index(["engine", "normalization"])["microseconds"]
    factors = {str(name): float(times[name, kind] / times[name, "none"]) for name in table["engine"].unique()}
    return int(sizes[kind] - sizes["none"]), factors


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Measure now."""
    return measured(network(settings))


def relative(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ``relative``, the time of a step over that without normalization on the same engine."""
    plain = table[table["normalization"] == "none"].set_index("engine")["microseconds"]
    return table.assign(relative=table["microseconds"] / table["engine"].map(plain))


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """A bar for each normalization and each way to compute a step."""
    if table.empty:
        return []
    frame = relative(table)
    labels = {name: SECTION.say(f"engines.{name}", language) for name in COLOURS}
    shown = frame.assign(
        normalization=[kind_name(name, language) for name in frame["normalization"]],
        label=frame["engine"].map(labels),
    )
    bars = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            x=alt.X("normalization:N", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelFontSize=14)),
            xOffset=alt.XOffset("engine:N", sort=list(COLOURS)),
            y=alt.Y("relative:Q", title=title("relative", language)),
            color=alt.Color(
                "engine:N",
                scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                legend=alt.Legend(
                    title=None, orient="top", labelLimit=320, labelExpr=label_expression(labels)
                ),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=title("engine", language)),
                tip("relative", language, ".2f"),
                tip("microseconds", language, ".1f"),
            ],
        )
    )
    one = alt.Chart(pd.DataFrame({"value": [1.0]})).mark_rule(strokeDash=[4, 3], opacity=0.7)
    columns = titles(("normalization", "relative", "microseconds"), language)
    columns = {"normalization": columns["normalization"], "label": title("engine", language)} | columns
    return [Figure(alt.layer(bars, one.encode(y="value:Q")), shown, columns=columns)]


def tables(table: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """What is stored."""
    sizes = table.drop_duplicates("normalization")[["normalization", "parameters", "statistics"]]
    shown = sizes.assign(normalization=[kind_name(name, language) for name in sizes["normalization"]])
    return [Table(shown, titles(shown, language), SECTION.say("stored", language))]


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether each unit has two more parameters; the times are told with it."""
    units = settings.width * settings.depth
    more, factors = added(table, "batch_norm")
    values = {"more": f"{more:,}", "units": units, "factor": f"{factors['reference']:.2f}"}
    if factors["reference"] <= 1:
        return Verdict("no_slower", more == 2 * units, values)
    return Verdict("more", more == 2 * units, values)


SECTION = Section(
    rows=("cost",),
    controls=(
        slider("depth", 1, 8, 2),
        slider("width", 4, 64, 16, step=4),
        Number("measurement", 1, 9, default=1),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: network(s).replace(normalization="batch_norm"),
)
