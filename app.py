"""Entry of ``streamlit run app.py``.

Streamlit finds ``app`` in this file and serves it; for each visitor's script run it executes the same file, then
with a runtime in place.
"""

import streamlit as st

if not st.runtime.exists():
    from playground.live.lifespan import lifespan
    from playground.live.routes import ROUTES
    from playground.races.routes import ROUTES as RACE_ROUTES

    app = st.App(__file__, routes=[*ROUTES, *RACE_ROUTES], lifespan=lifespan)
else:
    from playground.ui.navigation import run

    run()
