"""What the first weights mean for training: the loss of a deep network from each scheme."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from playground.chapters.controls import Choice, Number, Settings, Technique, seed
from playground.chapters.initialization import charts, signals
from playground.chapters.initialization.layers import setting
from playground.chapters.initialization.programs import layers_code
from playground.chapters.initialization.schemes import FITTING, names
from playground.chapters.section import Figure, Section, Table, Verdict, words
from playground.techniques import ACTIVATIONS, INITIALIZERS

GUESSING = math.log(signals.CLASSES)

say = words("initialization")


def run(settings: Settings) -> Iterator[tuple[float, pd.DataFrame]]:
    """Train a network from each scheme.

    Yields:
        The share done and the frame ``init``, ``update``, ``loss`` (of the update's mini-batch); update 0 and the last
        one have the loss over all 1,000 inputs.
    """
    done: list[pd.DataFrame] = []
    for number, name in enumerate(settings.schemes):
        values = tuple((key, settings[key]) for key in ("activation", "depth", "width", "seed"))
        own = setting(Settings((*values, ("init", INITIALIZERS[name].spec()))))
        for share, course in signals.train(own, settings.rate, settings.updates):
            rows = pd.DataFrame([(0, course.before.loss)], columns=["update", "loss"])
            parts = [rows, course.curve]
            if share == 1.0:
                last = len(course.curve) + 1
                parts.append(pd.DataFrame([(last, course.after.loss)], columns=["update", "loss"]))
            frame = pd.concat([p for p in parts if len(p)], ignore_index=True).assign(init=name)
            yield (number + share) / len(settings.schemes), pd.concat([*done, frame], ignore_index=True)
        done.append(frame)


def ends(frame: pd.DataFrame) -> pd.DataFrame:
    """Loss over all inputs ``before`` and ``after`` training, by ``init``; nan: no longer finite."""
    by = frame.groupby("init", sort=False)["loss"]
    return pd.DataFrame({"before": by.first(), "after": by.apply(lambda part: part.iloc[-1])}).reset_index()


def picture(frame: pd.DataFrame, settings: Settings, language: str) -> list[Figure]:
    """The loss of each mini-batch."""
    columns = {name: say(f"axis.{name}", language) for name in ("init", "update", "loss")}
    return [Figure(charts.loss_chart(frame, names(language), language), frame, "", columns)]


def tables(frame: pd.DataFrame, settings: Settings, language: str) -> list[Table]:
    """The losses before and after."""
    table = ends(frame)
    table["init"] = table["init"].map(names(language))
    columns = {"init": say("axis.init", language)}
    columns |= {name: SECTION.say(name, language) for name in ("before", "after")}
    return [Table(table, columns, formats={"before": "%.4g", "after": "%.4g"})]


def verdict(frame: pd.DataFrame, settings: Settings) -> Verdict:
    """Whether the scheme made for the activation learns where small weights do not move."""
    after = ends(frame).set_index("init")["after"]
    fitting = FITTING.get(settings.activation.name, "he_normal")
    if fitting not in after or "small_normal" not in after:
        return Verdict("incomplete", True)
    values = {
        "fitting": f"{after[fitting]:.2f}",
        "small": f"{after['small_normal']:.2f}",
        "guess": f"{GUESSING:.2f}",
    }
    holds = bool(after[fitting] < 0.75 * GUESSING and abs(after["small_normal"] - GUESSING) < 0.1)
    return Verdict("learns" if holds else "other", holds, values)


SECTION = Section(
    rows=("scheme_training",),
    controls=(
        Technique("activation", ACTIVATIONS, default="tanh", params=False),
        Choice("schemes", INITIALIZERS, default=("small_normal", "large_normal", "xavier_normal"), many=True),
        Number("depth", 2, 20, default=10),
        Number("width", 10, 500, default=100, step=10),
        Number("rate", 0.001, 10.0, default=0.1, log=True, symbol="η"),
        Number("updates", 10, 500, default=100, step=10),
        seed(),
    ),
    run=run,
    picture=picture,
    verdict=verdict,
    tables=tables,
    code=lambda s: layers_code(setting(Settings((*s.values_, ("init", INITIALIZERS[s.schemes[-1]].spec()))))),
)
