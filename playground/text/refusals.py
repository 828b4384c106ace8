"""Refused values, said in the visitor's language."""

from __future__ import annotations

import re
from typing import Any, Protocol

from playground.text import catalog, text

MAX_DEPTH = 3
"""Dots at which a field is taken apart; what comes behind is shown as it is."""
MAX_LABEL = 120
"""Characters of a field that are shown."""


class Refusal(Protocol):
    """What there is to say about a refused value: an ``InvalidValue``, which stands above the texts."""

    field: str
    expected: str
    got: str
    key: str
    values: dict[str, Any]


def describe(error: Refusal, language: str) -> str:
    """One sentence in Markdown: which field, what would have been accepted, what came.

    What came may have stood in a link from anybody: it is shown as it is and never as markup.
    """
    texts = catalog(language)
    worded = f"errors.{error.key}_got" in texts
    return text(
        _sentence(error),
        language,
        field=f"**{_field(error.field, language)}**",
        expected=_escaped(expected(error, language)),
        got=_escaped(got(error, language)) if worded else _code(error.got),
    )


def plain(error: Refusal, language: str) -> str:
    """The sentence of ``describe`` without markup."""
    return text(
        _sentence(error),
        language,
        field=field_label(error.field, language),
        expected=expected(error, language),
        got=got(error, language),
    )


def _sentence(error: Refusal) -> str:
    return "errors.needs" if error.got == repr(None) else "errors.refused"


def _field(field: str, language: str) -> str:
    """The label of a field; one that holds a name from outside as code, in which nothing is markup or a link."""
    label = field_label(field, language)
    known = re.fullmatch(r"[\w\s():,.…'’/-]*", label) and "://" not in label and "www." not in label
    return label if known else _code(label)


def _code(shown: str) -> str:
    return "`" + shown.replace("`", "'") + "`"


def _escaped(shown: str) -> str:
    return re.sub(r"([\\`*\[\]$<])", r"\\\1", shown)


def got(error: Refusal, language: str) -> str:
    """What came: the error's own words for it where there are some, else the value itself."""
    key = f"errors.{error.key}_got"
    return text(key, language, **error.values) if key in catalog(language) else error.got


def expected(error: Refusal, language: str) -> str:
    """What would have been accepted: the text of the error's key, or what the code says where it has none."""
    return text(f"errors.{error.key}", language, **error.values) if error.key else error.expected


def field_label(field: str, language: str) -> str:
    """The label of a dotted field: ``"optimizer.beta1"``, ``"lanes[1].hidden[0]"``.

    Places in a list count from 1. Behind a file or a table comes the name of a column. A name that nobody knows
    is shown as it is, shortened.
    """
    root, _, rest = field.partition(".")
    if root in ("file", "table") and rest:
        return f"{_label(root, language)} ({rest})"
    parts = field.split(".", MAX_DEPTH)
    return _shortened(": ".join(_label(part, language) for part in parts))


def _label(part: str, language: str) -> str:
    """The label of one part of a field, with its place in a list if it has one."""
    texts = catalog(language)
    name, place = re.fullmatch(r"(.*?)(?:\[(\d{1,6})\])?", part, re.DOTALL).groups()  # type: ignore[union-attr]
    keys = (f"fields.{name}.label", f"errors.names.{name}", f"techniques.params.{name}.label")
    label = next((texts[key] for key in keys if key in texts), name)
    return f"{label} {int(place) + 1}" if place else label


def _shortened(label: str) -> str:
    return label if len(label) <= MAX_LABEL else label[: MAX_LABEL - 1] + "…"
