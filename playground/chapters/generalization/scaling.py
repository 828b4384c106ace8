"""Classic and inverted dropout: what the mean over masks comes to, and what evaluation uses.

Source: Srivastava et al. 2014, Dropout, sections 4 and 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.generalization import charts
from playground.chapters.section import Figure, Section, Table, Verdict

SHADES = {"classic": charts.BLUE, "inverted": charts.ORANGE}


@dataclass(frozen=True, eq=False)
class Scaling:
    """Classic and inverted dropout on the same activations and masks.

    Args:
        table: columns ``unit``, ``h``, ``classic_train`` (mean of m·h), ``classic_test`` ((1 − p)·h),
            ``inverted_train`` (mean of m·h/(1 − p)), ``inverted_test`` (h).
        running: columns ``masks``, ``form``, ``mean`` (over units and masks so far), ``goal`` (over units, of what
            the form uses in evaluation).
        expected: relative standard error of such a mean over all units: chance alone puts it that far from its goal.
    """

    table: pd.DataFrame
    running: pd.DataFrame
    expected: float

    @property
    def off(self) -> tuple[float, float]:
        """How far the means in training are from the value in evaluation, as shares of it: classic and inverted."""
        sums = self.table.drop(columns="unit").sum()
        return (
            float(abs(sums["classic_train"] / sums["classic_test"] - 1)),
            float(abs(sums["inverted_train"] / sums["inverted_test"] - 1)),
        )


def scaling(rate: float, count: int, units: int = 6, seed: int = 0) -> Scaling:
    """Average ``count`` masks of ``units`` activations.

    Args:
        rate: p, the share dropped, in [0, 1).
        count: masks.
    """
    rng = np.random.default_rng([seed, 21])
    h = np.round(rng.uniform(0.2, 2.0, units), 2)
    kept = rng.random((count, units)) >= rate
    classic, inverted = kept * h, kept * h / (1 - rate)
    table = pd.DataFrame(
        {
            "unit": np.arange(1, units + 1),
            "h": h,
            "classic_train": classic.mean(axis=0),
            "classic_test": (1 - rate) * h,
            "inverted_train": inverted.mean(axis=0),
            "inverted_test": h,
        }
    )
    after = np.unique(np.geomspace(1, count, 60).astype(int))
    frames = []
    for form, values, goal in (("classic", classic, (1 - rate) * h), ("inverted", inverted, h)):
        means = np.cumsum(values.mean(axis=1)) / np.arange(1, count + 1)
        columns = {"masks": after, "form": form, "mean": means[after - 1], "goal": goal.mean()}
        frames.append(pd.DataFrame(columns))
    # The mean of m over the masks has variance p(1 − p)/count around 1 − p, for each unit on its own.
    expected = np.sqrt(rate / (1 - rate) / count * (h**2).sum()) / h.sum()
    return Scaling(table, pd.concat(frames, ignore_index=True), float(expected))


def run(settings: Settings) -> Iterator[tuple[float, Scaling]]:
    """Average the masks."""
    yield 1.0, scaling(settings.rate, settings.count, seed=settings.seed)


def picture(found: Scaling, settings: Settings, language: str) -> list[Figure]:
    """How the means over masks come to what evaluation uses."""
    masks = charts.axis("masks", language, log=True, format="~g")
    chart = charts.several(
        found.running, masks, charts.axis("mean", language, zero=True), "form", SHADES, language
    )
    goals = found.running.drop_duplicates("form").set_index("form")["goal"]
    rules = [
        alt.Chart(alt.InlineData(values=[{"goal": goals[form]}]))
        .mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=shade)
        .encode(y="goal:Q")
        for form, shade in SHADES.items()
    ]
    columns = charts.titles(("masks", "form", "mean", "goal"), language)
    return [Figure(alt.layer(chart, *rules), found.running, columns=columns)]


def tables(found: Scaling, settings: Settings, language: str) -> list[Table]:
    """The units one by one."""
    columns = {str(name): SECTION.say(f"columns.{name}", language) for name in found.table}
    numbers = [str(name) for name in found.table if name != "unit"]
    return [Table(found.table, columns, formats=dict.fromkeys(numbers, "%.3f"))]


def verdict(found: Scaling, settings: Settings) -> Verdict:
    """Whether training's mean has come to evaluation's value as far as chance allows."""
    classic, inverted = found.off
    holds = max(classic, inverted) < 4 * found.expected + 1e-9
    values = {
        "count": f"{settings.count:,}",
        "classic": f"{classic:.1%}",
        "inverted": f"{inverted:.1%}",
        "expected": f"{found.expected:.1%}",
        "factor": f"{1 - settings.rate:.2f}",
    }
    return Verdict("agree" if holds else "apart", holds, values)


def code(settings: Settings) -> str:
    """Both scalings of three activations."""
    return f"""import torch

g = torch.Generator().manual_seed({settings.seed})
h, p = torch.tensor([0.5, 1.0, 2.0]), {settings.rate}
kept = (torch.rand({settings.count}, 3, generator=g) >= p).float()
print("classic:  training", (kept * h).mean(0), "  evaluation", (1 - p) * h)
print("inverted: training", (kept * h / (1 - p)).mean(0), "  evaluation", h)

dropout = torch.nn.Dropout(p)  # inverted; p is the share that is dropped
print("train()", dropout.train()(h), "  eval()", dropout.eval()(h))
"""


SECTION = Section(
    rows=("dropout_scaling",),
    controls=(
        Number("rate", 0.05, 0.9, default=0.5, step=0.05, symbol="p"),
        Number("count", 1, 10_000, default=1000, values=(1, 10, 100, 1000, 10_000)),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=code,
    formula=lambda s: (
        r"\text{train}:\ \tilde h = m \odot h,\ \text{test}:\ (1 - p)\, h \qquad "
        r"\text{train}:\ \tilde h = \frac{m \odot h}{1 - p},\ \text{test}:\ h"
    ),
)
