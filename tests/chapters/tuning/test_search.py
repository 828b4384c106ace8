"""The live search, against ``tune``, against Optuna told by the script that it shows, and against counts by hand."""

from __future__ import annotations

import json
import runpy
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest

from playground.chapters import sections
from playground.chapters.tuning import runs, search, search_charts
from playground.engine.trainer import Trainer
from playground.experiment import Experiment
from playground.live import limits as limits_module
from playground.registry import InvalidValue
from playground.tuning import tune
from playground.tuning.space import checked, grid
from playground.ui.section_parts import race_of

pytestmark = pytest.mark.usefixtures("kernel")
SECTION = sections["tuning/search"]
POINTS = {
    "x_names": ["a", "b"],
    "class_names": ["0", "1"],
    "rows": [[0, 0, 0], [1, 1, 1], [0, 1, 1], [1, 0, 0]] * 6,
}
SMALL = {"trials": 10, "epochs": 10}


def found(**given: Any) -> search.Result:
    result = SECTION.run(**{**SMALL, **given})
    assert isinstance(result, search.Result)
    return result


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("tpe", "median"), ("random", "hyperband"), ("gp", "none"), ("qmc", "median")]
)
def test_it_is_the_study_that_tune_makes(sampler: str, pruner: str) -> None:
    given = {"sampler": sampler, "pruner": pruner, "seeds": 2, "seed": 3, "trials": 20}
    settings = SECTION.settings(**{**SMALL, **given})
    trials = found(**given).trials
    same = tune(
        search.base(settings),
        search.space(settings),
        trials=20,
        epochs=10,
        seeds=2,
        sampler=sampler,
        pruner=pruner,
        seed=3,
    ).frame()
    pd.testing.assert_frame_equal(trials, same)


@pytest.mark.parametrize(
    "given",
    [
        {"sampler": "tpe", "pruner": "median", "trials": 20},
        {"sampler": "grid", "pruner": "hyperband"},
        {"sampler": "cmaes", "pruner": "none", "fields": ("learning_rate", "l2", "batch_size")},
        {"sampler": "tpe", "both": True, "seeds": 2},
        {"sampler": "random", "fields": ("optimizer", "init", "dropout")},
        {"sampler": "gp", "pruner": "hyperband", "trials": 20},
    ],
)
def test_the_script_makes_the_same_study(given: dict[str, Any], tmp_path: Path) -> None:
    settings = SECTION.settings(**{**SMALL, **given})
    script = tmp_path / "search.py"
    script.write_text(search.code(settings), "utf-8")
    study = runpy.run_path(str(script), run_name="__main__")["study"]
    trials = found(**given).trials
    assert [t.state.name.lower() for t in study.trials] == list(trials["state"])
    values = [t.values[0] if t.state.name == "COMPLETE" else np.nan for t in study.trials]
    np.testing.assert_array_equal(values, trials["value"])
    for name in settings.fields:
        assert [t.params[name] for t in study.trials] == list(trials[name])


def test_the_script_knows_points_of_the_visitors_own(tmp_path: Path) -> None:
    own = Experiment(dataset="custom", points=POINTS)
    settings = SECTION.settings(own=own, **SMALL)
    script = tmp_path / "search.py"
    script.write_text(search.code(settings), "utf-8")
    study = runpy.run_path(str(script), run_name="__main__")["study"]
    assert len(study.trials) == 10


def test_what_was_saved_is_what_was_not_trained() -> None:
    result = found(trials=30, epochs=20)
    values = SECTION.verdict(result, SECTION.settings(trials=30, epochs=20)).values
    ends = result.reports.groupby("trial")["epoch"].max()
    assert values["saved"] == f"{1 - ends.sum() / 600:.0%}"
    assert values["pruned"] == int((ends < 20).sum()) > 0
    assert values["best"] == f"{result.trials['value'].min():.3f}"
    assert result.importance["importance"].sum() == pytest.approx(1)


def test_the_best_opens_and_the_best_five_race_over_sixteen_seeds() -> None:
    result, settings = found(trials=20), SECTION.settings(**{**SMALL, "trials": 20})
    chosen = search.chosen(result, settings)
    assert chosen is not None
    assert chosen.lanes is not None
    assert search.chosen(replace(result, found=()), settings) is None
    ranked = result.trials.dropna(subset="value").sort_values("value")
    assert chosen.experiment.learning_rate == pytest.approx(ranked["learning_rate"].iloc[0], rel=0.005)
    assert str(chosen.experiment.hidden) == ranked["hidden"].iloc[0]
    rates = [change["learning_rate"] for change in chosen.lanes.changes]
    np.testing.assert_allclose(rates, ranked["learning_rate"][:5], rtol=0.005)
    assert (chosen.lanes.seeds, race_of(SECTION, settings)) == (16, None)


