"""Preprocessing of pictures: mean image, channel means, Normalize, and the whitening that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from playground.chapters.controls import Settings, seed
from playground.chapters.images import charts
from playground.chapters.section import Figure, Section, Table, Verdict, awaited
from playground.images.data import loading, split
from playground.views.pixels import address, signed, wall

COUNT = 600
"""Pictures, half of which train."""
SHOWN = 7
PATCH = 6
"""Rows and columns of the patches that are whitened."""
PATCHES = 4000
RIDGE = 1e-3
"""Added to the variances before they are divided by: ZCA whitening with ε (Krizhevsky 2009)."""
NEAR = 0.15
"""The test part's mean and deviation count as near 0 and 1 within this."""
WAYS = ("original", "mean_image", "channel_mean", "normalized", "whitened")


@dataclass(frozen=True, eq=False)
class Result:
    """What is computed from the training part.

    Args:
        images: some test pictures ``(n, channels, height, width)``, by way of preprocessing.
        mean_image: ``(channels, height, width)``.
        mean, std: of each channel.
        test_mean, test_std: of the whole normalized test part.
        variances: of the principal components of patches, the largest first.
        components: the components as patches ``(k, channels, PATCH, PATCH)``.
    """

    images: dict[str, NDArray[np.float64]]
    mean_image: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    test_mean: float
    test_std: float
    variances: NDArray[np.float64]
    components: NDArray[np.float64]


