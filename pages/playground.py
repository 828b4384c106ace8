"""The playground: controls in the sidebar, the stage, and what to take from it below."""

import streamlit as st

from playground.registry import InvalidValue
from playground.stage.single import stage
from playground.text import text
from playground.text.refusals import describe
from playground.ui import (
    address,
    code,
    compare,
    controls,
    data_entry,
    follow,
    handout,
    matter,
    navigation,
    predict,
    share,
    view,
)

AREAS = {
    "code": code,
    "share": share,
    "data": data_entry,
    "matter": matter,
    "compare": compare,
    "predict": predict,
}
ICONS = {
    "code": ":material/code:",
    "share": ":material/share:",
    "data": ":material/table:",
    "matter": ":material/bar_chart:",
    "compare": ":material/balance:",
    "predict": ":material/question_answer:",
}


@st.fragment(key=follow.REST)
def below(live, spoken):
    """The areas under the stage; only what is open is computed and drawn."""
    follow.part_begins(live)
    handout.draw(live, spoken)
    for name, area in AREAS.items():
        place = st.expander(
            text(f"ui.tabs.{name}", spoken), icon=ICONS[name], key=f"below.{name}", on_change="rerun"
        )
        if place.open:
            with place:
                area.draw(live, spoken)
    follow.part_drawn(follow.REST, live)


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

stage(live, language=spoken, projector=view.projector(), resume=address.PAGE.resume, changed=follow.refresh)
with st.sidebar:
    controls.draw(live, spoken)
navigation.link("race", text("race.page.from_playground", spoken), spoken, base="playground")
below(live, spoken)
