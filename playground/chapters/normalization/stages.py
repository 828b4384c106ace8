"""The stages of batch and of layer normalization, with every number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
import torch

from playground.chapters.controls import Choice, Settings, seed
from playground.chapters.normalization import programs
from playground.chapters.normalization.charts import tip
from playground.chapters.normalization.parts import Layered, kind_name, slider, title, titles
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.data.prepare import prepare
from playground.experiment import Experiment
from playground.model import build
from playground.techniques import NORMALIZATIONS
from playground.views.theme import label_expression

KINDS = ("batch_norm", "layer_norm")
STAGES = ("z", "centered", "normal", "scaled")
EPS = 1e-5
EXPERIMENT = Experiment(dataset="circle", hidden=(6,), activation="tanh", init="pytorch")
"""Whose first layer gives the sums."""


def sums(batch: int = 8, seed: int = 0, experiment: Experiment = EXPERIMENT) -> np.ndarray:
    """The first layer's sums z for the first ``batch`` training rows, float64 (batch, units)."""
    at = experiment.replace(seed=seed, normalization="none")
    with torch.no_grad():
        z = build(at).layers(torch.tensor(prepare(at).F_train[:batch])).z[0]
    return np.asarray(z.numpy(), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Stages:
    """One group of sums on its way through a normalization.

    Args:
        table: columns ``member`` (1 …: sample of the batch, or unit of the layer), ``z``, ``centered`` (z − μ),
            ``normal`` (ẑ), ``scaled`` (γẑ + β).
        mean, variance: of the group; the variance divides by its size.
    """

    table: pd.DataFrame
    mean: float
    variance: float


def stages(z: np.ndarray, gamma: float = 1.0, beta: float = 0.0, eps: float = EPS) -> Stages:
    """Normalize one group of sums, (n,), step by step.

    For batch normalization the group is one unit over the mini-batch (Ioffe & Szegedy 2015, algorithm 1), for
    layer normalization one sample over the layer's units (Ba, Kiros & Hinton 2016, equations 3 and 4).
    """
    mean, variance = float(z.mean()), float(z.var())
    normal = (z - mean) / np.sqrt(variance + eps)
    table = pd.DataFrame(
        {
            "member": np.arange(1, len(z) + 1),
            "z": z,
            "centered": z - mean,
            "normal": normal,
            "scaled": gamma * normal + beta,
        }
    )
    return Stages(table, mean, variance)


def grid(z: np.ndarray, kind: str, index: int, eps: float = EPS) -> pd.DataFrame:
    """The whole layer before and after normalizing, for drawing.

    Args:
        z: (batch, units).
        kind: ``"batch_norm"`` or ``"layer_norm"``.
        index: the unit (batch norm) or sample (layer norm) whose group is marked, from 0.

    Returns:
        Columns ``sample``, ``unit`` (1 …), ``stage`` (``"before"``, ``"after"``), ``value``, ``marked``.
    """
    axis = 0 if kind == "batch_norm" else 1
    normal = (z - z.mean(axis, keepdims=True)) / np.sqrt(z.var(axis, keepdims=True) + eps)
    samples, units = np.indices(z.shape)
    marked = (units if kind == "batch_norm" else samples) == index
    frames = [
        pd.DataFrame(
            {
                "sample": samples.ravel() + 1,
                "unit": units.ravel() + 1,
                "stage": stage,
                "value": values.ravel(),
                "marked": marked.ravel(),
            }
        )
        for stage, values in (("before", z), ("after", normal))
    ]
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True, eq=False)
class Result:
    """The layer's sums z, (batch, units), the group that is followed, and what becomes of it."""

    z: np.ndarray
    index: int
    found: Stages


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Normalize the chosen unit or sample."""
    z = sums(settings.batch, settings.seed)
    by_unit = settings.kind == "batch_norm"
    index = (settings.unit if by_unit else min(settings.sample, settings.batch)) - 1
    group = z[:, index] if by_unit else z[index]
    yield 1.0, Result(z, index, stages(group, settings.gamma, settings.beta))


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The group on its way; below, the whole layer before and after."""
    table = result.found.table
    cells = grid(result.z, settings.kind, result.index)
    about = SECTION.say(f"about_{settings.kind}", language)
    return [
        Figure(stages_chart(table, language), table, columns=titles(table, language)),
        Figure(
            grid_chart(cells, language),
            cells,
            about,
            titles(("stage", "sample", "unit", "value"), language),
            wide=True,
        ),
    ]


