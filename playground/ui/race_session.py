"""The visitor's race: opened as the address asks, changed by the controls, followed by the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from playground.experiment import Experiment
from playground.naming import differing
from playground.presets import DEFAULT_PRESET
from playground.presets import PRESETS as EXAMPLES
from playground.races.presets import PRESETS
from playground.races.race import MAX_LANES, Criterion, Lane, Race, lane_of, vary
from playground.races.session import RaceSession, open_race
from playground.registry import InvalidValue, Spec, no_choice
from playground.ui import address, follow, planes, session
from playground.ui.follow import Asked

STATE = "race"
FIRST_PRESET = "activations"
RACED = ("sigmoid", "tanh", "relu")
"""Activations that race when only a base is given."""
NAMES = (
    *address.NAMES,
    "base",
    *(field.name for field in fields(Race) if field.name not in ("base", "lanes")),
    *(f"{part}{number}" for part in ("lane", "name") for number in range(1, MAX_LANES + 2)),
)
"""The parameters of the address."""
RATES = (0.003, 0.03, 0.3)
"""Learning rates that race where there is no hidden layer."""
TRAIN_FRACTION = Experiment().train_fraction
"""Share that is trained on where the playground trains on all points."""


def base_of_visit() -> Experiment:
    """The playground's experiment of this visit, or the first example."""
    live = session.existing()
    return EXAMPLES[DEFAULT_PRESET].experiment if live is None else live.experiment


def race_of(base: Experiment) -> Race:
    """A race of one experiment's variants."""
    if base.hidden:
        return Race(base, vary(base, "activation", RACED))
    return Race(base, vary(base, "learning_rate", RATES))


def first() -> Race:
    """What runs where nothing is asked for."""
    return PRESETS[FIRST_PRESET].race


def read(query: Mapping[str, str]) -> Asked[Race]:
    """The race that an address asks for.

    ``preset=<name>`` (with settings changed), ``base=playground`` (the visit's experiment), a whole race with
    ``lane1`` …, or the parameters of an experiment, which becomes the base.
    """
    given = follow.own(query, NAMES)
    if not given:
        return Asked(first())
    try:
        if "preset" in given:
            name = given.pop("preset")
            if name not in PRESETS:
                raise no_choice("preset", PRESETS, name)
            given = {**PRESETS[name].race.to_query(), **given}
        if given.get("base") == "playground":
            base, remark = base_of_visit(), ""
            if base.train_fraction == 1.0:  # lanes are compared on points that none of them was trained on
                base, remark = base.replace(train_fraction=TRAIN_FRACTION), "race.page.tests_kept"
            live = session.existing()
            return Asked(race_of(base), remark=remark, view=live.view if live else None)
        remark = ""
        if given.get("dataset") == "custom" and "points" not in given:
            given, remark = address.without_points(given), "errors.points_not_in_link"
        settings = planes.without(given)
        race = Race.from_query(settings) if "lane1" in given else race_of(Experiment.from_query(settings))
        return Asked(race, remark=remark, view=planes.asked(given, race.experiments[0].columns))
    except InvalidValue as error:
        return Asked(first(), error)


def query(live: RaceSession) -> dict[str, str]:
    """The address of what runs, as it is seen."""
    return {**live.race.to_query(), **planes.query(live)}


PAGE = follow.Page(STATE, read, first, open_race, query, "race.page.bad_link")


# --- changes ----------------------------------------------------------------------------------------


def change(live: RaceSession, name: str, make: Callable[[Race], Race]) -> bool:
    """Change the race; a refused change is kept for display beside the control ``name``."""
    try:
        live.change(make)
    except InvalidValue as error:
        session.refuse(name, error)
        return False
    session.forget_refusal()
    return True


def rebased(race: Race, base: Experiment) -> Race:
    """The race on another base: lanes keep the settings in which they differ from each other."""
    names = differing(race.experiments)
    lanes = tuple(
        Lane(lane.name, **{name: getattr(experiment, name) for name in names})
        for lane, experiment in zip(race.lanes, race.experiments, strict=True)
    )
    criterion = race.criterion
    if base.task == "regression" and criterion.kind == "best_accuracy":
        criterion = Criterion("best_loss", criterion.value)
    return race.replace(base=base, lanes=lanes, criterion=criterion)


def with_lane(race: Race, number: int, experiment: Experiment | None = None, name: str | None = None) -> Race:
    """The race with one lane's experiment or name changed."""
    lanes = list(race.lanes)
    kept = lanes[number].name if name is None else name
    lanes[number] = lane_of(experiment or race.experiments[number], race.base, kept)
    return race.replace(lanes=tuple(lanes))


def with_another(race: Race) -> Race:
    """The race with one more lane: the base itself if it does not run yet, else with another learning rate."""
    rates = (race.base.learning_rate * factor for factor in (1, 3, 1 / 3, 10, 0.1, 30, 0.03))
    for rate in rates:
        experiment = race.base.replace(learning_rate=min(10.0, max(1e-5, float(f"{rate:.2g}"))))
        if experiment not in race.experiments:
            return race.replace(lanes=(*race.lanes, lane_of(experiment, race.base)))
    return race


def without(race: Race, number: int) -> Race:
    """The race without a lane. Raises InvalidValue for the last two."""
    return race.replace(lanes=race.lanes[:number] + race.lanes[number + 1 :])


def varied(race: Race) -> str | None:
    """The one field, or parameter as ``"optimizer.beta1"``, in which all lanes differ; None when there are more."""
    names = differing(race.experiments)
    if len(names) != 1:
        return None
    values = [getattr(experiment, names[0]) for experiment in race.experiments]
    return names[0] + (_one_param(values) or "")


def _one_param(values: Sequence[Any]) -> str | None:
    """``.param`` when the values are one technique with one parameter that differs."""
    if not all(isinstance(value, Spec) and value.name == values[0].name for value in values):
        return None
    names = [p for p in values[0].params if any(value[p] != values[0][p] for value in values)]
    return f".{names[0]}" if len(names) == 1 else None


@dataclass(frozen=True)
class Part:
    """One experiment of a race, as the experiment's controls want it.

    Args:
        live: the race.
        lane: whose experiment; None for the base.
    """

    live: RaceSession
    lane: int | None = None

    @property
    def experiment(self) -> Experiment:
        """The experiment."""
        race = self.live.race
        return race.base if self.lane is None else race.experiments[self.lane]

    def change(self, made: Callable[[Experiment], Mapping[str, Any]]) -> None:
        """Change some fields of it as it is now. Raises InvalidValue."""

        def put(race: Race) -> Race:
            if self.lane is None:
                return rebased(race, race.base.replace(**made(race.base)))
            if self.lane >= len(race.lanes):
                return race
            experiment = race.experiments[self.lane]
            return with_lane(race, self.lane, experiment.replace(**made(experiment)))

        self.live.change(put)
