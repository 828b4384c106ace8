"""The plane that maps show of more than two inputs, as a parameter of a page's address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.data import view_text
from playground.data.plane import View

PARAMETER = "plane"


def query(live: Any) -> dict[str, str]:
    """The parameter for what a session's visitor has chosen to see; nothing for the first view.

    Args:
        live: of the playground or the race; ``view`` is of the columns ``x_names``.
    """
    view = live.view
    return {} if view is None else {PARAMETER: view_text.to_text(view, live.x_names)}


def asked(given: Mapping[str, str], names: tuple[str, ...]) -> View | None:
    """The view of columns of these names that an address asks for. Raises InvalidValue for ``plane``."""
    written = given.get(PARAMETER)
    return None if written is None else view_text.from_text(written, names)


def without(given: Mapping[str, str]) -> dict[str, str]:
    """The other parameters of an address."""
    return {name: value for name, value in given.items() if name != PARAMETER}
