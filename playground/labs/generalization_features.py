"""Double descent: random ReLU features, a linear read-out of least norm, and more features than points.

Source: Belkin, Hsu, Ma & Mandal 2019, PNAS 116(32), section 2; the minimum-norm solution is that of the
Moore-Penrose inverse. A small ridge λ solves (AᵀA + λI) c = Aᵀy instead (Nakkiran et al. 2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

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
) -> Iterator[tuple[float, pd.DataFrame]]:
    """Errors against the number of features, through the point where they are as many as the points.

    Yields:
        The share done and the table thus far: columns ``features``, ``seed``, ``train``, ``test`` (mean squared
        errors; the test part is free of noise), ``norm`` (of the coefficients).
    """
    rows = []
    for seed in range(seeds):
        X, y, X_test, f_test, _ = problem(seed, n, sigma)
        for count in counts:
            A = features(X, count, seed)
            c = read_out(A, y, ridge)
            test = np.mean((features(X_test, count, seed) @ c - f_test) ** 2)
            rows.append((count, seed, np.mean((A @ c - y) ** 2), test, np.linalg.norm(c)))
        yield (
            (seed + 1) / seeds,
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
