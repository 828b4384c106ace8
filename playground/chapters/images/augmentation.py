"""Augmentation: what one picture becomes under each of the changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.images.augment import AUGMENTATIONS, augment, mixed
from playground.images.data import PICTURE_SETS, Pictures, load
from playground.later import F, torch
from playground.views.pixels import address, one, wall

VARIANTS = 8
"""Pictures in a row, the original included."""
SHEET = (10, 30)
"""Rows and columns of the sheet on which one picture goes through all that was chosen, one after the other."""
GAP = 2
"""Pixels between the pictures of a sheet."""
OTHERS = 50
"""Pictures of which the second one of a mixture is chosen."""
SEEN = 0.1
"""A pixel that changes by more than so much has changed."""


@dataclass(frozen=True, eq=False)
class Result:
    """What became of a picture.

    Args:
        variants: under each alone: ``row``, ``column`` (0 is the original), ``name``, ``picture`` (an address),
            ``changed`` (share of the pixels that changed), ``shares`` (pairs of a class and its share).
        sheet: some hundred variants under all of them, (rows * columns, channels, height, width); None until the end.
    """

    variants: pd.DataFrame
    sheet: NDArray[np.float32] | None = None


def run(settings: Settings) -> Iterator[tuple[float, Result]]:
    """Variants of a picture under each augmentation, then hundreds under all of them."""
    pictures = load(settings.pictures, OTHERS, 0)
    targets = F.one_hot(torch.from_numpy(pictures.labels), len(pictures.classes)).float()
    original = torch.from_numpy(pictures.images[settings.number])
    rows: list[dict[str, object]] = []
    for row, name in enumerate(settings.names):
        spec = AUGMENTATIONS[name].at(settings.strength)
        share = AUGMENTATIONS[name].mixes(spec)
        generator = torch.Generator().manual_seed(settings.seed)
        for column in range(VARIANTS):
            # The picture itself and another one, which only a mixture looks at.
            pair = [settings.number, int(torch.randint(OTHERS, (1,), generator=generator))]
            images, shares = torch.from_numpy(pictures.images[pair]), targets[pair]
            if column and share:
                images, shares = mixed(images, shares, share, torch.tensor([1, 0]))
            elif column:
                images, shares = augment(images, shares, [spec], generator)
            rows.append(
                {
                    "row": row,
                    "column": column,
                    "name": name,
                    "picture": address(images[0].numpy()),
                    "changed": float(((images[0] - original).abs().amax(0) > SEEN).float().mean()),
                    "shares": tuple(
                        (key, round(float(part), 2))
                        for key, part in zip(pictures.classes, shares[0], strict=True)
                        if part
                    ),
                }
            )
        yield 0.9 * (row + 1) / len(settings.names), Result(pd.DataFrame(rows))
    yield 1.0, Result(pd.DataFrame(rows), sheet(settings, pictures))


def sheet(settings: Settings, pictures: Pictures) -> NDArray[np.float32]:
    """Variants of the picture, the first as it is: each goes through all that was chosen, one after the other."""
    generator = torch.Generator().manual_seed(settings.seed)
    count = SHEET[0] * SHEET[1]
    images = torch.from_numpy(pictures.images[[settings.number]]).repeat(count, 1, 1, 1)
    for name in settings.names:
        spec = AUGMENTATIONS[name].at(settings.strength)
        share = AUGMENTATIONS[name].mixes(spec)
        if share:
            others = torch.from_numpy(pictures.images)[torch.randint(OTHERS, (count,), generator=generator)]
            images = (1 - share) * images + share * others
        else:
            images = AUGMENTATIONS[name].change(images, spec, generator)
    images[0] = torch.from_numpy(pictures.images[settings.number])
    return images.numpy()


def tiled(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """The pictures of a sheet as one, a white line of ``GAP`` pixels between them."""
    padded = np.pad(images, ((0, 0), (0, 0), (0, GAP), (0, GAP)), constant_values=1.0)
    rows = [np.concatenate(list(row), axis=2) for row in padded.reshape(*SHEET, *padded.shape[1:])]
    return np.concatenate(rows, axis=1)[:, :-GAP, :-GAP]


def called(shares: tuple[tuple[str, float], ...], language: str) -> str:
    """A label in words: the class, or the classes with their shares."""
    if len(shares) == 1:
        return charts.class_label(shares[0][0], language)
    ordered = sorted(shares, key=lambda pair: -pair[1])
    return "\n".join(f"{part:g} · {charts.class_label(key, language)}" for key, part in ordered)


def picture(result: Result, settings: Settings, language: str) -> list[Figure]:
    """A row of variants for each augmentation, the first picture is the original; hundreds under all of them."""
    frame = result.variants
    shown = frame.assign(
        augmentation=[charts.augmentation_label(name, language) for name in frame["name"]],
        classes=[called(shares, language) for shares in frame["shares"]],
        share=(100 * frame["changed"]).round(1),
    ).drop(columns="shares")
    # Where labels are mixed they stand above the pictures.
    mixes = {
        name
        for name in settings.names
        if AUGMENTATIONS[name].mixes(AUGMENTATIONS[name].at(settings.strength))
    }
    shown["label"] = shown["classes"].where(shown["name"].isin(mixes), "")
    titles = charts.columns(language, "augmentation", "classes", "share")
    rows = [charts.augmentation_label(name, language) for name in settings.names]
    figures = [Figure(wall(shown, titles, rows), shown, columns=titles)]
    if result.sheet is not None:
        count = len(result.sheet)
        chart = one(tiled(result.sheet), SECTION.say("sheet", language, count=count))
        whole = pd.DataFrame(
            {"count": [count], "different": [len({image.tobytes() for image in result.sheet})]}
        )
        heads = {name: SECTION.say(f"axes.{name}", language) for name in ("count", "different")}
        figures.append(Figure(chart, whole, SECTION.say("sheet", language, count=count), heads, wide=True))
    return figures


def effect_on_label(name: str, settings: Settings) -> str:
    """What an augmentation does to the label of these pictures: ``mixes``, ``may_change`` or ``keeps``."""
    if AUGMENTATIONS[name].mixes(AUGMENTATIONS[name].at(settings.strength)):
        return "mixes"
    return "may_change" if name in PICTURE_SETS[settings.pictures].altered else "keeps"


def tables(result: Result, settings: Settings, language: str) -> list[Table]:
    """What each does at which strength, to the pixels and to the label, and what it is called in torchvision."""
    frame = result.variants
    variants = frame[frame["column"] > 0]
    table = variants.groupby("name", sort=False)["changed"].agg(["mean", "max"]).mul(100).reset_index()
    table["augmentation"] = [charts.augmentation_label(name, language) for name in table["name"]]
    table["torchvision"] = [AUGMENTATIONS[name].pytorch or "–" for name in table["name"]]
    table["label"] = [
        SECTION.say(f"effect.{effect_on_label(name, settings)}", language) for name in table["name"]
    ]
    table["strength"] = [
        ", ".join(
            f"{key} = {value:g}" for key, value in AUGMENTATIONS[name].at(settings.strength).params.items()
        )
        for name in table["name"]
    ]
    table["source"] = [AUGMENTATIONS[name].source for name in table["name"]]
    titles = dict(charts.columns(language, "augmentation"))
    titles |= {name: SECTION.say(f"axes.{name}", language) for name in ("label", "strength")}
    titles |= charts.columns(language, "torchvision")
    titles |= {"mean": SECTION.say("mean", language), "max": SECTION.say("most", language)}
    titles |= charts.columns(language, "source")
    return [Table(table, titles, formats={"mean": "%.0f %%", "max": "%.0f %%"})]


def verdict(result: Result, settings: Settings) -> Verdict:
    """How many pictures came of one, and how much of them is new."""
    frame = result.variants
    variants = frame[frame["column"] > 0]
    different = variants["picture"].nunique()
    mixes = any(len(shares) > 1 for shares in variants["shares"])
    values = {
        "variants": len(variants),
        "different": different,
        "changed": f"{100 * variants['changed'].mean():.0f}",
    }
    new = different > len(variants) / 2
    key = ("mixed" if mixes else "same_label") if new else "few"
    return Verdict(key, new, values)


def code(settings: Settings) -> str:
    """Geometry by hand: a turn and a mirror image of a digit."""
    return """import math

