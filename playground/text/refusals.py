"""Refused values, said in the visitor's language."""

from __future__ import annotations

import re
from typing import Any, Protocol

from playground.text import catalog, known, text

MAX_DEPTH = 3
"""Dots at which a field is taken apart; what comes behind is shown as it is."""
SENTENCE = "sentence."
"""Begins the keys of whole sentences."""
MAX_LABEL = 120
"""Characters of a field that are shown."""


class Refusal(Protocol):
    """What there is to say about a refused value: an ``InvalidValue``, which stands above the texts."""

    field: str
    key: str
    shown: str
    values: dict[str, Any]


def describe(error: Refusal, language: str) -> str:
    """One sentence in Markdown: which field, what would have been accepted, what came.

    What came may have stood in a link from anybody: it is shown as it is and never as markup.
    """
    if is_sentence(error):
        return _escaped(expected(error, language))
    return text(
        _sentence(error),
        language,
        field=f"**{_field(error.field, language)}**",
        expected=_escaped(expected(error, language)),
        got=_escaped(got(error, language)) if _worded(error) else _code(error.shown),
    )


def plain(error: Refusal, language: str) -> str:
    """The sentence of ``describe`` without markup."""
    if is_sentence(error):
        return expected(error, language)
    return text(
        _sentence(error),
        language,
        field=field_label(error.field, language),
        expected=expected(error, language),
        got=got(error, language),
    )


def is_sentence(error: Refusal) -> bool:
    """Whether the text of the key says everything, so that no field and no value stands with it."""
    return error.key.startswith(SENTENCE)


def _sentence(error: Refusal) -> str:
    return "errors.refused" if _worded(error) or error.shown != repr(None) else "errors.needs"


def _worded(error: Refusal) -> bool:
    """Whether a text says what came."""
    return known(f"errors.{error.key}_got", "en")


def _field(field: str, language: str) -> str:
    """The label of a field; one that holds a name from outside as code, in which nothing is markup or a link."""
    label = field_label(field, language)
    harmless = re.fullmatch(r"[\w\s():,.…'’/-]*", label) and "://" not in label and "www." not in label
    return label if harmless else _code(label)


def _code(shown: str) -> str:
    return "`" + shown.replace("`", "'") + "`"


def _escaped(shown: str) -> str:
    return re.sub(r"([\\`*\[\]$<])", r"\\\1", shown)


def got(error: Refusal, language: str) -> str:
    """What came: the words for it where there are some, else the value itself."""
    return text(f"errors.{error.key}_got", language, **error.values) if _worded(error) else error.shown


def expected(error: Refusal, language: str) -> str:
    """What would have been accepted."""
    return text(f"errors.{error.key}", language, **error.values)


def field_label(field: str, language: str) -> str:
    """The label of a dotted field: ``"optimizer.beta1"``, ``"lanes[1].hidden[0]"``.

    Places in a list count from 1. Behind a file or a table comes the name of a column. A name that nobody knows
    is shown as it is, shortened.
    """
    root, _, rest = field.partition(".")
    if root in ("file", "table", "test") and rest:
        return f"{_label(root, language)} ({rest})"
    parts = field.split(".", MAX_DEPTH)
    return _shortened(": ".join(_label(part, language) for part in parts))


def _label(part: str, language: str) -> str:
    """The label of one part of a field, with its place in a list if it has one."""
    texts = catalog(language)
    name, place = re.fullmatch(r"(.*?)(?:\[(\d{1,6})\])?", part, re.DOTALL).groups()  # type: ignore[union-attr]
    own = (f"fields.{name}.label", f"errors.names.{name}", f"techniques.params.{name}.label")
    keys = (f"errors.names.{name}_each", *own) if place else own
    label = next((texts[key] for key in keys if key in texts), name)
    return f"{label} {int(place) + 1}" if place else label


def _shortened(label: str) -> str:
    return label if len(label) <= MAX_LABEL else label[: MAX_LABEL - 1] + "…"
