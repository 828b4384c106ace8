"""What the sections on hyper-parameters compute, against something independent."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from playground.chapters import sections
from playground.chapters.tuning import (
    automl,
    baselines,
    coarse,
    honest,
    initial_loss,
    learning_rate,
    refine,
    tiny,
    tournament,
    wall,
)
from playground.data.prepare import prepare
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.model import build
from playground.registry import InvalidValue

pytestmark = pytest.mark.usefixtures("kernel")


@pytest.mark.parametrize(("data", "classes"), [("blobs", 4), ("circle", 2), ("iris", 3), ("digits", 10)])
def test_a_guess_costs_the_logarithm_of_the_number_of_classes(data: str, classes: int) -> None:
    frame = sections["tuning/initial_loss"].run(data=data)
    assert frame["expected"].iloc[0] == pytest.approx(math.log(classes))
    assert frame["loss"].mean() == pytest.approx(math.log(classes), rel=initial_loss.NEAR)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"data": "circle", "loss": "hinge"}, 1.0),  # max(0, 1 - y s) at s = 0
        ({"data": "blobs", "loss": "cross_entropy"}, math.log(4)),
        ({"data": "plane", "target_loss": "squared_error"}, None),
        ({"data": "plane", "target_loss": "huber"}, None),
    ],
)
def test_every_loss_begins_where_outputs_of_0_have_it(given: dict[str, str], expected: float | None) -> None:
    section = sections["tuning/initial_loss"]
    settings = section.settings(**given)
    frame = section.run(**given)
    if expected is None:  # Huber: half the square up to its delta of 1, a line beyond
        y = prepare(initial_loss.experiment(settings)).y_train.astype(float)
        huber = np.where(np.abs(y) > 1, np.abs(y) - 0.5, y**2 / 2)
        expected = float((huber if given["target_loss"] == "huber" else y**2).mean())
    assert frame["expected"].iloc[0] == pytest.approx(expected, rel=1e-5)
    assert section.verdict(frame, settings).key.startswith("right")


def test_the_first_loss_of_the_visitors_own_experiment() -> None:
    section = sections["tuning/initial_loss"]
    own = Experiment(dataset="xor", hidden=(5,), l1=0.01, loss="hinge")
    settings = section.settings(own=own)
    assert initial_loss.experiment(settings).hidden == (5,)
    frame = section.run(own=own)
    assert frame["expected"].iloc[0] == pytest.approx(1.0)
    for language in ("en", "ko"):
        told = section.verdict(frame, settings)
        assert "0" in section.say(f"verdict.{told.key}", language, **told.values)


def test_the_first_loss_is_what_pytorch_computes_with_a_larger_last_layer_and_the_penalty() -> None:
    section = sections["tuning/initial_loss"]
    settings = section.settings(data="iris", factor=10, decay=0.01)
    found = section.run(data="iris", factor=10, decay=0.01)["loss"].iloc[0]
    experiment = initial_loss.experiment(settings).replace(init_seed=0)
    network, data = build(experiment).eval(), prepare(experiment)
    with torch.no_grad():
        weights = [p for p in network.parameters() if p.ndim == 2]
        weights[-1] *= 10
        scores = network(torch.from_numpy(data.F_train.copy()))
        loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(data.y_train.copy()).long())
        penalty = 0.01 / 2 * sum((w**2).sum() for w in weights)
    assert found == pytest.approx(float(loss + penalty), rel=1e-4)
    sure = {"data": "digits", "factor": 30}
    assert section.verdict(section.run(**sure), section.settings(**sure)).key == "wrong"


@pytest.mark.parametrize("fault", [fault for fault in tiny.FAULTS if fault != "none"])
def test_each_fault_keeps_a_network_from_learning_by_heart(fault: str) -> None:
    section = sections["tuning/tiny"]
    result = section.run(fault=fault)
    verdict = section.verdict(result, section.settings(fault=fault))
    assert (verdict.key, verdict.holds) == (fault, True)


def test_two_equal_points_with_different_labels_cost_log_2_each() -> None:
    section = sections["tuning/tiny"]
    result = section.run(fault="label", points=8, epochs=1000)
    least = result[result["fault"] == "label"]["loss"].min()
    assert least == pytest.approx(2 * math.log(2) / 8, rel=0.05)
    data = prepare(tiny.contradicted(tiny.sound(section.settings(points=8))))
    assert (data.X_train[0] == data.X_train[-1]).all()
    assert data.y_train[0] != data.y_train[-1]


def test_the_check_trains_at_each_constant_rate() -> None:
    section = sections["tuning/learning_rate"]
    result = section.run(epochs=5)
    assert len(result.check) == learning_rate.CHECKED
    row = result.check.iloc[6]
    trainer = Trainer(
        learning_rate.experiment(section.settings()).replace(
            learning_rate=row["learning_rate"], engine="fused"
        )
    )
    trainer.run(epochs=5)
    assert trainer.history.last()["loss_train"] == pytest.approx(row["loss"], rel=1e-6)


def test_the_visitors_own_experiment_is_tested_in_place_of_the_example() -> None:
    section = sections["tuning/learning_rate"]
    own = Experiment(dataset="plane", hidden=(3,), n_samples=60)
    settings = section.settings(own=own)
    assert learning_rate.experiment(settings) == own
    assert section.settings(**section.query(settings)) == settings
    result = section.run(own=own, epochs=5, steps=60)
    assert result.test["loss"].iloc[0] == pytest.approx(Trainer(own).history.last()["loss_train"], rel=0.01)
    assert section.verdict(result, settings).key in ("inside", "outside", "none")


@pytest.mark.parametrize(
    ("name", "other"), [("coarse", {"trials": 4}), ("refine", {"trials": 8, "long": 10})]
)
def test_the_searches_take_the_visitors_own_experiment(name: str, other: dict[str, int]) -> None:
    section = sections[f"tuning/{name}"]
    own = Experiment(dataset="plane", hidden=(3,), n_samples=60, seed=4)
    settings = section.settings(own=own, **other)
    assert section.experiment(settings).dataset.name == "plane"
    result = section.run(own=own, **other)
    assert section.verdict(result, settings).values
    assert section.picture(result, settings, "en")


def test_a_grid_of_nine_tries_three_learning_rates_and_the_others_nine() -> None:
    frame = sections["tuning/coarse"].run(epochs=1)
    distinct = frame[frame["search"] == 0].groupby("method")["learning_rate"].nunique()
    assert distinct.to_dict() == {"grid": 3, "random": 9, "sobol": 9}
    best = coarse.best_so_far(frame)
    assert (best.groupby("method")["best"].diff().dropna() <= 0).all()


def test_the_share_of_searches_that_find_one_of_the_best() -> None:
    """1 − 0.95⁶⁰ = 0.9539 (Bergstra & Bengio 2012, section 3)."""
    result = sections["tuning/sixty"].run(networks=100, epochs=1)
    row = result.searches.set_index("trials").loc[60]
    assert row["formula"] == pytest.approx(0.9539, abs=1e-4)
    assert row["share"] == pytest.approx(row["formula"], abs=0.03)


def test_the_second_search_stays_within_half_a_decade_of_the_best() -> None:
    result = sections["tuning/refine"].run(trials=8, long=10)
    trials = result.trials
    best = trials[trials["stage"] == "coarse"].sort_values("loss").iloc[0]
    fine = trials[trials["stage"] == "fine"]
    assert (np.abs(np.log10(fine["learning_rate"] / best["learning_rate"])) <= refine.REACH + 0.01).all()
    assert set(refine.best_rates(result).index) == set(refine.BUDGETS)


def test_what_chose_flatters_the_chosen_one_and_fresh_points_do_not() -> None:
    """By hand: scores of luck alone, all runs equally good on fresh points."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [(repeat, run, 0.8 + 0.05 * rng.standard_normal(), 0.8) for repeat in range(50) for run in range(30)],
        columns=["repeat", "run", "chosen_on", "fresh"],
    )
    table = honest.optimism(frame).pivot(index="choices", columns="part", values="accuracy")
    assert table["fresh"].to_numpy() == pytest.approx(0.8)
    assert table.loc[1, "chosen_on"] == pytest.approx(0.8, abs=0.005)
    # The largest of 30 standard normal numbers is 2.04 on average (order statistics).
    assert table.loc[30, "chosen_on"] == pytest.approx(0.8 + 0.05 * 2.04, abs=0.006)


