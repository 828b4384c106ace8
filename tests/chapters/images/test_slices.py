"""What a section on pictures draws between two yields is bounded, so that other visitors need not wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.chapters import sections
from playground.images import glyphs, shapes
from playground.images.data import DRAWN

KEYS = [section.key for chapter in ("images", "transfer") for section in sections.of(chapter)]
LOOKED_AT = 40
"""Slices from the beginning: all that a section draws for its first run is drawn in them."""


@pytest.mark.parametrize("key", KEYS)
def test_no_slice_draws_more_than_its_share(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = 0

    def counted(own: Callable[..., Any]) -> Callable[..., Any]:
        def draw(*given: Any) -> Any:
            nonlocal drawn
            drawn += 1
            return own(*given)

        return draw

    for module in (glyphs, shapes):
        monkeypatch.setattr(module, "picture", counted(module.picture))
    section = sections[key]
    for number, _ in enumerate(section.steps(section.settings())):
        assert drawn <= DRAWN
        drawn = 0
        if number == LOOKED_AT:
            break
