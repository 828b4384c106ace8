"""Searches by Optuna: trials are real runs, samplers and pruners are those asked for, studies are kept and go on."""

from __future__ import annotations

import optuna
import pytest

from playground import Experiment, InvalidValue, Trainer, tune

SMALL = Experiment(dataset="moons", n_samples=80, hidden=(4,), device="cpu")
RATES = {"learning_rate": (0.001, 1.0, "log")}


def test_each_trial_is_the_mean_of_the_runs_that_it_names(auto: str) -> None:
    found = tune(SMALL, {**RATES, "hidden": [(2,), (4, 4)]}, trials=4, epochs=3, seeds=2, sampler="random")
    frame = found.frame()
    assert list(frame["state"]) == ["complete"] * 4
    for row in frame.itertuples():
        losses = []
        for repeat in range(2):
            hidden = {"(2,)": (2,), "(4, 4)": (4, 4)}[row.hidden]
            own = SMALL.replace(learning_rate=row.learning_rate, hidden=hidden, seed=SMALL.seed + repeat)
            trainer = Trainer(own.replace(validation_fraction=0.2))
            trainer.run(epochs=3)
            losses.append(trainer.history.last()["loss_validation"])
        assert row.value == pytest.approx(sum(losses) / 2, rel=1e-6)
    best = frame.loc[frame["value"].idxmin()]
    assert found.best.learning_rate == best["learning_rate"]
    assert str(found.best.hidden) == best["hidden"]


@pytest.mark.parametrize(
    ("sampler", "kind"),
    [
        ("random", optuna.samplers.RandomSampler),
        ("grid", optuna.samplers.GridSampler),
        ("qmc", optuna.samplers.QMCSampler),
        ("tpe", optuna.samplers.TPESampler),
        ("gp", optuna.samplers.GPSampler),
    ],
)
def test_the_sampler_is_the_one_asked_for(sampler: str, kind: type) -> None:
    found = tune(SMALL, {**RATES, "dropout": (0.0, 0.5)}, trials=4, epochs=1, sampler=sampler)
    assert isinstance(found.study.sampler, kind)
    frame = found.frame()
    assert len(frame) == 4
    assert frame["learning_rate"].between(0.001, 1.0).all()
    if sampler == "grid":
        assert sorted(frame["learning_rate"].unique()) == pytest.approx([0.001, 1.0])
        assert sorted(frame["dropout"].unique()) == pytest.approx([0.0, 0.5])
    again = tune(SMALL, {**RATES, "dropout": (0.0, 0.5)}, trials=4, epochs=1, sampler=sampler).frame()
    assert (again["learning_rate"] == frame["learning_rate"]).all(), "the same seed, the same search"


@pytest.mark.parametrize(
    ("pruner", "kind"),
    [("median", optuna.pruners.MedianPruner), ("hyperband", optuna.pruners.HyperbandPruner)],
)
def test_a_pruner_ends_bad_trials_early(pruner: str, kind: type) -> None:
    found = tune(
        SMALL, {"learning_rate": (1e-5, 1.0, "log")}, trials=20, epochs=20, pruner=pruner, sampler="random"
    )
    assert isinstance(found.study.pruner, kind)
    frame = found.frame()
    pruned, complete = frame[frame["state"] == "pruned"], frame[frame["state"] == "complete"]
    assert len(pruned)
    assert pruned["epochs"].max() < 20
    assert (complete["epochs"] == 20).all()
    assert pruned["value"].isna().all()


def test_a_study_is_kept_and_goes_on(tmp_path) -> None:
    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    tune(SMALL, RATES, trials=2, epochs=1, storage=storage, name="rates", sampler="random")
    found = tune(SMALL, RATES, trials=3, epochs=1, storage=storage, name="rates", sampler="random", seed=1)
    assert len(found.frame()) == 5
    assert len(optuna.load_study(study_name="rates", storage=storage).trials) == 5


def test_a_search_does_not_look_at_the_test_part_unless_it_chooses_on_it() -> None:
    found = tune(SMALL, RATES, trials=1, epochs=2, sampler="random")
    assert not any(name.endswith("_test") for name in found.frame().columns)
    assert found.best.validation_fraction == 0.2
    found = tune(SMALL.replace(choose_on="test"), RATES, trials=1, epochs=2, sampler="random")
    row = found.frame().iloc[0]
    assert row["value"] == row["loss_test"]
    assert (found.best.validation_fraction, found.best.choose_on) == (0.0, "test")


def test_a_study_of_an_earlier_version_goes_on_by_what_its_trials_were_chosen_on(tmp_path) -> None:
    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    earlier = optuna.create_study(storage=storage, study_name="rates")
    earlier.add_trial(
        optuna.trial.create_trial(
            params={"learning_rate": 0.1},
            distributions={"learning_rate": optuna.distributions.FloatDistribution(0.001, 1.0, log=True)},
            value=0.5,
        )
    )
    for _ in range(2):
        found = tune(SMALL, RATES, trials=1, epochs=1, storage=storage, name="rates", sampler="random")
        assert found.frame()["loss_test"].iloc[-1] == found.frame()["value"].iloc[-1]
        assert found.experiment.choose_on == "test"


def test_a_run_that_diverges_is_no_result() -> None:
    plane = Experiment(dataset="plane", hidden=(), loss="squared_error", n_samples=80, device="cpu")
    found = tune(plane, {"learning_rate": (5.0, 10.0)}, trials=2, epochs=20, sampler="random")
    assert list(found.frame()["state"]) == ["pruned"] * 2
    with pytest.raises(ValueError, match="No trials are completed"):
        _ = found.best


@pytest.mark.parametrize(
    ("space", "options", "field"),
    [
        ({}, {}, "space"),
        ({"no_field": (0, 1)}, {}, "no_field"),
        ({"dropout": (0.0, 2.0)}, {}, "dropout"),
        ({"learning_rate": (1.0, 0.1)}, {}, "learning_rate"),
        ({"l2": (0.0, 0.1, "log")}, {}, "l2"),
        ({"learning_rate": (0.1, 0.2, "cubic")}, {}, "learning_rate"),
        ({"learning_rate": 0.1}, {}, "learning_rate"),
        ({"optimizer": []}, {}, "optimizer"),
        ({"optimizer": ["sgd", "nobody"]}, {}, "optimizer"),
        (RATES, {"trials": 0}, "trials"),
        (RATES, {"epochs": 0}, "epochs"),
        (RATES, {"sampler": "magic"}, "sampler"),
        (RATES, {"pruner": "magic"}, "pruner"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(space, options, field) -> None:
    with pytest.raises(InvalidValue) as refused:
        tune(SMALL, space, **{"trials": 1, "epochs": 1, **options})
    assert refused.value.field == field
    assert str(refused.value)
