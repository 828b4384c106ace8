"""Double descent: random ReLU features, a linear read-out of least norm, and more features than points.

Source: Belkin, Hsu, Ma & Mandal 2019, PNAS 116(32), section 2; the minimum-norm solution is that of the
Moore-Penrose inverse. A small ridge λ solves (AᵀA + λI) c = Aᵀy instead (Nakkiran et al. 2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts
from playground.chapters.section import Figure, Section, Verdict
from playground.views.lines import Axis

POINTS = 40
INPUTS = 5
TEST = 500
COUNTS = (2, 5, 8, 12, 16, 20, 25, 30, 34, 37, 40, 43, 46, 50, 60, 80, 120, 200, 400)
"""Numbers of features, on both sides of ``POINTS``."""


def problem(seed: int, n: int = POINTS, sigma: float = 0.3) -> tuple[np.ndarray, ...]:
    """A linear teacher with noise.

    Returns:
        X (n, INPUTS), y (n,) noisy, X_test (TEST, INPUTS), f_test (TEST,) without noise, and the teacher's
        direction u (INPUTS,), of length 1.
    """
    rng = np.random.default_rng([seed, 11])
    X, X_test = rng.standard_normal((n, INPUTS)), rng.standard_normal((TEST, INPUTS))
    teacher = rng.standard_normal(INPUTS)
    u = teacher / np.linalg.norm(teacher)
    return X, X @ u + sigma * rng.standard_normal(n), X_test, X_test @ u, u


def features(X: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Random ReLU features max(0, Xw/√d), (n, count). More features are the same ones and further ones."""
    rng = np.random.default_rng([seed, 12])
    W = rng.standard_normal((count, X.shape[1])).T / np.sqrt(X.shape[1])
    return np.maximum(0.0, X @ W)


