"""A place to draw a digit in a Streamlit page: the browser computes what the network sees; nothing drawn is sent."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.stage import assets, mounting

Numbers = NDArray[np.float32]

_component = st.components.v2.component(
    "playground_drawing", html="<div></div>", js=mounting.stub("drawing"), isolate_styles=True
)


@dataclass(frozen=True, eq=False)
class DrawnNetwork:
    """Blocks of a convolution with as many zeros around as keep its size, ReLU and pooling by half; one linear layer.

    Args:
        convolutions: weight (out, in, k, k) and bias (out) of each block, k odd.
        weight, bias: of the linear layer, (classes, n) and (classes).
        average: pooling takes the mean of four numbers, else the largest.
        classes: their names.
    """

    convolutions: Sequence[tuple[Numbers, Numbers]]
    weight: Numbers
    bias: Numbers
    average: bool
    classes: Sequence[str]

    def data(self) -> dict[str, Any]:
        """What the browser gets."""
        blocks = [
            {"out": len(bias), "kernel": weight.shape[-1], "weight": _text(weight), "bias": _text(bias)}
            for weight, bias in self.convolutions
        ]
        linear = {"weight": _text(self.weight), "bias": _text(self.bias)}
        return {"blocks": blocks, **linear, "average": self.average, "classes": list(self.classes)}


def _text(values: Numbers) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def drawing_pad(
    network: DrawnNetwork | None,
    examples: Sequence[Numbers],
    labels: Mapping[str, str],
    *,
    key: str,
    projector: bool,
) -> Any:
    """Mount the pad.

    Args:
        network: what answers; None while there is none.
        examples: pictures (28, 28) from 0 to 1 that a button puts there.
        labels: texts of the component.
        key: identity of the mount.
        projector: larger letters, for a room.
    """
    data = {
        "network": network and network.data(),
        "examples": [_text(picture) for picture in examples],
        "labels": dict(labels),
        "large": projector,
        "modules": assets.address(),
        "failed": labels["failed"],
    }
    return _component(key=key, data=[data])