def test_the_visitors_own_experiment_is_searched_and_bounded_as_the_server_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Experiment(dataset="plane", n_samples=60, hidden=(4, 4), dropout=(0.1, 0.2), learning_rate=0.01)
    settings = SECTION.settings(own=own, both=True, **SMALL)
    result = found(own=own, both=True)
    assert SECTION.verdict(result, settings).key in ("front", "no_front")
    assert search.base(settings).validation_fraction == 0.2
    chosen = search.chosen(result, settings)
    assert chosen is not None
    assert chosen.lanes is not None
    assert chosen.lanes.metric == "loss"
    bounds = limits_module.limits()
    monkeypatch.setattr(search, "limits", lambda: replace(bounds, max_trials=9))
    with pytest.raises(InvalidValue, match="9"):
        found()
    monkeypatch.setattr(search, "limits", lambda: replace(bounds, max_search_seconds=0.0))
    ended = found()
    assert (ended.ended, len(ended.trials) < 10) == ("seconds", True)


def test_cmaes_knows_one_goal_only() -> None:
    with pytest.raises(InvalidValue) as refused:
        found(sampler="cmaes", both=True)
    assert refused.value.field == "sampler"


@pytest.mark.parametrize("fields", [("learning_rate",), ("activation",)])
def test_a_grid_that_runs_out_ends_the_search(fields: tuple[str, ...]) -> None:
    settings = SECTION.settings(sampler="grid", fields=fields, pruner="none", **SMALL)
    ranges = checked(search.base(settings), search.space(settings))
    points = grid(ranges, 10)[fields[0]]
    result = found(sampler="grid", fields=fields, pruner="none")
    assert len(result.trials) == min(10, len(points))
    assert not result.trials[fields[0]].duplicated().any()
    assert result.ended == "trials"


def test_a_grid_over_all_fields_is_refused_and_other_samplers_take_them() -> None:
    every = SECTION.control("fields").options  # type: ignore[attr-defined]
    with pytest.raises(InvalidValue) as refused:
        search.code(SECTION.settings(fields=every, sampler="grid"))
    assert refused.value.field == "sampler"
    assert "TPESampler" in search.code(SECTION.settings(fields=every, sampler="tpe"))


@pytest.mark.parametrize(
    "given", [{"both": True}, {"fields": ("init",)}, {"fields": ("learning_rate", "l2")}]
)
def test_its_charts_are_drawn_for_other_settings(given: dict[str, Any]) -> None:
    settings = SECTION.settings(**{**SMALL, **given})
    result = found(**given)
    for figure in SECTION.picture(result, settings, "ko"):
        assert figure.chart.to_dict()
    SECTION.verdict(result, settings)


def test_the_loss_between_trials_is_what_lies_on_straight_lines() -> None:
    corners = pd.DataFrame(
        {
            "learning_rate": [1e-4, 1.0, 1e-4, 1.0],
            "weight_decay": [1e-5, 1e-5, 0.1, 0.1],
            "loss": np.exp([0.0, 1.0, 0.0, 1.0]),
        }
    )
    surface = search_charts.surface(corners, "learning_rate", "weight_decay", runs.SPACE)
    assert len(surface) == search_charts.SIDE**2
    middle = np.sqrt(surface["x"] * surface["x2"])
    np.testing.assert_allclose(np.log(surface["loss"]), np.log(middle / 1e-4) / np.log(1e4), atol=1e-9)
    assert search_charts.surface(corners, "learning_rate", "hidden", runs.SPACE).empty
    assert search_charts.surface(corners[:2], "learning_rate", "weight_decay", runs.SPACE).empty


def test_a_sampler_that_thinks_long_leaves_its_slice_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    thought, go = threading.Event(), threading.Event()
    ask = optuna.Study.ask

    def slow(study: optuna.Study) -> optuna.Trial:
        thought.set()
        assert go.wait(60.0)
        return ask(study)

    monkeypatch.setattr(optuna.Study, "ask", slow)
    steps = SECTION.steps(SECTION.settings(sampler="gp", pruner="none", **SMALL))
    assert next(steps)[0] == 0.0
    assert thought.wait(60.0)
    assert next(steps)[0] == 0.0
    go.set()
    *_, (share, result) = steps
    assert (share, len(result.trials)) == (1.0, 10)


def test_a_search_that_is_kept_goes_on_where_it_was_and_is_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_DATABASE_URL", f"sqlite:///{tmp_path / 'studies.db'}")
    monkeypatch.setattr(search, "TOLD", 0.0)
    settings = SECTION.settings(**SMALL, sampler="random", pruner="none")
    assert not search.kept(settings, "a")
    steps = SECTION.steps(settings, "a")
    first = next(result.trials for _, result in steps if len(result.trials) == 4)
    steps.close()  # the server ends, or lets the computation go
    assert search.kept(settings, "a")
    shares, results = zip(*SECTION.steps(settings, "a"), strict=True)
    assert shares[0] >= 0.4
    trials = results[-1].trials
    ended = trials[trials["state"] == "complete"]
    assert len(ended) == 10
    assert ended["learning_rate"].nunique() == 10, "no setting is tried twice"
    assert list(trials["value"][:4]) == list(first["value"])
    *_, (_, again) = SECTION.steps(settings, "a")
    pd.testing.assert_frame_equal(again.trials, trials)

    other = next(iter(SECTION.steps(settings, "b")))[1]
    assert other.trials.empty
    assert not search.kept(SECTION.settings(**SMALL, sampler="random", pruner="none", seed=1), "a")
    names = [study.study_name for study in optuna.get_all_study_summaries(search._database())]
    assert len(set(names)) == 2
    assert all(name.startswith("visitor-") and "random" not in name for name in names)


