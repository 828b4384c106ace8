"""A visit of the app without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from playground.experiment import GROUPS
from playground.live.session import LiveSession

APP = Path(__file__).parents[1] / "app.py"


def visit(**query: str) -> AppTest:
    """Open the playground, all groups of its controls, with the given parameters in its address."""
    at = AppTest.from_file(str(APP), default_timeout=120)
    for group in GROUPS:
        at.session_state[f"group.{group}"] = True
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def live_of(at: AppTest) -> LiveSession:
    """The visit's run."""
    return at.session_state["live"]


def control(at: AppTest, name: str) -> Any:
    """The widget of a control."""
    return at.get_by_key(f"control.{name}")


def change(at: AppTest, name: str, value: Any) -> None:
    """Set a control and let the page run."""
    control(at, name).set_value(value)
    at.run()
    assert not at.exception


def opened(area: str, **query: str) -> AppTest:
    """Open the playground and one of the areas under the stage: ``"code"``, ``"share"`` or ``"data"``."""
    at = visit(**query)
    at.session_state[f"below.{area}"] = True
    at.run()
    assert not at.exception
    return at
