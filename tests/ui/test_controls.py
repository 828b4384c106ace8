"""The sidebar: complete, following the run, and safe against refused values."""

import dataclasses

import pytest
from app_visit import change, control, live_of, visit

from playground.data.points import Points
from playground.experiment import FIELDS, GROUPS
from playground.registry import number, whole
from playground.ui.controls import CONTROLS
from playground.ui.widgets import decimals, log_values


def test_groups_hold_every_field_once() -> None:
    fields = [field for group in GROUPS.values() for field in group]
    assert sorted(fields) == sorted(set(FIELDS) - {"points"})
    assert {field.control for field in FIELDS.values()} - {"none"} == set(CONTROLS)


def test_every_field_has_a_control() -> None:
    at = visit(v="1")
    for group in GROUPS.values():
        for field in group:
            assert control(at, field) is not None, field


TECHNIQUES = [name for name, field in FIELDS.items() if field.registry and name not in ("dataset", "loss")]


@pytest.mark.parametrize("field", TECHNIQUES)
def test_every_technique_can_be_chosen_and_shows_its_parameters(field: str) -> None:
    at = visit(v="1")
    registry = FIELDS[field].techniques()
    for name, technique in registry.items():
        change(at, field, name)
        chosen = getattr(live_of(at).experiment, field)
        assert chosen == technique.spec()
        for param in technique.params:
            assert control(at, f"{field}.{name}.{param.name}") is not None


def test_a_hot_change_keeps_the_network() -> None:
    at = visit(v="1")
    live = live_of(at)
    live.walk(epochs=3)
    live.settle()
    change(at, "learning_rate", 0.1)
    assert live.experiment.learning_rate == 0.1
    assert live.trainer.epoch == 3


def test_a_parameter_of_a_technique_reaches_the_run() -> None:
    at = visit(v="1", optimizer="adam")
    change(at, "optimizer.adam.beta1", 0.5)
    assert live_of(at).experiment.optimizer["beta1"] == 0.5
    change(at, "optimizer.adam.bias_correction", False)
    assert live_of(at).experiment.optimizer["bias_correction"] is False


def test_widgets_follow_a_change_from_the_stage() -> None:
    at = visit(v="1")
    live = live_of(at)
    live.apply(live.experiment.replace(hidden=(3, 5, 7), learning_rate=0.017, activation="relu"))
    at.run()
    assert control(at, "hidden").value == 3
    assert [control(at, f"hidden[{i}]").value for i in range(3)] == [3, 5, 7]
    assert control(at, "learning_rate").value == 0.017
    assert control(at, "activation").value == "relu"
    assert at.query_params["hidden"] in ("3,5,7", ["3,5,7"])
    # and a change made afterwards starts from there
    change(at, "hidden[1]", 6)
    assert live.experiment.hidden == (3, 6, 7)


def test_layers_can_be_added_and_removed() -> None:
    at = visit(v="1")
    change(at, "hidden", 4)
    assert live_of(at).experiment.hidden == (4, 2, 2, 2)
    change(at, "hidden", 0)
    assert live_of(at).experiment.hidden == ()
    change(at, "hidden", 1)
    assert live_of(at).experiment.hidden == (4,)


def test_one_activation_and_rate_per_layer() -> None:
    at = visit(v="1")
    at.get_by_key("per_layer.activation").set_value(True)
    at.get_by_key("per_layer.dropout").set_value(True)
    at.run()
    change(at, "activation[1]", "relu")
    change(at, "dropout[0]", 0.5)
    experiment = live_of(at).experiment
    assert [spec.name for spec in experiment.activations] == ["tanh", "relu"]
    assert experiment.dropouts == (0.5, 0.0)
    at.get_by_key("per_layer.activation").set_value(False)
    at.run()
    assert not at.exception
    assert [spec.name for spec in live_of(at).experiment.activations] == ["tanh", "tanh"]


