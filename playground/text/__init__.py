"""Text that people see, by language: ``playground/text/<language>/<topic>.toml``.

A key is ``topic.name`` (or ``topic.table.name``); a text may hold ``{placeholders}``. Every key exists in
every language; the tests hold that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = {"en": "English", "ko": "한국어"}
"""Language codes with the language's own name."""


@cache
def catalog(language: str) -> Mapping[str, str]:
    """All texts of ``language`` by dotted key. Raises KeyError for an unknown language."""
    if language not in LANGUAGES:
        raise KeyError(language)
    texts: dict[str, str] = {}
    for path in sorted((files(__package__) / language).iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            _flatten(path.name.removesuffix(".toml"), tomllib.loads(path.read_text("utf-8")), texts)
    return texts


def _flatten(prefix: str, table: Mapping[str, object], texts: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}.{name}", value, texts)
        else:
            texts[f"{prefix}.{name}"] = str(value)


def text(key: str, language: str, **values: object) -> str:
    """The text of ``key`` with its placeholders filled. Raises KeyError for an unknown key."""
    found = catalog(language)[key]
    return found.format(**values) if values else found


def topic(name: str, language: str) -> dict[str, str]:
    """All texts of one topic, keyed without the topic's name (what the browser side is given)."""
    return {
        key.removeprefix(name + "."): value
        for key, value in catalog(language).items()
        if key.startswith(name + ".")
    }