def test_any_field_is_searched_in_the_range_that_is_set() -> None:
    given = {
        "fields": tuple(runs.SEARCHABLE),
        "range_learning_rate": (0.01, 0.02),
        "range_batch_size": (30, 31),
        "range_mixup": "0.5:0.6",
        "sampler": "random",
        "pruner": "none",
    }
    settings = SECTION.settings(**SMALL, **given)
    assert SECTION.settings(**SECTION.query(settings)) == settings
    result = found(**given)
    trials = result.trials
    assert trials["learning_rate"].between(0.01, 0.02).all()
    assert set(trials["batch_size"]) <= {30, 31}
    assert trials["mixup"].between(0.5, 0.6).all()
    assert trials["optimizer"].nunique() > 1
    for figure in SECTION.picture(result, settings, "ko"):
        assert figure.chart.to_dict()
    for wrong in ((0.1, 0.1), (0.2, 0.1), (0.1, 20.0), (0.1,), "0.1"):
        with pytest.raises(InvalidValue) as refused:
            SECTION.settings(range_learning_rate=wrong)
        assert refused.value.field == "range_learning_rate"


def test_ranks_and_times_are_those_of_the_trials() -> None:
    result, settings = found(), SECTION.settings(**SMALL)
    times = result.times
    assert list(times["trial"]) == list(range(10))
    assert (times["ended"] >= times["began"]).all()
    assert (times["began"].to_numpy()[1:] >= times["ended"].to_numpy()[:-1]).all(), "one after the other"
    frames = [figure.frame for figure in SECTION.picture(result, settings, "en")]
    ranked = next(frame for frame in frames if "rank" in frame)
    assert ranked["loss"].idxmin() == ranked["rank"].idxmin()
    assert sorted(ranked["rank"]) == list(range(1, 11))
    chosen = search.chosen(result, settings)
    assert chosen is not None
    pd.testing.assert_frame_equal(chosen.numbers, result.trials)


def test_every_view_marks_the_trial_that_is_chosen() -> None:
    result, settings = found(), SECTION.settings(**SMALL)
    figures = SECTION.picture(result, settings, "en")
    titles = [search_charts.say(f"figures.{name}", "en") for name in _VIEWS]
    assert [figure.title for figure in figures[1:]] == titles
    assert all(figure.links == "trial" for figure in figures)
    for figure in figures:
        asked = json.dumps(figure.chart.to_dict())
        assert search_charts.IS_MARKED in asked, figure.title
    assert {table.links for table in SECTION.tables(result, settings, "en")} == {"trial"}  # type: ignore[misc]


_VIEWS = ("intermediate", "importance", "parallel", "slices", "contour", "timeline")


def test_the_test_part_is_seen_once_it_is_opened() -> None:
    result, settings = found(seeds=2), SECTION.settings(**SMALL, seeds=2)
    before = SECTION.picture(result, settings, "en")
    assert not any("test" in column for figure in before for column in figure.frame)
    assert not any("test" in column for column in search.chosen(result, settings).numbers)  # type: ignore[union-attr]

    seen = search.opened(result, settings)
    assert seen is not None
    whole = seen.result.trials.dropna(subset="value").sort_values("value")
    assert seen.values["trials"] == 10
    assert seen.values["best"] == whole["trial"].iloc[0] + 1
    assert seen.values["test"] == f"{whole['loss_test'].iloc[0]:.3f}"
    own = tune(search.base(settings), search.space(settings), trials=10, epochs=10, seeds=2, pruner="median")
    best = own.best
    runs_of_best = [Trainer(best.replace(seed=best.seed + repeat)) for repeat in range(2)]
    for trainer in runs_of_best:
        trainer.run(epochs=10)
    mean = np.mean([trainer.history.last()["loss_test"] for trainer in runs_of_best])
    assert whole["loss_test"].iloc[0] == pytest.approx(mean)
    assert "loss_test" not in own.frame()
    pd.testing.assert_series_equal(own.frame(test=True)["loss_test"], seen.result.trials["loss_test"])

    history = SECTION.picture(seen.result, settings, "ko")[0]
    assert "test" in history.frame
    assert "diamond" in json.dumps(history.chart.to_dict())
    assert search.opened(seen.result, settings) is None


def test_where_the_test_part_chooses_there_is_none_to_open() -> None:
    own = Experiment(dataset="moons", n_samples=80, choose_on="test")
    assert search.opened(found(own=own), SECTION.settings(own=own, **SMALL)) is None
