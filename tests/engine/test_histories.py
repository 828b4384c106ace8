"""The history: growth, thinning, tables."""

import io

import numpy as np
import pandas as pd
import pytest

from playground import Experiment, History, train


def long_history(n: int, seed: int = 0) -> History:
    rng = np.random.default_rng(seed)
    history = History()
    metrics = rng.random((n, 4))
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
    assert np.array_equal(again.rows(), history.rows())
    with pytest.raises(IndexError):
        History().last()


@pytest.mark.parametrize("n", [6, 7, 50, 101, 500])
def test_thinned_keeps_ends_and_extremes(n: int) -> None:
    history = long_history(1000)
    thin = history.thinned(n)
    assert len(thin) <= n
    epochs = thin["epoch"]
    assert epochs[0] == 0
    assert epochs[-1] == 999
    assert (np.diff(epochs) > 0).all()
    for column in ("loss_train", "loss_test"):
        assert thin[column].min() == history[column].min()
        assert thin[column].max() == history[column].max()


def test_thinned_finds_a_single_spike() -> None:
    history = History()
    loss = np.exp(-np.arange(5000) / 500)
    loss[3217] = 9.0
    history.extend(np.arange(5000), np.arange(5000), np.tile(loss[:, None], 4), np.ones(5000))
    assert 3217 in history.thinned(100)["epoch"]


def test_short_histories_are_not_thinned() -> None:
    history = long_history(20)
    assert np.array_equal(history.thinned(20).rows(), history.rows())
    with pytest.raises(ValueError, match="6 rows"):
        history.thinned(5)


def test_frame_is_tidy_and_starts_before_training() -> None:
    history = train(Experiment(engine="reference"), epochs=2)
    frame = history.frame()
    assert list(frame.columns) == ["epoch", "step", "split", "loss", "accuracy", "learning_rate"]
    assert len(frame) == 6
    assert frame["epoch"].tolist() == [0, 0, 1, 1, 2, 2]
    assert frame["split"].tolist() == ["train", "test"] * 3
    assert frame["step"].tolist() == [0, 0, 25, 25, 50, 50]
    assert frame["accuracy"].between(0, 1).all()


def test_csv_reads_back_exactly(tmp_path) -> None:  # type: ignore[no-untyped-def]
    history = train(Experiment(dataset="plane", engine="reference"), epochs=2)
    text = history.to_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text() == text
    table = pd.read_csv(io.StringIO(text), float_precision="round_trip")
    assert table["epoch"].dtype == np.int64
    assert table["accuracy_test"].isna().all()
    assert np.array_equal(table["loss_test"], history["loss_test"])
