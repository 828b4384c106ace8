"""Labels and tooltips of techniques, parameters and fields."""

from __future__ import annotations

from functools import cache

from playground.experiment import FIELDS
from playground.registry import Registry, Technique
from playground.techniques import REGULARIZERS
from playground.text import known, text


def label(family: str, name: str, language: str) -> str:
    """The name under which a technique is shown; a regularizer bears its field's name."""
    if family == "regularizers":
        return field_label(REGULARIZERS[name].field, language)
    return text(f"techniques.{family}.{name}.label", language)


def tip(family: str, name: str, language: str) -> str:
    """What a technique is, in a sentence or two."""
    if family == "regularizers":
        return text(f"fields.{REGULARIZERS[name].field}.tip", language)
    return text(f"techniques.{family}.{name}.tip", language)


def field_label(field: str, language: str) -> str:
    """The label of a field of the experiment."""
    return text(f"fields.{field}.label", language)


@cache
def field_help(field: str, language: str) -> str:
    """A field's tooltip: what it is, and its formula where it is a technique of its own."""
    what = text(f"fields.{field}.tip", language)
    for entry in REGULARIZERS.values():
        if entry.field == field:
            return f"{what}\n\n{formula(entry)}"
    return what


@cache
def choice_help(field: str, name: str, language: str) -> str:
    """The tooltip of a technique's selectbox: what the family does, then the chosen one and its formula."""
    registry: Registry[Technique] = FIELDS[field].techniques()
    return "\n\n".join(
        part
        for part in (
            text(f"fields.{field}.tip", language),
            f"**{label(registry.family, name, language)}**: " + tip(registry.family, name, language),
            formula(registry[name]),
        )
        if part
    )


def formula(technique: Technique) -> str:
    """The formula as Markdown, or ""."""
    return f"$${technique.formula}$$" if technique.formula else ""


def param_label(family: str, name: str, param: str, language: str) -> str:
    """The label of a technique's parameter."""
    return _param_text(family, name, param, "label", language)


def param_help(family: str, name: str, param: str, language: str) -> str:
    """The tooltip of a technique's parameter."""
    return _param_text(family, name, param, "tip", language)


def _param_text(family: str, name: str, param: str, part: str, language: str) -> str:
    """The technique's own text for the parameter, or the one that several techniques share."""
    if family == "regularizers":
        return text(f"fields.{param}.{part}", language)
    own = f"techniques.{family}.{name}.{param}.{part}"
    return text(own if known(own, language) else f"techniques.params.{param}.{part}", language)


def option_label(option: str, language: str) -> str:
    """The label of one value of a choice parameter; an unknown one is shown as it is."""
    key = f"fields.options.{option}"
    return text(key, language) if known(key, language) else option
