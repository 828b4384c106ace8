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
        got=error.got,
    )


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
    """The label of a dotted field (``"optimizer.beta1"``), with the rest of its path behind it."""
    root, rest = re.match(r"([^.\[]*)(.*)", field, re.DOTALL).groups()  # type: ignore[union-attr]
    label = catalog(language).get(f"fields.{root}.label", root)
    return f"{label}{rest}" if rest else label
