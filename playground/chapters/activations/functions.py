"""Activations and their derivatives over each other, with what distinguishes them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.activations import curves, parts
from playground.chapters.activations.parts import say
from playground.chapters.controls import Choice, Settings, Technique
from playground.chapters.section import Figure, Lanes, Section, Table, Verdict
from playground.experiment import Experiment
from playground.registry import Spec
from playground.techniques import ACTIVATIONS
from playground.views.lines import lines

QUANTITIES = ("both", "value", "derivative")


def chosen(settings: Settings) -> list[Spec]:
    """The activations to draw: those by name, and the one with parameters of its own."""
    return list(dict.fromkeys([*parts.specs(settings.names), settings.tuned]))


def run(settings: Settings) -> Iterator[tuple[float, tuple[pd.DataFrame, pd.DataFrame]]]:
    """Curves (``curves.function_frame``) and properties (``curves.property_frame``)."""
    specs = chosen(settings)
    frame = curves.function_frame(specs, -settings.reach, settings.reach)
    yield 1.0, (frame, curves.property_frame(specs))


def picture(result: tuple[pd.DataFrame, pd.DataFrame], settings: Settings, language: str) -> list[Figure]:
    """Solid lines are the activations, dashed ones their derivatives."""
    frame = result[0]
    if settings.show != "both":
        frame = frame[frame["quantity"] == settings.show]
    keys = {
        f"{label}|{quantity}": _line(label, quantity, language)
        for label in dict.fromkeys(frame["activation"])
        for quantity in dict.fromkeys(frame["quantity"])
    }
    drawn = frame.assign(line=frame["activation"] + "|" + frame["quantity"])
    labels = list(dict.fromkeys(frame["activation"]))
    colours = {key: parts.colour(labels.index(key.partition("|")[0])) for key in keys}
    dashes = {key: (6, 4) if key.endswith("derivative") else (1, 0) for key in keys}
    chart = lines(
        drawn,
        parts.axis("z", language),
        parts.axis("y", language, domain=(-1.5, min(3.0, float(settings.reach)))),
        "line",
        say("activation", language),
        name=keys.__getitem__,
        colours=colours,
        dashes=dashes,
        columns=4,
    )
    columns = parts.titles(("activation", "quantity", "z", "y"), language)
    return [Figure(chart, frame, columns=columns)]


def _line(label: str, quantity: str, language: str) -> str:
    name = parts.shown(label, language)
    return f"{name} h" if quantity == "value" else f"{name} h′"


def tables(result: tuple[pd.DataFrame, pd.DataFrame], settings: Settings, language: str) -> list[Table]:
    """The properties in words, and the formulas' sources beside the names."""
    frame = result[1]
    word = {True: say("yes", language), False: say("no", language)}
    told = pd.DataFrame(
        {
            "activation": [parts.shown(label, language) for label in frame["activation"]],
            "outputs": [
                f"{low:.3g} … {high:.3g}" for low, high in zip(frame["low"], frame["high"], strict=True)
            ],
            "zero_centered": [
                f"{word[bool(yes)]} ({mean:.2f})"
                for yes, mean in zip(frame["zero_centered"], frame["mean"], strict=True)
            ],
            "saturates": [SECTION.say(f"saturates.{side}", language) for side in frame["saturates"]],
            "max_slope": [f"{slope:.3f}" for slope in frame["max_slope"]],
            "flat_share": [f"{share:.1%}" for share in frame["flat_share"]],
            "far_share": [f"{share:.1%}" for share in frame["far_share"]],
            "learned": [word[ACTIVATIONS[spec.name].learned] for spec in chosen(settings)],
        }
    )
    columns = {column: SECTION.say(f"columns.{column}", language) for column in told.columns}
    return [Table(told, columns, SECTION.say("properties", language))]


def verdict(result: tuple[pd.DataFrame, pd.DataFrame], settings: Settings) -> Verdict:
    """Do the squashing functions saturate, with slopes that fall short?"""
    table = result[1].set_index("activation")
    if {"sigmoid", "relu"} <= set(table.index):
        sigmoid, relu = table.loc["sigmoid"], table.loc["relu"]
        holds = (
            abs(sigmoid["max_slope"] - 0.25) < 1e-6
            and sigmoid["saturates"] == "both"
            and relu["max_slope"] == 1
        )
        values = {"slope": f"{sigmoid['max_slope']:.2f}", "far": f"{sigmoid['far_share']:.0%}"}
        return Verdict("sigmoid", bool(holds), values)
    low, high = table["max_slope"].min(), table["max_slope"].max()
    both = int((table["saturates"] == "both").sum())
    return Verdict(
        "others", True, {"n": len(table), "both": both, "low": f"{low:.2f}", "high": f"{high:.2f}"}
    )


def formula(settings: Settings) -> str:
    """Formula and derivative of the activation whose parameters can be set."""
    entry = ACTIVATIONS[settings.tuned.name]
    return rf"{entry.formula},\qquad h' = {entry.derivative}"


def experiment(settings: Settings) -> Experiment:
    """A network of two layers with the tuned activation."""
    return Experiment(hidden=(8, 8), init="he_normal", activation=settings.tuned)


def lanes(settings: Settings) -> Lanes:
    """All of them on one task."""
    return parts.raced(Experiment(hidden=(8, 8)), settings.names, 60)


def code(settings: Settings) -> str:
    """The functions and their slopes in PyTorch."""
    entries = {spec: ACTIVATIONS[spec.name] for spec in chosen(settings)}
    modules = "\n".join(
        f"    {parts.shown(curves.label(spec), 'en')!r}: {entry.export(spec)},"
        for spec, entry in entries.items()
        if entry.pieces(spec) == 1
    )
    return f"""import torch
from torch import nn

z = torch.linspace({-settings.reach}, {settings.reach}, 241, requires_grad=True)
functions = {{
{modules}
}}
for name, f in functions.items():
    h = f(z)
    (slope,) = torch.autograd.grad(h.sum(), z)
    print(f"{{name:18s}} outputs {{h.min():8.3f}} to {{h.max():7.3f}}   largest slope {{slope.max():.3f}}")
"""


SECTION = Section(
    rows=("functions", "sigmoid", "modern"),
    controls=(
        parts.activations("sigmoid", "tanh", "relu"),
        Technique("tuned", ACTIVATIONS, default="elu"),
        Choice("show", QUANTITIES, default="both"),
        parts.slider("reach", 2, 20, 6),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
    lanes=lanes,
    code=code,
    formula=formula,
)
