"""What a reader has to tell about a table: sentences in the visitor's language."""

from __future__ import annotations

from dataclasses import dataclass

from playground.text import text
from playground.text.characters import is_seen


@dataclass(frozen=True)
class Note:
    """A sentence of the catalog's topic ``reading`` with its values; as a string it is English.

    Args:
        key: the sentence's key in the topic.
        values: what fills its placeholders, as pairs of name and value.
    """

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def said(self, language: str = "en") -> str:
        """The sentence in ``language``."""
        return text(f"reading.{self.key}", language, **dict(self.values))

    def __str__(self) -> str:
        return self.said()


def note(key: str, **values: object) -> Note:
    """A note with its values by name."""
    return Note(key, tuple(values.items()))


def visible(raw: str, most: int = 40) -> str:
    """A cell as a person can find it: spaces of any kind as spaces, other signs without a picture as □."""
    shown = "".join(c if is_seen(c) else " " if c.isspace() else "□" for c in raw).strip()
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def listed(names: list[str], most: int = 5) -> str:
    """Names with commas between them, the first few of many."""
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