def stages_chart(table: pd.DataFrame, language: str) -> Layered:
    """One group of sums from stage to stage: each member is a line that goes down the stages."""
    long = table.melt("member", list(STAGES), var_name="stage", value_name="value")
    long["order"] = long["stage"].map({stage: i for i, stage in enumerate(STAGES)})
    labels = {stage: SECTION.say(f"stages.{stage}", language) for stage in STAGES}
    x = alt.X("value:Q", title=title("value", language), scale=alt.Scale(zero=True))
    y = alt.Y(
        "stage:N",
        sort=list(STAGES),
        title=None,
        axis=alt.Axis(labelExpr=label_expression(labels), labelFontSize=14, grid=True),
    )
    base = alt.Chart(long).encode(
        x=x,
        y=y,
        color=alt.Color("member:O", legend=None, scale=alt.Scale(scheme="viridis")),
        tooltip=[tip("member", language, kind="O"), tip("value", language, ".3f")],
    )
    return alt.layer(
        base.mark_line(opacity=0.45).encode(order="order:Q", detail="member:N"),
        base.mark_circle(size=110, opacity=1),
    )


def grid_chart(frame: pd.DataFrame, language: str) -> alt.FacetChart:
    """The layer's sums as a table of colours, before and after; the group shown above is framed."""
    most = float(frame["value"].abs().max())
    labels = {stage: SECTION.say(f"stages.{stage}", language) for stage in ("before", "after")}
    x, y = (
        alt.X("unit:O", title=title("unit", language), axis=alt.Axis(labelAngle=0)),
        alt.Y("sample:O", title=title("sample", language)),
    )
    cells = (
        alt.Chart()
        .mark_rect()
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "value:Q",
                title=title("value", language),
                scale=alt.Scale(scheme="blueorange", domain=[-most, most]),
                legend=alt.Legend(orient="right", gradientLength=120),
            ),
            tooltip=[
                tip("sample", language, kind="O"),
                tip("unit", language, kind="O"),
                tip("value", language, ".3f"),
            ],
        )
    )
    frames = (
        alt.Chart()
        .mark_rect(fill=None, stroke="#d55e00", strokeWidth=2.5)
        .encode(x=x, y=y)
        .transform_filter("datum.marked")
    )
    return alt.layer(
        cells, frames, data=frame.assign(name=frame["stage"].map(labels)), width=210, height=210
    ).facet(column=alt.Column("name:N", sort=list(labels.values()), header=alt.Header(title=None)))


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """Every number of the group."""
    table = result.found.table
    formats = dict.fromkeys(STAGES, "%.3f")
    heading = SECTION.say(
        "moments", language, mean=f"{result.found.mean:.4f}", variance=f"{result.found.variance:.4f}"
    )
    return [Table(table, titles(table, language), heading, formats)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether ẑ has mean 0 and variance 1."""
    normal = result.found.table["normal"].to_numpy()
    values = {
        "mean": f"{result.found.mean:.2f}",
        "variance": f"{result.found.variance:.2f}",
        "mean_normal": f"{abs(normal.mean()):.2f}",
        "variance_normal": f"{normal.var():.2f}",
    }
    if len(normal) == 1:
        return Verdict("single", False, values)
    holds = abs(normal.mean()) < 1e-6 and abs(normal.var() - 1) < 0.05
    return Verdict("normal" if holds else "tiny", holds, values)


SECTION = Section(
    rows=("batch_norm",),
    controls=(
        Choice("kind", KINDS, default="batch_norm", option=kind_name),
        slider("batch", 1, 16, 8),
        slider("unit", 1, EXPERIMENT.hidden[0], 1, shown=lambda s: s.kind == "batch_norm"),
        slider("sample", 1, 16, 1, shown=lambda s: s.kind == "layer_norm" and s.batch > 1),
        slider("gamma", -3.0, 3.0, 1.0, step=0.1),
        slider("beta", -3.0, 3.0, 0.0, step=0.1),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=lambda s: EXPERIMENT.replace(normalization=s.kind, batch_size=s.batch, seed=s.seed),
    code=programs.stages,
    formula=lambda s: NORMALIZATIONS[s.kind].formula,
)
