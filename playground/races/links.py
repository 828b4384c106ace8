"""A lane's changes in plain values for JSON, and as short text for links."""

from __future__ import annotations

from typing import Any

from playground.experiment import FIELDS, Experiment
from playground.experiment_text import check_length, query_text
from playground.registry import InvalidValue, format_value


def short(value: float) -> str:
    """A number as short text that reads back."""
    return format_value(float(value))


def changed_fields(base: Experiment, experiment: Experiment) -> list[str]:
    """Names of the fields in which the two differ."""
    return [name for name in FIELDS if getattr(base, name) != getattr(experiment, name)]


def plain_changes(base: Experiment, experiment: Experiment) -> dict[str, Any]:
    """What the experiment changes, as JSON values."""
    plain = experiment.to_dict()
    return {name: plain[name] for name in changed_fields(base, experiment)}


def changes_text(base: Experiment, experiment: Experiment) -> str:
    """``field:value;field:value`` with the values as in the experiment's own link; points cannot be said."""
    return ";".join(
        f"{name}:{query_text(FIELDS[name], getattr(experiment, name))}"
        for name in changed_fields(base, experiment)
        if name != "points"
    )


def changed(base: Experiment, text: str) -> Experiment:
    """The base with the changes of ``changes_text``. Raises InvalidValue."""
    query = base.to_query()
    for part in text.split(";"):
        if part:
            name, colon, value = part.partition(":")
            if not colon:
                raise InvalidValue("", "race.changes_text", part)
            query[name] = value
    return Experiment.from_query(query)


def take_lanes(query: dict[str, str], most: int) -> tuple[list[str], list[str]]:
    """Take ``lane1``, ``lane2`` … and their names out of a link's parameters. Raises InvalidValue."""
    check_length(query)
    lanes, names = [], []
    for number in range(1, most + 2):
        if f"lane{number}" not in query:
            break
        lanes.append(query.pop(f"lane{number}"))
        names.append(query.pop(f"name{number}", ""))
    return lanes, names
