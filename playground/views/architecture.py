"""A network on pictures, drawn: each layer as a block of the size of its maps, with its shape and its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

import altair as alt
import pandas as pd
from altair.typing import ChartType

from playground.images.architecture import Stage
from playground.views.theme import BAR_COLOUR, NEUTRAL_COLOUR

WIDE = 0.8
"""Of the place of a layer, that the one with most channels fills."""


def frame(stages: Sequence[Stage], picture: str) -> pd.DataFrame:
    """The layers that learn something or change the shape, from the picture on.

    Args:
        picture: what the picture is called.

    Returns:
        ``place``, ``layer``, ``shape``, ``parameters``, and the block's ``left``, ``right``, ``top`` and ``bottom``.
    """
    kept = [
        stage
        for number, stage in enumerate(stages)
        if number == 0 or stage.parameters or stage.shape != stages[number - 1].shape
    ]
    tallest = max(stage.shape[1] for stage in kept if len(stage.shape) == 3)
    most = max(log2(1 + stage.shape[0]) for stage in kept if len(stage.shape) == 3)
    rows = []
    for place, stage in enumerate(kept):
        maps = len(stage.shape) == 3
        # A vector stands upright: as high as it has units, on the scale of the channels.
        high = stage.shape[1] / tallest if maps else min(1.0, log2(1 + stage.shape[0]) / log2(4096))
        wide = WIDE * log2(1 + stage.shape[0]) / most if maps else 0.1
        rows.append(
            {
                "place": place,
                "layer": stage.name or picture,
                "shape": " × ".join(f"{size:,}" for size in stage.shape),
                "parameters": stage.parameters,
                "left": place - wide / 2,
                "right": place + wide / 2,
                "bottom": -high / 2,
                "top": high / 2,
                "count": f"{stage.parameters:,}" if stage.parameters else "–",
            }
        )
    return pd.DataFrame(rows)


def chart(layers: pd.DataFrame, titles: dict[str, str]) -> ChartType:
    """The blocks side by side, with name and shape above and the number of parameters below.

    Args:
        layers: of ``frame``.
        titles: of ``layer``, ``shape`` and ``parameters``.
    """
    base = alt.Chart(layers).encode(
        tooltip=[
            alt.Tooltip("layer:N", title=titles["layer"]),
            alt.Tooltip("shape:N", title=titles["shape"]),
            alt.Tooltip("parameters:Q", title=titles["parameters"], format=","),
        ]
    )
    scale = alt.Scale(domain=[-0.6, len(layers) - 0.4], nice=False)
    blocks = base.mark_rect(color=BAR_COLOUR, opacity=0.75, cornerRadius=2).encode(
        x=alt.X("left:Q", axis=None, scale=scale),
        x2="right:Q",
        y=alt.Y("bottom:Q", axis=None, scale=alt.Scale(domain=[-1.0, 0.95], nice=False)),
        y2="top:Q",
    )

    def words(column: str, height: float, size: int, bold: bool = False) -> ChartType:
        return base.mark_text(
            fontSize=size,
            fontWeight="bold" if bold else "normal",
            color=NEUTRAL_COLOUR,
            limit=alt.ExprRef(f"width / {len(layers)}"),
        ).encode(x=alt.X("place:Q", axis=None, scale=scale), y=alt.datum(height), text=f"{column}:N")

    return alt.layer(
        blocks, words("layer", 0.8, 13, bold=True), words("shape", 0.63, 12), words("count", -0.75, 12)
    ).configure_view(strokeWidth=0)
