"""The binary frame: a JSON header and the arrays that changed.

Layout, little endian: ``uint32`` length of the header, the header as UTF-8 JSON padded with blanks so that the
arrays start on a multiple of 8 bytes, then the arrays, each on a multiple of 8. The header's ``arrays`` maps a name
to ``[dtype, shape, offset]`` with the offset counted from the first array; dtypes are ``u1``, ``f4`` and ``f8``.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

ALIGN = 8
DTYPES: dict[str, np.dtype[Any]] = {"u1": np.dtype("u1"), "f4": np.dtype("<f4"), "f8": np.dtype("<f8")}
_ENCODERS = {
    ascii_only: json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False, separators=(",", ":"))
    for ascii_only in (False, True)
}
"""Made once. By whether letters beyond ASCII are escaped."""
_NAMES = {np.dtype("u1"): "u1", np.dtype("f4"): "f4", np.dtype("f8"): "f8"}


def encode(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """One frame as bytes.

    Args:
        header: JSON values; numbers that are not finite become null.
        arrays: uint8, float32 or float64 arrays of any shape.

    Raises:
        KeyError: an array of another dtype.
    """
    described: dict[str, list[Any]] = {}
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        described[name] = [_NAMES[array.dtype], list(array.shape), offset]
        data = array.tobytes()
        padding = -len(data) % ALIGN
        parts.append(data + b"\0" * padding)
        offset += len(data) + padding
    text = to_json({**header, "arrays": described}, ascii_only=True).encode()
    text += b" " * (-(4 + len(text)) % ALIGN)
    return b"".join((struct.pack("<I", len(text)), text, *parts))


def decode(frame: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of ``encode``'s result. Raises ValueError for anything else."""
    try:
        (length,) = struct.unpack_from("<I", frame)
        header = json.loads(frame[4 : 4 + length])
        arrays = {}
        for name, (dtype, shape, offset) in header.pop("arrays").items():
            count = math.prod(shape)
            array: np.ndarray = np.frombuffer(
                frame, dtype=DTYPES[dtype], count=count, offset=4 + length + offset
            )
            arrays[name] = array.reshape(shape)
    except (struct.error, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"not a frame: {error}") from None
    return header, arrays


def to_json(value: Mapping[str, Any], ascii_only: bool = False) -> str:
    """``finite(value)`` as compact JSON; most values need no look at each of their numbers."""
    encoder = _ENCODERS[ascii_only]
    try:
        return encoder.encode(value)
    except (ValueError, TypeError):  # a number that is not finite, or one of NumPy's
        return encoder.encode(finite(value))


def finite(value: Any) -> Any:
    """``value`` with every number that JSON cannot say (nan, inf) replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return finite(value.tolist())
    if isinstance(value, np.generic):
        return finite(value.item())
    return value
