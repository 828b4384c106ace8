"""What to take from a race: what is known about it, its link and files, tables for other tools."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.experiment import Experiment
from playground.races.presets import PRESETS
from playground.races.race import Race
from playground.races.session import RaceSession
from playground.text import text
from playground.ui import follow, planes, race_lanes, sharing
from playground.ui.race_controls import running_preset


@st.fragment(key=follow.REST)
def rest(live: RaceSession, language: str, claim: Any) -> None:
    """What the page tells of the race besides the stage: ``claim``, a place above it, and all below."""
    follow.part_begins(live)
    with claim:
        known(live, language)
    measured(live, language)
    place = st.expander(
        text("race.page.share", language), icon=":material/share:", key="race.share", on_change="rerun"
    )
    if place.open:
        with place:
            draw(live, language)
    follow.part_drawn(follow.REST, live)


def known(live: RaceSession, language: str) -> None:
    """What this race is about: the claim of a ready-made comparison."""
    name = running_preset(live.race)
    if name is None:
        st.write(text("race.page.intro", language))
        return
    preset = PRESETS[name]
    st.markdown(f"**{preset.title(language)}** — {preset.claim(language)}")


def measured(live: RaceSession, language: str) -> None:
    """What was measured of a ready-made comparison; only once the race has begun where a prediction is asked for."""
    name = running_preset(live.race)
    if name is None:
        return
    preset = PRESETS[name]
    hidden = live.race.predict and not live.begun
    with st.expander(text("race.page.outcome", language), key="race.outcome", icon=":material/science:"):
        if hidden:
            st.info(text("race.page.outcome_later", language))
            return
        st.write(preset.outcome(language))
        st.caption(text("race.page.outcome_code", language))
        st.code(preset.code, language="python")


def draw(live: RaceSession, language: str) -> None:
    """Link and code on the left, files on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        query, remark, facts = sharing.fitting_link(live.race.base)
        if query is not None:
            query = {**live.race.replace(base=Experiment.from_query(query)).to_query(), **planes.query(live)}
        sharing.link_and_code(query, "race.page.link_help", language, remark, **facts)
    with right:
        _files(live, language)
        sharing.restore(
            live, language, "race.restore", Race.from_json, lambda race: _open(live, race), "race.page"
        )


def _open(live: RaceSession, race: Race) -> None:
    live.apply(race)
    race_lanes.forget()


def _files(live: RaceSession, language: str) -> None:
    st.subheader(text("ui.share.files", language))
    files = (
        ("json", "race.json", "application/json", lambda: live.race.to_json()),
        ("csv", "race.csv", "text/csv", lambda: sharing.csv_bytes(live.frame())),
        ("tensorboard", "race-tensorboard.zip", "application/zip", lambda: live.tensorboard()),
    )
    sharing.downloads(
        (f"race.download.{name}", text(f"race.page.files.{name}", language), *rest)  # type: ignore[misc]
        for name, *rest in files
    )
    st.caption(text("race.page.files_help", language))
