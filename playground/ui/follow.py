"""A page's address and what runs there follow each other: what an address asks for is run, and what runs is told by it.

The same for the playground, where an experiment runs, and for the race.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.data.plane import View
from playground.engine.run_log import RunLog
from playground.live import sessions
from playground.registry import InvalidValue
from playground.ui import language, reloading, session, view

MAX_HANDLED = 200
PAGE = "page"
"""Where the visitor is."""
ENTERED = "page_entered"
"""Set while the page that was entered last has not yet looked at its address."""
CONTROLS, REST = "controls", "rest"
"""The parts of a page that are drawn anew by themselves: what changes the settings, and what tells of them."""
DRAWN, AWAITED, SHOWN_NOTE = "parts_drawn", "parts_awaited", "note"
LIKENESS = 0.75
"""From here on, of 1, a name in an address counts as a misspelt one of ours."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Asked(Generic[Value]):
    """What an address asks for.

    Args:
        value: what is to run; the first example where the address is refused.
        error: why it is refused.
        remark: text key of a remark; "" for none.
        epoch: up to which it is to be trained at once; 0 for not at all.
        log: the run that is to be taken again at once; None for none.
        view: what its maps are to show; None for what they show first.
    """

    value: Value
    error: InvalidValue | None = None
    remark: str = ""
    epoch: int = 0
    log: RunLog | None = None
    view: View | None = None


@dataclass(frozen=True)
class Note:
    """A remark about the address, shown until what runs changes."""

    error: InvalidValue | None
    key: str
    revision: int


def entered(page: str) -> None:
    """The visitor is on ``page`` now."""
    if st.session_state.get(PAGE) != page:
        st.session_state[PAGE] = page
        st.session_state[ENTERED] = True


def went_back() -> bool:
    """Whether this run of the script shows an address that the visitor went back, or forward, to."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def own(query: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The parameters of an address that are meant for us: ``names``, and what looks like a misspelt one.

    Links that travel through mail and social networks collect parameters of others (``fbclid``, ``utm_source``).
    """
    known = list(names)

    def meant(name: str) -> bool:
        plain = name.lower()
        begins = len(plain) > 3 and any(field.startswith(plain) for field in known)
        return name in known or begins or bool(get_close_matches(plain, known, 1, LIKENESS))

    return {name: value for name, value in query.items() if meant(name)}


# --- parts of a page ------------------------------------------------------------------------------------


