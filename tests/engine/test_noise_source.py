"""The noise of training steps: amounts, order of drawing, expectations."""

import itertools

import numpy as np
import pytest
import torch

from playground import Experiment
from playground.data.prepare import prepare
from playground.engine.noise import CHUNK_NUMBERS, NoiseSource
from playground.engine.reference import ReferenceEngine

EVERYTHING = Experiment(
    hidden=(5, 3),
    dropout=(0.3, 0.6),
    dropconnect=0.2,
    input_noise=0.5,
    mixup=0.4,
    skip=True,
    stochastic_depth=0.5,
    features=("x1", "x2", "x1x2", "sin_x1", "sin_x2"),
    engine="reference",
)
SIZES = np.array([10, 10, 7, 1, 10])


def test_one_draw_of_many_steps_equals_many_draws() -> None:
    whole = NoiseSource(EVERYTHING).draw(SIZES)
    source = NoiseSource(EVERYTHING)
    parts = [source.draw(SIZES[i : i + 1]) for i in range(len(SIZES))]
    for kind, field in enumerate(whole):
        assert np.array_equal(field, np.concatenate([part[kind] for part in parts])), whole._fields[kind]


def test_numbers_are_drawn_step_by_step_and_layer_by_layer() -> None:
    noise = NoiseSource(EVERYTHING).draw(np.array([4, 2]))
    seed = EVERYTHING.seed
    drop, connect = np.random.default_rng([seed, 5]), np.random.default_rng([seed, 6])
    inputs, mix = np.random.default_rng([seed, 7]), np.random.default_rng([seed, 8])
    units = [drop.random((b, n), dtype=np.float32).ravel() for b in (4, 2) for n in (5, 3)]
    links = [connect.random(shape, dtype=np.float32).ravel() for _ in range(2) for shape in ((5, 5), (3, 5))]
    moved = [inputs.standard_normal((b, 5), dtype=np.float32) * np.float32(0.5) for b in (4, 2)]
    assert np.array_equal(noise.dropout, np.concatenate(units))
    assert np.array_equal(noise.dropconnect, np.concatenate(links))
    assert np.array_equal(noise.inputs, np.concatenate(moved))
    for step, (start, size) in enumerate(((0, 4), (4, 2))):
        assert noise.lams[step] == mix.beta(0.4, 0.4)
        assert np.array_equal(noise.partners[start : start + size], mix.permutation(size))


def test_blocks_are_drawn_step_by_step_from_their_own_stream() -> None:
    experiment = Experiment(hidden=(4, 4, 3, 3, 3), skip=True, stochastic_depth=0.6, engine="reference")
    assert experiment.skips == (False, True, False, True, True)
    engine = ReferenceEngine(experiment, prepare(experiment), NoiseSource(experiment))
    sizes = np.array([4, 2, 1])
    noise = engine.draw_noise(sizes)
    uniform = np.random.default_rng([experiment.seed, 9]).random((3, 3), dtype=np.float32)
    for step, size in enumerate(sizes):
        masks = engine.batch(torch.arange(size), noise, step).masks
        assert masks is not None
        kept = [None if block is None else bool(block) for block in masks.blocks]
        drawn = (uniform[step] >= np.float32([0.2, 0.4, 0.6])).tolist()  # l/3 · 0.6
        assert kept == [None, drawn[0], None, drawn[1], drawn[2]]
    shown = engine.noise.last_dropped()
    assert shown is not None
    left_out = [False, not drawn[0], False, not drawn[1], not drawn[2]]
    assert shown.tolist() == [
        2 * out for n, out in zip((4, 4, 3, 3, 3), left_out, strict=True) for _ in range(n)
    ]


def test_the_share_of_dropped_blocks_is_their_rate() -> None:
    experiment = Experiment(hidden=(4,) * 5, skip=True, stochastic_depth=0.8)
    drawn = NoiseSource(experiment).draw(np.full(4000, 10)).blocks.reshape(4000, 4)
    # one share of 4000 draws has a standard deviation of at most 0.008
    np.testing.assert_allclose(
        (drawn < np.float32([0.2, 0.4, 0.6, 0.8])).mean(axis=0), [0.2, 0.4, 0.6, 0.8], atol=0.03
    )


