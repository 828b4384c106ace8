"""What all components that talk to a session over a socket share: the stub, and the way without a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.live import sessions
from playground.live.base import Session
from playground.live.commands import LIMITS
from playground.live.polling import Poll
from playground.stage import assets
from playground.text import topic

VIEWER = "viewer_without_socket"
"""Prefix of the key under which a visit keeps its viewer."""
CHANGED = "changed_without_socket"
"""Prefix of the key under which a visit keeps the revision that its controls have followed."""
POLL_SECONDS = 0.5
SHOWN = "component_shown"
"""Prefix of the key under which a visit keeps that its first page has been drawn."""
FIRST_SECONDS = 0.6
"""A browser that has Streamlit's scripts opens the socket within this time."""

Resume = Callable[[object], object]
Changed = Callable[[], None]

# The inline part is sent with every script run, so it only fetches module and styles, side by side. Where the server's
# extra routes cannot be reached it says so in the component's place. Its data is a list of one: Streamlit would look
# through a dictionary for tables, and load pandas to do so.
_STUB = """
export default function (component) {
  const { parentElement } = component, [data] = component.data;
  const load = (globalThis.__playgroundStage ??= {});
  const address = new URL(data.modules, document.baseURI).href;
  if (!load[address]) {
    const styles = { rel: "preload", as: "style", href: address + "STYLES" };
    document.head.append(Object.assign(document.createElement("link"), styles));
    load[address] = import(address + "MODULE");
  }
  let cleanup = null, gone = false;
  load[address].then((module) => {
    if (!gone) cleanup = module.ENTRY({ ...component, data });
  }, (error) => {
    delete load[address];
    parentElement.textContent = data.failed + " " + error;
  });
  return () => { gone = true; if (cleanup) cleanup(); };
}
"""


def stub(entry: str) -> str:
    """The inline script of a component that one of ``assets.ENTRIES`` mounts."""
    return _STUB.replace("ENTRY", entry).replace("MODULE", assets.MODULE).replace("STYLES", assets.STYLES)


def labels(topics: tuple[str, ...], language: str) -> dict[str, str]:
    """The texts of some topics under their full keys."""
    return {f"{name}.{key}": value for name in topics for key, value in topic(name, language).items()}


def common(
    live: Session, kind: str, specs: str, topics: tuple[str, ...], language: str, projector: bool
) -> dict[str, Any]:
    """The data that every component with a session is given.

    Args:
        live: the session that it shows.
        kind: of its socket's address.
        specs: name of the file with its charts, see ``assets.charts``.
        topics: of the texts.
        language: of the texts.
        projector: larger letters and lines, for a room.
    """
    texts = labels(topics, language)
    return {
        "modules": assets.address(),
        "language": language,
        "labels": texts,
        "failed": texts["stage.failed"],
        "limits": LIMITS,
        "token": live.token,
        "socket": f"./{kind}/{live.token}",
        "specs": specs,
        "projector": projector,
    }


def mount(
    component: Callable[..., Any],
    live: Session,
    data: dict[str, Any],
    key: str,
    commands: Mapping[str, Callable[..., Any]],
    resume: Resume,
    changed: Changed,
    asks: Mapping[str, Callable[[], None]] | None = None,
) -> Any:
    """Mount a component; where its socket cannot be opened, messages travel with the page twice a second.

    Args:
        component: made by ``st.components.v2.component``.
        live: whose frames it shows.
        data: what it is given.
        key: identity of the mount; a component with the same key goes on over script runs.
        commands: what it may ask for.
        resume: is handed the token of the session that the tab showed before it was reloaded.
        changed: called when the component has changed what the session runs, before the page follows.
        asks: what else the component may ask of the page, by name, each with what is called then.
    """
    asked = {f"on_{name}_change": called for name, called in (asks or {}).items()}
    callbacks = {**_callbacks(key, resume, changed), **asked}
    if _transport(key) == "fallback":
        return _without_socket(component, live, data, key, commands, callbacks, tuple(asks or ()))
    viewer = st.session_state.pop(f"{VIEWER}.{key}", None)
    if viewer is not None:
        live.leave(viewer)
    with (
        st.container()
    ):  # as a fragment has one: the way changes, and the component on the page stays the same
        shown = component(key=key, data=[data], **callbacks)
    _comes_first(live, key)
    return shown


def _comes_first(live: Session, key: str) -> None:
    """With the first page of a visit, let the browser draw the component before what stands beside it.

    It draws in the order in which things come, and many controls take it longer than the component. The rest of the
    page follows when the component has opened its socket, or can hardly be about to.
    """
    if runtime.exists() and not st.session_state.get(f"{SHOWN}.{key}"):
        st.session_state[f"{SHOWN}.{key}"] = True
        live.seen.wait(FIRST_SECONDS)


@st.fragment(run_every=POLL_SECONDS)
def _without_socket(
    component: Callable[..., Any],
    live: Session,
    data: dict[str, Any],
    key: str,
    commands: Mapping[str, Callable[..., Any]],
    callbacks: Mapping[str, Callable[[], None]],
    asks: tuple[str, ...],
) -> Any:
    if _transport(key) != "fallback" or sessions.server().find(live.token) is not live:
        st.rerun()  # the page's script mounts the socket, or has the session served again
    viewer = _viewer(live, key)
    viewer.command(live, getattr(st.session_state.get(key), "command", None), commands)
    result = component(
        key=key,
        data=[{**data, "fallback": viewer.poll(live)}],
        on_command_change=_nothing,
        **callbacks,
    )
    if result.changed is not None and st.session_state.get(f"{CHANGED}.{key}") != result.changed:
        st.session_state[f"{CHANGED}.{key}"] = result.changed
        st.rerun()  # the controls beside the component follow
    if any(getattr(result, name, None) is not None for name in asks):
        st.rerun()
    return result


def _callbacks(key: str, resume: Resume, changed: Changed) -> dict[str, Callable[[], None]]:
    def resumed() -> None:
        resume(getattr(st.session_state.get(key), "resume", None))

    return {
        "on_changed_change": changed,
        "on_gone_change": _nothing,
        "on_transport_change": _nothing,
        "on_resume_change": resumed,
    }


def _transport(key: str) -> str | None:
    return getattr(st.session_state.get(key), "transport", None)


def _viewer(live: Session, key: str) -> Poll:
    """The visit's viewer; another one after a while in which nobody asked."""
    viewer: Poll | None = st.session_state.get(f"{VIEWER}.{key}")
    if viewer is None or viewer not in live.viewers:
        viewer = Poll(_whether_connected())
        live.join(viewer)
        st.session_state[f"{VIEWER}.{key}"] = viewer
    return viewer


def _whether_connected() -> Callable[[], bool]:
    """Tells whether the browser of this visit is still there: a reloaded page is another visit."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    active, visit = runtime.get_instance().is_active_session, context.session_id
    return lambda: active(visit)


def _nothing() -> None:
    """A trigger needs a callback to be reported; the script reads the value itself."""
