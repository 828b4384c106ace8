"""The page's address: what it asks for is run, and it follows what runs."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from playground.experiment import Experiment
from playground.live.session import LiveSession
from playground.presets import DEFAULT_PRESET, PRESETS
from playground.registry import InvalidValue, no_choice
from playground.ui import language, reloading, session

HANDLED = "handled_queries"
NOTE = "address_note"
PAGE = "page"
MAX_HANDLED = 200


class _Note:
    """A message about the address, shown until the experiment changes."""

    def __init__(self, error: InvalidValue | None, key: str, revision: int) -> None:
        self.error, self.key, self.revision = error, key, revision


def read(query: Mapping[str, str]) -> tuple[Experiment, InvalidValue | None, str]:
    """The experiment that an address asks for.

    Returns:
        The experiment; the refusal, when the address was bad and the first example is opened instead; the
        text key of a remark, or "".
    """
    first = PRESETS[DEFAULT_PRESET].experiment
    if not query:
        return first, None, ""
    try:
        if "preset" in query:
            if query["preset"] not in PRESETS:
                raise no_choice("preset", PRESETS, query["preset"])
            return PRESETS[query["preset"]].experiment, None, ""
        if query.get("dataset") == "custom":
            rest = {name: value for name, value in query.items() if name not in ("dataset", "loss")}
            return Experiment.from_query(rest), None, "errors.points_not_in_link"
        return Experiment.from_query(query), None, ""
    except InvalidValue as error:
        return first, error, "errors.bad_link"


def follow() -> LiveSession:
    """The visitor's run, opened or changed as the address asks. Raises InvalidValue when the server is full.

    An address that this visit wrote itself is no request: while the browser is still busy with an older
    one, a re-run brings that older one along.
    """
    query = {k: v for k, v in st.query_params.to_dict().items() if k != language.PARAMETER}
    entered = st.session_state.get(PAGE) != "playground"
    st.session_state[PAGE] = "playground"
    handled: list[frozenset[tuple[str, str]]] = st.session_state.setdefault(HANDLED, [])
    asked = frozenset(query.items())
    live = session.existing()
    if live is not None:
        session.keep(live, language.current())
    if live is not None and (not query or (asked in handled and not entered)):
        return live
    experiment, error, key = read(query)
    handled.append(asked)
    if live is None:
        reloading.opened(session.STATE, query)
        try:
            live = session.open_run(experiment, language.current())
        except InvalidValue as refusal:
            if refusal.field == "sessions":
                raise
            first, error, key = PRESETS[DEFAULT_PRESET].experiment, refusal, "errors.bad_link"
            live = session.open_run(first, language.current())
    elif error is None:
        try:
            live.apply(experiment)
        except InvalidValue as refusal:
            error, key = refusal, "errors.kept"
    else:
        key = "errors.kept"
    if key:
        st.session_state[NOTE] = _Note(error, key, live.revision)
    return live


def resume(token: object) -> None:
    """Go on with the run that this tab had before it was reloaded, where that can be."""
    if reloading.take_back(session.STATE, token, lambda live: live.experiment.to_query()):
        st.session_state.pop(NOTE, None)


def write(live: LiveSession) -> None:
    """Let the address follow the experiment."""
    query = live.experiment.to_query()
    reloading.written(live, query)
    handled = st.session_state.setdefault(HANDLED, [])
    ours = frozenset(query.items())
    if ours not in handled:
        handled.append(ours)
        del handled[:-MAX_HANDLED]
    if language.chosen():
        query = {**query, language.PARAMETER: language.chosen() or ""}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def note(live: LiveSession) -> tuple[InvalidValue | None, str] | None:
    """The refusal and text key of the remark about the address, while it still holds."""
    found = st.session_state.get(NOTE)
    if found is None or found.revision != live.revision:
        return None
    return found.error, found.key


def link_to(query: Mapping[str, str]) -> str:
    """The full link that opens this page with some parameters, in the visitor's language if one was chosen."""
    query = dict(query)
    if language.chosen():
        query[language.PARAMETER] = language.chosen() or ""
    base = (st.context.url or "").split("?")[0]
    path = "" if base.count("/") > 2 else "/"
    return f"{base}{path}?{urlencode(query, safe=',:~')}"
