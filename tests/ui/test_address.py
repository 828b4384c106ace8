"""Links: what they open, what they refuse, and how the address follows."""

import pytest
from app_visit import change, live_of, visit

from playground.experiment import Experiment
from playground.presets import DEFAULT_PRESET, PRESETS
from playground.text import text
from playground.ui.address import read


def test_nothing_asked_opens_the_first_example() -> None:
    experiment, error, key = read({})
    assert experiment == PRESETS[DEFAULT_PRESET].experiment
    assert (error, key) == (None, "")


def test_a_link_opens_its_experiment() -> None:
    asked = Experiment(dataset="moons", hidden=(3,), optimizer={"name": "adam", "beta1": 0.8})
    assert read(asked.to_query())[0] == asked


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_opened_by_name(name: str) -> None:
    assert read({"preset": name})[0] == PRESETS[name].experiment


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"learning_rate": "99"}, "learning_rate"),
        ({"hidden": "8,0"}, "hidden[1]"),
        ({"nonsense": "1"}, "nonsense"),
        ({"preset": "nonsense"}, "preset"),
        ({"v": "99"}, "version"),
        ({"optimizer": "adam~beta1:2"}, "optimizer.beta1"),
        ({"seed": "1" * 5000}, "link"),
    ],
)
def test_a_bad_link_names_what_was_refused(query: dict[str, str], field: str) -> None:
    experiment, error, key = read(query)
    assert experiment == PRESETS[DEFAULT_PRESET].experiment
    assert error is not None
    assert error.field == field
    assert key == "errors.bad_link"


def test_points_that_a_link_cannot_hold_leave_the_other_settings() -> None:
    experiment, error, key = read({"v": "1", "dataset": "custom", "hidden": "5", "learning_rate": "0.2"})
    assert (experiment.hidden, experiment.learning_rate) == ((5,), 0.2)
    assert error is None
    assert key == "errors.points_not_in_link"


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
    at.query_params["hidden"] = "99"
    at.run()
    assert live_of(at).experiment.hidden == (5,)
    assert len(at.warning) == 1
