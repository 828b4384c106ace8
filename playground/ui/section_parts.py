"""The pieces of a section's page: menu, heading, main chart, progress, actions, verdict, tables, lesson, neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import altair as alt
import pandas as pd
import streamlit as st

from playground.chapters import sections
from playground.chapters.controls import Handle, Settings
from playground.chapters.section import Figure, Found, Lanes, Opened, Section, Table
from playground.live.jobs import Job
from playground.races.race import Criterion, Lane, Race
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import handles, navigation, sharing, view
from playground.ui import language as spoken_language
from playground.ui.linked import Link
from playground.ui.section_controls import Put, changed
from playground.ui.section_settings import current
from playground.ui.section_style import PROJECTED, styled
from playground.views.lines import blank

ARROWS = {"back": "back", "next": "forward"}
SIDE_HEIGHT = 300
"""Pixels of a figure below the main one."""


def menu(section: Section, language: str) -> None:
    """The sections of the chapter in the menu, in the order of the lecture."""
    with navigation.slot():
        for number, other in enumerate(sections.of(section.chapter)):
            with st.container(key=f"section_open_{number}" if other is section else f"section_tab_{number}"):
                _link(other, other.say("tab", language), language)


def heading(section: Section, language: str) -> None:
    """The section's title with its neighbours, and its claim."""
    if view.projector():
        st.html(PROJECTED)
    with st.container(key="section_heading", horizontal=True, vertical_alignment="center"):
        st.title(section.say("title", language), anchor=False, width="stretch")
        before, after = _around(section)
        for other, word in ((before, "back"), (after, "next")):
            if other is not None:
                with st.container(key=f"section_{word}", width="content"):
                    _link(
                        other,
                        text(f"sections.{word}", language),
                        language,
                        f":material/arrow_{ARROWS[word]}:",
                    )
    with st.container(key="section_claim"):
        st.markdown(section.say("claim", language))


def _around(section: Section) -> tuple[Section | None, Section | None]:
    """The sections before and after this one in the lecture, across chapters."""
    order = list(sections.values())
    place = order.index(section)
    before = order[place - 1] if place else None
    after = order[place + 1] if place + 1 < len(order) else None
    return before, after


def _link(section: Section, label: str, language: str, icon: str | None = None) -> None:
    query = {"section": section.name, **view.kept()}
    if spoken_language.chosen():
        query[spoken_language.PARAMETER] = language
    st.page_link(navigation.page(section.chapter, language), label=label, icon=icon, query_params=query)


# --- the main chart ------------------------------------------------------------------------------------


def main(
    section: Section,
    settings: Settings,
    result: Any,
    figures: Sequence[Figure],
    job: Job,
    status: str,
    language: str,
    put: Put,
) -> None:
    """The main chart, or what is handled in its place; before it a skeleton, or the button that starts the run.

    Where a run has failed before its first result nothing is drawn: its place is that of the reason.
    """
    with st.container(key="section_main"):
        if section.handle:
            control = section.control(section.handle)
            assert isinstance(control, Handle)

            def took(value: Any) -> None:
                put(section, changed(section, current(section), **{control.name: value}))

            handles.draw_of(control.kind)(
                handles.Handled(section, control, settings, result, language, f"{section.key}.handle", took)
            )
        elif figures and not st.session_state.get(_table_key(section)):
            figure_chart(figures[0], f"{section.key}.main", "stretch", Link(section, settings))
        elif figures:
            _frame(figures[0], "stretch", f"{section.key}.main.rows", Link(section, settings))
        elif status == "stopped":
            if section.waits:
                axes = blank(*section.waits(settings, language))
                figure_chart(Figure(axes, pd.DataFrame()), f"{section.key}.blank", "stretch")
            with st.container(
                key="section_waits",
                height="stretch",
                horizontal_alignment="center",
                vertical_alignment="center",
            ):
                st.markdown(text("sections.waits", language), text_alignment="center")
                _go(section, job, "start", language)
        elif status != "failed":
            st.html('<div class="section-skeleton" aria-hidden="true"></div>')


def _go(section: Section, job: Job, word: str, language: str) -> None:
    """The button that has the run start, or go on."""
    st.button(
        text(f"sections.{word}", language),
        key=f"{section.key}.go",
        icon=":material/play_arrow:",
        type="primary",
        on_click=job.go_on,
    )


