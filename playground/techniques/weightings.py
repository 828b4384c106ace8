"""Classes of unequal size: how much a sample of each counts in the loss that is trained on, or how often it is shown.

An entry gives a raw weight for each class from the numbers of training samples; scaled so that the mean over the
training samples is 1, it multiplies the loss of each sample. Or it says which training samples an epoch shows, some of
them several times. What is evaluated, shown and stopped by stays unweighted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.registry import Registry, Spec, Technique, number


@dataclass(frozen=True, kw_only=True)
class Weighting(Technique):
    """A class weighting.

    Args:
        weigh: ``(counts, spec) -> weights``, float64 (k,) from the numbers of samples of the k classes that have some;
            None where all samples count alike.
        resample: ``(targets, generator) -> rows`` that an epoch shows, int64; None where it shows each sample once.
        export: the weights in ``{counts}``, a tensor; the rows in ``{targets}`` and ``{rng}``; "" for none.
    """

    weigh: Callable[[NDArray[np.float64], Spec], NDArray[np.float64]] | None = None
    resample: Callable[[NDArray[Any], np.random.Generator], NDArray[np.int64]] | None = None
    export: Callable[[Spec], str]


def class_weights(spec: Spec, targets: NDArray[Any], n_classes: int) -> NDArray[np.float32] | None:
    """The weight of each class, float32 (n_classes,), with a mean of 1 over the samples; None where all count alike.

    Args:
        targets: (n,), the classes of the training samples. A class without samples weighs 0.
        n_classes: 0 for a regression, which has no weights.
    """
    weigh = WEIGHTINGS[spec.name].weigh
    if weigh is None or not n_classes:
        return None
    counts = np.bincount(targets.astype(np.int64), minlength=n_classes).astype(np.float64)
    weights = np.zeros(n_classes)
    weights[counts > 0] = weigh(counts[counts > 0], spec)
    return np.asarray(weights * counts.sum() / (weights * counts).sum(), dtype=np.float32)


def epoch_rows(
    spec: Spec, targets: NDArray[Any], n_classes: int, rng: np.random.Generator
) -> NDArray[np.int64] | None:
    """The rows that every epoch shows, int64 (m,); None where each is shown once.

    Args:
        targets: (n,), the classes of the training samples.
        n_classes: 0 for a regression, whose samples are shown once.
    """
    resample = WEIGHTINGS[spec.name].resample
    return resample(targets.astype(np.int64), rng) if resample and n_classes else None


def oversampled(y: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows with as many of each class as of the largest: all equally often, some once more."""
    counts, rows = np.bincount(y), []
    for k in np.flatnonzero(counts):
        own = np.flatnonzero(y == k)
        rest = rng.permutation(own)[: counts.max() % len(own)]
        rows += [np.tile(own, counts.max() // len(own)), rest]
    return np.sort(np.concatenate(rows))


WEIGHTINGS: Registry[Weighting] = Registry("weightings")

WEIGHTINGS.add(
    Weighting(
        name="none",
        formula=r"w_k = 1",
        source="–",
        export=lambda spec: "",
    )
)

WEIGHTINGS.add(
    Weighting(
        name="balanced",
        formula=r"w_k = \frac{n}{C\, n_k}, \quad L = \tfrac1B \sum_i w_{y_i} L_i",
        source="King & Zeng 2001, Logistic regression in rare events data, section 4.2",
        pytorch="torch.nn.CrossEntropyLoss",
        weigh=lambda counts, spec: 1 / counts,
        export=lambda spec: "1 / {counts}",
    )
)

WEIGHTINGS.add(
    Weighting(
        name="power",
        formula=r"w_k \propto n_k^{-p}, \quad \tfrac1n \sum_i w_{y_i} = 1, \quad L = \tfrac1B \sum_i w_{y_i} L_i",
        source="Mahajan et al. 2018, Exploring the limits of weakly supervised pretraining",
        pytorch="torch.nn.CrossEntropyLoss",
        params=(number("power", 0.5, 0.0, 2.0, 0.1),),
        weigh=lambda counts, spec: counts ** -spec["power"],
        export=lambda spec: f"{{counts}} ** -{spec['power']!r}",
    )
)

WEIGHTINGS.add(
    Weighting(
        name="oversampled",
        formula=r"m_k = \max_j n_j, \quad L = \tfrac1B \sum_i L_i",
        source="Buda, Maki & Mazurowski 2018, A systematic study of the class imbalance problem in "
        "convolutional neural networks",
        resample=oversampled,
        export=lambda spec: "oversampled({targets}, {rng})",
    )
)
