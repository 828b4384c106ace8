"""What a tab remembers a visit by, so that what the visitor has had computed survives a reload of the page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

# The browser keeps the key for this tab and this site alone. It is offered once, by a page that was loaded again; its
# data is a list of one, as Streamlit would look through a text for a path.
_SCRIPT = """
const NAME = "playground-visit";
const [arrival] = globalThis.performance?.getEntriesByType?.("navigation") ?? [];
const returned = ["reload", "back_forward"].includes(arrival?.type);

export default function ({ data, setTriggerValue }) {
  const [key] = data;
  let storage = null;
  try {
    storage = globalThis.sessionStorage;
  } catch {
    return; // the browser forbids it: nothing is remembered
  }
  const earlier = returned && !globalThis.__playgroundVisit ? storage.getItem(NAME) : null;
  globalThis.__playgroundVisit = true;
  if (earlier && earlier !== key) setTriggerValue("earlier", earlier);
  else storage.setItem(NAME, key);
}
"""
MOUNT = "visit"
_component = st.components.v2.component("playground_visit", js=_SCRIPT, isolate_styles=False)


def remember(key: str, take_back: Callable[[object], None]) -> None:
    """Have the tab remember ``key``.

    Args:
        take_back: called with the key of the visit before the page was loaded again, before the page is drawn anew.
    """

    def offered() -> None:
        take_back(getattr(st.session_state.get(MOUNT), "earlier", None))

    with st.container(key="visit-key"):
        _component(key=MOUNT, data=[key], on_earlier_change=offered)
