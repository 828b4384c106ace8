"""A target that is learned scaled and told in its own unit: data, errors, answers, JSON, link and stage."""

import numpy as np
import pytest

from playground import Experiment, InvalidValue, Trainer, baselines
from playground.answering import answered
from playground.data import Points
from playground.data.from_table import points_from_csv
from playground.data.packing import packed, unpacked
from playground.data.prepare import points_from_experiment, prepare
from playground.live import judged

PRICES = points_from_csv(
    (
        "area,rooms,price\n"
        + "\n".join(f"{20 + i * 37 % 100},{i % 5},{250_000 + 4000 * (i * 37 % 100)}" for i in range(60))
    ).encode(),
    x1="area",
    x2="rooms",
    target="price",
    task="regression",
    scale_target=True,
)
EXPERIMENT = Experiment(
    dataset="custom", points=PRICES, preprocessing="standardize", hidden=(8,), device="cpu"
)


@pytest.fixture(scope="module")
def trainer():
    trained = Trainer(EXPERIMENT)
    trained.run(epochs=30)
    return trained


def test_rows_keep_the_files_values_and_the_network_learns_scaled_ones():
    assert PRICES.targets[0] == 250_000
    mean, sd = PRICES.target_scale
    y = prepare(EXPERIMENT).all("y")
    assert float(y.mean()) == pytest.approx(0, abs=1e-5)
    assert float(y.std()) == pytest.approx(1, abs=1e-5)
    assert sorted(mean + sd * y.astype(float)) == pytest.approx(sorted(PRICES.targets), abs=0.1)


def test_a_constant_target_is_only_centred():
    points = points_from_csv(b"a,b,y\n1,2,5\n2,3,5\n3,5,5\n", "a", "b", "y", "regression", scale_target=True)
    assert points.target_scale == (5, 1)


def test_the_scale_travels_in_json_and_link():
    assert Experiment.from_json(EXPERIMENT.to_json()) == EXPERIMENT
    assert Experiment.from_query(EXPERIMENT.to_query()) == EXPERIMENT
    assert unpacked(packed(PRICES)) == PRICES
    again = points_from_experiment(EXPERIMENT)
    assert again.target_scale == PRICES.target_scale
    assert sorted(again.targets) == pytest.approx(sorted(PRICES.targets), rel=1e-4)


@pytest.mark.parametrize(
    "fields",
    [{"target_scale": (0, 0)}, {"target_scale": [1]}, {"target_scale": (0, 1), "class_names": ("a", "b")}],
)
def test_a_bad_scale_is_refused(fields):
    with pytest.raises(InvalidValue, match="target_scale"):
        Points(**fields)


def test_errors_are_in_the_files_unit(trainer):
    told = judged.values(trainer.engine)
    fit = next(each for each in told["fits"] if each["part"] == "test")
    _mean, sd = PRICES.target_scale
    data = trainer.data
    errors = sd * (trainer.engine.forward(data.F_test)[-1][:, 0] - data.y_test).astype(float)
    assert fit["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-4)
    assert fit["rmse"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-4)
    assert min(told["residuals"]["target"]) > 240_000


def test_simpler_models_are_told_in_the_same_unit():
    frame = baselines(EXPERIMENT)
    constant = frame[(frame.model == "constant") & (frame.part == "train")].rmse.item()
    assert constant == pytest.approx(float(PRICES.target_scale[1]), rel=0.2)


def test_answers_are_prices(trainer):
    frame = answered(EXPERIMENT, trainer.data, trainer.engine, np.array([[70.0, 2.0]]), "price")
    assert 250_000 < frame["price"][0] < 650_000
