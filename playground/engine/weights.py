"""A network's weights by name, as an exported script calls them: out of a run, and back into one."""

from __future__ import annotations

import re
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
        tensors: all parameters and running statistics by name, in the network's shapes; as ``named`` calls them or as
            the exported script's ``model.state_dict()`` does.

    Raises:
        InvalidValue: a tensor is missing or not of this network, has another shape, or is not finite.
    """
    params, buffers = state.params.copy(), state.buffers.copy()
    blocks = [(block, params) for block in layout.parameters] + [(block, buffers) for block in layout.buffers]
    tensors = _as_named(tensors, [block.name for block, _ in blocks])
    check_fit(tensors, {block.name: block.shape for block, _ in blocks})
    for block, flat in blocks:
        block.view(flat)[...] = tensors[block.name]
    slots = np.zeros_like(state.slots)
    return State(params, buffers, slots, np.array([0.0, 1.0]))


ORDER = ("weight", "bias", "running_mean", "running_var")
"""Of a module's tensors."""
OF_A_SCRIPT = re.compile(r"(\d+\.(?:block\.\d+\.)?)(\w+)")
"""Place and name of a tensor in a script's ``model``; the places depend on what stands between the layers."""


def _as_named(tensors: Mapping[str, np.ndarray], names: list[str]) -> Mapping[str, np.ndarray]:
    """Tensors of an exported script's ``model`` by our own names; others as they are."""
    found = {
        name: OF_A_SCRIPT.fullmatch(name) for name in tensors if not name.endswith("num_batches_tracked")
    }
    if not found or any(match is None or match[2] not in ORDER for match in found.values()):
        return tensors
    order = {"linear": 0, "norm": 1, "prelu": 2}

    def ours(name: str) -> tuple[int, int, int]:
        *place, kind = name.split(".")
        layer, part = (int(place[1]), order[place[2]]) if place[0] == "hidden" else (len(names), 0)
        return layer, part, ORDER.index(kind)

    def theirs(name: str) -> tuple[list[int], int]:
        match = found[name]
        assert match
        return [int(number) for number in re.findall(r"\d+", match[1])], ORDER.index(match[2])

    mine, given = sorted(names, key=ours), sorted(found, key=theirs)
    kinds = [[name.rsplit(".", 1)[1] for name in each] for each in (mine, given)]
    return (
        dict(zip(mine, (tensors[name] for name in given), strict=True)) if kinds[0] == kinds[1] else tensors
    )


def check_fit(tensors: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse tensors that are not just those of a network.

    Args:
        shapes: of the network's tensors, by name.

    Raises:
        InvalidValue: a tensor is missing or not of this network, has another shape, or is not finite.
    """
    for name in tensors:
        if name not in shapes:
            raise InvalidValue("weights", "weights.known", name, names=", ".join(sorted(shapes)))
    for name, shape in shapes.items():
        if name not in tensors:
            raise InvalidValue("weights", "weights.missing", sorted(tensors), name=name)
        given = np.asarray(tensors[name])
        if tuple(given.shape) != tuple(shape):
            raise InvalidValue(
                "weights", "weights.shape", _shape(given.shape), name=name, shape=_shape(shape)
            )
        if not np.issubdtype(given.dtype, np.floating) or not np.isfinite(given.astype(np.float32)).all():
            raise InvalidValue("weights", "weights.finite", name=name)


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
