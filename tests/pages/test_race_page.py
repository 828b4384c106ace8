"""The race's page: the address, what varies, the rules, and what is taken away."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import pytest
from app_visit import visit
from streamlit.testing.v1 import AppTest

from playground.experiment import FIELDS, Experiment
from playground.races import Lane, Race
from playground.races.presets import PRESETS
from playground.races.race import MAX_LANES, vary
from playground.races.session import RaceSession
from playground.registry import InvalidValue
from playground.text import text
from playground.ui import race_lanes, race_session
from playground.ui.race_controls import running_preset

TWO = (Lane(activation="relu"), Lane(activation="tanh"))


def raced(language: str = "en", **query: str) -> AppTest:
    """Open the race's page with all its groups."""
    at = visit(v="1", lang=language)
    for group in ("race.group.base", "race.share", *(f"race.lane{i}.group" for i in range(MAX_LANES))):
        at.session_state[group] = True
    return raced_again(at, **query)


def raced_again(at: AppTest, **query: str) -> AppTest:
    """Go to the race's page by a link with these parameters."""
    for name in list(at.query_params):
        del at.query_params[name]
    for name, value in query.items():
        at.query_params[name] = value
    at.switch_page("pages/race.py").run()
    assert not at.exception
    return at


def live_of(at: AppTest) -> RaceSession:
    return at.session_state[race_session.STATE]


def set_to(at: AppTest, key: str, value: object) -> None:
    at.get_by_key(key).set_value(value)
    at.run()
    assert not at.exception


def query_of(at: AppTest) -> dict[str, str]:
    return {k: v[0] if isinstance(v, list) else v for k, v in at.query_params.items() if k != "lang"}


# --- the address ------------------------------------------------------------------------------------


def test_the_page_opens_a_ready_made_comparison_and_says_so_in_korean():
    at = raced("ko")
    race = live_of(at).race
    assert running_preset(race) == race_session.FIRST_PRESET
    preset = PRESETS[race_session.FIRST_PRESET]
    assert any(preset.claim("ko") in entry.value for entry in at.main.markdown)
    assert Race.from_query(query_of(at)) == race


def test_a_link_opens_its_race():
    race = Race(
        Experiment(dataset="xor"), (Lane(), Lane(learning_rate=0.3, name="fast")), seeds=4, mode="time"
    )
    assert live_of(raced(**race.to_query())).race == race


def test_a_link_to_an_engine_that_cannot_do_it_opens_the_first_race_and_says_why():
    at = raced("ko", **Race(Experiment(engine="fused", optimizer="lbfgs"), TWO).to_query())
    assert running_preset(live_of(at).race) == race_session.FIRST_PRESET
    assert "엔진" in at.warning[0].value


def test_an_experiment_becomes_the_base():
    at = raced(v="1", dataset="moons", hidden="6")
    race = live_of(at).race
    assert (race.base.dataset.name, race.base.hidden) == ("moons", (6,))
    assert race_session.varied(race) == "activation"


def test_a_race_of_what_is_trained_on_all_points_keeps_some_to_compare_on():
    at = visit(v="1", dataset="moons", hidden="3", train_fraction="1")
    raced_again(at, base="playground")
    assert live_of(at).race.base == Experiment(dataset="moons", hidden=(3,))
    assert [warning.value for warning in at.warning] == [text("race.page.tests_kept", "en")]


def test_the_playgrounds_experiment_is_sent_each_time_it_is_asked_for():
    at = raced(base="playground")
    assert live_of(at).race.base == at.session_state["live"].experiment
    live = at.session_state["live"]
    at.switch_page("pages/playground.py").run()
    live.change(hidden=(7,))
    raced_again(at, base="playground")
    assert live_of(at).race.base.hidden == (7,)


@pytest.mark.parametrize("query", [{"preset": "nonsense"}, {"lane1": "noise:7", "lane2": ""}, {"noise": "9"}])
def test_a_bad_link_is_named_and_something_runs(query):
    at = raced(**query)
    assert len(at.main.warning) == 1
    assert running_preset(live_of(at).race) == race_session.FIRST_PRESET


# --- what varies ------------------------------------------------------------------------------------


def test_a_setting_varies_over_techniques():
    at = raced(v="1")
    set_to(at, "race.varied", "optimizer")
    race = live_of(at).race
    assert [e.optimizer.name for e in race.experiments] == ["sgd", "momentum", "rmsprop", "adam"]
    set_to(at, "race.values", ["sgd", "adam"])
    assert [e.optimizer.name for e in live_of(at).race.experiments] == ["sgd", "adam"]
    assert query_of(at)["lane2"] == "optimizer:adam"


