"""Which values that the browser sends count as changes."""

import pytest
from app_visit import control, live_of, visit

from playground.ui import binding


def script() -> None:
    """A page with one bound slider; the value is held in the session state, as an experiment's would be."""
    import streamlit as st

    from playground.ui import binding

    st.session_state.setdefault("held", 4)
    binding.begin()
    binding.bound(
        st.slider,
        "slider",
        st.session_state["held"],
        lambda new: st.session_state.update(held=new),
        label="units",
        min_value=0,
        max_value=9,
    )
    binding.end()


@pytest.fixture
def page():
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_function(script).run()
    assert not at.exception
    return at


def send(at, value: int, seen: int) -> int:
    """What is held after the browser has sent a value, having seen drawing ``seen``; the page must show it then."""
    at.slider(key="slider").set_value(value)
    at.number_input(key=binding.SEEN).set_value(seen)
    at.run()
    assert not at.exception
    assert at.slider(key="slider").value == at.session_state["held"]
    return at.session_state["held"]


def change_elsewhere(at, value: int) -> int:
    """Change the value as the stage does, and draw it; the number of that drawing."""
    at.session_state["held"] = value
    at.run()
    return at.number_input(key=binding.SEEN).value


def test_an_old_value_that_is_sent_again_is_no_change(page) -> None:
    seen = page.number_input(key=binding.SEEN).value
    change_elsewhere(page, 5)
    assert send(page, 4, seen) == 5


def test_going_back_to_an_old_value_is_a_change(page) -> None:
    seen = change_elsewhere(page, 5)
    assert send(page, 4, seen) == 4


def test_a_change_made_before_the_other_was_seen_is_a_change(page) -> None:
    seen = page.number_input(key=binding.SEEN).value
    change_elsewhere(page, 5)
    assert send(page, 7, seen) == 7
    # The browser was then set to 5 by the drawing that it saw late, and reports that.
    assert send(page, 5, seen + 1) == 7


def test_a_value_said_twice_is_one_change(page) -> None:
    seen = page.number_input(key=binding.SEEN).value
    assert send(page, 6, seen) == 6
    page.session_state["held"] = 2
    assert send(page, 6, seen) == 2


def test_a_value_of_a_drawing_that_was_cut_short_is_no_change(page) -> None:
    """The slider came, the number did not."""
    seen = page.number_input(key=binding.SEEN).value
    change_elsewhere(page, 5)
    page.session_state["held"] = 6
    assert send(page, 5, seen) == 6


def test_a_layer_added_on_the_stage_outlasts_the_sidebars_old_values() -> None:
    at = visit(v="1")
    seen = at.number_input(key=binding.SEEN).value
    live_of(at).change(hidden=(5, 2))
    at.run()
    control(at, "hidden[0]").set_value(4)  # sent along, from before
    control(at, "batch_size").set_value(20)
    at.number_input(key=binding.SEEN).set_value(seen)
    at.run()
    assert live_of(at).experiment.hidden == (5, 2)
    assert live_of(at).experiment.batch_size == 20
    assert control(at, "hidden[0]").value == 5


def test_a_slider_does_not_bring_back_what_the_stage_has_changed_since_it_was_drawn() -> None:
    at = visit(v="1", optimizer="adam")
    live = live_of(at)
    live.change(hidden=(5, 2), optimizer={"name": "adam", "beta2": 0.9})
    control(at, "hidden[1]").set_value(3)
    control(at, "optimizer.adam.beta1").set_value(0.5)
    at.run()
    assert live.experiment.hidden == (5, 3)
    assert (live.experiment.optimizer["beta1"], live.experiment.optimizer["beta2"]) == (0.5, 0.9)


def test_the_value_is_also_the_default_for_a_browser_that_missed_a_drawing(page) -> None:
    change_elsewhere(page, 7)
    page.run()  # nothing is set in the session's state this time
    assert page.slider(key="slider").proto.default[:] == [7]
    assert page.number_input(key=binding.SEEN).proto.default == page.number_input(key=binding.SEEN).value


def test_an_optional_number_can_be_emptied() -> None:
    at = visit(v="1", init_seed="3")
    at.run()
    assert control(at, "init_seed").value == 3
    assert not control(at, "init_seed").proto.HasField("default")
