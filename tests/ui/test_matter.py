"""The area that says which inputs matter, from the run as it is."""

from __future__ import annotations

import pytest
from app_visit import live_of, opened
from waiting import until

from playground.columns import importance, partial_dependence
from playground.text import LANGUAGES, text
from playground.text.written import percent


def rested(at):
    """The area once both computations have caught up with the run."""
    for name in ("importance", "dependence"):
        until(lambda name=name: at.session_state[f"matter.{name}"].job.look()[0] == "finished")
    at.run()
    assert not at.exception
    return at


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_matters_is_that_of_the_run_and_follows_it(language):
    query = {
        "dataset": "iris~inputs:all",
        "preprocessing": "standardize",
        "optimizer": "adam",
        "lang": language,
    }
    at = opened("matter", v="2", learning_rate="0.1", **query)
    live = live_of(at)
    for name in ("importance", "dependence"):
        at.session_state[f"matter.{name}.table"] = True
    at.session_state["matter.column"] = "petal_width"
    live.walk(epochs=30)
    live.settle()
    at.run()
    first, second = (table.value for table in rested(at).table)
    expected = importance(live.trainer)
    assert list(first.iloc[:, 0]) == list(expected["column"])
    assert first.iloc[0, 1] == f"{100 * expected['importance'][0]:.1f}"
    moves = partial_dependence(live.trainer, "petal_width")
    assert list(second.columns) == ["petal_width", *live.experiment.class_names]
    assert second.iloc[0, 1] == percent(moves["answer"][0])
    assert any("30" in element.value and "petal" in element.value for element in at.markdown)
    step = live.trainer.step
    live.walk(epochs=1)
    live.settle()
    at.run()
    rested(at)
    told = text("ui.matter.moves_chance", language, epoch=31, column="", name="", low="", high="").split(":")[
        0
    ]
    assert any(element.value.startswith(told) for element in at.markdown)
    assert live.trainer.step > step
    assert at.session_state["matter.importance"].moment.epoch == 31


def test_other_networks_are_asked_too():
    at = opened("matter", v="2", dataset="iris~inputs:all", preprocessing="standardize", learning_rate="0.1")
    live = live_of(at)
    live.walk(epochs=20)
    live.settle()
    at.run()
    rested(at)
    at.button(key="matter.networks").click().run()
    told = text("ui.matter.over_accuracy", "en", n=8, epoch=20, part="", column="", drop="", std="", first=0)

    def answered():
        at.run()
        return any(element.value.startswith(told.split(":")[0]) for element in at.markdown)

    until(answered)
    assert not at.exception
    live.walk(epochs=1)
    live.settle()
    assert answered()


def test_a_regression_is_told_in_the_unit_of_its_target():
    at = opened("matter", dataset="plane")
    at.session_state["matter.dependence.table"] = True
    at.run()
    table = rested(at).table[0].value
    assert list(table.columns) == ["x1", "mean prediction: value"]
    assert any("R²" in element.value for element in at.markdown)


def test_another_part_is_judged_and_what_is_gone_is_not_chosen():
    at = opened("matter", v="2", dataset="iris~inputs:all", validation_fraction="0.3")
    assert at.get_by_key("matter.part").value == "validation"
    at.get_by_key("matter.part").set_value("train")
    at.run()
    assert not at.exception
    assert at.session_state["matter.importance"].settings[0] == "train"
    live_of(at).change(dataset="circle", validation_fraction=0.0)
    at.run()
    assert not at.exception
    assert at.session_state["matter.column"] == "x1"
