"""The visitor's race: opened as the address asks, changed by the controls, followed by the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.experiment import Experiment
from playground.presets import DEFAULT_PRESET
from playground.presets import PRESETS as EXAMPLES
from playground.races.labels import differing
from playground.races.presets import PRESETS
from playground.races.race import Criterion, Lane, Race, lane_of, vary
from playground.races.session import RaceSession, open_race
from playground.registry import InvalidValue, Spec, no_choice
from playground.ui import language, reloading, session

STATE = "race"
HANDLED = "handled_races"
NOTE = "race_note"
MAX_HANDLED = 200
FIRST_PRESET = "activations"
RACED = ("sigmoid", "tanh", "relu")
"""Activations that race when only a base is given."""
RATES = (0.003, 0.03, 0.3)
"""Learning rates that race where there is no hidden layer."""


@dataclass(frozen=True)
class Note:
    """A remark about the address, shown until the race changes."""

    error: InvalidValue | None
    key: str
    revision: int


def base_of_visit() -> Experiment:
    """The playground's experiment of this visit, or the first example."""
    live = session.existing()
    return EXAMPLES[DEFAULT_PRESET].experiment if live is None else live.experiment


def race_of(base: Experiment) -> Race:
    """A race of one experiment's variants."""
    if base.hidden:
        return Race(base, vary(base, "activation", RACED))
    return Race(base, vary(base, "learning_rate", RATES))


def read(query: Mapping[str, str]) -> Race:
    """The race that an address asks for. Raises InvalidValue.

    ``preset=<name>``, ``base=playground`` (the visit's experiment), a whole race with ``lane1`` …, or the
    parameters of an experiment, which becomes the base.
    """
    if not query:
        return PRESETS[FIRST_PRESET].race
    if "preset" in query:
        if query["preset"] not in PRESETS:
            raise no_choice("preset", PRESETS, query["preset"])
        return PRESETS[query["preset"]].race
    if query.get("base") == "playground":
        return race_of(base_of_visit())
    if "lane1" in query:
        return Race.from_query(query)
    return race_of(Experiment.from_query(query))


def follow() -> RaceSession:
    """The visitor's race, opened or changed as the address asks. Raises InvalidValue when the server is full."""
    query = {k: v for k, v in st.query_params.to_dict().items() if k != language.PARAMETER}
    handled: list[frozenset[tuple[str, str]]] = st.session_state.setdefault(HANDLED, [])
    asked = frozenset(query.items())
    if query.get("base") == "playground":
        asked |= {("experiment", base_of_visit().to_json())}  # the same words ask for another race later on
    live: RaceSession | None = st.session_state.get(STATE)
    if live is not None:
        session.keep(live, language.current())  # type: ignore[arg-type]
        if not query or asked in handled:
            return live
    handled.append(asked)
    error, key = None, ""
    try:
        race = read(query)
    except InvalidValue as refusal:
        points = query.get("dataset") == "custom"
        error = None if points else refusal
        key = "errors.points_not_in_link" if points else "errors.kept" if live else "race.page.bad_link"
        race = PRESETS[FIRST_PRESET].race
    if live is None:
        try:
            live = open_race(race, language.current())
        except InvalidValue as refusal:
            if refusal.field == "sessions":
                raise
            error, key = refusal, "race.page.bad_link"
            live = open_race(PRESETS[FIRST_PRESET].race, language.current())
        st.session_state[STATE] = live
        reloading.opened(STATE, query)
    elif not key:
        try:
            live.apply(race)
        except InvalidValue as refusal:
            error, key = refusal, "errors.kept"
    if key:
        st.session_state[NOTE] = Note(error, key, live.revision)
    return live


def note(live: RaceSession) -> Note | None:
    """The remark about the address, while it still holds."""
    found: Note | None = st.session_state.get(NOTE)
    return found if found is not None and found.revision == live.revision else None


def resume(token: object) -> None:
    """Go on with the race that this tab had before it was reloaded, where that can be."""
    if reloading.take_back(STATE, token, lambda live: live.race.to_query()):
        st.session_state.pop(NOTE, None)


def write(live: RaceSession) -> None:
    """Let the address follow the race."""
    query = live.race.to_query()
    reloading.written(live, query)
    handled = st.session_state.setdefault(HANDLED, [])
    ours = frozenset(query.items())
    if ours not in handled:
        handled.append(ours)
        del handled[:-MAX_HANDLED]
    if language.chosen():
        query = {**query, language.PARAMETER: language.chosen() or ""}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


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
