"""Pre-training and what it is worth: the claims as orderings over seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from playground.chapters.initialization import belief as lab
from playground.chapters.initialization.programs import rbm_code
from playground.chapters.initialization.rbm import Pretraining, Settings
from playground.registry import InvalidValue


@pytest.fixture(scope="module")
def trained() -> Pretraining:
    *_, (share, last) = lab.pretrained(3, 64, Settings(epochs=10))
    assert share == 1
    return last


def accuracies(table: pd.DataFrame) -> pd.DataFrame:
    """(networks, starts), at the end."""
    last = table[table["update"] == table["update"].max()]
    return last.pivot(index="network", columns="start", values="accuracy")


def test_digits_are_all_there_once() -> None:
    data = lab.digits()
    X = np.concatenate([data.X_train, data.X_test]) * 16
    original = load_digits().data
    np.testing.assert_array_equal(X[np.lexsort(X.T)], original[np.lexsort(original.T)])
    assert len(data.X_test) == lab.TEST_ROWS
    assert data.X_train.max() == 1


def test_what_goes_up_comes_down_again(trained: Pretraining) -> None:
    X = lab.digits().X_test
    rebuilt = lab.reconstructions(trained.machines, X)
    # Three machines keep more of a picture than the mean picture tells.
    assert ((X - rebuilt) ** 2).mean() < 0.7 * ((X - X.mean(axis=0)) ** 2).mean()
    records = lab.records(trained)
    assert records.groupby("layer").size().tolist() == [10, 10, 10]
    errors = records.pivot(index="epoch", columns="layer", values="error")
    assert (errors.iloc[-1] < 0.7 * errors.iloc[0]).all()


def test_pretraining_wakes_a_deep_sigmoid_network(trained: Pretraining) -> None:
    *_, (share, table) = lab.fine_tune(trained.machines, 100, 0.5, 200, 3)
    assert share == 1
    found = accuracies(table)
    assert (found["sigmoid_small"] < 0.2).all()  # guessing: the weights of the time before 2006
    assert (found["sigmoid_dbn"] > 0.75).all()
    assert (found["sigmoid_dbn"] > found["sigmoid_xavier"] + 0.2).all()


def test_few_labels_favour_it_and_many_make_it_needless(trained: Pretraining) -> None:
    starts = ("sigmoid_dbn", "relu_he")
    *_, (_, table) = lab.label_sweep(trained.machines, (30, 1000), 0.3, 200, 3, starts)
    means = table.groupby(["labels", "start"])["accuracy"].mean().unstack()
    assert means.loc[30, "sigmoid_dbn"] > means.loc[30, "relu_he"]
    assert means.loc[1000, "relu_he"] > means.loc[1000, "sigmoid_dbn"]
    assert means.loc[1000, "relu_he"] > 0.93


def test_pretrained_weights_are_the_machines(trained: Pretraining) -> None:
    stack = lab._network(lab.STARTS["sigmoid_dbn"], trained.machines, 2)
    x = lab.digits().X_test[:5]
    h = x
    for machine in trained.machines:
        h = machine.hidden(h)
    found = stack.forward(lab.torch.tensor(x, dtype=lab.torch.float32)).h[-1].detach().numpy()
    np.testing.assert_allclose(found, np.stack([h, h]), atol=1e-5)


def test_starts_see_the_same_batches() -> None:
    first, second = (lab._batches(250, 2, 0) for _ in range(2))
    seen = [next(first) for _ in range(4)]
    for batch, other in zip(seen, second, strict=False):
        assert (batch == other).all()
    # Two batches of 100 fit into 250 rows before a new order is drawn.
    assert len(np.unique(np.concatenate([seen[0][0], seen[1][0]]))) == 200


@pytest.mark.parametrize(("name", "value"), [("labels", 5), ("updates", 0), ("learning_rate", 100.0)])
def test_numbers_out_of_range_are_refused(trained: Pretraining, name: str, value: float) -> None:
    with pytest.raises(InvalidValue) as refusal:
        next(lab.fine_tune(trained.machines, **{name: value}))
    assert refusal.value.field == name


def test_the_shown_code_runs_and_learns(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(epochs=6, k=2, weight_decay=0.0005)
    scope: dict[str, object] = {}
    exec(compile(rbm_code(32, settings), "shown", "exec"), scope)
    printed = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    *_, last = lab.pretrain(lab.digits().X_train, (32,), settings)
    # The program sees all digits and draws other numbers; epoch by epoch it learns alike.
    np.testing.assert_allclose(printed, last.layers[0].errors, rtol=0.12)
