"""A page that was reloaded: the run that the tab had goes on, weights, history and all.

The tab remembers the token of its session (the browser keeps it for this tab and this site alone, it stands in no
link). After a reload the page has opened a new session; the stage hands in the old token, and the old session takes
the new one's place while the server still has it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from playground.live import sessions

ASKED = "asked_at_opening"
"""Prefix of the key under which a visit keeps what the address asked for when its session was opened."""

_written: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
"""The address that the page of each session showed last: what a reload asks for, even of a run that has just been
changed and whose address had not followed yet."""


def written(live: Any, query: Mapping[str, str]) -> None:
    """Note the address that the page of ``live`` shows."""
    _written[live] = dict(query)


def opened(state: str, query: Mapping[str, str]) -> None:
    """Note what the address asked for when the visit's session under ``state`` was opened."""
    st.session_state[f"{ASKED}.{state}"] = dict(query)


def take_back(state: str, token: object, query_of: Callable[[Any], Mapping[str, str]]) -> bool:
    """Go on with an earlier session instead of the one that has just been opened.

    Not if somebody is watching it (another tab), if the address asks for something else, or if the new one has begun.

    Args:
        state: the key under which the visit keeps its session.
        token: of the earlier session.
        query_of: a session's address.
    """
    live = st.session_state.get(state)
    earlier = sessions.server().find(token) if isinstance(token, str) else None
    if live is None or earlier is None or earlier is live or type(earlier) is not type(live):
        return False
    asked = st.session_state.get(f"{ASKED}.{state}")
    now = time.monotonic()
    if (
        any(not viewer.gone(now) for viewer in earlier.viewers)
        or live.begun
        or (asked and asked not in (query_of(earlier), _written.get(earlier)))
    ):
        return False
    sessions.server().close(live)
    st.session_state[state] = earlier
    return True