def figure_chart(figure: Figure, key: str, height: Any, link: Link | None = None) -> None:
    """One figure in the width that there is; what is put together of several charts keeps its own height.

    Args:
        link: what is marked in the figures of its section, if they hang together.
    """
    single = isinstance(figure.chart, (alt.Chart, alt.LayerChart))
    spec = styled(figure.chart.to_dict(), view.projector())
    if single:
        spec.pop("height", None)
    place: dict[str, Any] = {"width": "stretch", "height": height if single else "content", "key": key}
    if link is not None and figure.links:
        place |= link.chart(spec, figure.links, key)
    st.vega_lite_chart(spec=spec, **place)


def _table_key(section: Section) -> str:
    return f"{section.key}.as_table"


def _frame(figure: Figure, height: Any, key: str, link: Link) -> None:
    """The numbers of a figure."""
    shown = figure.frame
    if figure.columns:
        shown = shown[[name for name in figure.columns if name in shown]].rename(columns=dict(figure.columns))
    place = link.rows(figure.frame, figure.links, key)
    st.dataframe(shown, hide_index=True, width="stretch", height=height, **place)


def progress(section: Section, job: Job, status: str, share: float, begun: bool, language: str) -> None:
    """How far it has come with a button that stops it, or one that has it go on."""
    halted = status == "stopped" and begun
    if not halted and (section.starts or status != "running"):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if halted:
            _go(section, job, "go_on", language)
        if status == "running":
            st.progress(min(1.0, max(0.0, share)), text=text("sections.computing", language))
            st.button(
                text("sections.stop", language),
                key=f"{section.key}.stop",
                icon=":material/stop:",
                on_click=job.stop,
            )


# --- beside and below it ------------------------------------------------------------------------------


def actions(
    section: Section,
    settings: Settings,
    found: Found | None,
    sealed: Job | None,
    language: str,
    put: Put,
) -> None:
    """Reset, the table, the link to just this, and the same, or what it has found, in playground and race.

    Args:
        sealed: whose result has a test part that its visitor has not opened.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="section_actions"):
        if section.controls:
            st.button(
                text("sections.reset", language),
                key=f"{section.key}.reset",
                icon=":material/restart_alt:",
                type="tertiary",
                disabled=settings == section.settings(),
                on_click=put,
                args=(section, section.settings()),
            )
        st.toggle(text("sections.table", language), key=_table_key(section))
        with st.popover(text("sections.share", language), icon=":material/qr_code:", type="tertiary"):
            query = {"section": section.name, **section.query(settings)}
            sharing.link_and_code(query, "sections.share_help", language)
        if found is not None:
            _open("found", "./", found.experiment.to_query(), "open_in_new", language)
        elif section.experiment is not None:
            _open("playground", "./", section.experiment(settings).to_query(), "open_in_new", language)
        race = race_of(section, settings)
        if race is not None:
            _open("race", "./race", race.to_query(), "flag", language)
        if found is not None and found.lanes is not None:
            finals = _race(found.lanes)
            if finals is not None:
                _open("finalists", "./race", finals.to_query(), "flag", language)
        if sealed is not None:
            st.button(
                text("sections.open_test", language),
                key=f"{section.key}.open_test",
                icon=":material/lock_open:",
                type="tertiary",
                on_click=sealed.open,
            )
        if found is not None and found.numbers is not None:
            st.download_button(
                text("sections.csv", language),
                found.numbers.to_csv(index=False).encode(),
                file_name=f"{section.name}.csv",
                mime="text/csv",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )


def _open(word: str, path: str, query: dict[str, str], icon: str, language: str) -> None:
    """A link to another page of this app."""
    st.link_button(
        text(f"sections.{word}", language), address(path, query), icon=f":material/{icon}:", type="tertiary"
    )


def address(path: str, query: dict[str, str]) -> str:
    """The address of a page of this app, seen from another, with parameters, in the visitor's language."""
    if spoken_language.chosen():
        query = {**query, spoken_language.PARAMETER: spoken_language.chosen() or ""}
    return f"{path}?" + urlencode(query, safe=",:~;")


def race_of(section: Section, settings: Settings) -> Race | None:
    """The race that compares what the section compares; None where the settings leave nothing to compare."""
    return None if section.lanes is None else _race(section.lanes(settings))


def _race(asked: Lanes) -> Race | None:
    found: dict[Any, Lane] = {}
    for change in asked.changes:
        found.setdefault(asked.base.replace(**change), Lane(**change))
    if len(found) < 2:
        return None
    criterion = Criterion(f"best_{asked.metric}", asked.epochs)
    return Race(asked.base, tuple(found.values()), asked.seeds, mode="epoch", criterion=criterion)


