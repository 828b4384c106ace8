"""Any number of inputs from 1 to 64: points, text forms, missing cells, both engines and exported code."""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import Experiment
from playground.data import Points, draw, points_frame, points_from_frame, prepare
from playground.data.packing import how_many_fit, packed, rounded, unpacked
from playground.data.points import MAX_INPUTS
from playground.data.prepare import points_from_experiment
from playground.engine.trainer import Trainer
from playground.experiment_text import MAX_JSON_BYTES
from playground.export import to_numpy, to_script
from playground.live.undo import Undo
from playground.tuning import sweep

REAL = {"iris": 4, "wine": 13, "breast_cancer": 30, "digits": 64}


def points_of(d: int, seed: int, *, n: int = 24, gaps: float = 0.0, classes: int = 2) -> Points:
    """Points of d inputs; a class (or value) follows from the first."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    y = rng.normal(size=n).round(2) if classes == 0 else np.arange(n) % classes
    X[:, 0] += y
    X = np.round(X, 2)
    holes = rng.random((n, d)) < gaps
    holes[0] = False
    X[holes] = np.nan
    rows = tuple((*x, v) for x, v in zip(X.tolist(), y.tolist(), strict=True))
    return Points(tuple(f"c{i}" for i in range(d)), "y", tuple(f"k{k}" for k in range(classes)), rows)


some_points = st.builds(
    points_of,
    st.integers(1, MAX_INPUTS),
    st.integers(0, 10**6),
    gaps=st.sampled_from([0.0, 0.2]),
    classes=st.sampled_from([0, 2, 3]),
)


@given(some_points)
def test_points_of_any_width_come_back_from_json_link_table_and_undo(points: Points) -> None:
    assert Points.from_dict(points.to_dict()) == points
    text = packed(points)
    assert text is None or unpacked(text) == points
    assert text is not None or len(points.x_names) > 20
    assert points_from_frame(points_frame(points), points) == points
    assert rounded(points).rows == points.rows  # two decimals are fine enough already
    assert 0 <= how_many_fit(points) <= len(points.rows)
    experiment = Experiment(dataset="custom", points=points)
    undo = Undo()
    undo.keep(experiment)
    assert undo.take_back()["points"] == points
    assert Experiment.from_json(experiment.to_json()) == experiment
    if text is not None:
        assert Experiment.from_query(experiment.to_query()) == experiment


@given(some_points)
def test_missing_cells_are_filled_with_the_training_parts_median(points: Points) -> None:
    experiment = Experiment(dataset="custom", points=points, preprocessing="standardize")
    data = prepare(experiment)
    X = draw(experiment).X
    known = X[data.train_index]
    for i in range(len(points.x_names)):
        column = known[:, i][~np.isnan(known[:, i])]
        assert data.fill[i] == (np.median(column) if len(column) else 0.0)
    assert data.n_filled == np.isnan(X).sum()
    for part in ("train", "validation", "test"):
        sample = X[getattr(data, f"{part}_index")]
        expected = np.where(np.isnan(sample), data.fill, sample)
        np.testing.assert_array_equal(getattr(data, f"X_{part}"), expected)
        np.testing.assert_array_equal(data.features(sample), getattr(data, f"F_{part}"))
    assert data.F_train.shape[1] == experiment.n_inputs
    assert np.isfinite(data.all("F")).all()


@given(some_points, st.sampled_from([(), (5,), (6, 4)]))
@settings(max_examples=25, deadline=None)
def test_both_engines_take_the_same_way(points: Points, hidden: tuple[int, ...]) -> None:
    experiment = Experiment(dataset="custom", points=points, hidden=hidden, preprocessing="standardize")
    ends = []
    for engine in ("fused", "reference"):
        trainer = Trainer(experiment.replace(engine=engine))
        trainer.run_for(60, 3 * trainer.steps_per_epoch)
        ends.append(trainer.engine.state().params)
    np.testing.assert_allclose(*ends, rtol=1e-4, atol=1e-5)


def end_of(script: str) -> list[float]:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(compile(script, "script.py", "exec"), {"__name__": "__main__"})
    return [
        float(number) for number in re.findall(r"(?:train|test) (\d\S*)", told.getvalue().splitlines()[-1])
    ]


def exported(experiment: Experiment) -> None:
    """Script and NumPy code go where the run goes."""
    trainer = Trainer(experiment.replace(engine="fused"))
    trainer.run_for(60, 3 * trainer.steps_per_epoch)
    last = trainer.history.last()
    assert end_of(to_script(experiment, 3)) == pytest.approx(
        [last["loss_train"], last["loss_test"]], rel=1e-4
    )
    module: dict = {}
    code = to_numpy(experiment, trainer.engine.state(), trainer.epoch)
    assert max(map(len, code.splitlines())) <= 120
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "network.py", "exec"), module | {"__name__": "__main__"})
    exec(compile(code, "network.py", "exec"), module)
    X = draw(experiment).X
    expected = trainer.engine.forward(prepare(experiment).features(X))[-1]
    np.testing.assert_allclose(module["scores"](X), expected, rtol=1e-4, atol=1e-4)


@given(some_points, st.sampled_from([0.0, 0.1]), st.sampled_from([500, 12]))
@settings(max_examples=12, deadline=None)
def test_exported_code_goes_where_the_run_goes(points: Points, noise: float, n_samples: int) -> None:
    exported(
        Experiment(
            dataset="custom",
            points=points,
            hidden=(4,),
            noise=noise,
            n_samples=n_samples,
            preprocessing="center",
        )
    )


@pytest.mark.parametrize("name", REAL)
def test_all_columns_of_a_real_set(name: str) -> None:
    experiment = Experiment(
        dataset={"name": name, "inputs": "all"},
        n_samples=120,
        preprocessing="standardize",
        hidden=(5,),
        noise=0.05,
    )
    assert (
        experiment.n_inputs == len(experiment.columns) == len(prepare(experiment).feature_names) == REAL[name]
    )
    assert Experiment.from_query(experiment.to_query()) == experiment
    assert Experiment.from_json(experiment.to_json()) == experiment
    exported(experiment)


def test_the_largest_table_comes_back_from_its_file() -> None:
    """5,000 points of 64 inputs with as many digits as there are."""
    rng = np.random.default_rng(0)
    rows = tuple((*x, k % 2) for k, x in enumerate(rng.normal(size=(5000, MAX_INPUTS)).tolist()))
    names = tuple(f"c{i}" for i in range(MAX_INPUTS))
    experiment = Experiment(dataset="custom", points=Points(names, "y", ("a", "b"), rows))
    text = experiment.to_json()
    assert len(text.encode()) < MAX_JSON_BYTES
    assert Experiment.from_json(text) == experiment
    assert not experiment.fits_a_link


def test_a_sweep_takes_all_columns() -> None:
    base = Experiment(
        dataset={"name": "wine", "inputs": "all"}, preprocessing="standardize", hidden=(4,), n_samples=60
    )
    found = sweep(base, {"learning_rate": [0.01, 0.1]}, epochs=2)
    assert len(found) == 2
    assert np.isfinite(found["loss_train"]).all()


def test_features_belong_to_two_inputs() -> None:
    plain = Experiment(dataset={"name": "iris", "inputs": "all"})
    squared = plain.replace(features=("x1", "x1_squared"))
    assert "features_need_two_inputs" not in plain.notices()
    assert "features_need_two_inputs" in squared.notices()
    assert squared.n_inputs == 4
    assert squared.replace(dataset="iris").inputs == ("x1", "x1_squared")


def test_a_sample_of_many_inputs_becomes_points() -> None:
    experiment = Experiment(dataset={"name": "wine", "inputs": "all"}, n_samples=50)
    points = points_from_experiment(experiment)
    assert points.x_names == experiment.columns
    assert points.domain is None
    np.testing.assert_allclose(points.X, draw(experiment).X, rtol=1e-3, atol=1e-3)
