"""A visitor's settings of each section, and the address that says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from playground.chapters.controls import Brought, Settings
from playground.chapters.section import Section
from playground.registry import InvalidValue, renamed
from playground.ui import language as spoken_language
from playground.ui import view
from playground.ui.follow import went_back

PARAMETER = "section"
"""The open section in a page's address."""
CURRENT, FOLLOWED, REFUSED = "sections.current", "sections.followed", "sections.refused"
OPEN = "sections.open"
"""The key of the section that the visitor looks at."""


def _read(section: Section, query: Mapping[str, str]) -> tuple[Settings, tuple[InvalidValue, ...]]:
    """The settings that an address asks for; refused values are left at their defaults. Foreign parameters are ignored.
    What the visitor has brought along stays."""
    given: dict[str, Any] = {}
    wrong = []
    for control in section.controls:
        if isinstance(control, Brought):
            given[control.name] = current(section)[control.name]
        elif control.name in query:
            try:
                given[control.name] = control.check(query[control.name])
            except InvalidValue as error:
                wrong.append(error)
    return section.settings(**given), tuple(wrong)


def current(section: Section) -> Settings:
    """The visitor's settings of a section."""
    kept: Settings | None = st.session_state.setdefault(CURRENT, {}).get(section.key)
    return kept or section.settings()


def put(section: Section, settings: Settings) -> None:
    """The visitor has set something: the address follows.

    Controls of a section that was left are reported as changed when a browser that was busy still sends their values.
    """
    if st.session_state.get(OPEN) != section.key:
        return
    st.session_state.setdefault(CURRENT, {})[section.key] = settings
    write(section, settings)


def write(section: Section, settings: Settings) -> None:
    """Bring the address to what is set."""
    query = {PARAMETER: section.name, **section.query(settings), **view.kept()}
    if spoken_language.chosen():
        query[spoken_language.PARAMETER] = spoken_language.chosen() or ""
    st.session_state.setdefault(FOLLOWED, {})[section.key] = section.query(settings)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def asked_for(found: Sequence[Section]) -> Section:
    """The section of a chapter that the address names, else the first one.

    Going on to another page by ``st.switch_page`` leaves an entry in the browser's history that has this page's path
    and that page's parameters. Who goes back to it comes to the section that was left, as it was.
    """
    name = st.query_params.get(PARAMETER)
    left = st.session_state.get(OPEN) if name is None and went_back() else None
    return next((section for section in found if name == section.name or left == section.key), found[0])


def follow(section: Section) -> None:
    """Take over what the address asks for, where it is not what was written there: a link, Back or Forward."""
    returns = went_back() and PARAMETER not in st.query_params and st.session_state.get(OPEN) == section.key
    st.session_state[OPEN] = section.key
    if returns:
        write(section, current(section))
        return
    names = {control.name for control in section.controls if not isinstance(control, Brought)}
    asked = {renamed(name): value for name, value in st.query_params.to_dict().items()}
    query = {name: value for name, value in asked.items() if name in names}
    followed = st.session_state.setdefault(FOLLOWED, {})
    if followed.get(section.key) != query:
        settings, wrong = _read(section, query)
        st.session_state.setdefault(CURRENT, {})[section.key] = settings
        st.session_state[REFUSED] = wrong
    write(section, current(section))


def refused() -> tuple[InvalidValue, ...]:
    """What the address asked for and was refused, in the order of the controls."""
    found: tuple[InvalidValue, ...] = st.session_state.get(REFUSED, ())
    return found
