"""Measuring a comparison: its code, its repeats, and the tests of its claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.experiment import FIELDS, Experiment, default_experiment
from playground.races.links import plain_changes
from playground.races.lockstep import Lockstep
from playground.races.race import Race
from playground.races.standings import compare_lanes, value_at
from playground.registry import Spec

SEEDS = 16
DIGITS = 5
"""Significant digits that are stored."""


def code(race: Race, epochs: int) -> str:
    """Python code for a comparison's table after so many epochs; executed by the tests."""
    race = race.replace(seeds=SEEDS)
    lanes = "".join(f"        Lane({_arguments(race.base, lane)}),\n" for lane in race.experiments)
    base = _arguments(default_experiment(), race.base)
    return (
        "from playground import Experiment, race\n"
        "from playground.races import Criterion, Lane, Race\n\n"
        "runners = Race(\n"
        f"    base=Experiment({base}),\n"
        f"    lanes=(\n{lanes}    ),\n"
        f"    seeds={race.seeds},\n"
        f'    mode="{race.mode}",\n'
        f'    criterion=Criterion("{race.criterion.kind}", {race.criterion.value}),\n'
        ")\n"
        f"table = race(runners, epochs={epochs})\n"
    )


def _arguments(base: Experiment, experiment: Experiment) -> str:
    """Keyword arguments for what the experiment changes; a technique at its defaults by its name alone."""
    said = []
    for name, plain in plain_changes(base, experiment).items():
        value = getattr(experiment, name)
        short = isinstance(value, Spec) and FIELDS[name].techniques().default_values(value)
        shown = value.name if short else tuple(plain) if isinstance(plain, list) else plain
        said.append(f"{name}={shown!r}".replace("'", '"'))
    return ", ".join(said)


def measure(
    race: Race, epochs: int, measure: str, expected: Sequence[tuple[int, int]], seeds: int = SEEDS
) -> dict[str, Any]:
    """Train a race's lanes with ``seeds`` repeats and compare them at an epoch.

    Args:
        measure: ``loss`` or ``accuracy`` on the test part.
        expected: the claim: pairs of lanes, of which the first is better.

    Returns:
        ``lanes``: median, 10 % and 90 % quantile of the measure and the repeats that diverged, for each lane;
        ``values``: the measure, lane by lane, repeat by repeat (None: diverged); ``pairs``: the paired tests of
        the claim; ``holds``: whether all of them show it with p < 0.05.
    """
    lockstep = Lockstep(race.replace(seeds=seeds))
    lockstep.build()
    for trainer in lockstep:
        trainer.run(epochs=epochs)
    values = [[value_at(t, epochs, measure) for t in lane.trainers] for lane in lockstep.lanes]
    pairs = []
    for a, b in expected:
        found = compare_lanes(lockstep.lanes[a], lockstep.lanes[b], measure, epochs)
        pairs.append({"a": a, "b": b, **{key: _plain(value) for key, value in found.to_dict().items()}})
    return {
        "seeds": seeds,
        "epochs": epochs,
        "measure": measure,
        "lanes": [_summary(row) for row in values],
        "pairs": pairs,
        "holds": all(p["p_value"] < 0.05 and p["wins"] > p["losses"] for p in pairs),
        "values": [[_plain(value) for value in row] for row in values],
        "code": code(race, epochs),
    }


def _summary(values: list[float]) -> dict[str, Any]:
    finite = np.isfinite(values)
    low, median, high = np.quantile(values, (0.1, 0.5, 0.9), method="nearest")
    return {
        "median": _plain(median),
        "low": _plain(low),
        "high": _plain(high),
        "diverged": int((~finite).sum()),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
    return value
