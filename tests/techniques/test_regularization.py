"""Normalization, clipping, early stopping and the regularizers that are numbers of an experiment."""

import math

import pytest
import torch
from torch import nn

from playground.experiment import Experiment
from playground.techniques import (
    CLIPPINGS,
    DROPPED,
    NORMALIZATIONS,
    REGULARIZERS,
    SKIPS,
    STOPPINGS,
    Patience,
    acting,
)


def with_gradients(*gradients):
    """Parameters that have these gradients."""
    parameters = [nn.Parameter(torch.zeros(len(gradient))) for gradient in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(gradient)
    return parameters


def gradients(parameters):
    return [g for parameter in parameters for g in parameter.grad.tolist()]


def test_clipping_by_norm_takes_all_gradients_together():
    technique = CLIPPINGS["norm"]
    parameters = with_gradients([3.0], [0.0, 4.0])  # norm 5
    technique.apply(parameters, technique.spec(max_norm=2.5))
    assert gradients(parameters) == pytest.approx([1.5, 0.0, 2.0], rel=1e-5)
    technique.apply(parameters, technique.spec(max_norm=100.0))
    assert gradients(parameters) == pytest.approx([1.5, 0.0, 2.0], rel=1e-5)


def test_clipping_by_value_cuts_each_entry():
    technique = CLIPPINGS["value"]
    parameters = with_gradients([3.0], [-0.2, -4.0])
    technique.apply(parameters, technique.spec(max_value=0.5))
    assert gradients(parameters) == pytest.approx([0.5, -0.2, -0.5])


def test_no_clipping_changes_nothing():
    parameters = with_gradients([1e6], [-1e6])
    CLIPPINGS["none"].apply(parameters, CLIPPINGS["none"].spec())
    assert gradients(parameters) == [1e6, -1e6]


@pytest.mark.parametrize("name", CLIPPINGS)
def test_exported_clipping_does_the_same(name, run_code):
    technique = CLIPPINGS[name]
    ours, theirs = (with_gradients([3.0, 0.1], [-7.0]) for _ in range(2))
    technique.apply(ours, technique.spec())
    if technique.export(technique.spec()):
        run_code(technique.export(technique.spec()), parameters=theirs)
    assert gradients(ours) == gradients(theirs)


def test_exported_batch_norm_follows_the_formula(run_code):
    technique = NORMALIZATIONS["batch_norm"]
    module = run_code(technique.export(technique.spec(momentum=0.25, eps=0.01)), n=3)
    z = torch.randn(8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    module = module.double()
    mean, variance = z.mean(0), z.var(0, correction=0)
    torch.testing.assert_close(module(z), (z - mean) / torch.sqrt(variance + 0.01))
    # running statistics start at 0 and 1; the variance is kept without bias
    torch.testing.assert_close(module.running_mean, 0.25 * mean)
    torch.testing.assert_close(module.running_var, 0.75 + 0.25 * z.var(0))
    assert (technique.learned, technique.running) == (True, True)
    assert not NORMALIZATIONS["none"].learned


def test_exported_layer_norm_follows_the_formula(run_code):
    technique = NORMALIZATIONS["layer_norm"]
    module = run_code(technique.export(technique.spec(eps=0.1)), n=3).double()
    # a row 1, 2, 6 has mean 3 and variance (4 + 1 + 9)/3 = 14/3
    scale = (14 / 3 + 0.1) ** -0.5
    expected = torch.tensor([[-2 * scale, -scale, 3 * scale], [0, 0, 0]], dtype=torch.float64)
    z = torch.tensor([[1, 2, 6], [5, 5, 5]], dtype=torch.float64)
    torch.testing.assert_close(module(z), expected)
    torch.testing.assert_close(module.eval()(z), expected)
    assert [name for name, _ in module.named_parameters()] == ["weight", "bias"]
    assert list(module.named_buffers()) == []
    assert (technique.learned, technique.running) == (True, False)
    assert technique.spec()["eps"] == nn.LayerNorm(1).eps


def test_batch_norm_defaults_are_those_of_pytorch():
    module, spec = nn.BatchNorm1d(1), NORMALIZATIONS["batch_norm"].spec()
    assert (spec["momentum"], spec["eps"]) == (module.momentum, module.eps)


def test_patience_runs_out_after_that_many_epochs_without_improvement():
    spec = STOPPINGS["patience"].spec(patience=2, min_delta=0.1)
    state = Patience()
    story = [  # loss, best, best_epoch, bad_epochs, stop
        (1.0, 1.0, 1, 0, False),
        (0.95, 1.0, 1, 1, False),  # better by less than 0.1
        (0.8, 0.8, 3, 0, False),
        (math.nan, 0.8, 3, 1, False),
        (0.75, 0.8, 3, 2, True),
    ]
    for epoch, (loss, best, best_epoch, bad_epochs, stop) in enumerate(story, start=1):
        state = state.after(epoch, loss, spec)
        assert state == Patience(best, best_epoch, bad_epochs)
        assert state.exhausted(spec) == stop


@pytest.mark.parametrize("min_delta", [0.0, 0.05])
def test_exported_conditions_stop_at_the_same_epoch(min_delta, run_code):
    technique = STOPPINGS["patience"]
    spec = technique.spec(patience=3, min_delta=min_delta)
    losses = torch.rand(200, generator=torch.Generator().manual_seed(3)).tolist()
    state, best, bad_epochs = Patience(), math.inf, 0
    for epoch, loss in enumerate(losses):
        state = state.after(epoch, loss, spec)
        improved = run_code(technique.export_improved(spec), loss=loss, best=best)
        best, bad_epochs = (loss, 0) if improved else (best, bad_epochs + 1)
        assert (state.best, state.bad_epochs) == (best, bad_epochs)
        assert run_code(technique.export(spec), bad_epochs=bad_epochs) == state.exhausted(spec)


def exported(name, strength, run_code, **names):
    technique = REGULARIZERS[name]
    return run_code(technique.export(technique.spec(**{technique.field: strength})), **names)


BY_HAND = {
    "l1": 3.0,  # 0.5 · (1 + 2 + 3)
    "l2": 3.5,  # 0.5 / 2 · (1 + 4 + 9)
}
"""What each penalty adds to the loss at strength 0.5 for the weights 1, -2 and 3."""


@pytest.mark.parametrize("name", [name for name, entry in REGULARIZERS.items() if entry.acts_on == "loss"])
def test_penalty_by_hand(name, run_code):
    weights = [torch.tensor([[1.0, -2.0]]), torch.tensor([[3.0]])]
    assert exported(name, 0.5, run_code, weights=weights).item() == pytest.approx(BY_HAND[name])


@pytest.mark.parametrize("name", [name for name, entry in REGULARIZERS.items() if entry.acts_on == "loss"])
def test_penalty_has_its_derivative_and_is_what_a_script_adds(name, run_code):
    entry = REGULARIZERS[name]
    assert entry.penalty is not None
    w = torch.linspace(-3, 3, 24, dtype=torch.float64).requires_grad_()  # without 0, where some have a kink
    value = entry.penalty.value(w)
    (gradient,) = torch.autograd.grad(value.sum(), w)
    torch.testing.assert_close(entry.penalty.derivative(w.detach()), gradient)
    zero = torch.zeros(2, dtype=torch.float64)
    assert entry.penalty.derivative(zero).tolist() == [0.0, 0.0]
    term = exported(name, 0.5, run_code, weights=[w.detach()[:9].view(3, 3), w.detach()[9:].view(5, 3)])
    torch.testing.assert_close(term, 0.5 * value.detach().sum())


@pytest.mark.parametrize("name", REGULARIZERS)
def test_regularizer_says_where_it_acts_and_what_a_script_needs(name):
    entry = REGULARIZERS[name]
    assert (entry.penalty is not None) == (entry.acts_on == "loss")
    assert (entry.rates is not None) == (entry.script.module is not None) == (entry.acts_on in DROPPED)
    assert bool(entry.script.batch) == (entry.acts_on == "inputs")
    assert (entry.stream is None) == (entry.script.rng == "")
    (param,) = entry.params
    assert param.low < entry.shown <= param.high


@pytest.mark.parametrize("name", REGULARIZERS)
def test_regularizer_acts_from_a_strength_above_0_where_it_can(name):
    entry = REGULARIZERS[name]
    on = Experiment(hidden=(4, 4), skip=True).replace(**{entry.field: entry.shown})
    assert entry.strength(on) == entry.shown
    assert acting(on, entry.acts_on) == [entry]
    assert acting(on.replace(**{entry.field: 0.0}), entry.acts_on) == []


def test_what_needs_something_else_does_not_act_without_it():
    squared = Experiment(loss="squared_error", label_smoothing=0.1)
    assert not REGULARIZERS["label_smoothing"].acts(squared)
    assert REGULARIZERS["dropout"].acts(Experiment(hidden=(2, 2), dropout=(0.0, 0.5)))
    for field in ("dropout", "dropconnect"):
        assert not REGULARIZERS[field].acts(Experiment(hidden=(), **{field: 0.5}))
    assert not REGULARIZERS["stochastic_depth"].acts(Experiment(stochastic_depth=0.5))


def test_weight_decay_shrinks_the_weight_itself(run_code):
    w = torch.tensor([2.0])
    exported("weight_decay", 0.5, run_code, w=w, lr=0.1)
    assert w.item() == pytest.approx(1.9)


@pytest.mark.parametrize("name", ["dropout", "dropconnect"])
def test_dropping_keeps_the_mean(name, run_code):
    ones = torch.ones(400, 500)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        dropout = name == "dropout"
        kept = exported(name, 0.25, run_code)(ones) if dropout else exported(name, 0.25, run_code, w=ones)
    assert kept.unique().tolist() == pytest.approx([0, 4 / 3])
    assert kept.mean().item() == pytest.approx(1, abs=0.01)


def test_exported_skip_connection_adds_its_input(run_code):
    x = torch.tensor([1.0, -2.0])
    code = SKIPS["residual"].export(SKIPS["residual"].spec())
    assert run_code(code, x=x, f=lambda h: 3 * h).tolist() == [4.0, -8.0]


def test_stochastic_depth_drops_the_whole_block(run_code):
    x = torch.tensor([1.0, -2.0])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        found = [
            tuple(exported("stochastic_depth", 0.25, run_code, x=x, f=lambda h: 3 * h).tolist())
            for _ in range(2000)
        ]
    assert set(found) == {(1.0, -2.0), (4.0, -8.0)}
    # the share of 2000 draws has a standard deviation of 0.01
    assert found.count((4.0, -8.0)) / 2000 == pytest.approx(0.75, abs=0.04)


def test_input_noise_has_its_standard_deviation(run_code):
    x = torch.full((400, 500), 2.0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        noisy = exported("input_noise", 0.3, run_code, x=x)
    assert noisy.mean().item() == pytest.approx(2, abs=0.01)
    assert noisy.std().item() == pytest.approx(0.3, rel=0.01)


def test_mixup_weight_is_symmetric_around_a_half(run_code):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        drawn = torch.stack([exported("mixup", 0.5, run_code) for _ in range(500)])
    # Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1)) = 1/8
    assert drawn.mean().item() == pytest.approx(0.5, abs=0.05)
    assert drawn.var().item() == pytest.approx(0.125, rel=0.1)


def test_label_smoothing_loss(run_code):
    loss = exported("label_smoothing", 0.2, run_code)
    scores = torch.tensor([[2.0, 0.0]])
    smooth = torch.tensor([[0.9, 0.1]])
    expected = -(smooth * scores.log_softmax(1)).sum()
    assert loss(scores, torch.tensor([0])).item() == pytest.approx(expected.item())
