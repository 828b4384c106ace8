"""Taking an experiment elsewhere: link, QR code and files, and opening a file again."""

from __future__ import annotations

import streamlit as st

from playground.engine import weights
from playground.experiment import Experiment
from playground.live.session import LiveSession
from playground.text import text
from playground.ui import session, sharing


def draw(live: LiveSession, language: str) -> None:
    """Link and code on the left, files on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        query, remark, facts = sharing.fitting_link(live.experiment)
        query = query and {**query, **_epoch(live, language)}
        sharing.link_and_code(query, "ui.share.link_help", language, remark, **facts)
    with right:
        _files(live, language)
        sharing.restore(live, language, "restore", Experiment.from_json, live.apply, "ui.share")
        sharing.restore(
            live, language, "weights", weights.read, live.set_weights, "ui.share.own_weights", "safetensors"
        )


def _epoch(live: LiveSession, language: str) -> dict[str, str]:
    """The epoch as a parameter of the link, where it is wished and can be repeated."""
    epoch = live.trainer.epoch
    if not epoch:
        return {}
    if not live.repeatable:
        st.caption(text("ui.share.epoch_changed", language))
        return {}
    wished = st.toggle(
        text("ui.share.epoch", language, epoch=f"{epoch:,}"),
        key="share.epoch",
        help=text("ui.share.epoch_help", language),
    )
    return {"epoch": str(epoch)} if wished else {}


def _files(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.share.files", language))
    files = (
        ("json", "experiment.json", "application/json", lambda: live.experiment.to_json()),
        ("history", "history.csv", "text/csv", lambda: session.history_csv(live)),
        ("weights", "weights.safetensors", "application/octet-stream", lambda: session.weights(live)),
        ("runs", "runs.csv", "text/csv", lambda: sharing.csv_bytes(session.runs_table(live))),
    )
    labels = {name: text(f"ui.share.{name}", language) for name in ("json", "history", "weights")}
    labels["runs"] = text("runs.export.csv", language)
    sharing.downloads((f"download.{name}", labels[name], *rest) for name, *rest in files)  # type: ignore[misc]
