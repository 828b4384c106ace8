"""Hypothesis strategies for experiments, made from the registries."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from playground.data import DATASETS, FEATURES
from playground.experiment import FIELDS, MAX_LAYERS, Experiment
from playground.registry import Param, Registry, Spec
from playground.techniques import ACTIVATIONS

NOISY: dict[str, Any] = {
    "activation": ("prelu", {"name": "maxout", "pieces": 3}),
    "normalization": "batch_norm",
    "dropout": (0.0, 0.3),
    "dropconnect": 0.2,
    "input_noise": 0.2,
    "mixup": 0.5,
    "label_smoothing": 0.1,
    "l1": 0.001,
    "weight_decay": 0.1,
}
"""Settings of two hidden layers in which every kind of noise is on at once."""


def values(param: Param) -> st.SearchStrategy[Any]:
    """Valid values of a parameter."""
    if param.kind == "bool":
        return st.booleans()
    if param.kind == "choice":
        return st.sampled_from(param.choices)
    if param.kind == "int":
        return st.integers(int(param.low), int(param.high))
    if param.kind == "ints":
        return st.lists(
            st.integers(int(param.low), int(param.high)), min_size=1, max_size=param.max_length
        ).map(lambda found: tuple(sorted(found)))
    return st.floats(param.low, param.high)


@st.composite
def specs(draw: Any, registry: Registry[Any]) -> Spec:
    """A technique of the registry with parameter values."""
    technique = registry[draw(st.sampled_from([name for name in registry if name != "custom"]))]
    return technique.spec(**{param.name: draw(values(param)) for param in technique.params})


@st.composite
def experiments(draw: Any, most_units: int = 64) -> Experiment:
    """Any valid experiment without points of its own."""
    hidden = tuple(draw(st.lists(st.integers(1, most_units), max_size=MAX_LAYERS)))
    if draw(st.booleans()):  # equal widths, which skip connections need
        hidden = hidden[:1] * len(hidden)
    fields: dict[str, Any] = {}
    for name, field in FIELDS.items():
        if field.param and field.control in ("number", "exact") and not field.per_layer:
            fields[name] = draw(values(field.param))
        if field.registry and name != "loss" and not field.per_layer:
            fields[name] = draw(specs(field.registry))
    rates = values(FIELDS["dropout"].numbers())
    fields["hidden"] = hidden
    if hidden and draw(st.booleans()):
        fields["activation"] = tuple(draw(specs(ACTIVATIONS)) for _ in hidden)
        fields["dropout"] = tuple(draw(rates) for _ in hidden)
    else:
        fields["activation"] = draw(specs(ACTIVATIONS))
        fields["dropout"] = draw(rates)
    fields["features"] = tuple(draw(st.lists(st.sampled_from(list(FEATURES)), min_size=1, unique=True)))
    fields["init_seed"] = draw(st.none() | st.integers(0, 2**31 - 1))
    return Experiment(**fields)


__all__ = ["DATASETS", "experiments", "specs", "values"]
