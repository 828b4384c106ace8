"""Where a search looks: points of the unit cube, and what they stand for on a range."""

from __future__ import annotations

import math

import numpy as np

METHODS = ("grid", "random", "sobol")
"""An even lattice; independent uniform draws; a scrambled Sobol sequence, which leaves no large gaps."""


def points(method: str, count: int, seed: int = 0, dimensions: int = 2) -> np.ndarray:
    """Where a method looks in the unit cube, (n, dimensions).

    A grid takes the largest lattice with at most ``count`` points, its corners included; the others take ``count``.

    Source:
        Bergstra & Bengio 2012, Random search for hyper-parameter optimization; Sobol' 1967.

    Raises:
        KeyError: no such method.
    """
    if method == "grid":
        side = math.floor(count ** (1 / dimensions) + 1e-9)
        axis = np.linspace(0.0, 1.0, side) if side > 1 else np.array([0.5])
        return np.stack(np.meshgrid(*[axis] * dimensions, indexing="ij"), axis=-1).reshape(-1, dimensions)
    if method == "random":
        return np.random.default_rng(seed).random((count, dimensions))
    if method == "sobol":
        from scipy.stats import qmc

        # A power of two keeps the sequence balanced; what is left over is not used.
        power = max(0, math.ceil(math.log2(count)))
        return np.asarray(qmc.Sobol(dimensions, seed=seed).random_base2(power)[:count])
    raise KeyError(method)


def log_range(share: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values on a logarithmic range: ``low`` at a share of 0, ``high`` at 1."""
    return low * (high / low) ** np.asarray(share, dtype=float)
