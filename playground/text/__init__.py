"""Text that people see, by language: ``playground/text/<language>/<topic>.toml``, also in folders of topics.

A key is ``topic.name`` (or ``topic.table.name``, or ``folder.topic.name``); a text may hold ``{placeholders}``. Every
key exists in every language; the tests hold that. A file is read when the first of its texts is asked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

LANGUAGES = {"en": "English", "ko": "한국어"}
"""Language codes with the language's own name."""


@cache
def catalog(language: str) -> Mapping[str, str]:
    """All texts of ``language`` by dotted key. Raises KeyError for an unknown language."""
    texts: dict[str, str] = {}
    for name in _topics(language):
        texts.update(_read(language, name))
    return texts


@cache
def _topics(language: str) -> dict[str, Traversable]:
    """The files of ``language`` by the dotted name of their topic."""
    if language not in LANGUAGES:
        raise KeyError(language)
    found: dict[str, Traversable] = {}

    def walk(folder: Traversable, prefix: str) -> None:
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.is_dir():
                walk(entry, f"{prefix}{entry.name}.")
            elif entry.name.endswith(".toml"):
                found[prefix + entry.name.removesuffix(".toml")] = entry

    walk(files(__package__) / language, "")
    return found


@cache
def _read(language: str, name: str) -> Mapping[str, str]:
    """The texts of one topic by complete key."""
    texts: dict[str, str] = {}
    _flatten(name, tomllib.loads(_topics(language)[name].read_text("utf-8")), texts)
    return texts


def _topic_of(key: str, language: str) -> Mapping[str, str]:
    """The texts of the topic that ``key`` belongs to; empty where there is no such topic."""
    topics, parts = _topics(language), key.split(".")
    for length in range(1, len(parts)):
        name = ".".join(parts[:length])
        if name in topics:
            return _read(language, name)
    return {}


def _flatten(prefix: str, table: Mapping[str, object], texts: dict[str, str]) -> None:
    for name, value in table.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}.{name}", value, texts)
        else:
            texts[f"{prefix}.{name}"] = str(value)


@dataclass(frozen=True)
class Word:
    """A text that fills a placeholder of another one.

    Args:
        key: of the text.
    """

    key: str


def text(key: str, language: str, **values: object) -> str:
    """The text of ``key`` with its placeholders filled. Raises KeyError for an unknown key."""
    found = _topic_of(key, language)[key]
    told = {name: text(v.key, language) if isinstance(v, Word) else v for name, v in values.items()}
    return found.format(**told) if told else found


def known(key: str, language: str) -> bool:
    """Whether there is a text of ``key``."""
    return key in _topic_of(key, language)


def topic(name: str, language: str) -> dict[str, str]:
    """All texts of one topic, keyed without the topic's name (what the browser side is given)."""
    return {key.removeprefix(name + "."): value for key, value in _read(language, name).items()}
