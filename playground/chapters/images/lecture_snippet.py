"""The lecture's four lines of transforms on digits: what each does, and what a network of upright ones makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.images.training import STEPS, Learner, parts
from playground.chapters.section import Figure, Section, Verdict, awaited
from playground.images.augment import AUGMENTATIONS, augment
from playground.later import F, torch
from playground.registry import Spec
from playground.views.pixels import address, wall
from playground.views.theme import BAR_COLOUR

if TYPE_CHECKING:
    from torch import Generator, Tensor

LINES = ("original", "resize", "crop", "flip", "rotate")
"""The picture, and what stands behind each of the four lines."""
COUNT, TRAINING, SIZE, RESIZED = 200, 100, 28, 34
"""Pictures to learn from, steps, the digits' rows and columns, and those that `Resize` makes of them."""
SHOWN = 8


def line(images: Tensor, name: str, generator: Generator) -> Tensor:
    """What one line makes of pictures ``(n, 1, height, width)``."""
    if name == "resize":
        return F.interpolate(images, size=RESIZED, mode="bilinear", align_corners=False)
    if name == "crop":
        edge = (images.shape[-1] - SIZE) // 2
        return images[..., edge : edge + SIZE, edge : edge + SIZE]
    specs: dict[str, Spec] = {
        "flip": AUGMENTATIONS["mirror"].spec(p=0.5),
        "rotate": AUGMENTATIONS["rotate"].spec(degrees=90),
    }
    return (
        augment(images, torch.zeros(len(images), 1), [specs[name]], generator)[0] if name in specs else images
    )


@dataclass(frozen=True, eq=False)
class Result:
    """What comes out behind each line.

    Args:
        images: some pictures, by line.
        accuracy: of the network on all test pictures behind each line; None before it has learned. `Resize` alone
            gives 34 × 34, which the network does not take: there is no accuracy for it.
    """

    images: dict[str, Tensor]
    accuracy: dict[str, float] | None


def run(settings: Settings) -> Iterator[tuple[float, Result | None]]:
    """The four lines on some digits; then a network learns upright digits and is tested behind each line."""
    train, test = yield from awaited(parts("glyphs", COUNT, settings.seed), (0.0, None))
    behind = {}
    generator = torch.Generator().manual_seed(settings.seed)
    images = torch.from_numpy(test.images)
    for name in LINES:
        images = behind[name] = line(images, name, generator)
    shown = {name: found[settings.first : settings.first + SHOWN] for name, found in behind.items()}
    yield 0.1, Result(shown, None)
    learner = Learner(train, test, [], settings.seed)
    for step in range(0, TRAINING, STEPS):
        learner.steps()
        yield 0.1 + 0.9 * step / TRAINING, Result(shown, None)
    accuracy = {
        name: float((learner.probabilities(found).argmax(1) == learner.truth).float().mean())
        for name, found in behind.items()
        if found.shape[-1] == SIZE
    }
    yield 1.0, Result(shown, accuracy)


def picture(result: Result | None, settings: Settings, language: str) -> list[Figure]:
    """The digits behind each line; the accuracy behind each line."""
    if result is None:
        return []
    names = {name: SECTION.say(f"lines.{name}", language) for name in LINES}
    rows = [
        {
            "row": row,
            "column": column,
            "picture": address(image.numpy()),
            "label": "",
            "line": names[name],
            "size": f"{image.shape[-2]} × {image.shape[-1]}",
        }
        for row, name in enumerate(LINES)
        for column, image in enumerate(result.images[name])
    ]
    frame = pd.DataFrame(rows)
    titles = {"line": SECTION.say("line", language), **charts.columns(language, "size")}
    figures = [Figure(wall(frame, titles, list(names.values())), frame, columns=titles)]
    if result.accuracy is not None:
        shown = pd.DataFrame(
            {"line": names[name], "accuracy": value} for name, value in result.accuracy.items()
        )
        heads = {"line": titles["line"], **charts.columns(language, "accuracy")}
        figures.append(
            Figure(
                _bars(shown, heads), shown, title=SECTION.say("tested", language), columns=heads, wide=True
            )
        )
    return figures


def _bars(shown: pd.DataFrame, titles: dict[str, str]) -> alt.Chart:
    return (
        alt.Chart(shown)
        .mark_bar(color=BAR_COLOUR)
        .encode(
            y=alt.Y("line:N", sort=None, title=None),
            x=alt.X(
                "accuracy:Q",
                title=titles["accuracy"],
                axis=alt.Axis(format=".0%"),
                scale=alt.Scale(domain=[0, 1]),
            ),
            tooltip=[alt.Tooltip("line:N"), alt.Tooltip("accuracy:Q", format=".1%")],
        )
    )


def verdict(result: Result, settings: Settings) -> Verdict:
    """The accuracy on the digits as they are, and behind the lines."""
    found = result.accuracy or {}
    values = {name: f"{100 * value:.0f}" for name, value in found.items()}
    holds = bool(found) and found["flip"] < found["crop"] - 0.1 and found["rotate"] < found["flip"] - 0.1
    return Verdict("doubtful" if holds else "harmless", holds, values)


def code(settings: Settings) -> str:
    """The four lines without torchvision."""
    return """import math

import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

# transforms.Resize(34), CenterCrop(28), RandomHorizontalFlip(), RandomRotation(90), written out
x = torch.tensor(load_digits().images[:10] / 16, dtype=torch.float32)[:, None]
x = F.interpolate(x, size=34, mode="bilinear", align_corners=False)
x = x[..., 3:31, 3:31]
x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
angle = (2 * torch.rand(len(x)) - 1) * math.pi / 2
cos, sin, zero = angle.cos(), angle.sin(), torch.zeros(len(x))
matrix = torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)
x = F.grid_sample(x, F.affine_grid(matrix, list(x.shape), align_corners=False), align_corners=False)
print(x.shape)
"""


SECTION = Section(
    rows=("lecture_snippet",),
    controls=(Number("first", 0, 40, default=2), seed()),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
)
