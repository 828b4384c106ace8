"""Charts in two steps: a snapshot or history becomes a tidy DataFrame, the DataFrame an Altair chart.

``specs.stage_specs(language)`` and ``race.race_specs(language)`` are the charts that the stage and the race draw in the
browser, without data.
"""
