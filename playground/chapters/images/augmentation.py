"""Augmentation: what one picture becomes under each of the changes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.images.augment import AUGMENTATIONS, augment, mixed
from playground.images.data import load
from playground.later import F, torch
from playground.views.pixels import address, wall

VARIANTS = 8
"""Pictures in a row, the original included."""
OTHERS = 50
"""Pictures of which the second one of a mixture is chosen."""
SEEN = 0.1
"""A pixel that changes by more than so much has changed."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Variants of a picture under each augmentation.

    Yields:
        The share done and a frame: ``row``, ``column`` (0 is the original), ``name``, ``picture`` (an address),
        ``changed`` (share of the pixels that changed), ``shares`` (pairs of a class and its share).
    """
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
        yield (row + 1) / len(settings.names), pd.DataFrame(rows)


def called(shares: tuple[tuple[str, float], ...], language: str) -> str:
    """A label in words: the class, or the classes with their shares."""
    if len(shares) == 1:
        return charts.class_label(shares[0][0], language)
    ordered = sorted(shares, key=lambda pair: -pair[1])
    return "\n".join(f"{part:g} · {charts.class_label(key, language)}" for key, part in ordered)


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """A row of variants for each augmentation; the first picture is the original."""
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
    return [Figure(wall(shown, titles, rows), shown, columns=titles)]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """What each is called in torchvision, and how much it changes."""
    variants = frame[frame["column"] > 0]
    table = variants.groupby("name", sort=False)["changed"].agg(["mean", "max"]).mul(100).reset_index()
    table["augmentation"] = [charts.augmentation_label(name, language) for name in table["name"]]
    table["torchvision"] = [AUGMENTATIONS[name].pytorch or "–" for name in table["name"]]
    table["source"] = [AUGMENTATIONS[name].source for name in table["name"]]
    titles = dict(charts.columns(language, "augmentation", "torchvision"))
    titles |= {"mean": SECTION.say("mean", language), "max": SECTION.say("most", language)}
    titles |= charts.columns(language, "source")
    return [Table(table, titles, formats={"mean": "%.0f %%", "max": "%.0f %%"})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """How many pictures came of one, and how much of them is new."""
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
        charts.sets(default="shapes"),
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
