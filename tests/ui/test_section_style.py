"""Charts of sections on a projector: what is drawn is larger, however its size is set."""

from __future__ import annotations

import altair as alt
import pandas as pd

from playground.ui.section_style import ENLARGED, styled


def test_sizes_are_larger_on_a_projector_however_they_are_set() -> None:
    marked = "datum.x === 1"
    chart = (
        alt.Chart(pd.DataFrame({"x": [1, 2], "y": [1, 2]}))
        .mark_point(strokeWidth=2)
        .encode(
            x="x:Q",
            y="y:Q",
            size=alt.when(marked).then(alt.value(400)).otherwise(alt.value(100)),
            strokeWidth=alt.when(marked).then(alt.value(4)).otherwise(alt.value(1)),
            opacity=alt.value(0.5),
        )
    )
    spec = styled(chart.to_dict(), enlarged=True)
    size, width = spec["encoding"]["size"], spec["encoding"]["strokeWidth"]
    assert (size["condition"][0]["value"], size["value"]) == (400 * ENLARGED**2, 100 * ENLARGED**2)
    assert (width["condition"][0]["value"], width["value"]) == (4 * ENLARGED, ENLARGED)
    assert spec["mark"]["strokeWidth"] == 2 * ENLARGED
    assert spec["encoding"]["opacity"] == {"value": 0.5}
    assert spec["encoding"]["x"]["field"] == "x"
    plain = styled(chart.to_dict(), enlarged=False)
    assert plain["encoding"]["size"]["value"] == 100
