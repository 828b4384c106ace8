"""The history: growth, thinning, tables."""

import io

import numpy as np
import pandas as pd
import pytest

from playground import Experiment, History, Trainer, train
from playground.engine import history as module
from playground.engine.plan import METRICS


def long_history(n: int, seed: int = 0, validated: bool = False) -> History:
    rng = np.random.default_rng(seed)
    history = History()
    metrics = rng.random((n, 7))
    if not validated:
        metrics[:, 4:] = np.nan
    for start in range(0, n, 37):
        rows = np.arange(start, min(start + 37, n))
        history.extend(rows, rows * 25, metrics[rows], np.full(len(rows), 0.03))
    assert np.array_equal(history["loss_train"], metrics[:, 0])
    return history


def test_rows_grow_and_stay_complete() -> None:
    history = long_history(1000)
    assert len(history) == 1000
    assert history["epoch"].tolist() == list(range(1000))
    assert history.last()["step"] == 999 * 25
    again = History.from_rows(history.rows())
    assert np.array_equal(again.rows(), history.rows(), equal_nan=True)
    with pytest.raises(IndexError):
        History().last()


@pytest.mark.parametrize("validated", [False, True])
@pytest.mark.parametrize("n", [8, 9, 50, 101, 500])
def test_thinned_keeps_ends_and_extremes(n: int, validated: bool) -> None:
    history = long_history(1000, validated=validated)
    thin = history.thinned(n)
    assert len(thin) <= n
    epochs = thin["epoch"]
    assert epochs[0] == 0
    assert epochs[-1] == 999
    assert (np.diff(epochs) > 0).all()
    for column in ("loss_train", "loss_test", *(["loss_validation"] if validated else [])):
        assert thin[column].min() == history[column].min()
        assert thin[column].max() == history[column].max()


def test_thinned_finds_a_single_spike() -> None:
    history = History()
    loss = np.exp(-np.arange(5000) / 500)
    loss[3217] = 9.0
    history.extend(np.arange(5000), np.arange(5000), np.tile(loss[:, None], 7), np.ones(5000))
    assert 3217 in history.thinned(100)["epoch"]


@pytest.mark.parametrize("validated_from", [0, 1500, 10_000])
@pytest.mark.parametrize("n", [8, 60, 320])
def test_the_rows_that_draw_a_growing_history_are_those_that_draw_it_at_once(
    n: int, validated_from: int
) -> None:
    """They are found bit by bit while it grows; most of them stay the same from one look to the next."""
    rng, growing = np.random.default_rng(1), History()
    kept = 0
    for _ in range(120):
        start, fresh = len(growing), int(rng.integers(1, 60))
        metrics = rng.random((fresh, len(METRICS)))
        metrics[rng.random(fresh) < 0.05, :2] = np.nan
        if start < validated_from:
            metrics[:, 4:] = np.nan
        epochs = np.arange(start, start + fresh)
        before = growing.representative(n) if start else epochs[:0]
        growing.extend(epochs, epochs, metrics, np.ones(fresh))
        rows = growing.representative(n)
        whole = History.from_rows(growing.rows())
        if validated_from == 0 or start < validated_from:
            assert np.array_equal(rows, whole.representative(n))
        assert len(rows) <= n
        assert (np.diff(rows) > 0).all()
        for column in (2, 3, 7):
            values = growing.rows()[:, column]
            if np.isfinite(values).any():
                assert {np.nanmin(values), np.nanmax(values)} <= set(values[rows])
        kept += np.isin(before, rows).mean() > 0.9 if start else 0
    assert kept > 60 or n == 8


def test_a_part_without_points_takes_no_rows_of_the_outline() -> None:
    rows = np.random.default_rng(2).random((2000, len(module.COLUMNS)))
    rows[:, 0] = np.arange(2000)
    rows[:, [module.COLUMNS.index(f"loss_{part}") for part in ("test", "validation")]] = np.nan
    kept = History.from_rows(rows).representative(100)
    width = 48  # 1,998 rows between the ends in (100 - 2) / 2 stretches, and their next round width
    loss = rows[:, module.COLUMNS.index("loss_train")]
    expected = {0, 1999}
    for start in range(1, 1999, width):
        stretch = loss[start : min(start + width, 1999)]
        expected |= {start + int(stretch.argmin()), start + int(stretch.argmax())}
    assert kept.tolist() == sorted(expected)


def test_the_rows_that_draw_a_history_are_found_anew_once_it_is_thinned() -> None:
    history = long_history(9000)
    before = history.representative(100)
    history.bound(4000)
    assert history.representative(100)[-1] == len(history) - 1 < before[-1]
    assert np.array_equal(history.taken(np.array([0, 3])), history.rows()[[0, 3]], equal_nan=True)


def test_rows_are_found_by_their_epoch() -> None:
    history = long_history(5000)
    assert history.epochs == 5000
    epochs = np.array([0, 7, 1236, 4999])
    assert history.at(epochs)[:, 0].tolist() == epochs.tolist()
    history.bound(4000)
    assert history.stride == 4
    assert history.epochs == 5000
    assert history.at(epochs)[:, 0].tolist() == epochs.tolist()
    assert history.at(np.array([999, 1235, 2001, 4001]))[:, 0].tolist() == [999, 1232, 2000, 4001]
    assert History().epochs == 0


