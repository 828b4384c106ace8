"""Small networks from many starts: the batched descent is the engine's own, and width sets them free."""

from __future__ import annotations

import pytest
import torch

from playground.chapters.optimization import stuck
from playground.data import prepare
from playground.engine.population import Stack
from playground.techniques import ACTIVATIONS, INITIALIZERS


def test_wider_networks_get_stuck_less_often():
    frame = stuck.SECTION.run(steps=200, starts=20)
    shares = frame.groupby("units")["stuck"].mean()
    assert shares[2] > 0.4
    assert shares[8] < 0.1
    assert len(frame) == 20 * len(stuck.UNITS)


def test_one_start_descends_as_a_network_trained_alone():
    base = stuck.experiment(stuck.SECTION.settings())
    data = prepare(base)
    stack = Stack((2, 2, 1), ACTIVATIONS["relu"].spec(), [(INITIALIZERS["he_normal"].spec(), 0)])
    network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        for layer, weight, bias in zip(network[::2], stack.weights, stack.biases, strict=True):
            layer.weight.copy_(weight[0])
            layer.bias.copy_(bias[0, 0])
    x, y = torch.tensor(data.F_train), torch.tensor(data.y_train)
    optimizer = torch.optim.SGD(network.parameters(), lr=stuck.RATE)
    loss = torch.empty(())
    for _ in range(10):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(x)[:, 0], y)
        loss.backward()
        optimizer.step()
    found = stuck._descend(stack, x, y, base, 10)
    assert found[0].item() == pytest.approx(loss.item(), rel=1e-5)
