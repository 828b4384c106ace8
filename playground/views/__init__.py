"""Charts in two steps: a snapshot or history becomes a tidy DataFrame, the DataFrame an Altair chart.

``stage_specs(language)`` hands the browser the charts of the stage, without data.
"""

from playground.views.specs import stage_specs

__all__ = ["stage_specs"]