import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

picture = torch.tensor(load_digits().images[4] / 16, dtype=torch.float32)[None, None]
mirrored = picture.flip(3)  # torchvision: RandomHorizontalFlip

angle = math.radians(20)  # torchvision: RandomRotation(20) draws one
matrix = torch.tensor([[[math.cos(angle), -math.sin(angle), 0.0], [math.sin(angle), math.cos(angle), 0.0]]])
grid = F.affine_grid(matrix, list(picture.shape), align_corners=False)  # where each pixel is read from
turned = F.grid_sample(picture, grid, align_corners=False)
print(mirrored[0, 0].round(decimals=1))
print(turned[0, 0].round(decimals=1))
"""


SECTION = Section(
    rows=("augmented_pictures", "mixed_pictures"),
    controls=(
        charts.sets(
            default="shapes", names=("glyphs", "shapes", "colours", "letters", "digits", *charts.INSTALLED)
        ),
        Choice(
            "names",
            tuple(AUGMENTATIONS),
            default=("shift", "mirror", "rotate", "crop", "jitter", "cutout"),
            many=True,
            option=charts.augmentation_label,
        ),
        Number("strength", 0.25, 2.0, default=1.0, step=0.25),
        Number("number", 0, OTHERS - 1, default=13),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=code,
)