def patches(images: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Patches from random places ``(PATCHES, channels · PATCH²)``."""
    n, _, height, width = images.shape
    rows, tops, lefts = (
        rng.integers(most, size=PATCHES) for most in (n, height - PATCH + 1, width - PATCH + 1)
    )
    cut = [
        images[r, :, t : t + PATCH, q : q + PATCH].ravel() for r, t, q in zip(rows, tops, lefts, strict=True)
    ]
    return np.array(cut)


def components(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances of the principal components, the largest first, and the components as rows."""
    variances, vectors = np.linalg.eigh(np.cov(rows, rowvar=False))
    return np.maximum(variances[::-1], 0), vectors.T[::-1]


def whitening(variances: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric matrix that makes all variances one and all correlations zero (ZCA: Bell & Sejnowski 1997)."""
    return np.asarray(vectors.T @ np.diag(1 / np.sqrt(variances + RIDGE)) @ vectors)


def whitened(images: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pictures whose every pixel is whitened within its patch: the matrix's middle rows used as kernels."""
    _, channels, height, width = images.shape
    before = PATCH // 2
    padded = np.pad(images, ((0, 0), (0, 0), (before, PATCH - before), (before, PATCH - before)), mode="edge")
    middle = [c * PATCH**2 + before * PATCH + before for c in range(channels)]
    kernels = matrix[middle].reshape(channels, channels, PATCH, PATCH)
    out = np.zeros_like(images)
    for i, j in np.ndindex(PATCH, PATCH):
        seen = padded[:, :, i : i + height, j : j + width]
        out += np.einsum("oc,nchw->nohw", kernels[:, :, i, j], seen)
    return out


def run(settings: Settings) -> Iterator[tuple[float, Result | None]]:
    """Everything is computed from the training part and applied to test pictures."""
    pictures = yield from awaited(loading(settings.pictures, COUNT, settings.seed), (0.0, None))
    train, test = split(pictures, 0.5, settings.seed)
    known, new = train.images.astype(np.float64), test.images.astype(np.float64)
    mean_image, mean, std = known.mean(0), known.mean((0, 2, 3)), known.std((0, 2, 3))
    cut = patches(known, np.random.default_rng(settings.seed))
    yield 0.5, None
    variances, vectors = components(cut)
    normalized = (new - mean[:, None, None]) / std[:, None, None]
    shown = new[:SHOWN]
    centre = mean[:, None, None]
    images = {
        "original": shown,
        "mean_image": shown - mean_image,
        "channel_mean": shown - centre,
        "normalized": normalized[:SHOWN],
        "whitened": whitened(shown - centre, whitening(variances, vectors)),
    }
    bases = vectors.reshape(-1, known.shape[1], PATCH, PATCH)
    yield (
        1.0,
        Result(
            images, mean_image, mean, std, float(normalized.mean()), float(normalized.std()), variances, bases
        ),
    )


def _shown(pixels: NDArray[np.float64], most: float) -> str:
    """Numbers of either sign as a picture: in colour about grey, without colour as blue and orange."""
    return address(signed(pixels[0], most) if pixels.shape[0] == 1 else 0.5 + pixels / (2 * most))


def picture(result: Result | None, settings: Settings, language: str) -> list[Figure]:
    """Test pictures under each preprocessing; the mean image and the principal components of patches."""
    if result is None:
        return []
    rows = []
    for row, way in enumerate(WAYS):
        images = result.images[way]
        most = float(np.abs(images).max())
        for column, image in enumerate(images):
            rows.append(
                {
                    "row": row,
                    "column": column,
                    "label": "",
                    "picture": address(image) if way == "original" else _shown(image, most),
                    "way": SECTION.say(f"ways.{way}", language),
                    "mean": round(float(image.mean()), 3),
                    "least": round(float(image.min()), 2),
                    "most": round(float(image.max()), 2),
                }
            )
    frame = pd.DataFrame(rows)
    titles = {"way": SECTION.say("way", language), **charts.columns(language, "mean", "least", "most")}
    names = [SECTION.say(f"ways.{way}", language) for way in WAYS]
    return [Figure(wall(frame, titles, names), frame, columns=titles), *_parts(result, language)]


def _parts(result: Result, language: str) -> list[Figure]:
    tiles = [(SECTION.say("image", language), address(result.mean_image), float("nan"))]
    for number in (0, 1, 2, 3, 4, 5, 6, -1):
        base = result.components[number]
        place = number if number >= 0 else len(result.variances) - 1
        tiles.append(
            (f"{place + 1}", _shown(base, float(np.abs(base).max())), float(result.variances[number]))
        )
    frame = pd.DataFrame(
        [
            {"row": 0, "column": column, "label": label, "picture": pixels, "variance": f"{variance:.2g}"}
            for column, (label, pixels, variance) in enumerate(tiles)
        ]
    ).replace({"variance": {"nan": ""}})
    titles = {"label": SECTION.say("component", language), "variance": SECTION.say("variance", language)}
    return [
        Figure(wall(frame, titles), frame, title=SECTION.say("parts", language), columns=titles, wide=True)
    ]


def tables(result: Result | None, settings: Settings, language: str) -> list[Table]:
    """What `Normalize` takes: mean and standard deviation of each channel."""
    if result is None:
        return []
    count = len(result.mean)
    names = [
        SECTION.say(f"channels.{name}", language)
        for name in (("grey",) if count == 1 else ("red", "green", "blue"))
    ]
    frame = pd.DataFrame({"channel": names, "mean": result.mean, "std": result.std})
    titles = {name: SECTION.say(name, language) for name in ("channel", "mean", "std")}
    return [Table(frame, titles, SECTION.say("normalize", language), {"mean": "%.4f", "std": "%.4f"})]


def verdict(result: Result, settings: Settings) -> Verdict:
    """Whether the training part's numbers serve the test part, and what whitening does to the smallest components."""
    ratio = float(result.variances[0] / max(result.variances[-1], 1e-12))
    holds = abs(result.test_mean) < NEAR and abs(result.test_std - 1) < NEAR and ratio > 100
    values = {
        "mean": ", ".join(f"{value:.4f}" for value in result.mean),
        "std": ", ".join(f"{value:.4f}" for value in result.std),
        "test_mean": f"{result.test_mean:.3f}",
        "test_std": f"{result.test_std:.3f}",
        "ratio": f"{ratio:,.0f}",
        "louder": f"{((result.variances[0] + RIDGE) / (result.variances[-1] + RIDGE)) ** 0.5:,.0f}",
        "size": PATCH,
    }
    return Verdict("fits" if holds else "misses", holds, values)


def code(settings: Settings) -> str:
    """Mean and deviation from the training part, applied to both."""
    return """import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

images = torch.tensor(load_digits().images / 16, dtype=torch.float32)[:, None]
train, test = train_test_split(images, test_size=0.5, random_state=0)
mean, std = train.mean((0, 2, 3)), train.std((0, 2, 3))  # of each channel, from the training part alone
print("transforms.Normalize(", mean.tolist(), ",", std.tolist(), ")")


def normalize(x):
    return (x - mean[:, None, None]) / std[:, None, None]


print("training part:", normalize(train).mean().item(), normalize(train).std().item())
print("test part:    ", normalize(test).mean().item(), normalize(test).std().item())
"""


SECTION = Section(
    rows=("picture_preprocessing",),
    controls=(charts.sets(default="shapes"), seed()),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=code,
)
