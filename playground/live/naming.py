"""Short names of runs: only what tells them apart, in the visitor's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground.experiment import Experiment, default_experiment
from playground.races.labels import value_text
from playground.text import text

MOST_PARTS = 4
"""Settings in a short name; a full one has all of them."""


def settings(experiment: Experiment) -> dict[str, Any]:
    """What a run may be told by: every field, with None where it only follows from another."""
    fields = {name: getattr(experiment, name) for name in Experiment.model_fields}
    if fields["init_seed"] == fields["seed"]:
        fields["init_seed"] = None
    if fields["points"] is not None:
        fields["n_samples"] = None
    if fields["loss"] == experiment.replace(loss="auto").loss:
        fields["loss"] = None
    return fields


def distinguishing(experiments: Sequence[Experiment]) -> list[str]:
    """The fields in which the experiments differ among each other; if in none, those off the defaults."""
    known = [settings(e) for e in experiments]
    fields = [name for name in Experiment.model_fields if any(s[name] != known[0][name] for s in known)]
    if fields or not known:
        return fields
    default = settings(default_experiment())
    return [name for name, value in known[0].items() if value != default[name]]


def short(experiment: Experiment, field: str, language: str) -> str:
    """One setting in a word or two: ``"ReLU"``, ``"η 0.1"``; "" for what has nothing to say."""
    value = getattr(experiment, field)
    if field == "hidden" and not value:
        return text("runs.name.no_hidden_layer", language)
    if field == "n_samples" and experiment.points is not None:
        return ""
    if field == "init_seed":
        value = experiment.weights_seed
    said = value_text(field, value, language)
    return text(f"runs.short.{field}", language, value=said) if said else ""


def names(experiments: Sequence[Experiment], language: str) -> list[tuple[str, str]]:
    """A short and a full name for each run.

    Args:
        experiments: of all runs that stand beside each other.

    Returns:
        Pairs: at most ``MOST_PARTS`` differing settings, and all of them.
    """
    fields = distinguishing(experiments)
    found = []
    for experiment in experiments:
        parts = [part for part in (short(experiment, field, language) for field in fields) if part]
        full = ", ".join(parts) or text("runs.name.default", language)
        brief = ", ".join(parts[:MOST_PARTS])
        found.append(
            (text("runs.name.more", language, name=brief) if len(parts) > MOST_PARTS else full, full)
        )
    return found
