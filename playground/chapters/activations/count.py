"""Counting a network's units and parameters, from the lecture's 3-4-2 to networks then and now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from playground.chapters.activations import parts
from playground.chapters.activations.parts import say
from playground.chapters.controls import Handle, Number, Settings, Switch
from playground.chapters.section import Figure, Section, Table, Verdict
from playground.experiment import MAX_LAYERS, MAX_UNITS, Experiment
from playground.registry import InvalidValue
from playground.views.theme import CLASS_COLOURS, NEUTRAL_COLOUR, label_expression

MAX_SIZES = 12
MAX_SIZE = 10_000
WORKED = (3, 4, 2)
"""The lecture's example: 6 units, 20 weights, 6 biases, 26 parameters."""
DRAWN = 12
"""Units of a layer that are drawn at most."""

SCALE: tuple[tuple[str, int, float], ...] = (
    ("LeNet-5", 1998, 6e4),
    ("AlexNet", 2012, 6e7),
    ("VGG-16", 2014, 1.38e8),
    ("GPT-2", 2019, 1.5e9),
    ("GPT-3", 2020, 1.75e11),
)
"""Networks, their year and their parameters.

Sources: LeCun et al. 1998, section II.B; Krizhevsky et al. 2012, abstract; Simonyan & Zisserman 2015, table 2; Radford
et al. 2019, table 2; Brown et al. 2020, abstract.
"""


@dataclass(frozen=True, eq=False)
class Size:
    """How large a network is; inputs are no units.

    Args:
        sizes: units of input, hidden and output layers.
        layers: one row for each layer of weights: columns ``layer`` (from 1), ``n_in``, ``units``, ``weights``,
            ``biases``, ``extra`` (γ and β of batch norm, PReLU's slope).
    """

    sizes: tuple[int, ...]
    layers: pd.DataFrame

    @property
    def units(self) -> int:
        """Units, the outputs included."""
        return int(self.layers["units"].sum())

    @property
    def weights(self) -> int:
        """Weights."""
        return int(self.layers["weights"].sum())

    @property
    def biases(self) -> int:
        """Biases."""
        return int(self.layers["biases"].sum())

    @property
    def parameters(self) -> int:
        """Everything that is trained."""
        return self.weights + self.biases + int(self.layers["extra"].sum())


def parse_sizes(text: str) -> tuple[int, ...]:
    """Read ``"3-4-2"`` (or with commas or spaces): input, hidden and output sizes.

    Raises:
        InvalidValue: not 2 to 12 whole numbers from 1 to 10,000.
    """
    parts = text.replace(",", " ").replace("-", " ").replace("–", " ").split()
    numbers = all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts)
    sizes = tuple(int(part) for part in parts) if numbers else ()
    if not 2 <= len(sizes) <= MAX_SIZES or not all(1 <= size <= MAX_SIZE for size in sizes):
        raise InvalidValue("sizes", "labs.sizes", text, most=MAX_SIZES, high=f"{MAX_SIZE:,}")
    return sizes


def count(sizes: Sequence[int], pieces: int = 1, batch_norm: bool = False, slopes: bool = False) -> Size:
    """Count the parameters of fully connected layers.

    Args:
        sizes: units of input, hidden and output layers.
        pieces: linear maps of a hidden unit (k for maxout).
        batch_norm: γ and β for every hidden map.
        slopes: one PReLU slope for every hidden layer.
    """
    rows = []
    for layer, (n_in, n) in enumerate(pairwise(sizes), start=1):
        hidden = layer < len(sizes) - 1
        maps = n * pieces if hidden else n
        extra = (2 * maps if batch_norm else 0) + (1 if slopes else 0) if hidden else 0
        rows.append(
            {"layer": layer, "n_in": n_in, "units": n, "weights": n_in * maps, "biases": maps, "extra": extra}
        )
    return Size(tuple(sizes), pd.DataFrame(rows))


def diagram(sizes: Sequence[int], most: int = DRAWN) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where to draw units and weights.

    Args:
        sizes: as in ``count``.
        most: units drawn of a layer at most.

    Returns:
        Units: ``layer`` (from 0), ``unit``, ``x``, ``y``, ``left_out`` (units of the layer that are not drawn).
        Weights: ``x``, ``y``, ``x2``, ``y2``.
    """
    units, weights = [], []
    places: list[list[tuple[float, float]]] = []
    for layer, size in enumerate(sizes):
        drawn = min(size, most)
        column = [(float(layer), (drawn - 1) / 2 - k) for k in range(drawn)]
        places.append(column)
        units += [(layer, k + 1, x, y, size - drawn) for k, (x, y) in enumerate(column)]
    for left, right in pairwise(places):
        weights += [(x, y, x2, y2) for x, y in left for x2, y2 in right]
    return (
        pd.DataFrame(units, columns=["layer", "unit", "x", "y", "left_out"]),
        pd.DataFrame(weights, columns=["x", "y", "x2", "y2"]),
    )


def _counted(settings: Settings) -> Size:
    sizes = [round(size) for size in settings.sizes]
    return count(sizes, settings.pieces, settings.batch_norm, settings.slopes)


def run(settings: Settings) -> Iterator[tuple[float, Size]]:
    """Count."""
    yield 1.0, _counted(settings)


def picture(size: Size, settings: Settings, language: str) -> list[Figure]:
    """Units as circles, weights as lines, and each layer's sum under it."""
    units, weights = diagram(size.sizes)
    last = len(size.sizes) - 1
    kinds = np.where(units["layer"] == 0, "input", np.where(units["layer"] == last, "output", "hidden"))
    names = {kind: SECTION.say(kind, language) for kind in ("input", "hidden", "output")}
    bare = alt.Axis(labels=False, ticks=False, grid=False, domain=False, title=None)
    tall = max(4.0, float(units["y"].max()) * 2)
    x = alt.X("x:Q", axis=bare, scale=alt.Scale(domain=[-0.4, last + 0.4], nice=False))
    y = alt.Y("y:Q", axis=bare, scale=alt.Scale(domain=[-0.75 * tall, 0.6 * tall], nice=False))
    edges = (
        alt.Chart(weights).mark_rule(color=NEUTRAL_COLOUR, opacity=0.5).encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    )
    circles = (
        alt.Chart(units.assign(kind=kinds))
        .mark_point(filled=True, size=300, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(names), range=["#9aa3ad", *CLASS_COLOURS[:2]]),
                legend=alt.Legend(orient="top", labelExpr=label_expression(names)),
            ),
            tooltip=[
                alt.Tooltip("layer:Q", title=say("axes.layer", language)),
                alt.Tooltip("unit:Q", title=say("axes.unit", language)),
            ],
        )
    )
    rows = size.layers.to_dict("records")
    sums = pd.DataFrame(
        {
            "x": [row["layer"] - 0.5 for row in rows],
            "y": -0.68 * tall,
            "words": [_sum(row) for row in rows],
        }
    )
    words = alt.Chart(sums).mark_text(fontSize=14, color=NEUTRAL_COLOUR).encode(x=x, y=y, text="words:N")
    columns = parts.titles(list(size.layers.columns), language)
    return [Figure(alt.layer(edges, circles, words), size.layers, columns=columns)]


