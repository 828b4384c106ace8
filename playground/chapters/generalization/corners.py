"""Why L1 makes zeros: the constraint picture for two weights.

Sources: Hoerl & Kennard 1970 (ridge); Tibshirani 1996 (lasso, figure 2: the constraint picture).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.controls import Number, Settings
from playground.chapters.generalization import charts
from playground.chapters.section import Figure, Section, Verdict
from playground.views.contours import isolines

PENALTIES = ("l1", "l2")
SPAN = 2.6
"""Half of a plane's side."""
HIGH = 3.3
"""Half of the height that is drawn: with two planes in a row, units across and up are about alike."""
APART = 3.0
"""Half of the distance between the centres of the two planes."""


@dataclass(frozen=True, eq=False)
class TwoWeights:
    """A quadratic loss ½(w − w*)ᵀH(w − w*) of two weights under a penalty.

    Args:
        best: w*, (2,), where the loss alone is smallest.
        found: (2,), where loss and penalty together are smallest.
        size: Σ|w| or √Σw² of ``found``: the constraint that gives the same answer.
        path: columns ``strength``, ``w1``, ``w2``: ``found`` for every strength from 0 on.
        contours: segments of equal loss, columns ``level``, ``x``, ``y``, ``x2``, ``y2``; one passes ``found``.
        region: columns ``w1``, ``w2``, ``order``: the outline of the constraint.
    """

    best: np.ndarray
    found: np.ndarray
    size: float
    path: pd.DataFrame
    contours: pd.DataFrame
    region: pd.DataFrame


def minimum(H: np.ndarray, best: np.ndarray, penalty: str, strength: float) -> np.ndarray:
    """Minimizer of ½(w − w*)ᵀH(w − w*) + λΣ|w| (``"l1"``) or + λ/2·Σw² (``"l2"``).

    L2: (H + λI)w = Hw*. L1: one weight after the other by the soft threshold until nothing moves
    (Friedman, Hastie & Tibshirani 2010, equation 5).
    """
    if penalty == "l2":
        return np.linalg.solve(H + strength * np.eye(2), H @ best)
    w, pull = best.astype(np.float64).copy(), H @ best
    for _ in range(1000):
        before = w.copy()
        for i in range(2):
            rest = pull[i] - H[i, 1 - i] * w[1 - i]
            w[i] = np.sign(rest) * max(abs(rest) - strength, 0.0) / H[i, i]
        if np.abs(w - before).max() < 1e-12:
            break
    return w


def two_weights(penalty: str, strength: float, correlation: float, w1: float, w2: float) -> TwoWeights:
    """The constraint picture.

    Args:
        penalty: ``"l1"`` or ``"l2"``.
        strength: λ.
        correlation: of the two inputs, in (−1, 1); H = [[1, ρ], [ρ, 1]].
        w1, w2: w*.
    """
    H = np.array([[1.0, correlation], [correlation, 1.0]])
    best = np.array([w1, w2])
    found = minimum(H, best, penalty, strength)
    strengths = np.unique(np.concatenate([[0.0], np.geomspace(0.01, 10, 60), [strength]]))
    path = np.array([minimum(H, best, penalty, s) for s in strengths])
    grid = np.linspace(-3, 3, 101)
    a, b = np.meshgrid(grid - w1, grid - w2)
    loss = 0.5 * (a**2 + b**2) + correlation * a * b
    at = 0.5 * (found - best) @ H @ (found - best)
    levels = np.unique(np.append(np.array([0.1, 0.4, 0.9, 1.6, 2.5, 4.0, 6.0]), at))
    size = float(np.abs(found).sum() if penalty == "l1" else np.linalg.norm(found))
    angle = np.linspace(0, 2 * np.pi, 5 if penalty == "l1" else 91)
    outline = size * np.column_stack([np.cos(angle), np.sin(angle)])
    return TwoWeights(
        best,
        found,
        size,
        pd.DataFrame({"strength": strengths, "w1": path[:, 0], "w2": path[:, 1]}),
        isolines(grid, grid, loss, levels[levels > 1e-9]),
        pd.DataFrame({"w1": outline[:, 0], "w2": outline[:, 1], "order": np.arange(len(angle))}),
    )


def run(settings: Settings) -> Iterator[tuple[float, dict[str, TwoWeights]]]:
    """Both pictures."""
    given = settings.strength, settings.correlation, settings.w1, settings.w2
    yield 1.0, {penalty: two_weights(penalty, *given) for penalty in PENALTIES}


