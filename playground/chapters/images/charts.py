"""What the chapter's sections share: words, example pictures, titles of tables."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType
from numpy.typing import NDArray

from playground.chapters.controls import Choice
from playground.chapters.section import words
from playground.images.data import FASHION, PICTURE_SETS, class_name, load
from playground.text import text
from playground.views.lines import Axis
from playground.views.theme import NEUTRAL_COLOUR

say = words("images")
EXAMPLES = ("glyphs", "shapes", "digits")
"""Sets whose pictures serve as examples."""
INSTALLED = ("fashion",) if FASHION.is_dir() else ()
"""Further sets that this computer has."""
GREY = np.array((0.299, 0.587, 0.114))
"""Shares of red, green and blue in a grey level (ITU-R BT.601)."""


def set_label(name: str, language: str) -> str:
    """What a set of pictures is called."""
    return text(f"images.sets.{name}.label", language)


def class_label(key: str, language: str) -> str:
    """What a class is called."""
    return class_name(key, language)


def augmentation_label(name: str, language: str) -> str:
    """What an augmentation is called."""
    return text(f"images.augmentations.{name}.label", language)


def sets(name: str = "pictures", default: str = "glyphs", names: tuple[str, ...] = EXAMPLES) -> Choice:
    """The control of the set that the pictures come from."""
    return Choice(
        name,
        names,
        default=default,
        option=set_label,
        label=lambda language: say("pictures", language),
    )


def accuracy_axis(language: str) -> Axis:
    """The whole range of an accuracy."""
    return Axis("accuracy", say("axes.accuracy", language), format=".0%", domain=(0.0, 1.0))


def effects(
    shown: pd.DataFrame,
    row: alt.Y,
    titles: Mapping[str, str],
    colours: Mapping[str, str],
    nothing: pd.DataFrame,
) -> ChartType:
    """Mean and range of the accuracy under each of several things, coloured by what it does.

    Args:
        shown: ``accuracy``, ``least``, ``most`` and ``called``, what it does in words, a row for each.
        row: the channel that names them.
        titles: of its column and the numbers.
        colours: by the words.
        nothing: the row under which nothing is done; a line stands there.
    """
    column = str(row.shorthand).partition(":")[0]
    tips = [alt.Tooltip(f"{column}:N", title=titles[column])]
    tips += [
        alt.Tooltip(f"{name}:Q", title=titles[name], format=".1%") for name in ("accuracy", "least", "most")
    ]
    base = alt.Chart(shown).encode(
        y=row,
        color=alt.Color(
            "called:N",
            title=None,
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=tips,
    )
    x = alt.X("least:Q", title=titles["accuracy"], axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False))
    line = alt.Chart(nothing).mark_rule(strokeDash=[6, 4], strokeWidth=2, color=NEUTRAL_COLOUR)
    return alt.layer(
        line.encode(x="accuracy:Q"),
        base.mark_rule(strokeWidth=9, opacity=0.45, strokeCap="round").encode(x=x, x2="most:Q"),
        base.mark_point(filled=True, size=110, opacity=1).encode(x="accuracy:Q"),
    )


def example(name: str, number: int, seed: int = 0) -> tuple[NDArray[np.float32], str]:
    """A picture ``(channels, height, width)`` of a set by its number, and the key of its class."""
    count = max(number + 1, len(PICTURE_SETS[name].classes))
    pictures = load(name, count, seed)
    return pictures.images[number], pictures.classes[pictures.labels[number]]


def grey(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """A picture ``(height, width)`` without colour."""
    if picture.shape[0] == 1:
        return picture[0].astype(np.float64)
    return np.asarray(np.tensordot(GREY, picture.astype(np.float64), 1))


def columns(language: str, *names: str) -> Mapping[str, str]:
    """Titles of a table's columns."""
    return {name: say(f"axes.{name}", language) for name in names}
