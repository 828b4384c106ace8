"""Convolution: the same few weights at every place of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Choice, Handle, Number, Settings
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.images.convolve import KERNELS, convolve, output_size
from playground.views.pixels import address, signed, wall

OWN = "own"
SIDE = 3
"""Rows and columns of the kernels."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a kernel makes of a picture.

    Args:
        picture: ``(height, width)``, 0 to 1.
        kernel: ``(3, 3)``.
        map: the feature map.
        place: row and column of the chosen number of the map.
        patch: the pixels that it is made from, ``(3, 3)``.
        moved: share of the map's numbers inside that move along when the picture is moved by one stride.
        maps: the map of each known kernel.
    """

    picture: NDArray[np.float64]
    kernel: NDArray[np.float64]
    map: NDArray[np.float64]
    place: tuple[int, int]
    patch: NDArray[np.float64]
    moved: float
    maps: dict[str, NDArray[np.float64]]


def kernel_of(settings: Settings) -> NDArray[np.float64]:
    """The chosen weights ``(3, 3)``."""
    numbers = settings.weights if settings.kernel == OWN else KERNELS[settings.kernel]
    return np.array(numbers, dtype=np.float64).reshape(SIDE, SIDE)


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """The feature map, and the patch under the chosen number of it."""
    picture = charts.grey(charts.example(settings.pictures, settings.number)[0])
    kernel, stride, padding, dilation = (
        kernel_of(settings),
        settings.stride,
        settings.padding,
        settings.dilation,
    )
    found = convolve(picture, kernel, stride, padding, dilation)
    row, column = (min(int(place), size - 1) for place, size in zip(settings.place, found.shape, strict=True))
    taps = np.arange(SIDE) * dilation
    patch = np.pad(picture, padding)[np.ix_(row * stride + taps, column * stride + taps)]
    maps = {
        name: convolve(picture, np.array(numbers).reshape(SIDE, SIDE)) for name, numbers in KERNELS.items()
    }
    moved = _moved(picture, kernel, found, stride, padding, dilation)
    yield 1.0, Result(picture, kernel, found, (row, column), patch, moved, maps)


def _moved(
    picture: NDArray[np.float64],
    kernel: NDArray[np.float64],
    found: NDArray[np.float64],
    stride: int,
    padding: int,
    dilation: int,
) -> float:
    """Share of the map's inner numbers that move by one place as the picture moves by one stride."""
    other = convolve(np.roll(picture, stride, axis=1), kernel, stride, padding, dilation)
    edge = -(-padding // stride)
    same = np.isclose(other[:, 1:], found[:, :-1], atol=1e-9)[:, edge : found.shape[1] - 1 - edge]
    return float(same.mean()) if same.size else 1.0


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """The picture under each of the known kernels."""
    rows = []
    for number, (name, found) in enumerate(result.maps.items()):
        shown = found if name == "blur" else signed(found)
        rows.append(
            {
                "row": 0,
                "column": number,
                "picture": address(shown),
                "label": SECTION.say(f"controls.kernel.options.{name}", language),
                "least": round(float(found.min()), 2),
                "most": round(float(found.max()), 2),
                "mean": round(float(found.mean()), 3),
            }
        )
    frame = pd.DataFrame(rows)
    titles = {"label": SECTION.say("controls.kernel.label", language)}
    titles |= charts.columns(language, "least", "most", "mean")
    return [
        Figure(wall(frame, titles), frame, title=SECTION.say("kernels", language), columns=titles, wide=True)
    ]


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """The nine products."""
    place = [f"({i + 1}, {j + 1})" for i, j in np.ndindex(SIDE, SIDE)]
    frame = pd.DataFrame({"weight_at": place, "pixel": result.patch.ravel(), "weight": result.kernel.ravel()})
    frame["product"] = frame["pixel"] * frame["weight"]
    title = SECTION.say("products", language, row=result.place[0] + 1, column=result.place[1] + 1)
    style = dict.fromkeys(("pixel", "weight", "product"), "%.3f")
    heads = charts.columns(language, "weight_at", "pixel", "weight", "product")
    return [Table(frame, heads, title, style)]


def verdict(result: Result, settings: Settings) -> Verdict:
    """The sizes by the formula, the sum at the chosen place, and whether the map moves with the picture."""
    sizes = tuple(
        output_size(size, SIDE, settings.stride, settings.padding, settings.dilation)
        for size in result.picture.shape
    )
    total = float((result.patch * result.kernel).sum())
    holds = sizes == result.map.shape and abs(total - result.map[result.place]) < 1e-9 and result.moved == 1.0
    values = {
        "size": result.picture.shape[0],
        "map": result.map.shape[0],
        "row": result.place[0] + 1,
        "column": result.place[1] + 1,
        "sum": f"{total:.2f}",
        "dense": f"{result.picture.size * result.map.size:,}",
        "moved": f"{100 * result.moved:.0f}",
        "stride": settings.stride,
    }
    return Verdict("sum" if holds else "differs", holds, values)


def formula(settings: Settings) -> str:
    """The size of the map, with this section's numbers."""
    n = charts.PICTURE_SETS[settings.pictures].shape[1]
    s, p, d = settings.stride, settings.padding, settings.dilation
    size = output_size(n, SIDE, s, p, d)
    return (
        r"n' = \left\lfloor \frac{n + 2p - d\,(k - 1) - 1}{s} \right\rfloor + 1 = "
        rf"\left\lfloor \frac{{{n} + 2 \cdot {p} - {d} \cdot {SIDE - 1} - 1}}{{{s}}} \right\rfloor + 1 = {size}"
    )


def code(settings: Settings) -> str:
    """The same in PyTorch."""
    rows = ", ".join(str([round(float(w), 4) for w in row]) for row in kernel_of(settings))
    return f"""import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

picture = torch.tensor(load_digits().images[{settings.number}] / 16, dtype=torch.float32)
kernel = torch.tensor([{rows}])
feature_map = F.conv2d(
    picture[None, None],  # one picture, one channel
    kernel[None, None],  # one channel out, one in
    stride={settings.stride},
    padding={settings.padding},
    dilation={settings.dilation},
)
print(picture.shape, "->", feature_map[0, 0].shape)
print(feature_map[0, 0])
"""


SECTION = Section(
    rows=("convolution", "output_size"),
    controls=(
        Choice("kernel", (*KERNELS, OWN), default="edges"),
        Handle(
            "weights",
            "matrix",
            low=-10.0,
            high=10.0,
            default=(0, 1, 0, 1, -4, 1, 0, 1, 0),
            shown=lambda settings: bool(settings.kernel == OWN),
        ),
        Number("stride", 1, 3, default=1, symbol="s"),
        Number("padding", 0, 3, default=0, symbol="p"),
        Number("dilation", 1, 3, default=1, symbol="d"),
        charts.sets(),
        Number("number", 0, 49, default=4),
        Handle("place", "patch", low=0.0, high=40.0, default=(9, 12)),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    formula=formula,
    code=code,
    handle="place",
)
