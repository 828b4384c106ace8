"""After a reload the tab's earlier session takes the new one's place, and nobody else's ever does."""

import pytest
from app_visit import APP, live_of, visit
from streamlit.testing.v1 import AppTest

from playground.experiment import Experiment
from playground.live import sessions
from playground.live.session import LiveSession
from playground.live.viewer import Viewer

QUERY = {"v": "2", "hidden": "3", "dataset": "xor"}


def script(state: str, token: object) -> None:
    """Hand in a token as the stage does."""
    import streamlit as st

    from playground.ui import reloading

    st.session_state["taken"] = reloading.take_back(state, token, lambda live: live.experiment.to_query())


def hand_in(at: AppTest, token: object) -> bool:
    """Whether the session of ``token`` took the place of the visit's own."""
    page = AppTest.from_function(script, args=("live", token))
    for key in ("live", "asked_at_opening.live"):
        page.session_state[key] = at.session_state[key]
    page.run()
    assert not page.exception
    at.session_state["live"] = page.session_state["live"]
    return page.session_state["taken"]


@pytest.fixture
def earlier(auto: str) -> LiveSession:
    """A session that was trained and whose tab is being reloaded."""
    session = sessions.open(Experiment.from_query(QUERY))
    session.walk(epochs=2)
    session.settle()
    return session


@pytest.mark.parametrize("query", [QUERY, {}])
def test_the_earlier_session_goes_on(earlier, query) -> None:
    at = visit(**query)
    fresh = live_of(at)
    assert hand_in(at, earlier.token)
    assert sessions.server().find(fresh.token) is None
    at.run()
    assert live_of(at) is earlier
    assert earlier.trainer.epoch == 2
    assert at.query_params["dataset"] in ("xor", ["xor"])


def test_another_address_is_a_wish_for_another_run(earlier) -> None:
    at = visit(**QUERY | {"hidden": "4"})
    assert not hand_in(at, earlier.token)


def test_a_run_that_is_watched_stays_with_its_tab(earlier) -> None:
    at = visit(**QUERY)
    viewer = Viewer(lambda: None)
    earlier.join(viewer)
    assert not hand_in(at, earlier.token)
    earlier.leave(viewer)
    assert hand_in(at, earlier.token)


def test_a_new_run_that_has_begun_stays(earlier) -> None:
    at = visit(**QUERY)
    live_of(at).walk(steps=1)
    live_of(at).settle()
    assert not hand_in(at, earlier.token)


def test_a_run_that_was_changed_just_before_the_reload_goes_on() -> None:
    """Its address had no time to follow."""
    session = live_of(visit(**QUERY))
    session.reset(new_weights=True)
    session.walk(epochs=1)
    assert hand_in(visit(**QUERY), session.token)


@pytest.mark.parametrize("token", [None, "", "guessed", 7, ["a"]])
def test_what_is_no_token_of_a_session_changes_nothing(token) -> None:
    at = visit(**QUERY)
    fresh = live_of(at)
    assert not hand_in(at, token)
    assert live_of(at) is fresh


def test_a_session_that_was_let_go_is_not_taken(earlier) -> None:
    at = visit(**QUERY)
    sessions.server().close(earlier)
    assert not hand_in(at, earlier.token)


def test_a_race_is_not_taken_for_a_run() -> None:
    at = AppTest.from_file(str(APP), default_timeout=120).run()
    at.switch_page("pages/race.py").run()
    race = at.session_state["race"]
    assert sessions.server().find(race.token) is race
    assert not hand_in(visit(), race.token)
