"""A deep network with and without normalization: who learns, and what enters its layers meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.initialization.runs import fast
from playground.chapters.normalization import parts
from playground.chapters.normalization.charts import named, tip
from playground.chapters.normalization.parts import (
    KIND_COLOURS,
    axis,
    kind_name,
    percent,
    say,
    slider,
    titles,
)
from playground.chapters.normalization.runs import DEEP, KINDS, TRAINS
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.engine.probe import Probe, gradient_norms, sample_rows
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.views.lines import lines

BINS = 40
REACH = 6.0
"""Histograms cover ±REACH; what lies beyond goes into the outermost bins."""
NETWORKS = 5
"""Networks with other first weights; the first one's layers are looked at."""
LOOKS = 8
MOMENTS = ("start", "middle", "end")
POINTS = 50
"""Points of a curve that are drawn."""


@dataclass(frozen=True, eq=False)
class Result:
    """Tables of ``watch`` for the first network, and the curves of all, with ``network`` (0 …)."""

    histograms: pd.DataFrame
    layers: pd.DataFrame
    curves: pd.DataFrame


def deep(settings: Settings) -> Experiment:
    """The network without normalization."""
    return DEEP.replace(
        activation=settings.activation,
        hidden=(8,) * settings.depth,
        learning_rate=settings.rate,
        seed=settings.seed,
    )


def curve(trainer: Trainer) -> pd.DataFrame:
    """How a run went: columns ``normalization``, ``epoch``, ``loss_train``, ``accuracy_test``."""
    names = ("epoch", "loss_train", "accuracy_test")
    kind = trainer.experiment.normalization.name
    return pd.DataFrame({"normalization": kind, **{name: trainer.history[name] for name in names}})


