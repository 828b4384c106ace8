"""Entry of ``streamlit run app.py``.

Streamlit finds ``app`` in this file and serves it; for each visitor's script run it executes the same file, then
with a runtime in place.
"""

import os

import streamlit as st

# The networks are small: several threads for one product cost more than they give, and a class shares the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

if not st.runtime.exists():
    from starlette.middleware import Middleware

    from playground import serving
    from playground.live import doors
    from playground.stage.card import PreviewCard
    from playground.stage.early import StageEarly

    doors.trust(
        doors.Trust(not st.get_option("server.enableCORS"), tuple(st.get_option("server.corsAllowedOrigins")))
    )
    app = st.App(
        __file__,
        routes=serving.under(st.get_option("server.baseUrlPath")),
        lifespan=serving.lifespan,
        middleware=[Middleware(StageEarly), Middleware(PreviewCard)],
    )
else:
    from playground.ui.navigation import run

    run()
