"""What all components that talk to a session over a socket share: the stub, and the way without a socket."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from playground.live.audience import Audience
from playground.live.viewer import Viewer
from playground.stage import assets
from playground.text import topic

VIEWER = "viewer_without_socket"
"""Prefix of the key under which a visit keeps its viewer."""

# The inline part is sent with every script run, so it only fetches the modules. Where the server's extra routes
# cannot be reached the modules come with the data instead.
_STUB = """
export default function (component) {
  const { data, parentElement } = component;
  const load = (globalThis.__playgroundStage ??= {});
  const address = data.modules + "main.js";
  load[address] ??= import(new URL(address, document.baseURI).href);
  let cleanup = null, gone = false;
  load[address].then((module) => {
    if (!gone) cleanup = module.mount(component);
  }, (error) => {
    delete load[address];
    parentElement.textContent = data.failed + " " + error;
  });
  return () => { gone = true; if (cleanup) cleanup(); };
}
"""


def stub(module: str) -> str:
    """The inline script of a component whose ``mount`` is in ``module``."""
    return _STUB.replace("main.js", module)


def labels(topics: tuple[str, ...], language: str) -> dict[str, str]:
    """The texts of some topics under their full keys."""
    return {f"{name}.{key}": value for name in topics for key, value in topic(name, language).items()}


def common(language: str, topics: tuple[str, ...]) -> dict[str, Any]:
    """The data that every component is given."""
    texts = labels(topics, language)
    return {
        "modules": assets.address(),
        "language": language,
        "labels": texts,
        "failed": texts.get("stage.failed", ""),
    }


def mount(
    component: Callable[..., Any],
    live: Audience,
    data: dict[str, Any],
    key: str,
    commands: Mapping[str, Callable[..., Any]],
) -> Any:
    """Mount a component; where its socket cannot be opened, messages travel with the page twice a second.

    Args:
        component: made by ``st.components.v2.component``.
        live: whose frames it shows.
        data: what it is given.
        key: identity of the mount; a component with the same key goes on over script runs.
        commands: what it may ask for.
    """
    state = st.session_state.get(key)
    if getattr(state, "transport", None) == "fallback":
        return _without_socket(component, live, data, key, commands)
    return component(key=key, data=data, on_changed_change=_nothing, on_transport_change=_nothing)


@st.fragment(run_every=0.5)
def _without_socket(
    component: Callable[..., Any],
    live: Audience,
    data: dict[str, Any],
    key: str,
    commands: Mapping[str, Callable[..., Any]],
) -> Any:
    viewer = _viewer(live, key)
    command = getattr(st.session_state.get(key), "command", None)
    if command:
        _carry_out(live, viewer, command, commands)
    return component(
        key=key,
        data={**data, "fallback": _messages(live, viewer)},
        on_changed_change=_nothing,
        on_transport_change=_nothing,
        on_command_change=_nothing,
    )


def _viewer(live: Audience, key: str) -> Viewer:
    viewer = st.session_state.get(f"{VIEWER}.{key}")
    if viewer is None or viewer not in live.viewers:
        viewer = Viewer(lambda: None)
        live.join(viewer)
        st.session_state[f"{VIEWER}.{key}"] = viewer
    return viewer


def _messages(live: Audience, viewer: Viewer) -> list[str]:
    """What a socket would have brought since the last call: texts, and frames in base64 after ``b64:``."""
    viewer.acknowledge(viewer.frames)
    live.refresh(viewer)
    return [
        "b64:" + base64.b64encode(message).decode() if isinstance(message, bytes) else message
        for message in viewer.take()
    ]


def _carry_out(
    live: Audience, viewer: Viewer, message: Any, commands: Mapping[str, Callable[..., Any]]
) -> None:
    from playground.live.routes import answer

    if isinstance(message, dict) and len(json.dumps(message)) <= live.bounds.message_bytes:
        reply = answer(live, viewer, message, commands)
        if reply is not None:
            viewer.post(json.dumps(reply, ensure_ascii=False))


def _nothing() -> None:
    """A trigger needs a callback to be reported; the script reads the value itself."""