def verdict(section: Section, result: Any, settings: Settings, language: str) -> None:
    """The sentence that the run itself says about the claim."""
    found = section.verdict(result, settings)
    sentence = section.say(f"verdict.{found.key}", language, **found.values)
    with st.container(key="section_verdict"):
        if found.holds:
            st.success(sentence, icon=":material/check_circle:")
        else:
            st.info(sentence, icon=":material/help:")


def opened(section: Section, seen: Opened, language: str) -> None:
    """That the test part was opened, and what it says."""
    with st.container(key="section_opened"):
        st.info(section.say("opened", language, **seen.values), icon=":material/lock_open:")


def below(
    section: Section, settings: Settings, result: Any, figures: Sequence[Figure], language: str
) -> None:
    """The further figures and the tables."""
    rest = figures if section.handle else figures[1:]
    link = Link(section, settings)
    row: list[tuple[int, Figure]] = []
    for number, figure in enumerate(rest):
        if figure.wide:
            _row(section, row, link)
            row = []
            _row(section, [(number, figure)], link)
        else:
            row.append((number, figure))
            if len(row) == 2:
                _row(section, row, link)
                row = []
    _row(section, row, link)
    if section.tables is not None and result is not None:
        for number, table in enumerate(section.tables(result, settings, language)):
            _table(table, f"{section.key}.table.{number}", link)


def _row(section: Section, row: Sequence[tuple[int, Figure]], link: Link) -> None:
    if not row:
        return
    for column, (number, figure) in zip(st.columns(len(row), gap="medium"), row, strict=True):
        with column:
            if figure.title:
                st.markdown(f"**{figure.title}**")
            key = f"{section.key}.figure.{number}"
            if st.session_state.get(_table_key(section)):
                _frame(figure, SIDE_HEIGHT, f"{key}.rows", link)
            else:
                figure_chart(figure, key, SIDE_HEIGHT, link)


def _table(table: Table, key: str, link: Link) -> None:
    if table.title:
        st.markdown(f"**{table.title}**")
    names = [name for name in table.columns if name in table.frame]
    numbers = {
        table.columns[name]: st.column_config.NumberColumn(format=style)
        for name, style in table.formats.items()
        if name in names
    }
    shown = table.frame[names].rename(columns=dict(table.columns))
    place = link.rows(table.frame, table.links, key)
    st.dataframe(shown, hide_index=True, width="stretch", column_config=numbers, **place)


def tasks(written: str) -> list[tuple[str, str]]:
    """The tasks of a section with their answers: numbered lines, each answer behind an arrow."""
    found = []
    for item in re.split(r"^\d+\. ", written, flags=re.MULTILINE)[1:]:
        task, _, answer = item.partition("→")
        found.append((task.strip(), answer.strip()))
    return found


def lesson(section: Section, settings: Settings, language: str) -> None:
    """What the lecture says, what to try, with the answers folded away, and the program."""
    if section.formula is not None:
        st.latex(section.formula(settings))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"##### {text('sections.says', language)}")
        st.markdown(section.say("says", language))
    with right:
        st.markdown(f"##### {text('sections.try', language)}")
        asked = tasks(section.say("try", language))
        st.markdown("\n".join(f"{number}. {task}" for number, (task, _) in enumerate(asked, start=1)))
        with st.expander(text("sections.answers", language), icon=":material/lightbulb:"):
            st.markdown("\n".join(f"{number}. {answer}" for number, (_, answer) in enumerate(asked, start=1)))
    if section.code is None and section.experiment is None:
        return
    with st.expander(
        text("sections.code", language), icon=":material/code:", key=f"{section.key}.code", on_change="rerun"
    ) as opened:
        if opened.open:
            try:
                st.code(code_of(section, settings, language), language="python")
            except InvalidValue as error:
                st.info(describe(error, language))


def code_of(section: Section, settings: Settings, language: str) -> str:
    """The program that does what the section does under these settings. Raises InvalidValue where there is none."""
    if section.code is not None:
        return section.code(settings)
    from playground import export

    assert section.experiment is not None
    epochs = settings.get("epochs", 50)
    return export.to_script(section.experiment(settings), epochs, language)


def neighbours(section: Section, language: str) -> None:
    """Where the lecture goes on from here."""
    before, after = _around(section)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="section_neighbours"):
        for other, word in ((before, "back"), (after, "next")):
            if other is not None:
                label = f"{text(f'sections.{word}', language)}: {other.say('title', language)}"
                _link(other, label, language, f":material/arrow_{ARROWS[word]}:")
