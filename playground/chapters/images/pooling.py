"""Pooling: the same map made smaller in four ways, one of them at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground import streams
from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.images.convolve import KERNELS, convolve
from playground.images.pooling import POOLINGS, RATIO, WINDOW, halvings, pool, starts
from playground.views.pixels import address, signed, wall

DRAWS = 4
"""Random grids that are shown."""
MOVED = ("max", "average", "strided")
"""Poolings that are compared after a move; the fractional one differs from pass to pass anyway."""


@dataclass(frozen=True, eq=False)
class Result:
    """A map and what pooling makes of it.

    Args:
        map: ``(n, n)``.
        pooled: by kind; of the fractional one the first draw.
        draws: fractionally pooled maps.
        us: the pairs of numbers that chose their windows.
        moved: mean change of the pooled numbers when the picture moves by one pixel, as a share of their mean size.
    """

    map: NDArray[np.float64]
    pooled: dict[str, NDArray[np.float64]]
    draws: list[NDArray[np.float64]]
    us: list[tuple[float, float]]
    moved: dict[str, float]


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Each pooling of a map."""
    picture = charts.grey(charts.example(settings.pictures, settings.number)[0])
    kernel = np.array(KERNELS[settings.kernel], dtype=float).reshape(3, 3)
    found, other = (convolve(one, kernel, padding=1) for one in (picture, np.roll(picture, 1, axis=1)))
    rng = streams.generator(settings.seed, streams.DROPOUT)
    us = [(float(a), float(b)) for a, b in rng.random((DRAWS, 2))]
    pooled = {kind: pool(found, kind, us[0]) for kind in POOLINGS}
    moved = {
        kind: float(np.abs(pool(other, kind) - pooled[kind]).mean() / np.abs(pooled[kind]).mean())
        for kind in MOVED
    }
    yield 1.0, Result(found, pooled, [pool(found, "fractional", pair) for pair in us], us, moved)


def _row(row: int, column: int, values: NDArray[np.float64], most: float, label: str) -> dict[str, object]:
    size = f"{values.shape[0]} × {values.shape[1]}"
    return {
        "row": row,
        "column": column,
        "picture": address(signed(values, most)),
        "label": f"{label}\n{size}",
        "kind": label,
        "size": size,
        "mean": round(float(values.mean()), 3),
    }


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The map and its pooled versions; the random grids of fractional pooling over the map."""
    most = float(np.abs(result.map).max())
    rows = [_row(0, 0, result.map, most, SECTION.say("map", language))]
    for number, (kind, values) in enumerate(result.pooled.items(), start=1):
        rows.append(_row(number // 3, number % 3, values, most, SECTION.say(f"kinds.{kind}", language)))
    frame = pd.DataFrame(rows)
    titles = charts.columns(language, "kind", "size", "mean")
    grids = []
    for number, (us, values) in enumerate(zip(result.us, result.draws, strict=True)):
        named = SECTION.say("draw", language, number=number + 1)
        size = f"{values.shape[0]} × {values.shape[1]}"
        row = _row(0, number, _grid(result.map, us), most, named)
        grids.append(row | {"size": size, "label": f"{named}\n{size}"})
    drawn = pd.DataFrame(grids)
    return [
        Figure(wall(frame, titles), frame, columns=titles),
        Figure(wall(drawn, titles), drawn, title=SECTION.say("grids", language), columns=titles, wide=True),
    ]


def _grid(values: NDArray[np.float64], us: tuple[float, float]) -> NDArray[np.float64]:
    """The map with the windows of a draw: each second one, as on a chessboard, is shaded."""
    parity = []
    for size, u in zip(values.shape, us, strict=True):
        begins = starts(size, max(1, int(size / RATIO)), u)
        parity.append((np.searchsorted(begins, np.arange(size), side="right") - 1) % 2)
    board = parity[0][:, None] ^ parity[1][None, :]
    return np.asarray(values + np.where(board, 0.35, 0.0) * np.abs(values).max())


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """How much the pooled numbers change when the picture moves by one pixel."""
    frame = pd.DataFrame(
        {
            "kind": [SECTION.say(f"kinds.{kind}", language) for kind in MOVED],
            "moved": [100 * result.moved[kind] for kind in MOVED],
        }
    )
    titles = {"kind": charts.say("axes.kind", language), "moved": SECTION.say("moved", language)}
    return [Table(frame, titles, formats={"moved": "%.0f %%"})]


def verdict(result: Result, settings: Settings) -> Verdict:
    """How different two random grids are, and how often each pooling can be repeated."""
    size = result.map.shape[0]
    differ = float(np.mean([(one != result.draws[0]).mean() for one in result.draws[1:]]))
    halves, gentle = halvings(size, WINDOW), halvings(size, RATIO)
    values = {
        "halves": " → ".join(map(str, halves)),
        "half_times": len(halves) - 1,
        "gentle": " → ".join(map(str, gentle)),
        "gentle_times": len(gentle) - 1,
        "differ": f"{100 * differ:.0f}",
        "strided": f"{100 * result.moved['strided']:.0f}",
        "max": f"{100 * result.moved['max']:.0f}",
    }
    holds = differ > 0.05 and len(gentle) > len(halves)
    return Verdict("random" if holds else "same", holds, values)


def code(settings: Settings) -> str:
    """The four in PyTorch."""
    return """import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

maps = torch.tensor(load_digits().images[:1] / 16, dtype=torch.float32)[None]
print("max       ", F.max_pool2d(maps, 2).shape)
print("average   ", F.avg_pool2d(maps, 2).shape)
print("strided   ", nn.Conv2d(1, 1, 2, stride=2)(maps).shape)  # a convolution with stride 2 learns its own
print("fractional", nn.FractionalMaxPool2d(2, output_ratio=0.5**0.5)(maps).shape)  # other windows in each pass
"""


SECTION = Section(
    rows=("pooling", "fractional_pooling"),
    controls=(
        charts.sets(),
        Choice(
            "kernel",
            tuple(KERNELS),
            default="vertical",
            option=lambda name, language: charts.text(
                f"chapters.images.convolution.controls.kernel.options.{name}", language
            ),
        ),
        Number("number", 0, 49, default=4),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=code,
)
