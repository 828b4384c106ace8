"""The playground's address."""

from __future__ import annotations

from collections.abc import Mapping

from playground.engine.run_log import RunLog
from playground.experiment import FIELDS, Experiment
from playground.live.commands import LIMITS
from playground.live.session import LiveSession
from playground.presets import DEFAULT_PRESET, PRESETS
from playground.registry import InvalidValue, no_choice, whole
from playground.ui import follow, planes, session
from playground.ui.follow import Asked

NAMES = ("v", "preset", "batch_norm", "epoch", "run", planes.PARAMETER, *FIELDS)
"""The parameters of the address. When the page is opened, ``epoch`` has the run trained up to there, ``run`` has it
taken again with what was done to it; ``plane`` says what the map shows of more than two inputs."""
EPOCH = whole("epoch", 0, 0, LIMITS["stop_at"])


def first() -> Experiment:
    """What runs where nothing is asked for."""
    return PRESETS[DEFAULT_PRESET].experiment


def without_points(query: Mapping[str, str]) -> dict[str, str]:
    """An address without the data set of painted points, which it cannot hold, and what goes with it."""
    return {name: value for name, value in query.items() if name not in ("dataset", "loss", planes.PARAMETER)}


def read(query: Mapping[str, str]) -> Asked[Experiment]:
    """The experiment that an address asks for: ``preset=<name>``, fields, or a preset with some fields changed."""
    given = follow.own(query, NAMES)
    if not given:
        return Asked(first())
    try:
        epoch = EPOCH.check(given.pop("epoch", 0), "epoch")
        if "preset" in given:
            name = given.pop("preset")
            if name not in PRESETS:
                raise no_choice("preset", PRESETS, name)
            given = {**PRESETS[name].experiment.to_query(), **given}
        if given.get("dataset") == "custom" and "points" not in given:
            return Asked(Experiment.from_query(without_points(given)), remark="errors.points_not_in_link")
        run = given.pop("run", "")
        experiment = Experiment.from_query(planes.without(given))
        log = RunLog.unpacked(experiment, run) if run else None
        return Asked(experiment, epoch=epoch, log=log, view=planes.asked(given, experiment.columns))
    except InvalidValue as error:
        return Asked(first(), error)


def query(live: LiveSession) -> dict[str, str]:
    """The address of what runs, as it is seen."""
    return {**live.experiment.to_query(), **planes.query(live)}


PAGE = follow.Page(session.STATE, read, first, session.opened, query, "errors.bad_link")
