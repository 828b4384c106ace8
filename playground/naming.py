"""Experiments named by what tells them apart: only the settings that differ, in the visitor's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground.data import FEATURES
from playground.experiment import FIELDS, Experiment, default_experiment
from playground.registry import Spec, format_value
from playground.text import catalog, text

UNNAMED = ("points",)
"""Fields whose value is too long to be shown."""
SILENT = ("none", "constant", "patience")
"""Techniques whose name says little without that of their field."""
MOST_PARTS = 4
"""Settings in a short name; a full one has all of them."""


def value_text(field: str, value: Any, language: str) -> str:
    """A field's value in words: ``"Adam (β₁ = 0.8)"``, ``"8–8"``, ``"0.03"``."""
    if isinstance(value, Spec):
        return _technique_text(field, value, language)
    if field in UNNAMED:
        return text("race_core.points", language, count=len(value.rows)) if value else ""
    if field == "features":
        return ", ".join(text(f"techniques.{FEATURES.family}.{name}.label", language) for name in value)
    if field == "hidden":
        return "–".join(str(units) for units in value) or text("race_core.no_hidden_layer", language)
    if isinstance(value, tuple):
        return ", ".join(value_text(field, entry, language) for entry in value)
    if value is None:
        return text("race_core.as_seed", language)
    key = f"fields.options.{value}"
    return catalog(language).get(key, value) if isinstance(value, str) else format_value(value)


def _technique_text(field: str, spec: Spec, language: str) -> str:
    registry = FIELDS[field].techniques()
    name = text(f"techniques.{registry.family}.{spec.name}.label", language)
    technique, texts = registry[spec.name], catalog(language)
    said = []
    for param in technique.params:
        if spec[param.name] != param.default:
            own = f"techniques.{registry.family}.{spec.name}.{param.name}.label"
            label = texts.get(own) or texts.get(f"techniques.params.{param.name}.label", param.name)
            value = texts.get(f"fields.options.{spec[param.name]}") or format_value(spec[param.name])
            said.append(f"{label} {value}")
    return f"{name} ({', '.join(said)})" if said else name


def differing(experiments: Sequence[Experiment]) -> list[str]:
    """Names of the fields in which the experiments are not all alike."""
    first = experiments[0]
    return [
        name
        for name in FIELDS
        if any(getattr(other, name) != getattr(first, name) for other in experiments[1:])
    ]


def differences(experiments: Sequence[Experiment], language: str) -> tuple[list[dict[str, str]], ...]:
    """For each experiment the differing settings: ``field``, ``label``, ``value``."""
    names = differing(experiments)
    return tuple(
        [
            {
                "field": name,
                "label": text(f"fields.{name}.label", language),
                "value": value_text(name, _told(experiment, name), language),
            }
            for name in names
        ]
        for experiment in experiments
    )


def _told(experiment: Experiment, field: str) -> Any:
    """A field's value as it takes effect: points may be held out where no share is set."""
    return experiment.held_out if field == "validation_fraction" else getattr(experiment, field)


def labels(experiments: Sequence[Experiment], names: Sequence[str], language: str) -> tuple[str, ...]:
    """One label each, all different: the given name, or the values of the differing settings.

    A technique speaks for itself (``"ReLU"``); a number comes with its field (``"Learning rate 0.1"``).
    """
    made = []
    for experiment, name, parts in zip(experiments, names, differences(experiments, language), strict=True):
        own = " · ".join(_part(entry, experiment) for entry in parts if entry["value"])
        made.append(name or own or text("race_core.same", language))
    for i, label in enumerate(made):
        if made.count(label) > 1:
            made[i] = f"{label} #{i + 1}"
    return tuple(made)


def _part(entry: dict[str, str], experiment: Experiment) -> str:
    value = getattr(experiment, entry["field"])
    names = [
        spec.name for spec in (value if isinstance(value, tuple) else (value,)) if isinstance(spec, Spec)
    ]
    speaks = (names and not set(names) & set(SILENT)) or entry["field"] == "features"
    return entry["value"] if speaks else f"{entry['label']} {entry['value']}"


# --- runs beside each other -------------------------------------------------------------------------


def settings(experiment: Experiment) -> dict[str, Any]:
    """What a run may be told by: every field, with None where it only follows from another."""
    fields = experiment.settings()
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
    fields = [name for name in FIELDS if any(s[name] != known[0][name] for s in known)]
    if fields or not known:
        return fields
    default = settings(default_experiment())
    return [name for name, value in known[0].items() if value != default[name]]


def short(experiment: Experiment, field: str, language: str) -> str:
    """One setting in a word or two: ``"ReLU"``, ``"η 0.1"``; "" for what has nothing to say."""
    value = _told(experiment, field)
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
