"""What the sections with networks on pictures show, against plain PyTorch and numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from playground.chapters import sections
from playground.chapters.images import batch_norm_2d, linear_templates
from playground.images.trainer import ImageTrainer, prepare


def test_templates_read_as_well_as_logistic_regression() -> None:
    section = sections["images/linear_templates"]
    result = section.run(l2=0.0, epochs=50)
    train, test = prepare(linear_templates.experiment(section.settings(l2=0.0)))
    other = LogisticRegression(max_iter=2000).fit(train.images.reshape(len(train), -1), train.labels)
    expected = other.score(test.images.reshape(len(test), -1), test.labels)
    assert result.right.mean() == pytest.approx(expected, abs=0.03)
    scores = test.images.reshape(len(test), -1) @ result.W.T + result.b
    np.testing.assert_array_equal(scores.argmax(1) == test.labels, result.right)


def test_colour_pictures_have_3072_numbers() -> None:
    section = sections["images/linear_templates"]
    given = {"pictures": "shapes", "epochs": 2}
    result, settings = section.run(**given), section.settings(**given)
    assert result.W.shape == (5, 3072)
    assert section.verdict(result, settings).values["parameters"] == f"{5 * 3073:,}"
    assert section.tables is not None
    table = section.tables(result, settings, "en")[0].frame
    assert table["shape"].tolist() == ["3,072", "5 × 3,072", "5", "5"]


def test_a_network_shows_itself_while_it_learns() -> None:
    section = sections["images/learned_filters"]
    steps = list(section.steps(section.settings(epochs=4, blocks=3)))
    first, last = next(result for _, result in steps if result is not None), steps[-1][1]
    assert len(steps) > 2
    assert (first.filters[0] == first.filters[1]).all()
    assert [maps.shape for maps in last.maps] == [(16, 14, 14), (32, 7, 7), (32, 3, 3)]
    assert last.history["epoch"].max() == 4
    assert all((maps >= 0).all() for maps in last.maps), "ReLU"
    assert [cut.shape for cut in last.patches] == [(8, 4, 1, size, size) for size in (6, 16, 28)]
    assert any((a != b).any() for a, b in zip(first.patches, last.patches, strict=True)), (
        "they are looked for again"
    )


@pytest.mark.parametrize("network", ["linear", "dense"])
def test_networks_without_convolutions_learn_there_too(network: str) -> None:
    section = sections["images/learned_filters"]
    given = {"network": network, "pictures": "digits", "epochs": 3, "regularizers": ("l2", "dropout2d")}
    result = section.run(**given)
    assert result.filters[0].shape[1:] == (1, 8, 8)
    figures = section.picture(result, section.settings(**given), "en")
    drawn = next(figure.frame for figure in figures if "parameters" in figure.frame)
    weights = {"linear": 650, "dense": (64 * 64 + 64 + 2 * 64) * 2 + 650}[network]
    assert drawn["parameters"].sum() == weights, "batch normalization has two numbers a unit"


def test_forgetting_evaluation_is_what_training_mode_computes() -> None:
    section = sections["images/batch_norm_2d"]
    trainer = ImageTrainer(batch_norm_2d.experiment(section.settings(pictures="digits")))
    trainer.run(epochs=2)
    before = trainer.weights()
    test = trainer.test
    x, t = torch.from_numpy(test.images), torch.from_numpy(test.labels)

    def accuracy(way: str, size: int) -> float:
        *_, named = batch_norm_2d.answers(trainer, way, size)
        return float((named == test.labels).mean())

    assert accuracy("eval", 7) == pytest.approx(trainer.metrics()[3])
    found = accuracy("mixed", len(test))
    for name, tensor in trainer.weights().items():
        np.testing.assert_array_equal(tensor, before[name])  # also the running statistics
    norm = trainer.network[1]
    with torch.no_grad():  # the first normalization by hand, over pictures and places
        z = trainer.network[0](x)
        mean, variance = z.mean((0, 2, 3)), z.var((0, 2, 3), unbiased=False)
        by_hand = (z - mean[:, None, None]) / (variance[:, None, None] + norm.eps).sqrt()
        by_hand = by_hand * norm.weight[:, None, None] + norm.bias[:, None, None]
        trainer.network.train()
        np.testing.assert_allclose(norm(z).numpy(), by_hand.numpy(), atol=1e-3)
        h = by_hand
        for layer in list(trainer.network)[2:]:
            h = layer(h)
    assert found == pytest.approx(float((h.argmax(1) == t).float().mean()), abs=0.01)
    channels = batch_norm_2d.statistics(trainer, 32)
    assert channels["values"].iloc[0] == 32 * 8 * 8


def test_the_network_that_is_drawn_for_is_the_one_that_was_measured() -> None:
    section = sections["images/draw"]
    result = section.run(epochs=2)
    (w1, b1), (w2, b2) = (tuple(map(torch.from_numpy, block)) for block in result.convolutions)
    seen, named = result.variants["again"]
    h = torch.from_numpy(seen)[:, None]
    for w, b in ((w1, b1), (w2, b2)):
        h = torch.max_pool2d(torch.relu(torch.conv2d(h, w, b, padding=2)), 2)
    scores = h.flatten(1) @ torch.from_numpy(result.linear[0]).T + torch.from_numpy(result.linear[1])
    np.testing.assert_array_equal(scores.argmax(1), named)
    assert result.truth.tolist() == list(range(10))