def _by_itself() -> bool:
    """Whether only some parts of the page are drawn in this run of the script."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def refresh() -> None:
    """Draw the parts of the page again, and nothing else. Ends the callback that calls it."""
    if set(st.session_state.get(DRAWN, {})) == {CONTROLS, REST}:
        st.session_state[AWAITED] = {CONTROLS, REST}
        st.rerun([CONTROLS, REST])


def part_begins(live: Any) -> None:
    """A part of the page is to be drawn. A session that is no longer served, or served by another, needs the page."""
    if _by_itself() and sessions.server().find(live.token) is not live:
        st.rerun()


def part_drawn(part: str, live: Any) -> None:
    """A part of the page shows ``live`` as it is. What else shows an older state must be drawn again with the page."""
    drawn, awaited = st.session_state.setdefault(DRAWN, {}), st.session_state.setdefault(AWAITED, set())
    drawn[part] = live.revision
    awaited.discard(part)
    if _by_itself() and not awaited and any(revision != live.revision for revision in drawn.values()):
        st.rerun()


# --- the page itself --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page(Generic[Value]):
    """One page whose address and run follow each other.

    Args:
        state: key under which the visit keeps its session.
        read: what an address, without the language, asks for; never raises.
        first: what runs where an address asks for nothing.
        open: opens a session with a value, in a language. Raises InvalidValue.
        query: of a session: the parameters of the address that asks for what runs, as it is seen.
        bad_link: text key of the remark about an address that is refused when the session is opened.
    """

    state: str
    read: Callable[[Mapping[str, str]], Asked[Value]]
    first: Callable[[], Value]
    open: Callable[[Value, str], Any]
    query: Callable[[Any], dict[str, str]]
    bad_link: str

    def follow(self) -> Any:
        """The visit's session, opened or changed as the address asks. Raises InvalidValue when the server is full.

        An address that this visit wrote itself is no request: while the browser is still busy with an older one, a
        re-run brings that older one along. It is one when the visitor comes from another page, or goes back to it.
        """
        st.session_state[DRAWN], st.session_state[AWAITED] = {}, set()
        apart = (language.PARAMETER, view.PARAMETER)
        query = {k: v for k, v in st.query_params.to_dict().items() if k not in apart}
        handled = self._handled()
        asked, comes, back = frozenset(query.items()), st.session_state.pop(ENTERED, False), went_back()
        live = st.session_state.get(self.state)
        if live is not None:
            session.keep(live, language.current())
            if not back and (not query or (asked in handled and not comes)):
                return live
        handled.append(asked)
        if live is None:
            return self._open(query)
        wish = self.read(query)
        key, error = wish.remark, wish.error
        if error is None:
            try:
                self._begin(live, wish, lambda: live.apply(wish.value))
                live.see(wish.view)
            except InvalidValue as refusal:
                error = refusal
        if error is not None:
            key = "errors.kept"
        self._remark(live, error, key)
        return live

    def _open(self, query: Mapping[str, str]) -> Any:
        wish = self.read(query)
        error, key = wish.error, wish.remark or (self.bad_link if wish.error else "")
        reloading.opened(self.state, query)
        try:
            live = self.open(wish.value, language.current())
        except InvalidValue as refusal:
            if refusal.field == "sessions":
                raise
            error, key = refusal, self.bad_link
            live = self.open(self.first(), language.current())
        st.session_state[self.state] = live
        if error is None:
            try:
                self._begin(live, wish, lambda: wish.epoch and live.replay(wish.epoch))
                live.see(wish.view)
            except InvalidValue as refusal:
                error, key = refusal, "errors.kept"
        self._remark(live, error, key)
        return live

    @staticmethod
    def _begin(live: Any, wish: Asked[Value], otherwise: Callable[[], object]) -> None:
        """Take the run again that is asked for, if one is. Raises InvalidValue."""
        if wish.log is None:
            otherwise()
        else:
            live.take_again(wish.log)

    def _remark(self, live: Any, error: InvalidValue | None, key: str) -> None:
        if key:
            st.session_state[f"{self.state}.note"] = Note(error, key, live.revision)

    def _handled(self) -> list[frozenset[tuple[str, str]]]:
        return st.session_state.setdefault(f"{self.state}.handled", [])

    def note(self, live: Any) -> Note | None:
        """The remark about the address, while it still holds."""
        found: Note | None = st.session_state.get(f"{self.state}.note")
        if found is None or found.revision != live.revision:
            return None
        st.session_state[DRAWN][SHOWN_NOTE] = found.revision
        return found

    def resume(self, token: object) -> None:
        """Go on with the session that this tab had before it was reloaded, where that can be."""
        if reloading.take_back(self.state, token, self.query):
            st.session_state.pop(f"{self.state}.note", None)

    def write(self, live: Any) -> None:
        """Let the address follow what runs."""
        query = self.query(live)
        reloading.written(live, query)
        handled, ours = self._handled(), frozenset(query.items())
        if ours not in handled:
            handled.append(ours)
            del handled[:-MAX_HANDLED]
        query = {**query, **view.kept()}
        if language.chosen():
            query[language.PARAMETER] = language.chosen() or ""
        if st.query_params.to_dict() != query:
            st.query_params.from_dict(query)


def link_to(query: Mapping[str, str]) -> str:
    """The full link that opens this page with some parameters, in the visitor's language if one was chosen."""
    query = dict(query)
    if language.chosen():
        query[language.PARAMETER] = language.chosen() or ""
    base = (st.context.url or "").split("?")[0]
    path = "" if base.count("/") > 2 else "/"
    return f"{base}{path}?{urlencode(query, safe=',:~')}"
