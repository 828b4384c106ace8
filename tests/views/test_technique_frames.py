"""The reference page's tables against numbers that are known otherwise, and its charts' encodings."""

import io

import numpy as np
import pytest
from PIL import Image

from playground.experiment import Experiment
from playground.families import FAMILIES
from playground.techniques import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, SCHEDULES
from playground.views import technique_frames as frames
from playground.views.technique_charts import technique_chart
from playground.views.thumbnail import PIXELS, diverging, picture, trained


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "maxout"])
def test_derivatives_are_the_slopes_of_the_functions(name: str) -> None:
    frame = frames.activation_frame(name)
    function = frame[frame["curve"] == "function"]
    slope = np.gradient(function["value"].to_numpy(), function["z"].to_numpy())
    derivative = frame[frame["curve"] == "derivative"]["value"].to_numpy()
    smooth = np.abs(function["z"].to_numpy()) > 0.11  # away from the corners at 0, where gradients jump
    np.testing.assert_allclose(slope[smooth], derivative[smooth], atol=0.02)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_histograms_have_the_spread_of_the_formula(name: str) -> None:
    frame = frames.initializer_frame(name)
    assert frame["share"].sum() == pytest.approx(1.0)
    middle = (frame["left"] + frame["right"]) / 2
    mean = float((middle * frame["share"]).sum())
    spread = float(np.sqrt(((middle - mean) ** 2 * frame["share"]).sum()))
    std = INITIALIZERS[name].std(frames.INPUTS, frames.UNITS, INITIALIZERS[name].spec())
    if std:
        assert spread == pytest.approx(std, rel=0.06)


def test_every_optimizer_goes_down_the_ravine() -> None:
    race = frames.race_frame()
    for name in OPTIMIZERS:
        losses = race[race["optimizer"] == name]["loss"].to_numpy()
        # ½(4² + 20·1²) at the start
        assert losses[0] == pytest.approx(18.0)
        assert losses[-1] < 0.05 * losses[0]


def test_gradient_descent_in_the_ravine_by_hand() -> None:
    race = frames.race_frame()
    losses = race[race["optimizer"] == "sgd"]["loss"].to_numpy()
    # after one step of 0.03: x = 4·(1 - 0.03), y = 1 - 0.03·20 = 0.4
    assert losses[1] == pytest.approx(0.5 * (3.88**2 + 20 * 0.4**2))


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_start_and_stay_positive(name: str) -> None:
    factors = frames.schedule_frame(name)["factor"].to_numpy()
    assert len(factors) == frames.SCHEDULE_EPOCHS
    assert (factors > 0).all()
    if name == "reduce_on_plateau":
        assert factors[-1] < factors[0] == 1.0


def test_batch_norm_centres_and_rescales() -> None:
    frame = frames.normalization_frame("batch_norm")
    after = frame[frame["curve"] == "after"]
    mean = float((after["sum"] * after["share"]).sum())
    assert mean == pytest.approx(0.0, abs=0.05)
    assert float(((after["sum"] - mean) ** 2 * after["share"]).sum()) == pytest.approx(1.0, abs=0.1)


def test_clipping_bounds_the_gradient() -> None:
    assert frames.clipping_frame("none")["after"].abs().max() == pytest.approx(3.0)
    assert frames.clipping_frame("norm")["after"].abs().max() == pytest.approx(1.0, abs=1e-3)
    assert frames.clipping_frame("value")["after"].abs().max() == pytest.approx(0.5)


@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in ("regularizers", "stoppings")])
def test_every_technique_has_a_chart(family: str) -> None:
    for name in FAMILIES[family]:
        chart = technique_chart(family, name, "ko")
        if name == "custom":
            assert chart is None
            continue
        assert chart is not None
        spec = chart.to_dict()
        encodings = [spec["encoding"]] if "encoding" in spec else [part["encoding"] for part in spec["layer"]]
        assert all(encoding["x"] for encoding in encodings)


def test_pictures_show_the_map_in_the_colours_of_the_classes() -> None:
    trainer = trained(Experiment(dataset="blobs", hidden=()), 20, 30.0)
    assert trainer.epoch == 20
    image = Image.open(io.BytesIO(picture(trainer)))
    assert image.size == (PIXELS, PIXELS)
    # the second cloud lies top right or bottom left, so two opposite corners differ
    corners = [image.getpixel((8, PIXELS - 8)), image.getpixel((PIXELS - 8, 8))]
    assert {("blue" if r < b else "orange") for r, _, b in corners} == {"blue", "orange"}


def test_the_scale_of_colours_is_blue_to_orange_over_near_white() -> None:
    low, middle, high = diverging(np.array([0.0, 0.5, 1.0]))
    assert tuple(low.astype(int)) == (8, 119, 189)
    assert tuple(high.astype(int)) == (245, 147, 34)
    assert middle.min() > 240
