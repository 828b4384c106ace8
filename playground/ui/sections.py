"""Draws every section of every chapter: its claim, the main chart with the controls beside it, what the run says."""

from __future__ import annotations

import streamlit as st

from playground.chapters import sections
from playground.chapters.controls import Settings
from playground.chapters.section import Section
from playground.live.jobs import Job
from playground.live.results import Key, results
from playground.stage import visit
from playground.text import text
from playground.text.refusals import describe
from playground.ui import navigation, section_controls, section_parts, session
from playground.ui.linked import Link
from playground.ui.section_settings import asked_for, current, follow, put, refused, write
from playground.ui.section_style import STYLE
from playground.ui.turns import Turns, outdated

FIRST = 0.15
"""Seconds that a page waits for a result before it shows a skeleton."""
turns = Turns()
"""The drawings of all visitors' sections."""


# --- what is computed --------------------------------------------------------------------------------


def _job(section: Section, settings: Settings) -> Job:
    """The computation with these settings: one for all where it starts by itself, as a class opens the same section;
    else, and where it holds data of theirs, the visitor's own, and another one of theirs that is under way rests."""
    visitor = session.visitor()
    for_all = section.starts and not any(
        control.private(settings[control.name]) for control in section.controls
    )
    key = Key((section.key, settings), None if for_all else visitor)
    name = session.visit().name
    job = results.job(key, lambda: section.steps(settings, name), visitor)
    status, _, result = job.look()
    goes_on = section.starts or (result is None and section.kept is not None and section.kept(settings, name))
    if status == "stopped" and goes_on:
        job.go_on()
    results.rest(visitor, key)
    return job


# --- what is drawn -----------------------------------------------------------------------------------


def draw(chapter: str) -> None:
    """Draw the page of a chapter: the section that its address names, else its first one."""
    language = navigation.begin(chapter)
    section = asked_for(sections.of(chapter))
    # A link to another section of the open page changes what the server knows, but not the browser's address.
    st.query_params.from_dict(st.query_params.to_dict())
    st.html(STYLE)
    section_parts.menu(section, language)
    section_parts.heading(section, language)
    follow(section)
    visit.remember(session.visit().key, session.take_back_visit)
    job = _job(section, current(section))
    job.wait(FIRST)
    interval = _interval(job)
    st.fragment(_draw, run_every=interval)(section.key, language, interval)
    section_parts.neighbours(section, language)


def _interval(job: Job) -> float | None:
    """Seconds until the section is drawn again; None if nothing is computed."""
    return turns.interval(results.running) if job.look()[0] == "running" else None


def _draw(key: str, language: str, interval: float | None) -> None:
    """The section itself; runs again by itself while something is computed, and when a control changes."""
    section = sections[key]
    settings = current(section)
    job = _job(section, settings)
    job.wait(FIRST)
    if outdated(interval, _interval(job)):
        # The page decides how often this part runs again by itself. A browser that is busy with an older address may
        # have brought that one along.
        write(section, settings)
        st.rerun()
    with turns.turn():
        _show(section, settings, job, language)


def _show(section: Section, settings: Settings, job: Job, language: str) -> None:
    status, share, result = job.look()
    wrong = [describe(error, language) for error in refused()]
    if wrong:
        told = wrong[0] if len(wrong) == 1 else "\n".join(f"- {one}" for one in wrong)
        st.warning(told, icon=":material/link_off:")
    finished = status == "finished" and result is not None
    seen = section.opened(result, settings) if section.opened is not None and finished else None
    if seen is not None and job.opened:
        result = seen.result
    figures = section.picture(result, settings, language) if result is not None else []
    chart, controls = st.columns([2.7, 1], gap="medium")
    with chart:
        if job.refused is not None:
            st.warning(describe(job.refused, language), icon=":material/block:")
        elif status == "failed":
            st.error(text("sections.failed", language), icon=":material/error:")
        section_parts.main(section, settings, result, figures, job, status, language, put)
        section_parts.progress(section, job, status, share, bool(figures), language)
        found = section.chosen(result, settings) if section.chosen is not None and finished else None
        sealed = job if seen is not None and not job.opened else None
        section_parts.actions(section, settings, found, sealed, language, put)
        Link(section, settings).draw(figures, language)
    with controls, st.container(key="section_controls"):
        section_controls.draw(section, settings, language, put)
    if finished:
        section_parts.verdict(section, result, settings, language)
        if seen is not None and job.opened:
            section_parts.opened(section, seen, language)
    section_parts.below(section, settings, result, figures, language)
    section_parts.lesson(section, settings, language)
