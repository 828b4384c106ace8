"""Units that start alike stay alike."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, Technique, seed
from playground.chapters.initialization import charts, runs
from playground.chapters.section import Figure, Section, Table, Verdict, words
from playground.experiment import Experiment
from playground.techniques import ACTIVATIONS, INITIALIZERS

HIDDEN = (4, 4)

say = words("initialization")


def experiment(settings: Settings) -> Experiment:
    """XOR with two hidden layers of four."""
    return Experiment(
        dataset="xor",
        hidden=HIDDEN,
        activation=settings.activation,
        init=settings.init,
        learning_rate=0.1,
        seed=settings.seed,
    )


def run(settings: Settings) -> Iterator[tuple[float, runs.Symmetry]]:
    """Train, and compare the units of each layer on the way."""
    yield 1.0, runs.symmetry(experiment(settings), settings.epochs, settings.nudge)


def picture(found: runs.Symmetry, settings: Settings, language: str) -> list[Figure]:
    """Every weight of a hidden layer; identical units lie on top of each other."""
    layer = int(settings.layer)
    columns = {name: say(f"axis.{name}", language) for name in ("epoch", "unit", "input", "weight")}
    shown = found.weights[found.weights["layer"] == layer]
    return [Figure(charts.weights_chart(found.weights, layer, language), shown, "", columns)]


def tables(found: runs.Symmetry, settings: Settings, language: str) -> list[Table]:
    """Gradients before training, over all training points."""
    frame = found.gradients
    output = frame["layer"].max()
    shown = pd.DataFrame(
        {
            "layer": [
                SECTION.say("output", language)
                if layer == output
                else SECTION.say("hidden", language, number=layer)
                for layer in frame["layer"]
            ],
            "kind": [SECTION.say(f"kinds.{kind}", language) for kind in frame["kind"]],
            "largest": [f"{value:.3g}" for value in frame["largest"]],
            "zero": frame["zero"],
        }
    )
    columns = {name: SECTION.say(f"gradient.{name}", language) for name in shown}
    return [Table(shown, {str(k): v for k, v in columns.items()}, SECTION.say("gradients", language))]


def verdict(found: runs.Symmetry, settings: Settings) -> Verdict:
    """How many different units are left at the end of training."""
    last = found.distinct[found.distinct["epoch"] == found.distinct["epoch"].max()]
    accuracy = found.curve[found.curve["split"] == "test"]["accuracy"].iloc[-1]
    alike = settings.init.name in ("zeros", "constant") and settings.nudge == 0
    one = bool((last["distinct"] == 1).all())
    hidden = found.gradients[
        (found.gradients["kind"] == "weight") & (found.gradients["layer"] <= len(HIDDEN))
    ]
    key = "apart" if not one else "zero" if hidden["zero"].all() else "one"
    values = {
        "first": int(last["distinct"].iloc[0]),
        "second": int(last["distinct"].iloc[1]),
        "accuracy": f"{accuracy:.0%}",
    }
    return Verdict(key, one == alike, values)


SECTION = Section(
    rows=("symmetry",),
    controls=(
        Technique("init", INITIALIZERS, default="constant"),
        Technique("activation", ACTIVATIONS, default="tanh", params=False),
        Number("nudge", 0.0, 0.1, default=0.0, values=(0.0, 1e-4, 1e-3, 1e-2, 1e-1)),
        Number("epochs", 20, 500, default=100, values=(20, 50, 100, 200, 500)),
        Choice("layer", ("1", "2"), default="1", option=lambda n, language: say("layer", language, number=n)),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    experiment=experiment,
)
