"""A network's weights by name, as an exported script calls them: out of a run, and back into one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from playground.engine.plan import State
from playground.layout import Layout
from playground.registry import InvalidValue

MOST_BYTES = 4_000_000
"""Of a file with weights: more than any network here takes."""


def named(state: State, layout: Layout) -> dict[str, np.ndarray]:
    """Parameters and running statistics by name, in their own shapes (copied)."""
    blocks = [(block, state.params) for block in layout.parameters]
    blocks += [(block, state.buffers) for block in layout.buffers]
    return {block.name: np.ascontiguousarray(block.view(flat)) for block, flat in blocks}


def replaced(state: State, layout: Layout, tensors: Mapping[str, np.ndarray]) -> State:
    """The same state with other weights; what the optimizer remembers of the former ones is gone.

    Args:
        tensors: all parameters and running statistics by name, in the network's shapes.

    Raises:
        InvalidValue: a tensor is missing or not of this network, has another shape, or is not finite.
    """
    params, buffers = state.params.copy(), state.buffers.copy()
    blocks = [(block, params) for block in layout.parameters] + [(block, buffers) for block in layout.buffers]
    known = {block.name for block, _ in blocks}
    for name in tensors:
        if name not in known:
            raise InvalidValue("weights", "weights.known", name, names=", ".join(sorted(known)))
    for block, flat in blocks:
        if block.name not in tensors:
            raise InvalidValue("weights", "weights.missing", sorted(tensors), name=block.name)
        given = np.asarray(tensors[block.name])
        if tuple(given.shape) != tuple(block.shape):
            raise InvalidValue(
                "weights", "weights.shape", _shape(given.shape), name=block.name, shape=_shape(block.shape)
            )
        if not np.issubdtype(given.dtype, np.floating) or not np.isfinite(given.astype(np.float32)).all():
            raise InvalidValue("weights", "weights.finite", name=block.name)
        block.view(flat)[...] = given
    slots = np.zeros_like(state.slots)
    return State(params, buffers, slots, np.array([0.0, 1.0]))


def read(data: bytes) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file. Nothing in it is executed. Raises InvalidValue: it is none, or too large."""
    if len(data) > MOST_BYTES:
        raise InvalidValue("weights", "weights.size", len(data), most=MOST_BYTES // 1_000_000)
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(data)
    except (SafetensorError, KeyError, ValueError) as error:
        raise InvalidValue("weights", "weights.file") from error


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(str(size) for size in shape) or "1"
