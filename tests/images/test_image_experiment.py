"""The experiment on pictures: checked, frozen, and the same again from each of its text forms."""

from __future__ import annotations

from typing import Any

import pytest
from experiments import specs, values
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import ImageExperiment, InvalidValue
from playground.experiment_text import VERSION
from playground.fields import Field
from playground.images.augment import AUGMENTATIONS
from playground.images.data import PICTURE_SETS
from playground.images.experiment import IMAGE_FIELDS, KERNELS, MAX_CHANNELS, MAX_UNITS, NETWORKS
from playground.text import LANGUAGES
from playground.text.refusals import plain


def any_value(field: Field) -> st.SearchStrategy[Any]:
    if field.registry is not None:
        return specs(field.registry)
    most = {"hidden": MAX_UNITS, "channels": MAX_CHANNELS}
    if field.name in most:
        return st.lists(st.integers(1, most[field.name]), min_size=1, max_size=3).map(tuple)
    if field.name == "augmentation":
        return st.sets(st.sampled_from(sorted(AUGMENTATIONS))).map(sorted)
    if field.name == "kernel_size":
        return st.sampled_from(KERNELS)
    return values(field.numbers())


@st.composite
def image_experiments(draw: Any) -> ImageExperiment:
    """Any valid experiment on pictures."""
    chosen = draw(st.sets(st.sampled_from(sorted(set(IMAGE_FIELDS) - {"loss"}))))
    fields = {name: draw(any_value(IMAGE_FIELDS[name])) for name in sorted(chosen)}
    pictures = PICTURE_SETS[IMAGE_FIELDS["dataset"].check(fields.get("dataset", "digits"), "dataset").name]
    if "n_samples" in fields:
        fields["n_samples"] = min(max(fields["n_samples"], 2 * len(pictures.classes)), pictures.most)
    if "mixup" in fields.get("augmentation", ()):
        fields.pop("mixup", None)
    return ImageExperiment(**fields)


@settings(max_examples=60, deadline=None)
@given(image_experiments())
def test_every_experiment_comes_back_from_its_text_forms(experiment: ImageExperiment) -> None:
    assert ImageExperiment.from_json(experiment.to_json()) == experiment
    assert ImageExperiment.from_query(experiment.to_query()) == experiment
    assert eval(repr(experiment), {"ImageExperiment": ImageExperiment}) == experiment
    assert experiment.replace() == experiment


def test_the_defaults_are_the_shortest_link() -> None:
    assert ImageExperiment().to_query() == {"v": str(VERSION)}
    link = ImageExperiment(channels=(8,), optimizer={"name": "adam", "beta1": 0.8}).to_query()
    assert link == {"v": str(VERSION), "channels": "8", "optimizer": "adam~beta1:0.8"}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"layers": 3}, "layers: expected a field of an experiment"),
    "an unknown set": ({"dataset": "shape"}, "did you mean shapes"),
    "an unknown network": ({"network": "rnn"}, f"network: expected one of {', '.join(NETWORKS)}, got 'rnn'"),
    "an unknown augmentation": ({"augmentation": ("blur",)}, "augmentation: expected one of shift, mirror"),
    "an even kernel": ({"kernel_size": 4}, "kernel_size: expected one of 1, 3, 5, 7, got 4"),
    "no block": ({"channels": ()}, "channels: expected a list of 1 to 4 values"),
    "too many channels": ({"channels": (8, 65)}, "channels[1]: expected a whole number from 1 to 64, got 65"),
    "more blocks than the pictures can be halved": (
        {"channels": (4, 4, 4, 4)},
        "channels: expected at most 3 blocks, as the pictures are 8 pixels high or wide, got [4, 4, 4, 4]",
    ),
    "more pictures than there are": (
        {"n_samples": 1798},
        "n_samples: expected a whole number from 20 to 1,797",
    ),
    "too few pictures": ({"n_samples": 19}, "n_samples: expected a whole number from 20 to 1,797"),
    "two kinds of mixup": (
        {"augmentation": ("mixup",), "mixup": 0.4},
        "mixup: expected no random shares (mixup = 0)",
    ),
    "a loss for values": ({"loss": "huber"}, "loss: expected a loss that fits the task"),
    "a rate out of range": (
        {"learning_rate": 11},
        "learning_rate: expected a number from 0.00001 to 10, got 11",
    ),
    "a parameter of another": (
        {"optimizer": {"name": "sgd", "beta": 1}},
        "optimizer.beta: expected sgd without",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_fit_is_refused_with_what_would(what: str) -> None:
    fields, said = REFUSED[what]
    with pytest.raises(InvalidValue) as caught:
        ImageExperiment(**fields)
    assert said in str(caught.value)
    assert all(plain(caught.value, language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("pooling", "sizes"),
    [
        ("max", (28, 14, 7)),
        ("average", (28, 14, 7)),
        ("strided", (28, 14, 7)),
        ("fractional", (28, 19, 13)),  # 0.7 · 28 = 19.6, 0.7 · 19 = 13.3
        ("none", (28, 28, 28)),
    ],
)
def test_maps_get_smaller_as_the_pooling_says(pooling: str, sizes: tuple[int, ...]) -> None:
    experiment = ImageExperiment(dataset="glyphs", pooling=pooling)
    assert experiment.map_sizes == tuple((size, size) for size in sizes)
