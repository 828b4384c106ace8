"""Pictures in charts: pixels as an address that a chart or a page draws, and a wall of them with a word above each."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType
from numpy.typing import NDArray

from playground.views.theme import NEUTRAL_COLOUR, label_expression

NEGATIVE, POSITIVE = (8, 119, 189), (245, 147, 34)
"""Blue and orange, as weights are drawn everywhere."""
LINE = 17
"""Pixels of a line of words above a picture."""


def address(pixels: NDArray[Any]) -> str:
    """A picture as a data address of a PNG.

    Args:
        pixels: ``(height, width)``, ``(1, height, width)`` or ``(3, height, width)`` from 0 to 1; the rest is
            cut.
    """
    from PIL import Image

    levels = (np.clip(np.nan_to_num(pixels), 0, 1) * 255).round().astype(np.uint8)
    grey = levels[0] if levels.ndim == 3 and levels.shape[0] == 1 else levels
    buffer = BytesIO()
    Image.fromarray(grey if grey.ndim == 2 else np.moveaxis(grey, 0, -1).copy()).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def signed(values: NDArray[Any], most: float = 0.0) -> NDArray[np.float64]:
    """Numbers of either sign as colours ``(3, height, width)``: blue below zero, white at zero, orange above.

    Args:
        values: ``(height, width)``.
        most: the size that gets the full colour; 0: the largest there is.
    """
    share = np.clip(values / (most or float(np.abs(values).max()) or 1.0), -1, 1)[None]
    full = np.where(share < 0, np.array(NEGATIVE)[:, None, None], np.array(POSITIVE)[:, None, None]) / 255
    return np.asarray(1 + np.abs(share) * (full - 1))


def one(pixels: NDArray[Any], described: str) -> ChartType:
    """A single large picture.

    Args:
        pixels: as for ``address``.
        described: what it shows, in words.
    """
    frame = pd.DataFrame({"picture": [address(pixels)]})
    return (
        alt.Chart(frame, description=described)
        .mark_image(width=alt.ExprRef("width"), height=alt.ExprRef("height"), aspect=True, smooth=False)
        .encode(
            url="picture:N", x=alt.value(alt.ExprRef("width / 2")), y=alt.value(alt.ExprRef("height / 2"))
        )
        .configure_view(strokeWidth=0)
    )


def wall(
    frame: pd.DataFrame, tips: Mapping[str, str], rows: Sequence[str] = (), smooth: bool = False
) -> ChartType:
    """Pictures on a grid, each with its words above, in one or more lines.

    Args:
        frame: ``row``, ``column`` (from 0), ``picture`` (an address), ``label`` ("" for none), and those of ``tips``.
        tips: columns that a tooltip shows, with their titles.
        rows: what stands to the left of each row.
        smooth: whether pixels are blended into each other.
    """
    down, across = int(frame["row"].max()) + 1, int(frame["column"].max()) + 1
    lines = int((frame["label"].str.count("\n") + (frame["label"] != "")).max())
    head = LINE * lines + 5 if lines else 0
    named = alt.Axis(
        title=None,
        ticks=False,
        domain=False,
        labelExpr=label_expression({str(i): row for i, row in enumerate(rows)}),
    )
    base = alt.Chart(frame).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(domain=list(range(across)))),
        y=alt.Y("row:O", axis=named if rows else None, scale=alt.Scale(domain=list(range(down)))),
        tooltip=[alt.Tooltip(name, title=title) for name, title in tips.items()],
    )
    place = base.mark_rect(opacity=0)
    side = f"min(0.94 * width / {across}, 0.94 * height / {down} - {head})"
    picture = base.mark_image(
        width=alt.ExprRef(side), height=alt.ExprRef(side), aspect=True, smooth=smooth, yOffset=head * 0.4
    ).encode(url="picture:N")
    border = base.mark_square(
        filled=False,
        size=alt.ExprRef(f"({side}) * ({side})"),
        color=NEUTRAL_COLOUR,
        strokeWidth=1,
        opacity=0.4,
        yOffset=head * 0.4,
    )
    words = base.mark_text(
        fontSize=13,
        baseline="line-bottom",
        lineBreak="\n",
        dy=alt.ExprRef(f"{head * 0.4 - 4 - LINE * max(0, lines - 1)} - {side} / 2"),
        color=NEUTRAL_COLOUR,
        limit=alt.ExprRef(f"width / {across}"),
    ).encode(text="label:N")
    return alt.layer(place, picture, border, words).configure_view(strokeWidth=0)
