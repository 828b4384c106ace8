"""The area that compares the network with simpler models."""

import numpy as np
import pandas as pd
import pytest
from app_visit import live_of, opened
from waiting import until

from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.live.judged import classes
from playground.simpler import baselines
from playground.text import LANGUAGES, text
from playground.ui import compare


def finished(at):
    """The area once the simpler models are fitted."""
    live = live_of(at)
    until(lambda: compare.job_of(live.experiment, live).look()[0] == "finished")
    at.run()
    assert not at.exception
    return at


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_classifier_stands_beside_simpler_models(language):
    at = finished(opened("compare", dataset="xor", validation_fraction="0.2", lang=language))
    table = at.table[0].value
    assert len(table) == 4
    parts = [text(f"stage.judged.part.{part}", language) for part in ("train", "validation", "test")]
    assert [f"{part}: {text('ui.compare.accuracy', language)}" for part in parts] == list(table.columns[1:4])
    expected = baselines(live_of(at).experiment)
    forest = expected[(expected.model == "forest") & (expected.part == "validation")].accuracy.item()
    assert table.iloc[3, 2] == f"{100 * forest:.1f} %"
    assert any(text("ui.compare.models.forest", language) in element.value for element in at.markdown)


def test_a_regression_is_told_in_errors():
    at = finished(opened("compare", dataset="plane"))
    table = at.table[0].value
    assert list(table.columns[1:]) == ["Training: RMSE", "Test: RMSE", "Test: R²"]


def test_errors_and_comparison_say_the_same_of_always_the_same_class():
    experiment = Experiment(dataset="iris", class_balance=0.3, train_fraction=0.5, seed=3)
    trainer = Trainer(experiment)
    (judged,) = classes(experiment, trainer.engine)["judged"]
    frame = baselines(experiment)
    constant = frame[(frame.model == "constant") & (frame.part == "test")].accuracy.item()
    assert judged["majority"]["share"] == constant
    trained = np.bincount(trainer.data.y_train)
    assert judged["majority"]["class_index"] == trained.argmax() != np.bincount(trainer.data.y_test).argmax()


def rows(own, other):
    told = [("network", own), ("constant", 0.5), ("linear", other)]
    return pd.DataFrame([{"model": m, "part": "test", "points": 100, "accuracy": a} for m, a in told])


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [(0.99, 0.6, "is ahead: 99.0 %"), (0.6, 0.99, "a simpler model is ahead"), (0.9, 0.92, "cannot be told")],
)
def test_the_verdict_knows_what_chance_moves(own, other, said):
    assert said in compare.verdict(rows(own, other), Experiment(), "en")


def test_chance_moves_also_what_is_all_right():
    assert "differences below 2.7 percentage points" in compare.verdict(rows(1.0, 1.0), Experiment(), "en")


@pytest.mark.parametrize("task", [{}, {"dataset": "plane"}])
def test_points_that_all_have_seen_tell_no_better_one(task):
    experiment = Experiment(train_fraction=1.0, **task)
    seen = baselines(experiment)
    told = pd.concat([seen[seen.model == "linear"].assign(model="network"), seen])
    said = compare.verdict(told, experiment, "en")
    assert "nothing tells which one" in said
    assert "would do." not in said


def test_networks_settings_do_not_fit_the_simpler_models_anew():
    one = compare.job_of(Experiment(dataset="moons"), object())
    assert compare.job_of(Experiment(dataset="moons", hidden=(8,), learning_rate=1.0), object()) is one
    assert compare.job_of(Experiment(dataset="moons", seed=1), object()) is not one
    assert compare.job_of(Experiment(dataset="moons", class_weighting="balanced"), object()) is not one
