"""Class weights: how much a sample of each class counts in the loss that is trained on.

An entry gives a raw weight for each class from the numbers of training samples; scaled so that the mean over the
training samples is 1, it multiplies the loss of each sample. What is evaluated, shown and stopped by stays unweighted.
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
        export: the same in ``{counts}``, a tensor, or "" for none.
    """

    weigh: Callable[[NDArray[np.float64], Spec], NDArray[np.float64]] | None = None
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
