"""TensorBoard's event files, written without TensorBoard.

``torch.utils.tensorboard`` needs the ``tensorboard`` package, and that a web server and gRPC: too much to install
on every server for a file of a few records. The format is small and has not changed since TensorFlow 1: records of
``length, crc(length), data, crc(data)`` whose data are ``Event`` messages of Protocol Buffers. The tests read the
files with TensorBoard's own reader.

A run has many records that differ only in a few bytes. So the first of each form is written byte by byte, and the
others are copies of it into which NumPy writes what differs, checksums included.

Source: TensorFlow's core/lib/io/record_writer.h, core/util/event.proto and core/framework/summary.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np

from playground.engine.history import History

VERSION = "brain.Event:2"
SCALARS = {
    "loss/train": "loss_train",
    "loss/test": "loss_test",
    "accuracy/train": "accuracy_train",
    "accuracy/test": "accuracy_test",
    "learning_rate": "learning_rate",
    "loss/validation": "loss_validation",
    "accuracy/validation": "accuracy_validation",
}
"""Tags and the history's columns."""

HEAD = 12
"""Bytes of a record before its data: length, and the length's checksum."""
BLOCK = 20_000
"""Records that are written at once: they fit into the processor's cache."""


def _table() -> np.ndarray:
    """uint32 (256,): the steps of CRC-32C (Castagnoli, reflected polynomial 0x82F63B78)."""
    rows: np.ndarray = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        rows = rows >> np.uint32(1) ^ (rows & np.uint32(1)) * np.uint32(0x82F63B78)
    return rows


_TABLE = _table()
_STEPS = tuple(_TABLE.tolist())


def crc32c(data: bytes) -> int:
    """CRC-32C of ``data``. Source: RFC 3720, appendix B.4."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _STEPS[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def crc32c_of_variants(data: bytes, places: list[int], variants: np.ndarray) -> np.ndarray:
    """CRC-32C, uint32 (n,), of ``data`` with other bytes at some places.

    A CRC is linear: a byte that differs changes it by an amount that depends on the difference and on how many bytes
    follow, whatever the rest holds.

    Args:
        places: rising indices into ``data``.
        variants: uint8 (n, len(places)), the bytes there.
    """
    crc = np.full(len(variants), crc32c(data), np.uint32)
    changes, at = _TABLE, len(data) - 1
    for column in reversed(range(len(places))):
        while at > places[column]:  # one more byte follows
            changes = changes >> 8 ^ _TABLE[changes & 0xFF]
            at -= 1
        crc ^= changes[variants[:, column] ^ np.uint8(data[at])]
    return crc


def masked(crc: np.ndarray) -> np.ndarray:
    """The record's checksum: rotated by 15 bits and shifted, so that a checksum of checksums stays telling."""
    return (crc >> np.uint32(15) | crc << np.uint32(17)) + np.uint32(0xA282EAD8)


def _checksum(data: bytes) -> bytes:
    return masked(np.array([crc32c(data)], np.uint32)).astype("<u4").tobytes()


def record(data: bytes) -> bytes:
    """One record around ``data``."""
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | 0x80 if value else low)
        if not value:
            return bytes(out)


def _block(field: int, data: bytes) -> bytes:
    """A length-delimited field."""
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def event(
    seconds: float, step: int = 0, version: str = "", values: Iterable[tuple[str, float]] = ()
) -> bytes:
    """An ``Event`` message: wall time (1), step (2), file version (3) or a summary (5) of tagged numbers.

    A summary's values (1) have a tag (1) and a simple value (2).
    """
    said = b"\x09" + struct.pack("<d", seconds)
    if step:
        said += b"\x10" + _varint(step)
    if version:
        return said + _block(3, version.encode())
    summary = b"".join(
        _block(1, _block(1, tag.encode()) + b"\x15" + struct.pack("<f", value)) for tag, value in values
    )
    return said + _block(5, summary)


def event_file(history: History) -> bytes:
    """A run's history as an event file; the step is the epoch, and so is the wall time, as runs have no clock."""
    epochs = history["epoch"]
    values = np.stack([history[name] for name in SCALARS.values()], axis=1).astype("<f4")
    finite = np.isfinite(values)
    digits = np.zeros(len(epochs), np.int64)  # groups of seven bits in the step; a step of 0 is not written
    for bits in range(0, 63, 7):
        digits += epochs >> bits > 0
    # Records of one form, in a row: the same digits and the same tags.
    form = digits << len(SCALARS) | finite @ (1 << np.arange(len(SCALARS)))
    starts = np.flatnonzero(np.diff(form, prepend=-1))
    parts = [record(event(0.0, version=VERSION))]
    for start, stop in zip(starts, [*starts[1:], len(form)], strict=True):
        for first in range(start, stop, BLOCK):
            rows = slice(first, min(first + BLOCK, stop))
            parts.append(_records(epochs[rows], values[rows], finite[first], int(digits[first])))
    return b"".join(parts)


def _records(epochs: np.ndarray, values: np.ndarray, finite: np.ndarray, digits: int) -> bytes:
    """Records of one form.

    Args:
        epochs: int64 (n,), each with so many ``digits`` of seven bits.
        values: float32 (n, number of tags); those at ``finite`` (number of tags,) are written.
    """
    tags = [tag for tag, there in zip(SCALARS, finite, strict=True) if there]
    values = np.ascontiguousarray(values[:, finite])
    first = event(float(epochs[0]), int(epochs[0]), values=zip(tags, values[0].tolist(), strict=True))
    # What differs: wall time, step, and the last four bytes of each value.
    places = list(range(1, 9)) + list(range(10, 10 + digits))
    places += [first.index(tag.encode()) + len(tag) + 1 + byte for tag in tags for byte in range(4)]
    variants = np.empty((len(epochs), len(places)), np.uint8)
    variants[:, :8] = epochs.astype("<f8")[:, None].view(np.uint8)
    for digit in range(digits):
        more = 0x80 if digit < digits - 1 else 0
        variants[:, 8 + digit] = epochs >> 7 * digit & 0x7F | more
    variants[:, 8 + digits :] = values.view(np.uint8).reshape(len(epochs), -1)
    records = np.tile(np.frombuffer(record(first), np.uint8), (len(epochs), 1))
    records[:, [HEAD + place for place in places]] = variants
    checksums = masked(crc32c_of_variants(first, places, variants))
    records[:, -4:] = checksums.astype("<u4")[:, None].view(np.uint8)
    return records.tobytes()
