"""Widgets that show a value held elsewhere, and what of the browser's messages is news.

The value elsewhere (of an experiment, a race) is the truth: a widget is set to it before it is drawn. The browser sends
the values of all widgets with every message, also of those that it has not been told to change yet, and Streamlit takes
each value that differs from the newest one for a change. So each drawing is numbered, and a hidden field of the page
brings the number back with every message: it says which drawing the browser had seen. A value that the browser showed
then, or was sent since, is not news.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

LEDGER = "binding.ledger"
SEEN = "binding.seen"
"""Key of the field; ``STYLE`` of ``navigation`` hides it."""
MOST_SENT = 16
"""Values that are remembered of each widget: more are never under way."""
_MISSING = object()


@dataclass
class _Entry:
    """What the browser knows of one widget.

    Args:
        said: the value that it reported as news last. said_at: the drawing that it had seen then.
        sent: numbers of drawings and the values that they set, in order.
    """

    said: Any = _MISSING
    said_at: int = -1
    sent: list[tuple[int, Any]] = field(default_factory=list)

    def shown(self, seen: int) -> Any:
        """The value in the browser when it has seen drawing ``seen``."""
        after = [value for number, value in self.sent if self.said_at < number <= seen]
        return after[-1] if after else self.said

    def is_news(self, value: Any, seen: int) -> bool:
        """Whether a value in a message of a browser that has seen drawing ``seen`` was changed by a person."""
        coming = [sent for number, sent in self.sent if number > seen]
        return value != self.shown(seen) and value not in coming


@dataclass
class _Ledger:
    """What was drawn in this visit."""

    drawing: int = 0
    entries: dict[str, _Entry] = field(default_factory=dict)


def _ledger() -> _Ledger:
    if LEDGER not in st.session_state:
        st.session_state[LEDGER] = _Ledger()
    return st.session_state[LEDGER]


def begin() -> None:
    """A drawing of the bound widgets begins."""
    _ledger().drawing += 1


def end() -> None:
    """All bound widgets are drawn."""
    st.session_state[SEEN] = _ledger().drawing
    st.number_input(SEEN, step=1, value=_ledger().drawing, key=SEEN, label_visibility="collapsed")


def put(key: str, value: Any) -> None:
    """Have the widget of ``key``, which is drawn next, show ``value``."""
    ledger = _ledger()
    entry = ledger.entries.setdefault(key, _Entry())
    if st.session_state.get(key, _MISSING) != value or entry.shown(ledger.drawing) != value:
        st.session_state[key] = value
        entry.sent = [*entry.sent[-MOST_SENT:], (ledger.drawing, value)]


def news(key: str) -> bool:
    """Whether the browser's value of the widget ``key`` was changed there. Call in the widget's callback, once."""
    entry = _ledger().entries.setdefault(key, _Entry())
    value, seen = st.session_state[key], int(st.session_state.get(SEEN) or 0)
    if not entry.is_news(value, seen):
        return False
    entry.said, entry.said_at = value, seen
    return True


def bound(
    widget: Callable[..., Any], key: str, value: Any, change: Callable[[Any], object], **options: Any
) -> Any:
    """Draw ``widget`` with ``value``; ``change`` is called with a value that was changed in the browser."""
    put(key, value)
    return widget(key=key, on_change=_changed, args=(key, change), **with_default(widget, value, options))


def with_default(widget: Callable[..., Any], value: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """The widget's ``options`` with ``value`` as its default too.

    What is set in the session's state is told to the browser with one drawing only. When that drawing is lost, as when
    the connection is cut or the page runs again at once, the widget would show the least value and not this one.
    A widget that can be emptied is a ``partial`` with ``value=None``: with another default Streamlit fills it again.
    """
    if isinstance(widget, partial):
        return dict(options)
    if widget is st.selectbox:
        return {**options, "index": None if value is None else list(options["options"]).index(value)}
    if widget in (st.pills, st.segmented_control, st.multiselect):
        # A list also of one: Streamlit would take an experiment, which has fields, for several values.
        return {**options, "default": value if isinstance(value, list) else [value]}
    return {**options, "value": value}


def _changed(key: str, change: Callable[[Any], object]) -> None:
    if news(key):
        change(st.session_state[key])
