"""What to take from a race: what is known about it, its link and files, tables for other tools."""

from __future__ import annotations

import streamlit as st

from playground.races.presets import PRESETS
from playground.races.race import Race
from playground.races.session import RaceSession
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import describe
from playground.ui import address, race_lanes, session
from playground.ui.race_controls import running_preset
from playground.ui.share import QR_LINK_CHARACTERS, qr_svg


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
        _link(live, language)
    with right:
        _files(live, language)
        _restore(live, language)


def _link(live: RaceSession, language: str) -> None:
    st.subheader(text("ui.share.link", language))
    if any(experiment.points is not None for experiment in live.race.experiments):
        st.info(text("ui.share.link_custom", language))
        return
    link = address.link_to(live.race.to_query())
    st.caption(text("race.page.link_help", language))
    st.code(link, language=None, wrap_lines=True)
    if len(link) <= QR_LINK_CHARACTERS:
        st.image(qr_svg(link), width=200, alt=text("ui.share.qr_alt", language))


def _files(live: RaceSession, language: str) -> None:
    st.subheader(text("ui.share.files", language))
    files = (
        ("json", "race.json", "application/json", lambda: live.race.to_json()),
        ("csv", "race.csv", "text/csv", lambda: live.frame().to_csv(index=False)),
        ("tensorboard", "race-tensorboard.zip", "application/zip", lambda: live.tensorboard()),
    )
    with st.container(horizontal=True):
        for name, file_name, mime, make in files:
            st.download_button(
                text(f"race.page.files.{name}", language),
                make,
                file_name=file_name,
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"race.download.{name}",
            )
    st.caption(text("race.page.files_help", language))


def _restore(live: RaceSession, language: str) -> None:
    def opened() -> None:
        file = st.session_state["race.restore"]
        if file is None:
            return
        try:
            live.apply(Race.from_json(file.getvalue()))
        except InvalidValue as error:
            session.refuse("race.restore", error)
        else:
            race_lanes.forget()
            st.session_state.pop(session.ERRORS, None)
            st.session_state["race.restored"] = live.revision

    st.file_uploader(
        text("race.page.restore", language),
        type="json",
        key="race.restore",
        help=text("race.page.restore_help", language),
        on_change=opened,
        max_upload_size=1,
    )
    error = session.refused("race.restore")
    if error is not None:
        st.error(describe(error, language), icon=":material/error:")
    elif st.session_state.get("race.restored") == live.revision:
        st.success(text("race.page.restored", language), icon=":material/check:")