@pytest.mark.parametrize("arrangement", ["grid", "random"])
def test_every_network_of_the_wall_is_the_run_that_it_names(arrangement: str) -> None:
    given = {"epochs": 2, "arrangement": arrangement, "networks": 49, "box": (0.5, 1.0, 0.0, 0.5)}
    section = sections["tuning/wall"]
    frame = section.run(**given)
    assert len(frame) == 49
    experiments = wall.wall(section.settings(**given)).experiments
    for place in (0, 20, 48):
        trainer = Trainer(experiments[place].replace(engine="fused"))
        trainer.run(epochs=2)
        assert frame["learning_rate"][place] == trainer.experiment.learning_rate
        assert frame["value"][place] == trainer.experiment.weight_decay
        assert frame["loss"][place] == trainer.history.last()["loss_validation"]


def test_each_trial_of_the_library_is_the_run_that_it_names() -> None:
    section = sections["tuning/automl"]
    settings = section.settings(trials=20, epochs=5)
    frame = section.run(trials=20, epochs=5)
    assert frame.groupby(["search", "method"]).size().eq(20).all()
    row = frame.iloc[47]
    own = automl.base(settings, int(row["search"])).replace(
        hidden=(int(row["width"]),) * int(row["layers"]),
        activation=row["activation"],
        learning_rate=row["learning_rate"],
        weight_decay=row["weight_decay"],
        engine="fused",
    )
    trainer = Trainer(own)
    trainer.run(epochs=5)
    assert trainer.history.last()["loss_validation"] == pytest.approx(row["loss"], rel=1e-6)
    random, tpe = (frame[frame["method"] == name] for name in automl.SAMPLERS)
    assert not (random["learning_rate"].to_numpy() == tpe["learning_rate"].to_numpy()).all()