def test_kinds_that_are_off_draw_nothing_and_leave_the_others_alone() -> None:
    silent = NoiseSource(Experiment())
    assert not silent.on
    assert all(len(field) == 0 for field in silent.draw(SIZES))
    only = NoiseSource(Experiment(hidden=(5, 3), dropout=(0.3, 0.6))).draw(SIZES)
    assert np.array_equal(only.dropout, NoiseSource(EVERYTHING).draw(SIZES).dropout)
    one_layer = NoiseSource(Experiment(hidden=(5, 3), dropout=(0.0, 0.6))).draw(SIZES)
    assert len(one_layer.dropout) == SIZES.sum() * 3


def test_state_goes_on_where_it_was() -> None:
    source = NoiseSource(EVERYTHING)
    source.draw(SIZES)
    state = source.state()
    expected = source.draw(SIZES)
    other = NoiseSource(EVERYTHING)
    other.load(state)
    for a, b in zip(expected, other.draw(SIZES), strict=True):
        assert np.array_equal(a, b)


def test_reconfigured_rates_keep_the_streams() -> None:
    source = NoiseSource(EVERYTHING)
    source.draw(SIZES)
    source.reconfigure(EVERYTHING.replace(input_noise=1.0))
    other = NoiseSource(EVERYTHING)
    other.draw(SIZES)
    assert np.allclose(source.draw(SIZES).inputs, 2 * other.draw(SIZES).inputs)


def test_spans_bound_the_memory_and_cover_all_steps() -> None:
    source = NoiseSource(Experiment(hidden=(64,) * 8, dropconnect=0.5))
    offsets = np.arange(1001) * 10
    spans = list(source.spans(offsets))
    assert spans[0][0] == 0
    assert spans[-1][1] == 1000
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
    assert len(spans) > 1
    assert all((last - first) * source.dropped_weights <= CHUNK_NUMBERS for first, last in spans)
    assert list(NoiseSource(Experiment()).spans(offsets)) == [(0, 1000)]


@pytest.mark.parametrize("rate", [0.2, 0.75])
def test_dropout_and_dropconnect_keep_the_expectation(rate: float) -> None:
    experiment = Experiment(hidden=(64,), dropout=rate, dropconnect=rate, n_samples=5000, engine="reference")
    engine = ReferenceEngine(experiment, prepare(experiment), NoiseSource(experiment))
    sizes = np.full(20, 500)
    noise = engine.draw_noise(sizes)
    units, weights = [], []
    for step in range(20):
        masks = engine.batch(torch.arange(500), noise, step).masks
        assert masks is not None
        units.append(masks.units[0])
        weights.append(masks.weights[0])
    unit = torch.stack(units)
    assert unit.unique().tolist() == pytest.approx([0.0, 1 / (1 - rate)])
    # share of kept ones, and so the mean of an inverted mask: 1, with deviation sqrt(rate / (1 - rate) / count)
    deviation = (rate / (1 - rate)) ** 0.5
    assert unit.mean().item() == pytest.approx(1, abs=5 * deviation / unit.numel() ** 0.5)
    weight = torch.stack(weights)
    assert weight.mean().item() == pytest.approx(1, abs=5 * deviation / weight.numel() ** 0.5)


def test_mixup_mixes_inputs_and_losses() -> None:
    experiment = Experiment(mixup=1.0, engine="reference")
    engine = ReferenceEngine(experiment, prepare(experiment), NoiseSource(experiment))
    rng = np.random.default_rng([0, 8])
    share, partners = rng.beta(1.0, 1.0), rng.permutation(10)
    rows = torch.arange(10, 20)
    batch = engine.batch(rows, engine.draw_noise(np.array([10])), 0)
    x, y = prepare(experiment).F_train[10:20], prepare(experiment).y_train[10:20]
    mixed = share * x + (1 - share) * x[partners]
    np.testing.assert_allclose(batch.x.numpy(), mixed, rtol=1e-6)
    values, loss = engine.batch_loss(batch)
    s = values.scores.detach().numpy()[:, 0].astype(float)

    def cross_entropy(y: np.ndarray) -> float:
        return float(np.mean(np.log1p(np.exp(-(2 * y - 1) * s))))

    expected = share * cross_entropy(y) + (1 - share) * cross_entropy(y[partners])
    assert loss.item() == pytest.approx(expected, rel=1e-5)
