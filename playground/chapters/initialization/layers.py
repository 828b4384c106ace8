"""Activations and gradients layer by layer through a deep network before training."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from playground.chapters.controls import Choice, Number, Settings, Switch, Technique, seed
from playground.chapters.initialization import charts, signals
from playground.chapters.initialization.programs import layers_code
from playground.chapters.section import Figure, Section, Table, Verdict, words
from playground.experiment import MAX_LAYERS, Experiment
from playground.techniques import ACTIVATIONS, INITIALIZERS

SHOWN_UNITS = 16
"""Units of a layer in the playground's counterpart of a network."""
NEAR = 10.0
"""Expected and measured change of the gradients may differ by so much: the sum is made for independent entries."""

say = words("initialization")


def setting(settings: Settings) -> signals.Setting:
    """The network."""
    return signals.Setting(settings.activation, settings.init, settings.depth, settings.width, settings.seed)


def run(settings: Settings) -> Iterator[tuple[float, signals.Look]]:
    """1,000 inputs forward and their gradients back."""
    for share, look in signals.looking(setting(settings)):
        if look is not None:
            yield share, look


def picture(look: signals.Look, settings: Settings, language: str) -> list[Figure]:
    """Histograms layer by layer, and the spreads over the layers."""
    if look.histograms.empty:
        return []
    scale = "shared" if settings.same else "own"
    columns = {name: say(f"axis.{name}", language) for name in ("layer", "mean", "std", "flat")}
    shown = look.layers[look.layers["quantity"] == settings.quantity]
    found = [
        Figure(
            charts.histogram_chart(look.histograms, settings.quantity, scale, language), shown, "", columns
        )
    ]
    for quantity in ("activation", "gradient"):
        part = look.layers[look.layers["quantity"] == quantity]
        chart = charts.spread_chart(look.layers, quantity, language)
        found.append(Figure(chart, part, say(f"spread.{quantity}", language), columns))
    return found


def changes(look: signals.Look) -> dict[str, float]:
    """What happens to the spread: ``forward`` from the first to the last layer, ``back`` of the gradients the other
    way, ``expected`` of the latter by the product of √n · rms(w) · rms(h′); nan where there is none. ``flat``: share
    of flat units."""
    by = look.layers.set_index("quantity")
    h, g = by.loc["activation"], by.loc["gradient"]
    factors = h["back"].iloc[:-1].astype(float)

    def ratio(last: float, first: float) -> float:
        return float(last / first) if first > 0 else math.nan

    return {
        "forward": ratio(h["std"].iloc[-1], h["std"].iloc[0]),
        "back": ratio(g["std"].iloc[0], g["std"].iloc[-1]),
        "expected": float(np.prod(factors)),
        "flat": float(h["flat"].astype(float).mean()),
    }


def verdict(look: signals.Look, settings: Settings) -> Verdict:
    """What becomes of signal and gradient, and whether the gradients change as √n · rms(w) · rms(h′) says."""
    found = changes(look)
    values: dict[str, object] = {
        "forward": f"{found['forward']:.2g}",
        "back": f"{found['back']:.2g}",
        "expected": f"{found['expected']:.2g}",
        "flat": f"{found['flat']:.0%}",
    }
    if not all(math.isfinite(v) and v > 0 for v in (found["forward"], found["back"], found["expected"])):
        return Verdict("nothing", settings.init.name in ("zeros", "constant"), values)
    agrees = abs(math.log10(found["back"] / found["expected"])) < math.log10(NEAR)
    if found["forward"] < 0.01:
        return Verdict("shrinks", agrees, values)
    if found["flat"] > 0.6:
        return Verdict("saturates", agrees, values)
    return Verdict("keeps" if found["forward"] < 10 else "grows", agrees, values)


def tables(look: signals.Look, settings: Settings, language: str) -> list[Table]:
    """All numbers of the quantity that is shown."""
    columns = {name: say(f"axis.{name}", language) for name in ("layer", "mean", "std", "flat")}
    shown = look.layers[look.layers["quantity"] == settings.quantity]
    return [Table(shown, columns, formats={"mean": "%.3g", "std": "%.4g", "flat": "percent"})]


def experiment(settings: Settings) -> Experiment:
    """The playground's largest network that resembles this one."""
    return Experiment(
        dataset="circle",
        hidden=(min(settings.width, SHOWN_UNITS),) * min(settings.depth, MAX_LAYERS),
        activation=settings.activation,
        init=settings.init,
        preprocessing="standardize",
    )


SECTION = Section(
    rows=("small_normal", "large_normal", "ten_layers"),
    controls=(
        Technique("activation", ACTIVATIONS, default="tanh"),
        Technique("init", INITIALIZERS, default="small_normal"),
        Number("depth", 2, 20, default=10),
        Number("width", 10, 500, default=500, step=10),
        Choice("quantity", ("activation", "gradient"), default="activation"),
        Switch("same", default=True),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    code=lambda settings: layers_code(setting(settings)),
    formula=lambda settings: (
        r"\mathrm{std}(\partial L/\partial z_l) \approx \sqrt{n}\;\mathrm{rms}(w)\;"
        r"\mathrm{rms}(h')\;\mathrm{std}(\partial L/\partial z_{l+1})"
    ),
)
