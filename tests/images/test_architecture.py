"""Shapes and parameter counts of a network's layers, by hand."""

from __future__ import annotations

import pytest

from playground import ImageExperiment, Trainer
from playground.images.architecture import Stage, architecture


def test_the_default_network_by_hand() -> None:
    """3 · 3 · 1 · 16 + 16 = 160; 3 · 3 · 16 · 32 + 32 = 4,640; 32 · 7 · 7 · 10 + 10 = 15,690."""
    found = [stage for stage in architecture(ImageExperiment(dataset="glyphs")) if stage.name != "ReLU"]
    assert found == [
        Stage("", (1, 28, 28), 0),
        Stage("Conv2d", (16, 28, 28), 160),
        Stage("MaxPool2d", (16, 14, 14), 0),
        Stage("Conv2d", (32, 14, 14), 4640),
        Stage("MaxPool2d", (32, 7, 7), 0),
        Stage("Flatten", (1568,), 0),
        Stage("Linear", (10,), 15_690),
    ]


def test_a_global_average_leaves_a_number_a_channel() -> None:
    """The classifier has 32 · 10 + 10 = 330 weights whatever the size of the pictures (Lin, Chen & Yan 2014)."""
    for dataset in ("digits", "glyphs"):
        found = architecture(ImageExperiment(dataset=dataset, global_average=True))
        assert [stage.shape for stage in found[-3:]] == [(32, 1, 1), (32,), (10,)]
        assert found[-1].parameters == 330


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"network": "linear"},
        {"network": "dense", "hidden": (20, 9)},
        {"skip": "residual", "channels": (4, 4), "batch_norm": True, "activation": "maxout"},
    ],
)
def test_all_parameters_are_counted(change: dict[str, object]) -> None:
    experiment = ImageExperiment(n_samples=40, **change)
    counted = sum(p.numel() for p in Trainer(experiment).network.parameters())
    assert sum(stage.parameters for stage in architecture(experiment)) == counted