def watch(
    experiment: Experiment, kinds: Sequence[str] = KINDS, epochs: int = 60, looks: int = 12
) -> Iterator[tuple[float, tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]]:
    """Train the same network with each normalization and look at its layers on the way.

    Args:
        experiment: what to train; its normalization is replaced.
        kinds: normalizations.
        epochs: how long.
        looks: how many times the layers are looked at besides the start.

    Yields:
        The share done and three tables thus far. Histograms of what enters the activations: ``normalization``,
        ``epoch``, ``layer`` (1 …), ``left``, ``right``, ``share``. Moments: ``normalization``, ``epoch``, ``layer``,
        ``mean``: how far a unit's mean over the rows is from 0, ``std``: a unit's deviation over the rows, both
        averaged over the units, ``gradient``: norm of the gradient of the layer's weights, as training sees it
        (batch statistics of the rows), over that of the output's weights. Curves: as of ``curve``.
    """
    marks = sorted({round(e) for e in np.linspace(0, epochs, looks + 1)})
    histograms: list[pd.DataFrame] = []
    moments: list[tuple[Any, ...]] = []
    curves: dict[str, pd.DataFrame] = {}
    edges = np.linspace(-REACH, REACH, BINS + 1)
    for place, kind in enumerate(kinds):
        trainer = Trainer(fast(experiment.replace(normalization=kind)))
        probe = Probe(trainer.experiment)
        rows, targets = sample_rows(trainer.data)
        for done, mark in enumerate(marks, start=1):
            if mark > trainer.epoch and trainer.status == "running":
                trainer.run(epochs=mark - trainer.epoch)
            probe.look_at(trainer.engine.state())
            layers, _ = probe.layers(rows)
            probe.network.train()
            *norms, last = gradient_norms(probe.layout, probe.gradients(rows, targets))
            probe.network.eval()
            for number, layer in enumerate(layers, start=1):
                z = layer.z[np.isfinite(layer.z)]
                counts, _ = np.histogram(np.clip(z, -REACH, REACH), bins=edges)
                histograms.append(
                    pd.DataFrame(
                        {
                            "normalization": kind,
                            "epoch": mark,
                            "layer": number,
                            "left": edges[:-1],
                            "right": edges[1:],
                            "share": counts / max(z.size, 1),
                        }
                    )
                )
                off, spread = np.abs(layer.z.mean(axis=0)).mean(), layer.z.std(axis=0).mean()
                reach = norms[number - 1] / last if last > 0 else float("nan")
                moments.append((kind, mark, number, float(off), float(spread), reach))
            curves[kind] = curve(trainer)
            yield (
                (place + done / len(marks)) / len(kinds),
                (
                    pd.concat(histograms, ignore_index=True),
                    pd.DataFrame(
                        moments, columns=["normalization", "epoch", "layer", "mean", "std", "gradient"]
                    ),
                    pd.concat(curves.values(), ignore_index=True),
                ),
            )


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """The first network with a look at its layers, then the others."""
    base = deep(settings)
    curves: list[pd.DataFrame] = []
    for share, (histograms, layers, first) in watch(base, KINDS, settings.epochs, LOOKS):
        curves = [first.assign(network=0)]
        yield share / 2, Result(histograms, layers, curves[0])
    runs = [(network, kind) for network in range(1, NETWORKS) for kind in KINDS]
    for done, (network, kind) in enumerate(runs, start=1):
        other = base.replace(normalization=kind, init_seed=base.weights_seed + network)
        trainer = Trainer(fast(other))
        trainer.run(epochs=settings.epochs)
        curves.append(curve(trainer).assign(network=network))
        result = Result(histograms, layers, pd.concat(curves, ignore_index=True))
        yield 0.5 + done / len(runs) / 2, result


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The test accuracy of every network, thin, and their median; below, the layers of the first one."""
    every = max(1, settings.epochs // POINTS)
    curves = result.curves[result.curves["epoch"] % every == 0]
    medians = curves.groupby(["normalization", "epoch"], sort=False, as_index=False)["accuracy_test"].median()

    def drawn(frame: pd.DataFrame, **options: Any) -> alt.Chart:
        chart = lines(
            frame,
            axis("epoch", language, format="d"),
            axis("accuracy_test", language, format=".0%"),
            "normalization",
            parts.title("normalization", language),
            name=lambda kind: kind_name(str(kind), language),
            colours=KIND_COLOURS,
            dashes={"layer_norm": (6, 3)},
            **options,
        )
        assert isinstance(chart, alt.Chart)
        return chart

    main = alt.layer(drawn(curves, detail="network", width=1.2, opacity=0.5), drawn(medians, width=4))
    shown = result.curves.assign(
        normalization=[kind_name(kind, language) for kind in result.curves["normalization"]]
    )
    columns = titles(("normalization", "network", "epoch", "loss_train", "accuracy_test"), language)
    epoch = moment(result, settings)
    pictured = result.histograms[result.histograms["epoch"] == epoch]
    heading = SECTION.say("histograms", language, epoch=epoch)
    return [
        Figure(main, shown, columns=columns),
        Figure(
            histograms_chart(result.histograms, epoch, language),
            pictured,
            heading,
            titles(("normalization", "layer", "left", "right", "share"), language),
            wide=True,
        ),
    ]


def moment(result: Result, settings: Settings) -> int:
    """The epoch at which the layers are shown."""
    epochs = sorted(result.histograms["epoch"].unique().tolist())
    places = {"start": 0, "middle": len(epochs) // 2, "end": len(epochs) - 1}
    return int(epochs[places[settings.moment]])


def histograms_chart(frame: pd.DataFrame, epoch: int, language: str) -> alt.FacetChart:
    """What enters the activations at one epoch: a row for each normalization, a column for each layer.

    Args:
        frame: histograms of ``watch``.
    """
    shown = frame[frame["epoch"] == epoch]
    shown = shown.assign(share=shown["share"].round(5))
    shown, names = named(shown, language)
    layer = say("layer", language, number="#")
    return (
        alt.Chart(shown)
        .mark_bar(binSpacing=0)
        .encode(
            x=alt.X("left:Q", bin="binned", axis=alt.Axis(title=None, tickCount=3, grid=False)),
            x2="right:Q",
            y=alt.Y("share:Q", axis=None, stack=None),
            color=alt.Color(
                "normalization:N",
                scale=alt.Scale(domain=list(KIND_COLOURS), range=list(KIND_COLOURS.values())),
                legend=None,
            ),
            tooltip=[
                tip("left", language, ".3g"),
                tip("right", language, ".3g"),
                tip("share", language, ".1%"),
            ],
        )
        .properties(width=min(118, 640 // shown["layer"].nunique()), height=68)
        .facet(
            row=alt.Row(
                "name:N",
                sort=names,
                header=alt.Header(title=None, labelAngle=0, labelAlign="left", labelLimit=120),
            ),
            column=alt.Column(
                "layer:O",
                header=alt.Header(title=None, labelExpr=f"replace('{layer}', '#', datum.value)"),
            ),
            spacing=6,
        )
        .resolve_scale(y="independent")
    )


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """What the layers of the first network do at the chosen moment."""
    now = result.layers[result.layers["epoch"] == moment(result, settings)].drop(columns="epoch")
    shown = now.assign(normalization=[kind_name(kind, language) for kind in now["normalization"]])
    columns = {
        **titles(("normalization", "layer"), language),
        **{name: SECTION.say(f"columns.{name}", language) for name in ("mean", "std", "gradient")},
    }
    formats = dict.fromkeys(("mean", "std", "gradient"), "%.2g")
    return [Table(shown, columns, SECTION.say("layers", language), formats)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether the network learns with batch norm and stands still without."""
    last = result.curves.groupby(["normalization", "network"])["accuracy_test"].last()
    learned = (last >= TRAINS).groupby("normalization").sum()
    median = last.groupby("normalization").median()
    values: dict[str, object] = {"networks": NETWORKS, "epochs": settings.epochs}
    for kind in KINDS:
        values |= {kind: percent(float(median[kind])), f"{kind}_learned": int(learned[kind])}
    holds = bool(learned["none"] == 0 and learned["batch_norm"] > NETWORKS / 2)
    both = bool(learned["none"] > NETWORKS / 2)
    return Verdict("only_with" if holds else "both" if both else "other", holds, values)


SECTION = Section(
    rows=("deep_batch_norm",),
    controls=(
        parts.activation("sigmoid"),
        slider("depth", 1, 8, 6),
        parts.rate(0.03, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        Number("epochs", 20, 300, default=100, values=(20, 60, 100, 300)),
        Choice("moment", MOMENTS, default="end"),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: deep(s).replace(normalization="batch_norm"),
    lanes=lambda s: parts.raced(deep(s), s.epochs),
)
