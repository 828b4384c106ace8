"""Restricted Boltzmann machines, layer by layer: what their units look for, and what they keep of a digit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from playground.chapters.controls import Number, Settings, seed
from playground.chapters.initialization import belief, charts, rbm
from playground.chapters.initialization.programs import rbm_code
from playground.chapters.section import Figure, Section, Verdict, words

SHOWN_DIGITS = 16
ACROSS = 16
"""Filters side by side."""

say = words("initialization")


def machines(settings: Settings) -> rbm.Settings:
    """How each machine is trained."""
    return rbm.Settings(
        k=settings.k,
        learning_rate=settings.rate,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        epochs=settings.epochs,
    )


def run(settings: Settings) -> Iterator[tuple[float, rbm.Pretraining]]:
    """Train the machines one after the other on the digits, without their labels."""
    yield from belief.pretrained(settings.depth, settings.units, machines(settings), settings.seed)


def picture(found: rbm.Pretraining, settings: Settings, language: str) -> list[Figure]:
    """The filters; how training went; digits, and what comes down again from the top machine."""
    layer = min(settings.layer, len(found.machines))
    filters = rbm.filters(found.machines[layer - 1], found.machines[: layer - 1])
    records = belief.records(found)
    columns = {name: say(f"axis.{name}", language) for name in records}
    titles = {str(name): title for name, title in columns.items()}
    weights = pd.DataFrame(filters).rename_axis("unit").reset_index()
    numbers: dict[str, str] = {str(name): str(name) for name in weights}
    weights.columns = [str(name) for name in weights]
    numbers["unit"] = say("axis.unit", language)
    digits = belief.digits(settings.seed).X_test[:SHOWN_DIGITS]
    rebuilt = belief.reconstructions(found.machines, digits)

    def record(column: str) -> Figure:
        return Figure(
            charts.record_chart(records, column, language), records, say(f"axis.{column}", language), titles
        )

    def images(pixels: Any, key: str) -> Figure:
        frame = pd.DataFrame(pixels)
        frame.columns = [str(name) for name in frame]
        chart = charts.tiles(pixels, SHOWN_DIGITS // 2, language, signed=False)
        return Figure(chart, frame, SECTION.say(key, language), {str(name): str(name) for name in frame})

    return [
        Figure(charts.tiles(filters, ACROSS, language, signed=True), weights, "", numbers),
        images(digits, "digits"),
        images(rebuilt, "reconstructions"),
        record("error"),
        record("pseudo_likelihood"),
    ]


def verdict(found: rbm.Pretraining, settings: Settings) -> Verdict:
    """How much better the first machine rebuilds a digit at the end of its training."""
    first = found.layers[0].errors
    values = {"before": f"{first[0]:.4f}", "after": f"{first[-1]:.4f}", "epochs": len(first)}
    holds = len(first) < 2 or first[-1] < 0.8 * first[0]
    return Verdict("learns" if holds else "little", holds, values)


SECTION = Section(
    rows=("pretraining",),
    controls=(
        Number("depth", 1, 5, default=3),
        Number("units", 16, 128, default=64, step=16),
        Number("layer", 1, 5, default=1),
        Number("epochs", 1, 50, default=15),
        Number("k", 1, 20, default=1),
        Number("rate", 0.001, 1.0, default=0.1, log=True, symbol="η"),
        Number("momentum", 0.0, 0.95, default=0.5, step=0.05),
        Number("weight_decay", 0.0, 0.01, default=0.0, step=0.0005),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    code=lambda s: rbm_code(s.units, machines(s)),
    formula=lambda s: (
        r"E(v, h) = -a^\top v - b^\top h - h^\top W v \qquad"
        r" \Delta W = \eta \left( \langle h\, v^\top \rangle_{\mathrm{data}}"
        r" - \langle h\, v^\top \rangle_{k} \right)"
    ),
)