def test_the_search_is_weighed_against_models_fitted_to_the_same_points() -> None:
    section = sections["tuning/baselines"]
    settings = section.settings(dataset="xor", points=100, trials=10)
    frame = section.run(dataset="xor", points=100, trials=10).set_index(["repeat", "method"])["score"]
    experiment = baselines.base(settings, 2)
    data = prepare(experiment)
    assert [len(part) for part in (data.y_train, data.y_validation, data.y_test)] == [45, 15, 40]
    logistic = LogisticRegression().fit(StandardScaler().fit_transform(data.F_train), data.y_train)
    shown = (data.F_test - data.F_train.mean(axis=0)) / data.F_train.std(axis=0)
    assert frame[2, "logistic"] == pytest.approx(np.mean(logistic.predict(shown) == data.y_test))
    trainer = Trainer(experiment.replace(engine="fused"))
    trainer.run(epochs=baselines.EPOCHS)
    assert frame[2, "untuned"] == trainer.history.last()["accuracy_test"]


def test_a_gain_is_told_from_chance_by_its_standard_error() -> None:
    methods = {"search": [0.9, 0.95, 0.9, 0.95], "untuned": [0.8, 0.9, 0.8, 0.9]}
    rows = [(r, m, a) for m, values in methods.items() for r, a in enumerate(values)]
    frame = pd.DataFrame(rows, columns=["repeat", "method", "score"])
    mean, error = baselines.gain(frame, "untuned")
    assert mean == pytest.approx(0.075)
    assert error == pytest.approx(np.std([0.1, 0.05, 0.1, 0.05], ddof=1) / 2)


