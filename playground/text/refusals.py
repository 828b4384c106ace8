"""Refused values, said in the visitor's language."""

from __future__ import annotations

import re

from playground.registry import InvalidValue
from playground.text import catalog, text


def describe(error: InvalidValue, language: str) -> str:
    """One sentence: which field, what would have been accepted, what came."""
    return text(
        "errors.refused",
        language,
        field=field_label(error.field, language),
        expected=expected(error, language),
        got=got(error, language),
    )


def got(error: InvalidValue, language: str) -> str:
    """What came: the error's own words for it where there are some, else the value itself."""
    key = f"errors.{error.key}_got"
    return text(key, language, **error.values) if key in catalog(language) else error.got


def expected(error: InvalidValue, language: str) -> str:
    """What would have been accepted: the error's own text, else its field's, else as the code says it."""
    texts = catalog(language)
    if error.key and f"errors.{error.key}" in texts:
        return text(f"errors.{error.key}", language, **error.values)
    if language != "en":
        root = re.split(r"[.\[]", error.field, maxsplit=1)[0]
        if f"errors.field.{root}" in texts:
            return texts[f"errors.field.{root}"]
    return error.expected


def field_label(field: str, language: str) -> str:
    """The label of a dotted field (``"optimizer.beta1"``), with the rest of its path behind it.

    Behind a file or a table comes the name of a column.
    """
    root, rest = re.match(r"([^.\[]*)(.*)", field, re.DOTALL).groups()  # type: ignore[union-attr]
    label = catalog(language).get(f"fields.{root}.label", root)
    if root in ("file", "table") and rest:
        return f"{label} ({rest[1:]})"
    return f"{label}{rest}" if rest else label
