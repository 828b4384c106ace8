"""The race: experiments side by side, in lockstep, with seeds."""

import streamlit as st

from playground.registry import InvalidValue
from playground.stage.lanes import race_stage
from playground.text import text
from playground.text.refusals import describe
from playground.ui import follow, navigation, race_controls, race_session, race_share, view

spoken = navigation.begin("race")
try:
    live = race_session.PAGE.follow()
except InvalidValue as error:
    st.error(text("errors.unavailable", spoken, problem=describe(error, spoken)), icon=":material/error:")
    st.stop()

remark = race_session.PAGE.note(live)
if remark is not None:
    problem = describe(remark.error, spoken) if remark.error else ""
    st.warning(text(remark.key, spoken, problem=problem), icon=":material/link_off:")

claim = st.container()
race_stage(
    live, language=spoken, projector=view.projector(), resume=race_session.PAGE.resume, changed=follow.refresh
)
with st.sidebar:
    race_controls.draw(live, spoken)
race_share.rest(live, spoken, claim)