@pytest.mark.parametrize(("language", "words"), [("en", "Features"), ("ko", "특징")])
def test_a_refused_value_is_explained_and_the_run_kept(language: str, words: str) -> None:
    at = visit(v="1", lang=language)
    live = live_of(at)
    live.walk(epochs=2)
    live.settle()
    change(at, "features", [])
    assert live.experiment.features == ("x1", "x2")
    assert live.trainer.epoch == 2
    assert len(at.sidebar.error) == 1
    assert words in at.sidebar.error[0].value
    assert control(at, "features").value == ["x1", "x2"]
    change(at, "features", ["x1"])
    assert len(at.sidebar.error) == 0


def test_milestones_are_read_and_refused_as_text() -> None:
    at = visit(v="1", schedule="multi_step")
    change(at, "schedule.multi_step.milestones", "30, 10")
    assert live_of(at).experiment.schedule["milestones"] == (10, 30)
    change(at, "schedule.multi_step.milestones", "soon")
    assert live_of(at).experiment.schedule["milestones"] == (10, 30)
    assert len(at.sidebar.error) == 1


def test_losses_fit_the_task() -> None:
    at = visit(v="1", dataset="plane")
    assert control(at, "loss").value == "squared_error"
    change(at, "loss", "huber")
    change(at, "dataset", "circle")
    assert live_of(at).experiment.loss.name == "cross_entropy"


def test_an_example_replaces_the_experiment() -> None:
    at = visit(v="1")
    change(at, "preset", "iris")
    assert not at.sidebar.error, at.sidebar.error[0].value
    assert live_of(at).experiment.dataset.name == "iris"
    change(at, "learning_rate", 0.2)
    assert control(at, "preset").value is None


def test_settings_without_effect_are_told() -> None:
    at = visit(v="1", optimizer="lbfgs")
    assert any("L-BFGS" in info.value for info in at.sidebar.info)


def test_the_language_picker_rules_and_stays_in_the_link() -> None:
    at = visit(v="1")
    assert control(at, "optimizer").label == "Optimizer"
    at.get_by_key("language_picker").set_value("ko")
    at.run()
    assert not at.exception
    assert control(at, "optimizer").label == "최적화 방법"
    assert at.query_params["lang"] in ("ko", ["ko"])
    assert live_of(at).language == "ko"
    # values survive the change of language
    assert control(at, "learning_rate").value == 0.03


def test_log_sliders_hold_the_value_they_show() -> None:
    rate = FIELDS["learning_rate"].numbers()
    assert 0.0123 in log_values(rate, 0.0123)
    assert log_values(rate, 0.03)[0] == rate.low
    assert log_values(rate, 0.03)[-1] == rate.high
    assert log_values(FIELDS["l1"].numbers(), 0.0)[0] == 0.0
    steps = log_values(whole("n", 10, 1, 5000, log=True), 10)
    assert steps == sorted(set(steps))
    assert all(isinstance(value, int) for value in steps)


@pytest.mark.parametrize(
    ("step", "style"), [(0.05, "%.2f"), (0.1, "%.1f"), (0.001, "%.3f"), (0.0125, "%.3f")]
)
def test_sliders_show_enough_decimals(step: float, style: str) -> None:
    assert decimals(step) == style


def test_a_new_parameter_kind_would_get_a_widget() -> None:
    """Every kind of parameter that the registries know has a branch of its own."""
    kinds = {
        param.kind for f in FIELDS.values() if f.registry for t in f.registry.values() for param in t.params
    }
    assert kinds <= {"float", "int", "bool", "choice", "ints"}
    assert dataclasses.replace(number("x", 0.5, 0, 1), kind="float").kind == "float"


def test_own_points_are_counted_and_no_slider_pretends_to_change_their_number() -> None:
    at = visit(v="1")
    live = live_of(at)
    rows = [(float(i), float(i % 3), i % 2) for i in range(62)]
    live.paint(Points(class_names=("a", "b"), rows=rows))
    at.run()
    with pytest.raises(KeyError):
        control(at, "n_samples")
    assert any("62" in entry.value for entry in at.sidebar.caption)
