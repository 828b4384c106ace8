"""The chapters of the lecture: every section is one file, found here and drawn, linked, tested and run by its key.

``sections["optimization/schedules"].run(rate=0.1)`` computes one without any page.
"""

from __future__ import annotations

import pkgutil
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module
from importlib.resources import files
from typing import Any

from playground.chapters.section import Section

CHAPTERS = (
    "activations",
    "initialization",
    "optimization",
    "normalization",
    "generalization",
    "tuning",
    "images",
    "transfer",
)
"""The chapters in the order of the menu; each is a package of sections, and a page."""


@cache
def lecture() -> Mapping[str, Any]:
    """The lecture's rows, ``lecture.toml``: ``chapters`` by number, and ``rows`` in the order of the lecture.

    A row has ``chapter``, ``key``, ``claim`` and, where it is shown outside the chapters too, ``places``.
    """
    return tomllib.loads((files(__package__) / "lecture.toml").read_text("utf-8"))


class Sections(Mapping[str, Section]):
    """All sections by key, ``<chapter>/<name>``, in the order of the lecture; read when first asked for."""

    @cached_property
    def _found(self) -> dict[str, Section]:
        order = {row["key"]: number for number, row in enumerate(lecture()["rows"])}
        found: list[Section] = []
        for chapter in CHAPTERS:
            package = import_module(f"{__package__}.{chapter}")
            for module in pkgutil.iter_modules(package.__path__):
                section = getattr(import_module(f"{package.__name__}.{module.name}"), "SECTION", None)
                if section is not None:
                    section.key = f"{chapter}/{module.name}"
                    found.append(section)
        found.sort(key=lambda section: order[section.rows[0]])
        return {section.key: section for section in found}

    def __getitem__(self, key: str) -> Section:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def of(self, chapter: str) -> list[Section]:
        """The sections of a chapter, in the order of the lecture."""
        return [section for section in self._found.values() if section.chapter == chapter]


sections = Sections()
