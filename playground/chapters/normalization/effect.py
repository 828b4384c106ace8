"""What normalization does to a network that overfits: training and test loss, over data sets."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.normalization import parts
from playground.chapters.normalization.charts import tip
from playground.chapters.normalization.parts import Layered, kind_name, percent, say, slider, title, titles
from playground.chapters.normalization.runs import KINDS, sweep
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import Experiment
from playground.views.theme import NEUTRAL_COLOUR, SPLIT_COLOURS, label_expression

EPOCHS = 300
SMALL = Experiment(
    dataset="moons",
    n_samples=120,
    noise=0.3,
    hidden=(32, 32),
    activation="relu",
    init="he_normal",
    learning_rate=0.1,
    batch_size=10,
)
"""Few noisy points and many weights: it overfits."""


def network(settings: Settings) -> Experiment:
    """The network without normalization, on the first data set."""
    return SMALL.replace(batch_size=settings.batch, seed=settings.seed * settings.sets)


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The network with each normalization; each set has its own data, split and weights.

    Yields:
        As ``sweep``, with ``normalization`` and ``set`` (1 …).
    """
    base = network(settings)
    return sweep(
        [
            (
                {"normalization": kind, "set": number + 1},
                base.replace(normalization=kind, seed=base.seed + number),
            )
            for number in range(settings.sets)
            for kind in KINDS
        ],
        EPOCHS,
    )


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Training and test value of every set."""
    shown = frame.assign(normalization=[kind_name(kind, language) for kind in frame["normalization"]])
    names = ("loss_train", "loss_test", "accuracy_train", "accuracy_test")
    columns = titles(("normalization", "set", *names), language)
    return [Figure(gap_chart(frame, settings.show, language), shown, columns=columns)]


def gap_chart(frame: pd.DataFrame, column: str, language: str) -> Layered:
    """Training and test value of every set side by side, joined; one group for each normalization.

    Args:
        frame: of ``run``.
        column: ``"loss"`` or ``"accuracy"``.
    """
    long = frame.melt(
        ["normalization", "set"], [f"{column}_train", f"{column}_test"], var_name="split", value_name="value"
    )
    long["split"] = long["split"].str.removeprefix(f"{column}_")
    long["name"] = [kind_name(kind, language) for kind in long["normalization"]]
    labels = {part: say(f"parts.{part}", language) for part in SPLIT_COLOURS}
    base = alt.Chart(long).encode(
        x=alt.X(
            "value:Q",
            title=title(column, language),
            axis=alt.Axis(format="%" if column == "accuracy" else "~g"),
        ),
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=160, labelFontSize=14)),
        yOffset=alt.YOffset("set:N"),
    )
    joined = base.mark_line(color=NEUTRAL_COLOUR, opacity=0.6).encode(detail=["set:N", "name:N"])
    dots = base.mark_circle(size=90, opacity=1).encode(
        color=alt.Color(
            "split:N",
            scale=alt.Scale(domain=list(SPLIT_COLOURS), range=list(SPLIT_COLOURS.values())),
            legend=alt.Legend(title=None, orient="top", labelExpr=label_expression(labels)),
        ),
        tooltip=[tip("set", language, kind="N"), tip("value", language, ".3g")],
    )
    return alt.layer(joined, dots)


def means(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns ``normalization``, ``loss_train``, ``loss_test``, ``gap`` (their difference), ``accuracy_test``."""
    columns = ["loss_train", "loss_test", "accuracy_test"]
    table = frame.groupby("normalization", sort=False)[columns].mean().reset_index()
    table.insert(3, "gap", table["loss_test"] - table["loss_train"])
    return table


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """Means over the sets."""
    table = means(frame)
    table["normalization"] = [kind_name(kind, language) for kind in table["normalization"]]
    formats = dict.fromkeys(("loss_train", "loss_test", "gap"), "%.3f") | {"accuracy_test": "percent"}
    return [Table(table, titles(table, language), SECTION.say("means", language), formats)]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the gap is smaller with batch norm."""
    table = means(frame).set_index("normalization")
    gap = {kind: float(table["gap"][kind]) for kind in KINDS}
    test = {kind: float(table["accuracy_test"][kind]) for kind in KINDS}
    each = frame.assign(gap=frame["loss_test"] - frame["loss_train"]).pivot(
        index="set", columns="normalization", values="gap"
    )
    smaller = int((each["batch_norm"] < each["none"]).sum())
    values: dict[str, object] = {"sets": settings.sets, "smaller": smaller, "batch": settings.batch}
    for kind in KINDS:
        values |= {kind: f"{gap[kind]:.2f}", f"{kind}_test": percent(test[kind])}
    holds = gap["batch_norm"] < gap["none"] and smaller > settings.sets / 2
    return Verdict("smaller" if holds else "other", holds, values)


SECTION = Section(
    rows=("mild_regularizer",),
    controls=(
        Number("batch", 5, 60, default=10, values=(5, 10, 20, 60)),
        Choice("show", ("loss", "accuracy"), default="loss"),
        slider("sets", 2, 10, 5),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: network(s).replace(normalization="batch_norm"),
    lanes=lambda s: parts.raced(network(s), EPOCHS, "loss"),
)
