"""The stage in a Streamlit page: one component that talks to its session over a socket."""

from __future__ import annotations

import base64
import json
from typing import Any

import streamlit as st

from playground.live.session import LiveSession
from playground.live.viewer import Viewer
from playground.stage import assets
from playground.text import topic
from playground.views import stage_specs

TOPICS = ("stage", "network", "boundary", "runs")

# The inline part is sent with every script run, so it only fetches the modules. Where the server's extra routes
# cannot be reached the modules come with the data instead.
STUB = """
export default function (component) {
  const { data, parentElement } = component;
  const load = (globalThis.__playgroundStage ??= {});
  load[data.modules] ??= import(new URL(data.modules + "main.js", document.baseURI).href);
  let cleanup = null, gone = false;
  load[data.modules].then((module) => {
    if (!gone) cleanup = module.mount(component);
  }, (error) => {
    delete load[data.modules];
    parentElement.textContent = data.failed + " " + error;
  });
  return () => { gone = true; if (cleanup) cleanup(); };
}
"""


def _labels(language: str) -> dict[str, str]:
    return {f"{name}.{key}": value for name in TOPICS for key, value in topic(name, language).items()}


_component = st.components.v2.component("playground_stage", html="<div></div>", js=STUB, isolate_styles=True)


def _fallback(live: LiveSession) -> list[str]:
    """What a socket would have brought since the last call: texts, and frames in base64 after ``b64:``."""
    viewer = st.session_state.get("stage_viewer")
    if viewer is None or viewer not in live.viewers:
        viewer = Viewer(lambda: None)
        live.join(viewer)
        st.session_state["stage_viewer"] = viewer
    viewer.acknowledge(viewer.frames)
    live.refresh(viewer)
    return [
        "b64:" + base64.b64encode(message).decode() if isinstance(message, bytes) else message
        for message in viewer.take()
    ]


def _command(live: LiveSession, message: Any) -> None:
    from playground.live.routes import answer

    viewer = st.session_state.get("stage_viewer")
    if (
        viewer is not None
        and isinstance(message, dict)
        and len(json.dumps(message)) <= live.bounds.message_bytes
    ):
        reply = answer(live, viewer, message)
        if reply is not None:
            viewer.post(json.dumps(reply, ensure_ascii=False))


def stage(live: LiveSession, *, language: str, key: str = "stage", lane: int | None = None) -> Any:
    """Mount the stage of a session.

    Args:
        live: the session to show.
        language: of the labels.
        key: identity of the mount; a stage with the same key goes on over script runs.
        lane: number of the lane where several stages stand side by side.

    Returns:
        The component's result: ``changed`` is set for one run after the stage changed the experiment,
        ``transport`` is ``"fallback"`` where no socket can be opened.
    """
    data = {
        "token": live.token,
        "socket": f"/live/{live.token}",
        "modules": assets.address(),
        "language": language,
        "labels": _labels(language),
        "specs": stage_specs(language),
        "lane": lane,
        "failed": _labels(language).get("stage.failed", ""),
    }
    state = st.session_state.get(key)
    if getattr(state, "transport", None) == "fallback":
        return _fallback_stage(live, data, key)
    return _component(key=key, data=data, on_changed_change=_nothing, on_transport_change=_nothing)


@st.fragment(run_every=0.5)
def _fallback_stage(live: LiveSession, data: dict[str, Any], key: str) -> Any:
    command = getattr(st.session_state.get(key), "command", None)
    if command:
        _command(live, command)
    return _component(
        key=key,
        data={**data, "fallback": _fallback(live)},
        on_changed_change=_nothing,
        on_transport_change=_nothing,
        on_command_change=_nothing,
    )


def _nothing() -> None:
    """A trigger needs a callback to be reported; the script reads the value itself."""
