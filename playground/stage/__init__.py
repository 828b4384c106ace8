"""The stage in a Streamlit page: ``single`` mounts that of one session, ``lanes`` those of a race."""
