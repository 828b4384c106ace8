"""TensorBoard's event files, written without TensorBoard.

``torch.utils.tensorboard`` needs the ``tensorboard`` package, and that a web server and gRPC: too much to install
on every server for a file of a few records. The format is small and has not changed since TensorFlow 1: records of
``length, crc(length), data, crc(data)`` whose data are ``Event`` messages of Protocol Buffers. The tests read the
files with TensorBoard's own reader.

Source: TensorFlow's core/lib/io/record_writer.h, core/util/event.proto and core/framework/summary.proto.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

from playground.engine.history import History

VERSION = "brain.Event:2"
SCALARS = {
    "loss/train": "loss_train",
    "loss/test": "loss_test",
    "accuracy/train": "accuracy_train",
    "accuracy/test": "accuracy_test",
    "learning_rate": "learning_rate",
}
"""Tags and the history's columns."""


def _table() -> tuple[int, ...]:
    """The 256 steps of CRC-32C (Castagnoli, reflected polynomial 0x82F63B78)."""
    rows = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


_TABLE = _table()


def crc32c(data: bytes) -> int:
    """CRC-32C of ``data``. Source: RFC 3720, appendix B.4."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _masked(data: bytes) -> bytes:
    """The record's checksum: rotated by 15 bits and shifted, so that a checksum of checksums stays telling."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def record(data: bytes) -> bytes:
    """One record around ``data``."""
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


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
    parts = [record(event(0.0, version=VERSION))]
    columns = {tag: history[name] for tag, name in SCALARS.items()}
    for row, epoch in enumerate(history["epoch"].tolist()):
        values = [(tag, float(column[row])) for tag, column in columns.items()]
        finite = [(tag, value) for tag, value in values if math.isfinite(value)]
        parts.append(record(event(float(epoch), epoch, values=finite)))
    return b"".join(parts)