def test_short_histories_are_not_thinned() -> None:
    history = long_history(20)
    assert np.array_equal(history.thinned(20).rows(), history.rows(), equal_nan=True)
    with pytest.raises(ValueError, match="8 rows"):
        history.thinned(7)


def test_frame_is_tidy_and_starts_before_training() -> None:
    history = train(Experiment(engine="reference"), epochs=2)
    frame = history.frame()
    assert list(frame.columns) == ["epoch", "step", "split", "loss", "accuracy", "learning_rate"]
    assert len(frame) == 6
    assert frame["epoch"].tolist() == [0, 0, 1, 1, 2, 2]
    assert frame["split"].tolist() == ["train", "test"] * 3
    assert frame["step"].tolist() == [0, 0, 25, 25, 50, 50]
    assert frame["accuracy"].between(0, 1).all()


@pytest.mark.parametrize("engine", ["reference", "fused"])
def test_a_validation_part_has_its_own_rows_and_columns(engine: str) -> None:
    held = train(Experiment(validation_fraction=0.2, engine=engine), epochs=2)
    frame = held.frame()
    assert frame["split"].tolist() == ["train", "validation", "test"] * 3
    table = pd.read_csv(io.StringIO(held.to_csv()), float_precision="round_trip")
    assert list(table.columns) == [name for name in module.COLUMNS if name != "penalty"]
    assert np.array_equal(table["loss_validation"], held["loss_validation"])
    of_part = frame[frame["split"] == "validation"]
    assert np.array_equal(of_part["loss"], held["loss_validation"])
    assert of_part["accuracy"].between(0, 1).all()
    without = train(Experiment(engine=engine), epochs=1)
    assert without.to_csv().splitlines()[0] == ",".join(module.COLUMNS[:7])


def test_csv_reads_back_exactly(tmp_path) -> None:  # type: ignore[no-untyped-def]
    history = train(Experiment(dataset="plane", engine="reference"), epochs=2)
    text = history.to_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == text
    table = pd.read_csv(io.StringIO(text), float_precision="round_trip")
    assert table["epoch"].dtype == np.int64
    assert table["accuracy_test"].isna().all()
    assert np.array_equal(table["loss_test"], history["loss_test"])


def endless(monkeypatch: pytest.MonkeyPatch, epochs: int, chunk: int) -> History:
    """A history that may hold 100 rows, 10 dense ones at either end, after many epochs."""
    monkeypatch.setattr(module, "MAX_ROWS", 100)
    monkeypatch.setattr(module, "DENSE_ROWS", 10)
    history = History()
    for start in range(0, epochs, chunk):
        rows = np.arange(start, min(start + chunk, epochs))
        history.extend(rows, 3 * rows, np.tile(rows[:, None] / 7, 7), np.full(len(rows), 0.1))
        assert len(history) <= 100
        assert history["epoch"][-1] == rows[-1]
        assert np.diff(history["epoch"]).max(initial=0) <= history.stride
    return history


@pytest.mark.parametrize("chunk", [1, 7, 250])
def test_a_long_run_stays_bounded_and_says_how(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    history = endless(monkeypatch, 2000, chunk)
    epochs = history["epoch"]
    assert epochs[:10].tolist() == list(range(10))
    assert epochs[-10:].tolist() == list(range(1990, 2000))
    assert np.diff(epochs).max() == history.stride
    assert history.stride in (32, 64)
    middle = epochs[10:30]
    assert (middle % history.stride == 0).all()
    np.testing.assert_allclose(history["loss_test"], epochs / 7)


def test_a_thinned_history_is_told_by_table_csv_and_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    history = endless(monkeypatch, 300, 20)
    assert history.stride > 1
    assert history.frame().attrs["stride"] == history.stride
    table = pd.read_csv(io.StringIO(history.to_csv()))
    assert (table["stride"] == history.stride).all()
    assert history.copy().stride == history.stride
    assert "stride" not in long_history(50).to_csv()
    assert long_history(50).frame().attrs["stride"] == 1


def test_a_run_goes_on_with_its_thinned_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 60)
    monkeypatch.setattr(module, "DENSE_ROWS", 10)
    experiment = Experiment(engine="reference", device="cpu", n_samples=20, hidden=(), batch_size=10)
    whole = Trainer(experiment)
    whole.run(epochs=100)
    half = Trainer(experiment)
    half.run(epochs=80)
    again = Trainer(experiment)
    again.restore(half.checkpoint())
    again.run(epochs=20)
    assert again.history.stride == whole.history.stride > 1
    np.testing.assert_array_equal(again.history.rows()[-1], whole.history.rows()[-1])


def test_a_bound_leaves_room_for_both_ends() -> None:
    with pytest.raises(ValueError, match="4000"):
        long_history(50).bound(3999)
