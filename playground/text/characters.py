"""Characters that people see: names from files are shown without those that hide or turn what stands beside them."""

from __future__ import annotations

import re

BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10))))
)
"""Letters and marks that are drawn as nothing, fillers and variation selectors (Unicode: Default_Ignorable)."""

UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
"""Signs without a picture or a meaning in a cell: of direction, of width zero, of the order of bytes."""


def is_seen(character: str) -> bool:
    """Whether a character has a picture, or is a plain space."""
    return character.isprintable() and character not in BLANK


def all_seen(text: str) -> bool:
    """Whether each character of a text is seen."""
    return text.isprintable() and BLANK.isdisjoint(text)
