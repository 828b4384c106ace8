"""Dropout of single numbers against dropout of whole feature maps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground import streams
from playground.chapters.controls import Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.images.convolve import KERNELS, convolve
from playground.views.pixels import address, signed, wall

TOLD = 0.3
"""Correlation above which the neighbours tell what was dropped."""
WAYS = ("whole", "dropout", "dropout2d")


def mask(shape: tuple[int, int, int], p: float, maps: bool, rng: np.random.Generator) -> NDArray[np.float64]:
    """What the maps ``(channels, height, width)`` are multiplied by: 0 with probability ``p``, else 1 / (1 − p).

    Args:
        maps: one draw for each map, as ``nn.Dropout2d``; else one for each number, as ``nn.Dropout``.
    """
    kept = rng.random((shape[0], 1, 1) if maps else shape) >= p
    return np.broadcast_to(kept / (1 - p), shape)


def told(values: NDArray[np.float64], factors: NDArray[np.float64]) -> float:
    """How well the kept neighbours tell the dropped numbers of a map: the correlation of their mean with the truth.

    0 where nothing was kept or nothing dropped.
    """
    kept, around = (factors > 0).astype(float), np.ones((3, 3))
    count = convolve(kept, around, padding=1)
    seen = (factors == 0) & (count > 0)
    if seen.sum() < 2:
        return 0.0
    estimate = convolve(values * kept, around, padding=1)[seen] / count[seen]
    truth = values[seen]
    if not (estimate.std() and truth.std()):
        return 0.0
    return float(np.corrcoef(estimate, truth)[0, 1])


@dataclass(frozen=True, eq=False)
class Result:
    """Maps ``(channels, height, width)`` and the masks of both dropouts; ``told``: by way, of each map."""

    maps: NDArray[np.float64]
    masks: dict[str, NDArray[np.float64]]
    told: dict[str, list[float]]


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """The feature maps of a picture under known kernels, and one draw of each dropout."""
    picture = charts.grey(charts.example(settings.pictures, settings.number)[0])
    kernels = [np.array(numbers, dtype=float).reshape(3, 3) for numbers in KERNELS.values()]
    maps = np.stack([np.maximum(convolve(picture, kernel, padding=1), 0) for kernel in kernels])
    rng = streams.generator(settings.seed, streams.DROPOUT)
    masks = {way: mask(maps.shape, settings.p, way == "dropout2d", rng) for way in WAYS[1:]}
    found = {way: [told(*pair) for pair in zip(maps, masks[way], strict=True)] for way in masks}
    yield 1.0, Result(maps, masks, found)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The maps as they are, with single numbers dropped, and with whole maps dropped."""
    rows = []
    for row, way in enumerate(WAYS):
        factors = result.masks.get(way, np.ones_like(result.maps))
        for column, (values, factor) in enumerate(zip(result.maps, factors, strict=True)):
            # The range of the map as it is: what dropout has made larger is as bright as can be.
            shown = signed(values * factor, float(np.abs(values).max()))
            rows.append(
                {
                    "row": row,
                    "column": column,
                    "picture": address(shown),
                    "label": "",
                    "way": SECTION.say(f"ways.{way}", language),
                    "map": column + 1,
                    "dropped": round(100 * float((factor == 0).mean()), 1),
                }
            )
    frame = pd.DataFrame(rows)
    titles = {name: SECTION.say(name, language) for name in ("way", "map", "dropped")}
    names = [SECTION.say(f"ways.{way}", language) for way in WAYS]
    return [Figure(wall(frame, titles, names), frame, columns=titles)]


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """What is dropped of each map, and what its neighbours tell of it."""
    frame = pd.DataFrame(
        [
            (
                SECTION.say(f"ways.{way}", language),
                number + 1,
                100 * float((factor == 0).mean()),
                known if (factor == 0).any() else None,
            )
            for way, factors in result.masks.items()
            for number, (factor, known) in enumerate(zip(factors, result.told[way], strict=True))
        ],
        columns=["way", "map", "dropped", "told"],
    )
    titles = {name: SECTION.say(name, language) for name in ("way", "map", "dropped", "told")}
    return [Table(frame, titles, formats={"dropped": "%.0f", "told": "%.2f"})]


def verdict(result: Result, settings: Settings) -> Verdict:
    """How well neighbours tell what each dropout has taken away, and how many maps are gone."""
    known = {way: float(np.mean(found)) for way, found in result.told.items()}
    gone = int((result.masks["dropout2d"] == 0).all(axis=(1, 2)).sum())
    values = {
        "dropout": f"{known['dropout']:.2f}",
        "dropout2d": f"{known['dropout2d']:.2f}",
        "gone": gone,
        "maps": len(result.maps),
        "share": f"{100 * float((result.masks['dropout'] == 0).mean()):.0f}",
    }
    holds = known["dropout"] > TOLD and known["dropout2d"] == 0
    return Verdict("told" if holds else "not_told", holds, values)


def code(settings: Settings) -> str:
    """Both in PyTorch."""
    return f"""import torch
from torch import nn

maps = torch.ones(1, 6, 4, 4)  # a picture, six maps
print(nn.Dropout({settings.p})(maps)[0, :2])  # single numbers
print(nn.Dropout2d({settings.p})(maps)[0, :, 0, 0])  # whole maps: one number of each is enough to see it
"""


SECTION = Section(
    rows=("dropout2d",),
    controls=(
        Number("p", 0.1, 0.8, default=0.3, step=0.1, symbol="p"),
        charts.sets(),
        Number("number", 0, 49, default=4),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=code,
    formula=lambda settings: (
        r"h' = \frac{m \odot h}{1 - p}, \quad m_{cij} \sim B(1, 1 - p) \ \text{(Dropout)}, "
        r"\quad m_{cij} = m_c \sim B(1, 1 - p) \ \text{(Dropout2d)}"
    ),
)
