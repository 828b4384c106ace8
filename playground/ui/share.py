"""Taking an experiment elsewhere: link, QR code and files, and opening a file again."""

from __future__ import annotations

import streamlit as st

from playground.engine import weights
from playground.engine.run_log import RunLog
from playground.experiment import Experiment
from playground.experiment_text import read_json
from playground.live.session import LiveSession
from playground.text import text
from playground.ui import planes, session, sharing


def draw(live: LiveSession, language: str) -> None:
    """Link and code on the left, files on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        query, remark, facts = sharing.fitting_link(live.experiment)
        if query and not remark:
            query = _with_run(live, language) or query
        query = query and {**query, **planes.query(live)}
        sharing.link_and_code(query, "ui.share.link_help", language, remark, **facts)
    with right:
        _files(live, language)
        sharing.restore(live, language, "restore", _read, lambda found: _open(live, found), "ui.share")
        sharing.restore(
            live, language, "weights", weights.read, live.set_weights, "ui.share.own_weights", "safetensors"
        )


def _read(file: bytes) -> Experiment | RunLog:
    """What a JSON file that was saved here holds. Raises InvalidValue."""
    found = read_json(file, "experiment")
    return (
        RunLog.from_dict(found) if isinstance(found, dict) and "did" in found else Experiment.from_dict(found)
    )


def _open(live: LiveSession, found: Experiment | RunLog) -> None:
    if isinstance(found, RunLog):
        live.take_again(found)
    else:
        live.apply(found)


def _with_run(live: LiveSession, language: str) -> dict[str, str] | None:
    """The parameters of a link that also has the run taken again, where that is wished and fits; else None."""
    log, epoch = live.log, live.trainer.epoch
    if not live.trainer.step:
        return None
    begun = log and log.experiment.fits_a_link
    packed = log.packed() if log and begun else None
    if log is None or packed is None:
        st.caption(text("ui.share.run_file" if log else "ui.share.run_changed", language))
        return None
    if not epoch and not log.entries:
        return None
    wished = st.toggle(
        text("ui.share.epoch", language, epoch=f"{epoch:,}"),
        key="share.epoch",
        help=text("ui.share.epoch_help", language),
    )
    if not wished:
        return None
    untouched = all(entry.what == "engine" for entry in log.entries)
    return {**log.experiment.to_query(), **({"epoch": str(epoch)} if untouched else {"run": packed})}


def _files(live: LiveSession, language: str) -> None:
    st.subheader(text("ui.share.files", language))
    log = live.log if live.trainer.step else None
    run = [("run", "run.json", "application/json", log.to_json)] if log else []
    files = (
        ("json", "experiment.json", "application/json", lambda: live.experiment.to_json()),
        *run,
        ("history", "history.csv", "text/csv", lambda: session.history_csv(live)),
        ("weights", "weights.safetensors", "application/octet-stream", lambda: session.weights(live)),
        ("runs", "runs.csv", "text/csv", lambda: sharing.csv_bytes(session.runs_table(live))),
    )
    labels = {name: text(f"ui.share.{name}", language) for name in ("json", "history", "weights")}
    labels["run"] = text("ui.share.run", language)
    labels["runs"] = text("runs.export.csv", language)
    sharing.downloads((f"download.{name}", labels[name], *rest) for name, *rest in files)  # type: ignore[misc]
