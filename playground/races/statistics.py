"""Is a difference between two lanes more than luck? Paired tests over the repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from playground.text import text

EXACT_UP_TO = 16
"""Pairs up to which all 2^n assignments of signs are counted."""
DRAWS = 100_000
"""Random assignments beyond that."""
CHUNK = 1 << 14

RESAMPLES = 2_000
"""Bootstrap samples of the confidence interval."""


@dataclass(frozen=True)
class Comparison:
    """Two lanes, repeat by repeat.

    Attributes:
        n: pairs.
        difference: median of a - b over the pairs; infinite or nan where repeats diverged.
        low, high: 95 % interval of that median, by bootstrap over the pairs; nan when not all are finite.
        wins, losses, ties: pairs in which a is better, worse, equal.
        p_value: chance of a difference at least as large if the lanes were interchangeable in each pair.
        method: ``exact`` or ``sampled`` signs of the differences, ``exact ranks`` or ``sampled ranks`` where some
            difference is not finite.
    """

    n: int
    difference: float
    low: float
    high: float
    wins: int
    losses: int
    ties: int
    p_value: float
    method: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return dict(vars(self))

    def swapped(self) -> Comparison:
        """The same comparison seen from b."""
        return replace(
            self,
            difference=-self.difference,
            low=-self.high,
            high=-self.low,
            wins=self.losses,
            losses=self.wins,
        )


@lru_cache(maxsize=256)
def paired_test_of(a: tuple[float, ...], b: tuple[float, ...], lower_is_better: bool = True) -> Comparison:
    """``paired_test`` of the same values again and again: a verdict is told several times a second."""
    return paired_test(np.array(a), np.array(b), lower_is_better)


def paired_test(
    a: np.ndarray, b: np.ndarray, lower_is_better: bool = True, rng: np.random.Generator | None = None
) -> Comparison:
    """Compare two lanes over paired repeats, two-sided.

    If it did not matter which lane a repeat ran in, each difference could as well have the other sign; the p-value is
    the share of the 2^n assignments of signs whose mean difference is at least as large as the observed one. With
    more than ``EXACT_UP_TO`` pairs, random assignments are drawn and the observed one counted among them. Where a
    repeat diverged (infinite loss), signed ranks take the place of the differences.

    Args:
        a, b: (n,), one value for each repeat; infinite is worst (best for ``lower_is_better=False``: -inf is worst).
        lower_is_better: for losses; False for accuracies.
        rng: draws assignments and bootstrap samples; by default a new one with seed 0.

    Raises:
        ValueError: lengths differ, or there is no pair.

    Source: Fisher 1935, The Design of Experiments, §21; Pesarin & Salmaso 2010; with ranks Wilcoxon 1945.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"expected two equally long rows of values, got shapes {a.shape} and {b.shape}")
    rng = rng or np.random.default_rng(0)
    with np.errstate(invalid="ignore"):
        raw = a - b
    d = np.where(a == b, 0.0, raw)  # also inf - inf
    finite = bool(np.isfinite(d).all())
    statistic = d if finite else _signed_ranks(d)
    exact = len(d) <= EXACT_UP_TO
    p = _exact(statistic) if exact else _sampled(statistic, rng)
    better = d < 0 if lower_is_better else d > 0
    low, high = _interval(d, rng) if finite else (np.nan, np.nan)
    return Comparison(
        n=len(d),
        difference=_median(d),
        low=low,
        high=high,
        wins=int(better.sum()),
        losses=int((d != 0).sum() - better.sum()),
        ties=int((d == 0).sum()),
        p_value=p,
        method=("exact" if exact else "sampled") + ("" if finite else " ranks"),
    )


def _median(d: np.ndarray) -> float:
    ordered = np.sort(d)
    low, high = ordered[(len(d) - 1) // 2], ordered[len(d) // 2]
    return float(low) if low == high else float((low + high) / 2)


def _signed_ranks(d: np.ndarray) -> np.ndarray:
    """Ranks of |d| with d's sign; equal sizes share their mean rank, zeros have none."""
    size = np.abs(d)
    _, where, counts = np.unique(size, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2.0)[where] - (d == 0).sum()
    return np.where(d == 0, 0.0, np.sign(d) * ranks)


def _exact(d: np.ndarray) -> float:
    """Share of all assignments of signs with a sum at least as far from 0."""
    n = len(d)
    observed = abs(d.sum())
    tolerance = 1e-12 * np.abs(d).sum()
    count = 0
    for start in range(0, 1 << n, CHUNK):
        numbers = np.arange(start, min(start + CHUNK, 1 << n))
        signs = 1.0 - 2.0 * ((numbers[:, None] >> np.arange(n)) & 1)
        count += int((np.abs(signs @ d) >= observed - tolerance).sum())
    return count / (1 << n)


def _sampled(d: np.ndarray, rng: np.random.Generator) -> float:
    observed = abs(d.sum())
    tolerance = 1e-12 * np.abs(d).sum()
    count = 1  # the observed assignment is one of them
    for start in range(0, DRAWS, CHUNK):
        signs = rng.choice((-1.0, 1.0), (min(CHUNK, DRAWS - start), len(d)))
        count += int((np.abs(signs @ d) >= observed - tolerance).sum())
    return count / (DRAWS + 1)


def _interval(d: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    medians = np.median(d[rng.integers(0, len(d), (RESAMPLES, len(d)))], axis=1)
    low, high = np.quantile(medians, (0.025, 0.975))
    return float(low), float(high)


def in_words(comparison: Comparison, a: str, b: str, measure: str, language: str) -> str:
    """One or two sentences: who is better how often and by how much, and whether that is more than luck.

    Args:
        a, b: the lanes' labels.
        measure: ``loss``, ``accuracy``, ``epochs`` or ``seconds`` (to reach the loss).
    """
    key = "undecided" if comparison.p_value >= 0.05 else "clear"
    values = {
        "a": a,
        "b": b,
        "wins": comparison.wins,
        "losses": comparison.losses,
        "n": comparison.n,
        "p": _percent(comparison.p_value),
        "difference": amount(comparison.difference, measure, language),
        "measure": text(f"race_core.measure.{measure}", language),
    }
    return text(f"race_core.comparison.{key}", language, **values)


def amount(value: float, measure: str, language: str) -> str:
    """The size of a difference with its unit."""
    if not np.isfinite(value):
        return text("race_core.comparison.boundless", language)
    value = abs(value)
    shown = (
        f"{100 * value:.1f}" if measure == "accuracy" else f"{value:.2g}" if value < 100 else f"{value:.0f}"
    )
    return text(f"race_core.amount.{measure}", language, value=shown)


def _percent(share: float) -> str:
    percent = 100 * share
    if percent < 0.01:
        return "< 0.01"
    return f"{percent:.0f}" if percent >= 10 else f"{percent:.2g}"