def _sum(row: dict[Any, Any]) -> str:
    extra = f" + {row['extra']:,}" if row["extra"] else ""
    total = row["weights"] + row["biases"] + row["extra"]
    return f"{row['weights']:,} + {row['biases']:,}{extra} = {total:,}"


def tables(size: Size, settings: Settings, language: str) -> list[Table]:
    """Layer by layer; and how large networks are, then and now."""
    scale = pd.DataFrame(SCALE, columns=["network", "year", "parameters"])
    scale["parameters"] = [f"{value:,.0f}" for value in scale["parameters"]]
    scale["year"] = scale["year"].astype(str)
    here = pd.DataFrame(
        [{"network": SECTION.say("here", language), "year": "", "parameters": f"{size.parameters:,}"}]
    )
    return [
        Table(
            size.layers, parts.titles(list(size.layers.columns), language), SECTION.say("layers", language)
        ),
        Table(
            pd.concat([here, scale], ignore_index=True),
            parts.titles(("network", "year", "parameters"), language),
            SECTION.say("scale", language),
        ),
    ]


def verdict(size: Size, settings: Settings) -> Verdict:
    """The sum, which has to be that of its layers."""
    layers = size.layers
    by_layer = int((layers["weights"] + layers["biases"] + layers["extra"]).sum())
    values = {name: f"{getattr(size, name):,}" for name in ("units", "weights", "biases", "parameters")}
    left_out = max(size.sizes) > DRAWN
    return Verdict("left_out" if left_out else "sum", by_layer == size.parameters, values | {"most": DRAWN})


def formula(settings: Settings) -> str:
    """The sum of weights, biases and the rest."""
    size = _counted(settings)
    rows = size.layers.to_dict("records")
    k = rf" \cdot {settings.pieces}" if settings.pieces > 1 else ""
    terms = [rf"{row['n_in']} \cdot {row['units']}{k if row['layer'] < len(rows) else ''}" for row in rows]
    biases = [str(row["biases"]) for row in rows]
    extra = [str(row["extra"]) for row in rows if row["extra"]]
    total = " + ".join([rf"({' + '.join(terms)})", rf"({' + '.join(biases)})", *extra])
    return rf"{total} = {size.parameters}"


def experiment(settings: Settings) -> Experiment:
    """A network with these hidden layers, as many of them and as wide as the playground has room for."""
    hidden = tuple(min(round(size), MAX_UNITS) for size in settings.sizes[1:-1][:MAX_LAYERS])
    maxout = {"name": "maxout", "pieces": settings.pieces} if settings.pieces > 1 else None
    return Experiment(
        hidden=hidden,
        activation=maxout or ("prelu" if settings.slopes else "relu"),
        normalization="batch_norm" if settings.batch_norm else "none",
    )


def code(settings: Settings) -> str:
    """PyTorch counts as well."""
    sizes = ", ".join(str(round(size)) for size in settings.sizes)
    norm = f"    layers.append(nn.BatchNorm1d(n_out * {settings.pieces}))\n" if settings.batch_norm else ""
    bend = "nn.PReLU()" if settings.slopes else "nn.ReLU()"
    maps = f" * {settings.pieces}" if settings.pieces > 1 else ""
    return f"""from torch import nn

sizes = [{sizes}]
layers = []
for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):
    layers.append(nn.Linear(n_in, n_out{maps}))
{norm}    layers.append({bend})
layers.append(nn.Linear(sizes[-2], sizes[-1]))
for name, parameter in nn.ModuleList(layers).named_parameters():
    print(f"{{name:9s}} {{tuple(parameter.shape)!s:14s}} {{parameter.numel()}}")
print(sum(parameter.numel() for parameter in nn.ModuleList(layers).parameters()))
"""


SECTION = Section(
    rows=("counting", "scores", "scale"),
    controls=(
        Handle("sizes", "sizes", low=1, high=MAX_SIZE, default=WORKED, counts=(2, MAX_SIZES)),
        Number("pieces", 1, 5, default=1),
        Switch("batch_norm"),
        Switch("slopes", shown=lambda settings: settings.pieces == 1),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    code=code,
    formula=formula,
)