@pytest.mark.parametrize(
    "own",
    [
        Experiment(dataset="plane", n_samples=80, noise=0.5, hidden=(4,), learning_rate=0.03),
        Experiment(dataset="iris", hidden=(6,), learning_rate=0.1, early_stopping="patience"),
    ],
)
def test_the_visitors_own_experiment_is_weighed_against_models_of_its_kind(own: Experiment) -> None:
    section = sections["tuning/baselines"]
    given = {"own": own, "trials": 10, "repeats": 3}
    settings = section.settings(**given)
    frame = section.run(**given)
    assert len(frame) == 3 * len(baselines.METHODS)
    scores = frame.set_index(["repeat", "method"])["score"]
    second = baselines.base(settings, 1)
    assert (second.seed, second.validation_fraction) == (own.seed + 1, 0.2)
    data = prepare(second)
    trainer = Trainer(second.replace(engine="fused"))
    trainer.run(epochs=baselines.EPOCHS)
    with torch.no_grad():
        network = build(second).eval()
        torch.nn.utils.vector_to_parameters(
            torch.from_numpy(trainer.engine.state().params.astype(np.float32)), network.parameters()
        )
        out = network(torch.from_numpy(data.F_test.copy())).numpy()
    if own.task == "regression":
        error, spread = (
            ((data.y_test - out.ravel()) ** 2).sum(),
            ((data.y_test - data.y_test.mean()) ** 2).sum(),
        )
        assert scores[1, "untuned"] == pytest.approx(1 - error / spread, rel=1e-4)
        ridge = Ridge().fit(StandardScaler().fit_transform(data.F_train), data.y_train)
        shown = (data.F_test - data.F_train.mean(axis=0)) / data.F_train.std(axis=0)
        assert scores[1, "logistic"] == pytest.approx(ridge.score(shown, data.y_test), rel=1e-4)
    else:
        assert scores[1, "untuned"] == pytest.approx(np.mean(out.argmax(axis=1) == data.y_test))
    for language in ("en", "ko"):
        found = section.verdict(frame, settings)
        assert section.say(f"verdict.{found.key}", language, **found.values)
        for figure in section.picture(frame, settings, language):
            figure.chart.to_dict()
        _, search = section.tables(frame, settings, language)
        assert len(search.frame) == 3


def test_without_a_test_part_nothing_can_be_weighed() -> None:
    section = sections["tuning/baselines"]
    with pytest.raises(InvalidValue) as refused:
        section.run(own=Experiment(train_fraction=1.0))
    assert refused.value.field == "train_fraction"


def test_half_of_the_networks_goes_on_and_each_is_the_run_that_it_names() -> None:
    section = sections["tuning/tournament"]
    settings = section.settings(entrants=16, seed=2)
    result = section.run(entrants=16, seed=2)
    rounds = result.rounds
    assert rounds.groupby("round")["entrant"].count().to_list() == [16, 8, 4, 2, 1]
    for number in range(1, 5):
        this, after = (rounds[rounds["round"] == k] for k in (number, number + 1))
        assert set(after["entrant"]) == set(this.nsmallest(len(this) // 2, "loss")["entrant"])
    # 16 x 4 + 8 x 4 + 4 x 8 + 2 x 16 + 32: each round goes on where the one before has ended
    assert result.epochs == 192
    own = tournament.base(settings)
    winner = rounds.loc[rounds["round"] == 5].iloc[0]
    trainer = Trainer(own.replace(**result.found[0], engine="fused"))
    trainer.run(epochs=int(winner["epochs"]))
    assert trainer.history.last()["loss_validation"] == pytest.approx(winner["loss"], rel=1e-6)
    assert result.check.set_index("entrant")["loss"][winner["entrant"]] == winner["loss"]
    assert len(result.check) == 16
    value = section.verdict(result, settings).values
    assert value["place"] == 1 + int((result.check["loss"] < winner["loss"]).sum())


def test_the_tournament_takes_the_visitors_own_experiment() -> None:
    section = sections["tuning/tournament"]
    own = Experiment(dataset="plane", n_samples=60, hidden=(3,))
    result, settings = section.run(own=own, entrants=16), section.settings(own=own, entrants=16)
    assert section.verdict(result, settings).values["entrants"] == 16
    chosen = tournament.chosen(result, settings)
    assert chosen is not None
    assert chosen.lanes is not None
    assert (chosen.experiment.task, chosen.lanes.metric, chosen.lanes.seeds) == ("regression", "loss", 16)
    assert section.tables(result, settings, "ko")
