"""The network and its flat layout."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from playground import Experiment
from playground.model import Layout, Masks, Network, build
from playground.techniques import ACTIVATIONS, NORMALIZATIONS
from playground.techniques.batch_norm import BatchNorm


def test_parameter_count_worked_by_hand() -> None:
    # 2-4-2-1: (2·4 + 4) + (4·2 + 2) + (2·1 + 1) = 12 + 10 + 3
    assert Layout.of(Experiment()).n_parameters == 25
    # the lecture's 3-4-2: 20 weights and 6 biases
    lecture = Experiment(dataset={"name": "blobs", "classes": 2}, features=("x1", "x2", "x1x2"), hidden=(4,))
    assert Layout.of(lecture).n_parameters == 3 * 4 + 4 + 4 + 1


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("normalization", list(NORMALIZATIONS))
@pytest.mark.parametrize("hidden", [(), (3,), (5, 2, 4)])
def test_layout_is_the_order_of_the_networks_parameters(
    activation: str, normalization: str, hidden: tuple[int, ...]
) -> None:
    experiment = Experiment(activation=activation, normalization=normalization, hidden=hidden)
    layout, network = Layout.of(experiment), build(experiment)
    found = [(name, tuple(p.shape)) for name, p in network.named_parameters()]
    assert found == [(b.name, b.shape) for b in layout.parameters]
    # Besides its statistics PyTorch's batch norm counts the batches, which nothing here needs.
    buffers = [(name, tuple(b.shape)) for name, b in network.named_buffers() if b.is_floating_point()]
    assert buffers == [(b.name, b.shape) for b in layout.buffers]
    starts = [b.start for b in layout.parameters]
    assert starts == [0, *(b.stop for b in layout.parameters)][:-1]
    assert layout.n_parameters == sum(p.numel() for p in network.parameters())


def test_weight_mask_covers_weights_only() -> None:
    experiment = Experiment(activation="prelu", batch_norm=True, hidden=(3,))
    mask = Layout.of(experiment).weight_mask
    # weight 6, bias 3, γ 3, β 3, slope 1, output weight 3, output bias 1
    assert mask.tolist() == [True] * 6 + [False] * 10 + [True] * 3 + [False]


def test_maxout_has_k_rows_a_unit() -> None:
    experiment = Experiment(activation={"name": "maxout", "pieces": 3}, hidden=(4,))
    layout = Layout.of(experiment)
    assert layout.widths == (12,)
    network = build(experiment)
    z, h, *_ = network.layers(torch.randn(5, 2, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(h[0][:, 1], z[0][:, 3:6].max(dim=1).values)


def test_building_draws_from_the_given_generator_only() -> None:
    experiment = Experiment(init_seed=3)
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    first, second = build(experiment), build(experiment.replace(seed=9))
    assert torch.equal(before, torch.random.get_rng_state())
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    other = build(experiment.replace(init_seed=4))
    assert not torch.equal(first.output.weight, other.output.weight)


def test_default_weights_are_xavier_in_forward_order() -> None:
    network = build(Experiment(seed=5))
    generator = torch.Generator().manual_seed(5)
    for linear in (network.hidden[0].linear, network.hidden[1].linear, network.output):
        expected = nn.init.xavier_normal_(torch.empty_like(linear.weight), generator=generator)
        assert torch.equal(linear.weight, expected)
        assert not linear.bias.any()


def test_pytorch_initialization_is_what_nn_linear_draws() -> None:
    network = build(Experiment(init="pytorch", init_seed=7))
    torch.manual_seed(7)
    for linear in (network.hidden[0].linear, network.hidden[1].linear, network.output):
        expected = nn.Linear(linear.in_features, linear.out_features)
        assert torch.equal(linear.weight, expected.weight)
        assert torch.equal(linear.bias, expected.bias)


def test_forward_is_the_sequential_network() -> None:
    experiment = Experiment(hidden=(6, 3), activation=("relu", "selu"), batch_norm=True)
    network = build(experiment)
    reference = nn.Sequential(
        nn.Linear(2, 6),
        nn.BatchNorm1d(6),
        nn.ReLU(),
        nn.Linear(6, 3),
        nn.BatchNorm1d(3),
        nn.SELU(),
        nn.Linear(3, 1),
    )
    for source, target in zip(network.parameters(), reference.parameters(), strict=True):
        target.data.copy_(source.data)
    x = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    for _ in range(3):
        torch.testing.assert_close(network(x), reference(x))
    network.eval()
    reference.eval()
    torch.testing.assert_close(network(x), reference(x))
    kept = [buffer.clone() for buffer in network.buffers()]
    torch.testing.assert_close(network(x[:1]), reference(x)[:1])  # a row alone is judged as among others
    assert all(torch.equal(a, b) for a, b in zip(kept, network.buffers(), strict=True))


def test_batch_norm_of_one_sample_gives_beta_and_keeps_the_variance() -> None:
    norm = BatchNorm(3, momentum=0.25, eps=1e-5)
    with torch.no_grad():
        norm.bias.copy_(torch.tensor([1.0, 2.0, 3.0]))
    x = torch.tensor([[4.0, 8.0, -4.0]], requires_grad=True)
    out = norm(x)
    assert out.tolist() == [[1.0, 2.0, 3.0]]
    assert norm.running_var.tolist() == [1.0, 1.0, 1.0]
    assert norm.running_mean.tolist() == [1.0, 2.0, -1.0]  # 0.75 · 0 + 0.25 · x
    out.sum().backward()
    assert x.grad is not None
    assert norm.weight.grad is not None
    assert not x.grad.any()
    assert not norm.weight.grad.any()


def test_masks_scale_weights_and_units() -> None:
    network = Network(Experiment(hidden=(2,), activation="identity"))
    with torch.no_grad():
        network.hidden[0].linear.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        network.hidden[0].linear.bias.zero_()
    x = torch.tensor([[1.0, 10.0]])
    masks = Masks(weights=[torch.tensor([[2.0, 0.0], [0.0, 2.0]])], units=[torch.tensor([[0.0, 1.5]])])
    z, h, *_ = network.layers(x, masks)
    assert z[0].tolist() == [[2.0, 80.0]]
    assert h[0].tolist() == [[0.0, 120.0]]


def test_a_residual_layer_adds_its_input() -> None:
    experiment = Experiment(hidden=(3, 3, 4), activation=("relu", "tanh", "selu"), skip=True, batch_norm=True)
    network = build(experiment).eval()
    first, second, third = network.hidden
    x = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    h = [torch.relu(first.norm(first.linear(x)))]
    h.append(h[0] + torch.tanh(second.norm(second.linear(h[0]))))
    h.append(torch.selu(third.norm(third.linear(h[1]))))  # of another width: nothing to add
    found = network.layers(x)
    for ours, theirs in zip(found.h, h, strict=True):
        torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(found.scores, network.output(h[2]))


def test_a_dropped_block_passes_its_input_and_nothing_goes_back_into_it() -> None:
    network = build(Experiment(hidden=(3, 3), skip=True, stochastic_depth=0.5))
    x = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    _, h, scores, f = network.layers(x, Masks(blocks=[None, torch.tensor(0.0)]))
    assert torch.equal(h[0], h[1])
    assert f[1].any()
    gradients = torch.autograd.grad(scores.sum(), list(network.parameters()))
    assert [bool(g.any()) for g in gradients] == [True, True, False, False, True, True]


def test_evaluation_is_the_expectation_of_training_in_a_linear_network() -> None:
    """Over all patterns of kept blocks, weighted by their chances: exact, as the network is linear in each."""
    experiment = Experiment(
        hidden=(4, 4, 4, 4), activation="identity", dropout=0.0, skip=True, stochastic_depth=0.6
    )
    assert experiment.drop_rates == pytest.approx((0, 0.2, 0.4, 0.6))
    network = build(experiment).double()
    x = torch.randn(8, 2, generator=torch.Generator().manual_seed(0)).double()
    expected = torch.zeros(8, 1, dtype=torch.float64)
    for kept in itertools.product((0.0, 1.0), repeat=3):
        chances = [1 - rate if k else rate for k, rate in zip(kept, experiment.drop_rates[1:], strict=True)]
        masks = Masks(blocks=[None, *(torch.tensor(k, dtype=torch.float64) for k in kept)])
        expected += math.prod(chances) * network(x, masks)
    torch.testing.assert_close(network(x), expected)


def test_flat_views_share_memory() -> None:
    layout = Layout.of(Experiment())
    flat = np.zeros(layout.n_parameters, np.float32)
    layout.named(flat)["output.bias"][0] = 5.0
    assert flat[-1] == 5.0
    assert layout.find("bias", 2).start == layout.n_parameters - 1
    with pytest.raises(KeyError):
        layout.find("gamma", 0)
