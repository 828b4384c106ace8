"""Features: what the network is shown, computed from the two inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.registry import Registry, Technique

Column = NDArray[np.float64]
MAX_FEATURES = 10


@dataclass(frozen=True, kw_only=True)
class Feature(Technique):
    """One input of the network.

    Args:
        compute: takes x1 and x2 (arrays of one shape) and returns the feature in that shape.
        code: the same as a Python expression of ``x1``, ``x2`` and ``np``, for exported scripts.
        js: the same as a JavaScript expression of the numbers ``x1`` and ``x2``; "" for none: the server then paints
            what the browser otherwise does.
    """

    compute: Callable[[Column, Column], Column]
    code: str
    js: str = ""


FEATURES: Registry[Feature] = Registry("features")


def _add(name: str, formula: str, code: str, js: str, compute: Callable[[Column, Column], Column]) -> None:
    source = "Smilkov et al. 2017, arXiv:1708.03788 (the inputs of the TensorFlow Playground, with more)"
    FEATURES.add(Feature(name=name, formula=formula, source=source, code=code, js=js, compute=compute))


_add("x1", "x_1", "x1", "x1", lambda x1, x2: x1)
_add("x2", "x_2", "x2", "x2", lambda x1, x2: x2)
_add("x1_squared", "x_1^2", "x1**2", "x1 * x1", lambda x1, x2: x1**2)
_add("x2_squared", "x_2^2", "x2**2", "x2 * x2", lambda x1, x2: x2**2)
_add("x1x2", "x_1 x_2", "x1 * x2", "x1 * x2", lambda x1, x2: x1 * x2)
_add("sin_x1", r"\sin x_1", "np.sin(x1)", "Math.sin(x1)", lambda x1, x2: np.sin(x1))
_add("sin_x2", r"\sin x_2", "np.sin(x2)", "Math.sin(x2)", lambda x1, x2: np.sin(x2))
_add("cos_x1", r"\cos x_1", "np.cos(x1)", "Math.cos(x1)", lambda x1, x2: np.cos(x1))
_add("cos_x2", r"\cos x_2", "np.cos(x2)", "Math.cos(x2)", lambda x1, x2: np.cos(x2))
_add(
    "radius",
    r"\sqrt{x_1^2 + x_2^2}",
    "np.hypot(x1, x2)",
    "Math.hypot(x1, x2)",
    lambda x1, x2: np.hypot(x1, x2),
)


def expand(features: Sequence[str], X: NDArray[Any]) -> NDArray[np.float64]:
    """The chosen features of positions.

    Args:
        features: names in ``FEATURES``, 1 to 10.
        X: inputs ``(n, 2)``; of another number than two, the inputs are the features.

    Returns:
        float64 ``(n, len(features))``, or ``(n, d)`` for other than two inputs; before preprocessing.
    """
    if np.shape(X)[1] != 2:
        return np.asarray(X, dtype=np.float64)
    x1, x2 = np.asarray(X, dtype=np.float64).T
    return np.column_stack([FEATURES[name].compute(x1, x2) for name in features])
