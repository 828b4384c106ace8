"""The playground: controls in the sidebar, the stage, and what to take from it below."""

import streamlit as st

from playground.registry import InvalidValue
from playground.stage import stage
from playground.text import text
from playground.text.refusals import describe
from playground.ui import address, code, controls, data_entry, navigation, share

TABS = {"code": code, "share": share, "data": data_entry}
ICONS = {"code": ":material/code:", "share": ":material/share:", "data": ":material/table:"}


def below(live, spoken):
    """The areas under the stage; only the open one is computed."""
    labels = [f"{ICONS[name]} {text(f'ui.tabs.{name}', spoken)}" for name in TABS]
    for tab, area in zip(st.tabs(labels, key="below", on_change="rerun"), TABS.values(), strict=True):
        if tab.open:
            with tab:
                area.draw(live, spoken)


spoken = navigation.begin("playground")
try:
    live = address.PAGE.follow()
except InvalidValue as error:
    st.error(text("errors.unavailable", spoken, problem=describe(error, spoken)), icon=":material/error:")
    st.stop()

remark = address.PAGE.note(live)
if remark is not None:
    problem = describe(remark.error, spoken) if remark.error else ""
    st.warning(text(remark.key, spoken, problem=problem), icon=":material/link_off:")

with st.sidebar:
    controls.draw(live, spoken)
stage(live, language=spoken, resume=address.PAGE.resume, key="stage")
navigation.link("race", text("race.page.from_playground", spoken), spoken, base="playground")
below(live, spoken)
address.PAGE.write(live)