def test_a_setting_varies_over_numbers_and_refusals_are_shown():
    at = raced(v="1")
    set_to(at, "race.varied", "learning_rate")
    set_to(at, "race.values_text", "0.01, 0.1, 1")
    assert [e.learning_rate for e in live_of(at).race.experiments] == [0.01, 0.1, 1.0]
    set_to(at, "race.values_text", "0.01, 99")
    assert [e.learning_rate for e in live_of(at).race.experiments] == [0.01, 0.1, 1.0]
    assert any("99" in entry.value for entry in at.sidebar.error)


def test_layers_vary_in_links_notation():
    at = raced(v="1")
    set_to(at, "race.varied", "hidden")
    set_to(at, "race.values_text", "2; 8,8; 8,8,8")
    assert [e.hidden for e in live_of(at).race.experiments] == [(2,), (8, 8), (8, 8, 8)]


@pytest.mark.parametrize("base", [Experiment(), Experiment(dataset="plane", optimizer="adam", dropout=0.5)])
def test_everything_on_offer_can_vary_at_once(base):
    for name in race_lanes.options(base):
        values = race_lanes.first_values(base, name)
        if len(values) < 2:
            continue  # a family with a single entry that fits
        race = Race(base, vary(base, name, values))
        assert race_session.varied(race) == name
        if "." in name or not FIELDS[name].registry:
            again = race_lanes.parsed(base, name, race_lanes.written(race, name))
            assert Race(base, vary(base, name, again)).experiments == race.experiments


def test_lanes_are_edited_added_and_removed_by_hand():
    at = raced(v="1")
    set_to(at, race_lanes.HOW, "hand")
    at.get_by_key("race.add").click()
    at.run()
    assert len(live_of(at).race.lanes) == 4
    set_to(at, "race.fields.3", [*at.session_state["race.fields.3"], "batch_size"])
    set_to(at, "control.race.lane3.batch_size", 50)
    assert live_of(at).race.experiments[3].batch_size == 50
    set_to(at, "race.lane3.own_name", "big batches")
    assert live_of(at).race.labels()[3] == "big batches"
    set_to(at, "race.fields.3", [n for n in at.session_state["race.fields.3"] if n != "batch_size"])
    assert live_of(at).race.experiments[3].batch_size == 10
    at.get_by_key("race.remove0").click()
    at.run()
    assert not at.exception
    assert len(live_of(at).race.lanes) == 3


def test_no_more_lanes_than_there_may_be():
    race = Race(lanes=vary(Experiment(), "learning_rate", (0.01, 0.03, 0.1, 0.3, 1, 3)))
    assert len(race.lanes) == MAX_LANES
    with pytest.raises(InvalidValue):
        race_session.with_another(race)


def test_lanes_keep_their_differences_on_another_base():
    race = Race(Experiment(), vary(Experiment(), "activation", ("tanh", "relu")))
    moved = race_session.rebased(race, Experiment(dataset="plane", activation="relu"))
    assert [e.activation.name for e in moved.experiments] == ["tanh", "relu"]
    assert {e.dataset.name for e in moved.experiments} == {"plane"}


# --- rules and files --------------------------------------------------------------------------------


def test_rules_change_the_race_and_the_address():
    at = raced(v="1")
    set_to(at, "race.seeds", 4)
    set_to(at, "race.mode", "epoch")
    set_to(at, "race.criterion", "reach_loss")
    set_to(at, "race.criterion_value", "0.2")
    set_to(at, "race.predict", True)
    race = live_of(at).race
    assert (race.seeds, race.mode, race.criterion.kind, race.criterion.value) == (
        4,
        "epoch",
        "reach_loss",
        0.2,
    )
    assert race.predict
    assert Race.from_query(query_of(at)) == race


def test_choosing_a_comparison_keeps_the_seeds():
    at = raced(v="1", seeds="2", lane1="activation:relu", lane2="")
    set_to(at, "race.preset", "optimizers")
    race = live_of(at).race
    assert race == PRESETS["optimizers"].race.replace(seeds=2)
    assert any("16" in entry.value for entry in at.main.markdown)


def test_tables_and_event_files_hold_all_lanes_and_seeds():
    at = raced(v="1", seeds="2", lane1="activation:relu", lane2="")
    live = live_of(at)
    live.walk(epochs=2)
    live.settle()
    table = live.frame()
    assert isinstance(table, pd.DataFrame)
    assert set(zip(table.lane, table.seed, strict=True)) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    with zipfile.ZipFile(io.BytesIO(live.tensorboard())) as archive:
        assert len(archive.namelist()) == 4
    shown = [entry.label for entry in at.main.get("download_button")]
    assert shown == [text(f"race.page.files.{name}", "en") for name in ("json", "csv", "tensorboard")]
