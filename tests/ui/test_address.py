"""Links: what they open, what they refuse, and how the address follows."""

from urllib.parse import parse_qsl

import pytest
from app_visit import change, live_of, visit

from playground.data.plane import View
from playground.experiment import Experiment
from playground.presets import DEFAULT_PRESET, PRESETS
from playground.text import text
from playground.ui import race_session
from playground.ui.address import read
from playground.ui.follow import Asked


def test_nothing_asked_opens_the_first_example() -> None:
    assert read({}) == Asked(PRESETS[DEFAULT_PRESET].experiment)


def test_a_link_opens_its_experiment() -> None:
    asked = Experiment(dataset="moons", hidden=(3,), optimizer={"name": "adam", "beta1": 0.8})
    assert read(asked.to_query()).value == asked


def test_a_link_to_an_epoch_has_the_run_trained_up_to_there_once() -> None:
    assert read({"hidden": "3", "epoch": "7"}) == Asked(Experiment(hidden=(3,)), epoch=7)
    at = visit(v="1", hidden="3", epoch="7")
    live = live_of(at)
    live.settle()
    assert (live.trainer.epoch, live.playing) == (7, False)
    assert "epoch" not in at.query_params
    at.run()
    live.settle()
    assert live.trainer.epoch == 7


def test_what_is_seen_of_many_inputs_travels_in_the_address() -> None:
    query = {"v": "2", "dataset": "iris~inputs:all", "plane": "sepal_width,petal_width~sepal_length:6.1"}
    at = visit(**query)
    live = live_of(at)
    assert live.view == View("columns", 1, 3, (6.1, None, None, None))
    assert at.query_params["plane"] == query["plane"]
    live.see(View("components"))
    at.run()
    assert at.query_params["plane"] == "components"
    live.see(None)
    at.run()
    assert "plane" not in at.query_params
    # in a race all maps show what the playground shows
    asked = race_session.read(query)
    assert asked.view == View("columns", 1, 3, (6.1, None, None, None))
    assert race_session.read({**query, "plane": "a,b"}).error.field == "plane"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_opened_by_name(name: str) -> None:
    assert read({"preset": name}).value == PRESETS[name].experiment


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"learning_rate": "99"}, "learning_rate"),
        ({"hidden": "8,0"}, "hidden[1]"),
        ({"learning_rat": "1"}, "learning_rat"),
        ({"preset": "nonsense"}, "preset"),
        ({"v": "99"}, "version"),
        ({"optimizer": "adam~beta1:2"}, "optimizer.beta1"),
        ({"seed": "1" * 5000}, "link"),
        ({"epoch": "-1"}, "epoch"),
        ({"run": "abc"}, "run"),
        ({"epoch": "soon"}, "epoch"),
        ({"plane": "components"}, "plane"),
        ({"dataset": "iris~inputs:all", "plane": "petal_length,sepals"}, "plane"),
        ({"dataset": "iris~inputs:all", "plane": "#1,#2~petal_width:wide"}, "plane.petal_width"),
    ],
)
def test_a_bad_link_names_what_was_refused(query: dict[str, str], field: str) -> None:
    asked = read(query)
    assert asked.value == PRESETS[DEFAULT_PRESET].experiment
    assert asked.error is not None
    assert asked.error.field == field


@pytest.mark.parametrize("page", ["", "race"])
def test_parameters_of_others_are_passed_over(page: str) -> None:
    """Mail and social networks add them to links."""
    link = {"v": "1", "dataset": "xor", "hidden": "4"}
    foreign = {"fbclid": "abc", "utm_source": "mail", "gclid": "1", "si": "x", "ref": "blog"}
    if page:
        assert race_session.read(link | foreign) == race_session.read(link) != race_session.read({})
    else:
        assert read(link | foreign) == Asked(Experiment.from_query(link))


@pytest.mark.parametrize("name", ["learningrate", "hiden", "Dropout", "optimiser", "batch", "preset_"])
def test_a_misspelt_name_is_refused(name: str) -> None:
    assert read({"v": "1", name: "1"}).error is not None


def test_a_preset_can_be_changed_in_the_address() -> None:
    experiment = PRESETS["xor_linear"].experiment
    assert read({"preset": "xor_linear", "l2": "0.03"}) == Asked(experiment.replace(l2=0.03))
    asked = race_session.read({"preset": "activations", "seeds": "4", "learning_rate": "0.1"})
    assert asked.error is None
    assert (asked.value.seeds, asked.value.base.learning_rate) == (4, 0.1)


@pytest.mark.parametrize("mark", ["+", " ", "%2B", "%20"])
def test_a_plus_sign_and_a_space_are_one_in_lists(mark: str) -> None:
    query = dict(parse_qsl(f"schedule=multi_step~milestones:50{mark}100"))
    assert read(query).value.schedule["milestones"] == (50, 100)


def test_points_that_a_link_cannot_hold_leave_the_other_settings() -> None:
    asked = read({"v": "1", "dataset": "custom", "hidden": "5", "learning_rate": "0.2"})
    assert (asked.value.hidden, asked.value.learning_rate) == ((5,), 0.2)
    assert asked.error is None
    assert asked.remark == "errors.points_not_in_link"


@pytest.mark.parametrize(("language", "words"), [("en", "Learning rate"), ("ko", "학습률")])
def test_the_page_tells_of_a_bad_link_until_something_changes(language: str, words: str) -> None:
    at = visit(learning_rate="99", lang=language)
    assert words in at.warning[0].value
    at.run()
    assert len(at.warning) == 1
    change(at, "batch_size", 20)
    assert len(at.warning) == 0


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize(
    ("query", "field"),
    [({"engine": "fused", "optimizer": "lbfgs"}, "engine"), ({"engine": "fused", "device": "mps"}, "device")],
)
def test_a_link_to_what_is_not_here_opens_the_first_example(
    query: dict[str, str], field: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link from a machine with a GPU, say: the page stays usable and says why."""
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    at = visit(v="1", lang=language, **query)
    assert live_of(at).experiment == PRESETS[DEFAULT_PRESET].experiment
    assert text(f"fields.{field}.label", language) in at.warning[0].value


def test_the_address_follows_the_experiment() -> None:
    at = visit(v="1")
    change(at, "batch_size", 20)
    query = {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}
    assert Experiment.from_query(query) == live_of(at).experiment


def test_an_address_of_our_own_that_comes_late_changes_nothing() -> None:
    """While the browser still shows an older address, a re-run brings that one along."""
    at = visit(v="1")
    change(at, "batch_size", 20)
    change(at, "batch_size", 50)
    at.query_params["batch_size"] = "20"
    at.run()
    assert live_of(at).experiment.batch_size == 50


def test_a_new_address_within_a_visit_is_opened() -> None:
    at = visit(v="1")
    live = live_of(at)
    for name in list(at.query_params):
        del at.query_params[name]
    at.query_params["preset"] = "iris"
    at.run()
    assert live_of(at) is live
    assert live.experiment == PRESETS["iris"].experiment


def test_a_bad_address_within_a_visit_keeps_the_run() -> None:
    at = visit(v="1", hidden="5")
    at.query_params["hidden"] = "999"
    at.run()
    assert live_of(at).experiment.hidden == (5,)
    assert len(at.warning) == 1
