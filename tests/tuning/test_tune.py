"""Searches by Optuna: trials are real runs, samplers and pruners are those asked for, studies are kept and go on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import optuna
import pytest
from waiting import until

from playground import Experiment, InvalidValue, Trainer, tune
from playground.tuning import study as study_module
from playground.tuning.space import pruners, samplers

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
        ("cmaes", optuna.samplers.CmaEsSampler),
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


@pytest.mark.parametrize("pruner", pruners())
@pytest.mark.parametrize("sampler", samplers())
def test_every_sampler_tries_as_many_points_as_asked_under_every_pruner(sampler: str, pruner: str) -> None:
    space = {**RATES, "weight_decay": (1e-5, 0.1, "log")}
    found = tune(SMALL, space, trials=36, epochs=20, sampler=sampler, pruner=pruner)
    frame = found.frame()
    assert len(frame) == 36
    assert set(frame["state"]) <= {"complete", "pruned"}
    assert ("pruned" in set(frame["state"])) == (pruner != "none")
    assert not frame[list(space)].duplicated().any(), "no point twice"


@pytest.mark.parametrize("again", range(2))
def test_the_gaussian_process_learns_from_what_was_ended_early(again: int) -> None:
    study = optuna.create_study(sampler=samplers()["gp"]({}, 0, again))
    for number in range(18):
        trial = study.ask()
        x = trial.suggest_float("x", 0.0, 1.0)
        if number < 10:
            study.tell(trial, (x - 0.5) ** 2)
        else:
            trial.report(1.0, 1)  # whatever it tries now is bad
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    later = [trial.params["x"] for trial in study.trials[10:]]
    assert np.ptp(later) > 0.3, "where it failed it does not look again"


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
    again = tune(
        SMALL, {"learning_rate": (1e-5, 1.0, "log")}, trials=20, epochs=20, pruner=pruner, sampler="random"
    )
    assert list(again.frame()["epochs"]) == list(frame["epochs"])


def test_a_study_is_kept_and_goes_on(tmp_path) -> None:
    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    tune(SMALL, RATES, trials=2, epochs=1, storage=storage, name="rates", sampler="random")
    found = tune(SMALL, RATES, trials=3, epochs=1, storage=storage, name="rates", sampler="random", seed=1)
    assert len(found.frame()) == 5
    assert len(optuna.load_study(study_name="rates", storage=storage).trials) == 5


def test_no_trial_begins_once_the_seconds_are_over() -> None:
    assert len(tune(SMALL, RATES, trials=5, epochs=1, seconds=1e-9, sampler="random").frame()) <= 1


def test_cmaes_moves_from_trial_to_trial_towards_low_losses() -> None:
    space = {"learning_rate": (1e-4, 1.0, "log"), "weight_decay": (1e-5, 1.0, "log")}
    frame = tune(SMALL, space, trials=40, epochs=5, sampler="cmaes").frame()
    assert frame["value"][20:].median() < frame["value"][:10].median()


def test_two_goals_leave_a_front_that_no_other_trial_beats() -> None:
    space = {**RATES, "hidden": [(), (2,), (8,), (8, 8)]}
    found = tune(SMALL, space, trials=16, epochs=10, goals=("loss", "parameters"), sampler="random")
    frame, front = found.frame(), found.front()
    every = [
        (row.value, row.parameters)
        for row in frame.itertuples()
        if not any(
            other.value <= row.value
            and other.parameters <= row.parameters
            and (other.value, other.parameters) != (row.value, row.parameters)
            for other in frame.itertuples()
        )
    ]
    assert 1 < len(front) < len(frame)
    assert list(zip(front["value"], front["parameters"], strict=True)) == sorted(every)
    # 2 x 8 + 8 and 8 x 1 + 1; 2 x 2 + 2 and 2 x 1 + 1; 2 + 1
    counts = frame.set_index("hidden")["parameters"]
    assert [counts[name].max() for name in ("(8,)", "(2,)", "()")] == [33, 9, 3]
    assert found.best.learning_rate == front["learning_rate"].iloc[0]


def test_a_run_that_diverges_has_no_place_on_the_front() -> None:
    plane = Experiment(dataset="plane", hidden=(), loss="squared_error", n_samples=80, device="cpu")
    space = {"learning_rate": (0.01, 10.0, "log")}
    found = tune(plane, space, trials=15, epochs=20, goals=("loss", "parameters"))
    frame = found.frame()
    assert set(frame["state"]) == {"complete", "pruned"}
    assert (frame["diverged"] == (frame["state"] == "pruned")).all()
    assert not found.front()["diverged"].any()


def test_the_environment_names_the_database(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    monkeypatch.setenv("PLAYGROUND_DATABASE_URL", storage)
    tune(SMALL, RATES, trials=2, epochs=1, name="rates")
    assert len(optuna.load_study(study_name="rates", storage=storage).trials) == 2
    with pytest.raises(InvalidValue) as refused:
        tune(SMALL, RATES, trials=1, epochs=1, name="rates", goals=("loss", "parameters"))
    assert refused.value.field == "goals"


LONG = """
import sys
from contextlib import closing
from playground import Experiment, tune

tune(
    Experiment(dataset="moons", n_samples=80, hidden=(4,), device="cpu", engine="reference"),
    {"learning_rate": (0.001, 1.0, "log")},
    trials=1, epochs=1_000_000, sampler="random", storage=sys.argv[1], name="shared",
)
"""


def test_what_a_process_was_trying_when_it_was_killed_is_tried_once_again(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    worker = subprocess.Popen([sys.executable, "-c", LONG, storage])

    def begun() -> bool:
        """It tries something, and has given a sign of life, without which nobody could tell that it is gone."""
        with closing(sqlite3.connect(tmp_path / "studies.db")) as database:
            try:
                counts = [
                    database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    for table in ("trial_params", "trial_heartbeats")
                ]
            except sqlite3.OperationalError:  # the tables are not there yet
                return False
        return all(counts)

    until(begun)
    worker.kill()
    worker.wait()
    monkeypatch.setattr(study_module, "HEARTBEAT", 1)
    monkeypatch.setattr(study_module, "GRACE", 1)
    trials: list[optuna.trial.FrozenTrial] = []

    def tried_again() -> bool:
        tune(SMALL, RATES, trials=1, epochs=1, storage=storage, name="shared", sampler="random")
        trials[:] = optuna.load_study(study_name="shared", storage=storage).trials
        return trials[0].state.name == "FAIL" and all(t.state.is_finished() for t in trials)

    until(tried_again)
    rates = [trial.params["learning_rate"] for trial in trials]
    assert rates.count(rates[0]) == 2, "the lost one, and the same settings once more"
    assert {trial.state.name for trial in trials[1:]} == {"COMPLETE"}


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
        (RATES, {"seconds": 0}, "seconds"),
        (RATES, {"sampler": "magic"}, "sampler"),
        (RATES, {"pruner": "magic"}, "pruner"),
        (RATES, {"goals": ("parameters",)}, "goals"),
        (RATES, {"goals": ("loss", "parameters"), "pruner": "median"}, "pruner"),
        (RATES, {"goals": ("loss", "parameters"), "sampler": "cmaes"}, "sampler"),
        ({name: list(range(1, 102)) for name in ("batch_size", "seed")}, {"sampler": "grid"}, "sampler"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(space, options, field) -> None:
    with pytest.raises(InvalidValue) as refused:
        tune(SMALL, space, **{"trials": 1, "epochs": 1, **options})
    assert refused.value.field == field
    assert str(refused.value)