def read_out(A: np.ndarray, y: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """The coefficients (p,) of the fit to A (n, p): of least norm, or with a ridge."""
    if ridge > 0:
        # (AAᵀ + λI)⁻¹ in the smaller of the two spaces gives the same coefficients
        n, p = A.shape
        if p <= n:
            return np.linalg.solve(A.T @ A + ridge * np.eye(p), A.T @ y)
        return A.T @ np.linalg.solve(A @ A.T + ridge * np.eye(n), y)
    return np.linalg.pinv(A, rcond=1e-12) @ y


def double_descent(
    sigma: float = 0.3,
    ridge: float = 0.0,
    n: int = POINTS,
    seeds: int = 20,
    counts: Sequence[int] = COUNTS,
    first: int = 0,
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Errors against the number of features, through the point where they are as many as the points.

    Args:
        first: the first of the ``seeds`` seeds.

    Yields:
        The share done and the table thus far: columns ``features``, ``seed``, ``train``, ``test`` (mean squared
        errors; the test part is free of noise), ``norm`` (of the coefficients).
    """
    rows = []
    for done in range(seeds):
        seed = first + done
        X, y, X_test, f_test, _ = problem(seed, n, sigma)
        for count in counts:
            A = features(X, count, seed)
            c = read_out(A, y, ridge)
            test = np.mean((features(X_test, count, seed) @ c - f_test) ** 2)
            rows.append((count, seed, np.mean((A @ c - y) ** 2), test, np.linalg.norm(c)))
        yield (
            (done + 1) / seeds,
            pd.DataFrame(rows, columns=["features", "seed", "train", "test", "norm"]),
        )


def medians(table: pd.DataFrame) -> pd.DataFrame:
    """Medians over the seeds: at the peak a few fits are so bad that a mean would show nothing else."""
    return table.groupby("features")[["train", "test", "norm"]].median().reset_index()


def slice_through(
    counts: Sequence[int], sigma: float = 0.3, ridge: float = 0.0, n: int = POINTS, seed: int = 0
) -> pd.DataFrame:
    """Fits along the teacher's direction, beside the origin, where the truth is a straight line.

    Through the origin itself, where all features have their kink, every fit would be two rays.

    Returns:
        Columns ``t`` (place along the direction), ``y``, ``features``; the truth has 0 features.
    """
    X, y, _, _, u = problem(seed, n, sigma)
    t = np.linspace(-2, 2, 81)
    beside = np.random.default_rng([seed, 13]).standard_normal(INPUTS)
    beside -= (beside @ u) * u
    places = t[:, None] * u + beside / np.linalg.norm(beside)
    frames = [pd.DataFrame({"t": t, "y": t, "features": 0})]
    for count in counts:
        c = read_out(features(X, count, seed), y, ridge)
        values = features(places, count, seed) @ c
        frames.append(pd.DataFrame({"t": t, "y": values, "features": count}))
    return pd.concat(frames, ignore_index=True)


SLICES = (16, 40, 400)
"""Numbers of features whose fits are drawn."""


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """The errors over data sets."""
    return double_descent(settings.sigma, settings.ridge, seeds=settings.seeds, first=100 * settings.seed)


def picture(table: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """Median errors by the number of features; below, three fits."""
    middle = medians(table)
    long = middle.melt("features", ["train", "test"], "part", "squared_error")
    chart = charts.several(
        long[long["squared_error"] > 1e-6],
        charts.axis("features", language, log=True, format="d"),
        charts.axis("squared_error", language, log=True, domain=(1e-3, 100.0)),
        "part",
        {"train": charts.TRAIN, "test": charts.TEST},
        language,
    )
    mark = charts.rule(POINTS, SECTION.say("threshold", language, points=POINTS))
    columns = {
        "features": charts.say("axis.features", language),
        **charts.names(("train", "test"), language),
        "norm": SECTION.say("norm", language),
    }
    return [
        Figure(alt.layer(chart, *mark), middle, columns=columns),
        _slices(settings, language),
    ]


def _slices(settings: Settings, language: str) -> Figure:
    frame = slice_through(SLICES, settings.sigma, settings.ridge, seed=100 * settings.seed)
    shades = dict(zip((0, *SLICES), (charts.MEMBER, charts.BLUE, "#d55e00", charts.AVERAGE), strict=True))

    def called(count: int) -> str:
        return (
            SECTION.say("with_features", language, count=count) if count else SECTION.say("truth", language)
        )

    y = Axis("y", "y", domain=(-6.0, 6.0))
    place = Axis("t", SECTION.say("place", language))
    series = charts.say("axis.series", language)
    chart = charts.lines(frame, place, y, "features", series, name=called, colours=shades, dashes={})
    columns = {"features": charts.say("axis.features", language), "t": place.title, "y": "y"}
    return Figure(chart, frame, SECTION.say("slices", language), columns, wide=True)


def verdict(table: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the error peaks where the features are as many as the points and falls again."""
    middle = medians(table)
    before = middle[middle["features"] < 0.8 * POINTS]
    valley = before.iloc[int(before["test"].to_numpy().argmin())]
    peak = middle.iloc[int(middle["test"].to_numpy().argmax())]
    last = middle.iloc[-1]
    values = {
        "few": int(valley["features"]),
        "least": f"{valley['test']:.3g}",
        "seeds": table["seed"].nunique(),
        "features": int(peak["features"]),
        "error": f"{peak['test']:.3g}",
        "most": int(last["features"]),
        "last": f"{last['test']:.3g}",
    }
    near = 0.8 * POINTS < peak["features"] < 1.25 * POINTS
    holds = bool(near and peak["test"] > 2 * valley["test"] and last["test"] < peak["test"] / 2)
    return Verdict("peak" if holds else "flat", holds, values)


def code(settings: Settings) -> str:
    """The same experiment on one data set."""
    return f"""import torch

g = torch.Generator().manual_seed({settings.seed})
n, d, sigma, ridge = {POINTS}, {INPUTS}, {settings.sigma}, {settings.ridge}
draw = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)
X, X_test, teacher = draw(n, d), draw({TEST}, d), draw(d)
teacher /= teacher.norm()
y = X @ teacher + sigma * draw(n)
W = draw(d, 400) / d**0.5
for p in (5, 10, 20, 30, 40, 50, 80, 150, 400):
    A, A_test = torch.relu(X @ W[:, :p]), torch.relu(X_test @ W[:, :p])
    if ridge:
        w = torch.linalg.solve(A.T @ A + ridge * torch.eye(p, dtype=torch.float64), A.T @ y)
    else:
        w = torch.linalg.pinv(A, rtol=1e-12) @ y  # the solution of least norm
    train, test = (A @ w - y).square().mean(), (A_test @ w - X_test @ teacher).square().mean()
    print(f"{{p:3d}} features   training error {{train:.4f}}   test error {{test:.3f}}")
"""


SECTION = Section(
    rows=("double_descent",),
    controls=(
        Number("sigma", 0.0, 1.0, default=0.3, step=0.1, symbol="σ"),
        Number("ridge", 0.0, 10.0, default=0.0, values=(0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0), symbol="λ"),
        Number("seeds", 5, 50, default=20, step=5),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
)
