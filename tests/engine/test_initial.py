"""Weights before training, drawn without building a module and without PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground import Experiment
from playground.engine.fused import drawing, initial, warm_up
from playground.layout import Layout
from playground.model import build
from playground.techniques import INITIALIZERS

SHAPES = [
    {"hidden": ()},
    {"hidden": (1,), "features": ("x1",)},
    {"hidden": (4, 2)},
    {"hidden": (3, 5, 7), "dataset": "blobs"},
    {"hidden": (8, 8), "activation": "prelu", "normalization": "batch_norm"},
    {"hidden": (33, 64, 9), "activation": ("relu", "prelu", "maxout"), "normalization": "layer_norm"},
]


def built(experiment: Experiment) -> np.ndarray:
    """The parameters of the experiment's module."""
    return np.concatenate([p.detach().numpy().reshape(-1) for p in build(experiment).parameters()])


def ends(name: str) -> list[dict[str, object]]:
    """The initializer with each parameter at its default and at both ends."""
    found: list[dict[str, object]] = [{"name": name}]
    for param in INITIALIZERS[name].params:
        found += [{"name": name, param.name: value} for value in (param.low, param.high)]
    return found


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_are_those_of_the_module_bit_for_bit(name: str, shape: dict[str, object]) -> None:
    warm_up()
    for spec in ends(name):
        for seed in (0, 3, 2**31 - 1):
            experiment = Experiment(**shape, init=spec, seed=seed)
            layout = Layout.of(experiment)
            expected = built(experiment).view(np.int32)
            assert np.array_equal(initial.parameters(experiment, layout).view(np.int32), expected)
            assert np.array_equal(initial.by_torch(experiment, layout).view(np.int32), expected)


def test_weights_have_their_own_seed() -> None:
    warm_up()
    experiment = Experiment(seed=5, init_seed=9)
    assert np.array_equal(initial.parameters(experiment, Layout.of(experiment)), built(experiment))


def test_only_dependent_weights_need_pytorch() -> None:
    assert [name for name, entry in INITIALIZERS.items() if entry.numbers is None] == ["orthogonal"]


def test_compiled_draws_are_used_where_they_agree_with_pytorch() -> None:
    warm_up()
    assert initial._compiled == initial.agrees()
    if "AVX2" in torch.backends.cpu.get_cpu_capability():
        assert initial.agrees()


def test_one_generator_goes_on_from_block_to_block() -> None:
    """An odd count leaves half of a pair of normal numbers for the next block."""
    warm_up()
    if not initial.agrees():
        pytest.skip("this processor's PyTorch draws in another way")
    blocks = [
        (3, "normal", 0.5),
        (40, "uniform", 0.25),
        (5, "normal", 2.0),
        (16, "normal", 1.0),
        (17, "normal", 0.1),
    ]
    generator = torch.Generator().manual_seed(11)
    fills, expected, start = [], [], 0
    for count, kind, value in blocks:
        tensor = torch.empty(count)
        if kind == "normal":
            tensor.normal_(0.0, value, generator=generator)
        else:
            tensor.uniform_(-value, value, generator=generator)
        expected.append(tensor.numpy())
        fills.append((start, count, drawing.KINDS[kind], value))
        start += count
    drawn = np.empty(start, np.float32)
    drawing.draw(np.array(fills, drawing.FILL), 11, drawn)
    assert np.array_equal(drawn, np.concatenate(expected))
