"""A page's component: the browser gets it before what stands beside it, once a visit."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from playground import Experiment
from playground.live import sessions
from playground.live.viewer import Viewer
from playground.stage import mounting


@pytest.fixture
def session():
    server = sessions.Server()
    yield server.open(Experiment(n_samples=40, device="cpu"))
    server.scheduler.stop()


@pytest.fixture
def visit(monkeypatch):
    """A script run of a visit: what Streamlit keeps for it, in place of a browser's."""
    kept: dict[str, object] = {}
    monkeypatch.setattr(mounting, "st", SimpleNamespace(session_state=kept))
    monkeypatch.setattr(mounting, "runtime", SimpleNamespace(exists=lambda: True))
    return kept


def test_the_rest_of_the_first_page_follows_as_soon_as_somebody_watches(session, visit, monkeypatch):
    monkeypatch.setattr(mounting, "FIRST_SECONDS", 60.0)
    rest = threading.Thread(target=mounting._comes_first, args=(session, "stage"))
    rest.start()
    assert rest.is_alive()
    session.join(Viewer(lambda: None))
    rest.join(30.0)
    assert not rest.is_alive()


def test_later_pages_of_a_visit_do_not_wait(session, visit, monkeypatch):
    mounting._comes_first(session, "stage")
    monkeypatch.setattr(session, "seen", None)
    mounting._comes_first(session, "stage")


def test_a_script_without_a_browser_does_not_wait(session, monkeypatch):
    monkeypatch.setattr(session, "seen", None)
    mounting._comes_first(session, "stage")