def picture(found: dict[str, TwoWeights], settings: Settings, language: str) -> list[Figure]:
    """Both planes side by side: contours, region, path, and the two minima."""
    shift = dict(zip(PENALTIES, (-APART, APART), strict=True))
    wide, high = (
        alt.Scale(domain=[-APART - SPAN, APART + SPAN], nice=False),
        alt.Scale(domain=[-HIGH, HIGH], nice=False),
    )
    x = alt.X("x:Q", axis=None, scale=wide)
    y = alt.Y("y:Q", axis=None, scale=high)

    def both(name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        """A frame of both pictures on one plane, what lies outside its own square left out."""
        frames = []
        for penalty, one in found.items():
            part = getattr(one, name)
            part = part[(part[list(columns)].abs() <= SPAN + 1e-9).all(axis=1)]
            moved = {
                column: part[column] + shift[penalty] for column in columns if column in ("x", "x2", "w1")
            }
            frames.append(part.assign(**moved, penalty=penalty))
        return pd.concat(frames, ignore_index=True)

    rings = both("contours", ("x", "y", "x2", "y2"))
    plane = {"w1": "x", "w2": "y"}
    region = both("region", ("w1", "w2")).rename(columns=plane)
    path = both("path", ("w1", "w2")).rename(columns=plane)
    marks = _marks(found, shift)
    labels = charts.names(("best", "found"), language)
    shades = charts.colour("kind", labels, (charts.NEUTRAL_COLOUR, charts.ORANGE), "circle")
    tips = [alt.Tooltip("penalty:N", title=" "), *(alt.Tooltip(f"{w}:Q", format=".3f") for w in ("w1", "w2"))]
    chart = alt.layer(
        alt.Chart(_crosses(shift))
        .mark_rule(opacity=0.6, color=charts.NEUTRAL_COLOUR)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
        alt.Chart(rings)
        .mark_rule(opacity=0.55, color=charts.NEUTRAL_COLOUR)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
        alt.Chart(region)
        .mark_line(color=charts.BLUE, strokeWidth=2.5, fill=charts.BLUE, fillOpacity=0.12)
        .encode(x=x, y=y, order="order:Q", detail="penalty:N"),
        alt.Chart(path)
        .mark_line(color=charts.ORANGE, strokeWidth=2.5)
        .encode(x=x, y=y, order="strength:Q", detail="penalty:N"),
        alt.Chart(marks).mark_circle(size=150, opacity=1).encode(x=x, y=y, color=shades, tooltip=tips),
        alt.Chart(_labels(shift, language))
        .mark_text(align="left", fontSize=14, color=charts.NEUTRAL_COLOUR)
        .encode(x=x, y=y, text="label:N"),
        view=alt.ViewBackground(stroke=None),
    )
    columns = {"penalty": charts.say("axis.penalty", language), "name": " ", "w1": "w₁", "w2": "w₂"}
    shown = marks.assign(
        name=marks["kind"].map(labels),
        penalty=[charts.treatment_name(name, language) for name in marks["penalty"]],
    )
    return [Figure(chart, shown, columns=columns)]


def _marks(found: dict[str, TwoWeights], shift: dict[str, float]) -> pd.DataFrame:
    rows = []
    for penalty, one in found.items():
        for kind, w in (("best", one.best), ("found", one.found)):
            rows.append((penalty, kind, w[0] + shift[penalty], w[1], *w.round(4)))
    return pd.DataFrame(rows, columns=["penalty", "kind", "x", "y", "w1", "w2"])


def _crosses(shift: dict[str, float]) -> pd.DataFrame:
    rows = []
    for at in shift.values():
        rows += [(at - SPAN, 0.0, at + SPAN, 0.0), (at, -SPAN, at, SPAN)]
    return pd.DataFrame(rows, columns=["x", "y", "x2", "y2"])


def _labels(shift: dict[str, float], language: str) -> pd.DataFrame:
    rows = []
    for penalty, at in shift.items():
        name = charts.treatment_name(penalty, language)
        rows += [(at + SPAN - 0.3, 0.18, "w₁"), (at + 0.1, SPAN - 0.15, "w₂"), (at - SPAN, SPAN - 0.15, name)]
    return pd.DataFrame(rows, columns=["x", "y", "label"])


def verdict(found: dict[str, TwoWeights], settings: Settings) -> Verdict:
    """Whether L1 has put a weight at 0 and L2 has not."""
    zeros = {penalty: int(np.sum(np.abs(one.found) < 1e-9)) for penalty, one in found.items()}
    values = {
        "strength": f"{settings.strength:g}",
        **{f"{penalty}_{i + 1}": f"{one.found[i]:.3f}" for penalty, one in found.items() for i in range(2)},
    }
    if zeros["l1"] == 0:
        return Verdict("weak" if settings.strength else "none", False, values)
    return Verdict("corner" if zeros["l1"] == 1 else "all", zeros["l2"] == 0, values)


def code(settings: Settings) -> str:
    """Both minima for several strengths."""
    return f"""import torch

rho = {settings.correlation}
H = torch.tensor([[1.0, rho], [rho, 1.0]])
best = torch.tensor([{settings.w1}, {settings.w2}])
for strength in (0.0, 0.1, 0.3, 0.6, 1.0, {settings.strength}):
    ridge = torch.linalg.solve(H + strength * torch.eye(2), H @ best)
    w = torch.zeros(2)
    for _ in range(2000):  # a gradient step, then the soft threshold
        w = w - 0.1 * (H @ (w - best))
        w = w.sign() * torch.relu(w.abs() - 0.1 * strength)
    print(f"λ = {{strength:.2f}}   L1 {{w[0]:.3f}} {{w[1]:.3f}}   L2 {{ridge[0]:.3f}} {{ridge[1]:.3f}}")
"""


SECTION = Section(
    rows=("corners",),
    controls=(
        Number("strength", 0.0, 2.0, default=0.9, step=0.05, symbol="λ"),
        Number("correlation", -0.9, 0.9, default=0.3, step=0.1, symbol="ρ"),
        Number("w1", -2.0, 2.0, default=1.4, step=0.1),
        Number("w2", -2.0, 2.0, default=0.6, step=0.1),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=code,
)
