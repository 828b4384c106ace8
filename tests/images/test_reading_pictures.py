"""Pictures of one's own from files: what is read, against Pillow and NumPy; what is refused, by name and before it is
unpacked."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.images import Pictures, read_pictures, reading
from playground.images.reading import picture_from
from playground.registry import InvalidValue
from playground.text import LANGUAGES
from playground.text.refusals import describe


def made(
    size: tuple[int, int] = (40, 30), colour: Any = (200, 30, 60), kind: str = "PNG", **more: Any
) -> bytes:
    """The bytes of a picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(buffer, kind, **more)
    return buffer.getvalue()


def packed(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of some files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def idx(array: np.ndarray) -> bytes:
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def refused(data: bytes, key: str, *said: str, labels: bytes | None = None) -> None:
    with pytest.raises(InvalidValue) as found:
        read_pictures(data, labels)
    assert found.value.key == f"sentence.{key}"
    for language in LANGUAGES:
        message = describe(found.value, language)
        for part in said:
            assert part in message


TWO = {"red/1.png": made(), "blue/2.jpg": made(colour=(10, 20, 220), kind="JPEG")}


def test_a_folder_is_a_class_and_every_kind_of_picture_is_read() -> None:
    files = {**TWO, "set/blue/3.webp": made(colour=(10, 20, 220), kind="WEBP", lossless=True)}
    found = read_pictures(packed({**files, "__MACOSX/._1.png": b"", "red/.DS_Store": b"", "red/": b""}))
    assert found.classes == ("blue", "red")
    assert found.labels.tolist() == [1, 0, 0]
    assert found.images.shape == (3, 3, 32, 32)
    np.testing.assert_allclose(found.images[0, :, 5, 5] * 255, (200, 30, 60))
    np.testing.assert_allclose(found.images[1, :, 5, 5] * 255, (10, 20, 220), atol=3)


def test_a_picture_is_cut_to_the_square_in_its_middle_turned_and_laid_on_white() -> None:
    wide = Image.new("RGB", (96, 32), "black")
    wide.paste("white", (32, 0, 64, 32))
    wide.paste("red", (32, 0, 64, 16))
    buffer = io.BytesIO()
    wide.save(buffer, "PNG")
    cut = picture_from(buffer.getvalue(), "a")
    np.testing.assert_array_equal(cut[:, 0, 0], (1, 0, 0))
    np.testing.assert_array_equal(cut[:, 31, 31], (1, 1, 1))
    exif = Image.Exif()
    exif[0x112] = 3  # upside down
    buffer = io.BytesIO()
    wide.save(buffer, "PNG", exif=exif)
    np.testing.assert_array_equal(picture_from(buffer.getvalue(), "a"), cut[:, ::-1, ::-1])
    np.testing.assert_array_equal(picture_from(made(colour=(0, 0, 0, 0)), "a"), np.ones((3, 32, 32)))
    assert picture_from(made(), "a", (1, 28, 28)).shape == (1, 28, 28)


def test_idx_files_are_read_in_either_order_packed_or_not() -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 32, 32), dtype=np.uint8)
    labels = np.arange(30, dtype=np.uint8) % 3
    for first, second in (
        (idx(images), idx(labels)),
        (gzip.compress(idx(labels)), gzip.compress(idx(images))),
    ):
        found = read_pictures(first, second)
        assert found.classes == ("0", "1", "2")
        assert found.labels.tolist() == labels.tolist()
        np.testing.assert_array_equal(found.images[:, 0] * np.float32(255), images)
        np.testing.assert_array_equal(found.images[:, 0], found.images[:, 2])
    refused(idx(images), "no_picture_labels")
    refused(idx(images), "pictures_shape", "29", labels=idx(labels[:29]))
    refused(idx(images)[:-1], "pictures_broken", labels=idx(labels))
    refused(b"\0\0\x08\x03" + b"\xff" * 12, "pictures_broken", labels=idx(labels))
    refused(b"GIF89a", "pictures_unknown", labels=idx(labels))


def test_arrays_of_an_npz_are_read_and_objects_are_not() -> None:
    colours = np.random.default_rng(0).random((6, 40, 32, 3))
    found = read_pictures(npz(X=colours, y=np.array(["cat", "dog"] * 3)))
    assert found.classes == ("cat", "dog")
    assert found.images.shape == (6, 3, 32, 32)
    np.testing.assert_allclose(
        found.images[0] * colours.max(), np.moveaxis(colours[0, 4:36], -1, 0), atol=1e-5
    )
    grey = read_pictures(
        npz(images=np.zeros((2500, 8, 8), np.uint8), labels=np.arange(2500) % 2), shape=(1, 28, 28)
    )
    assert grey.images.shape == (reading.MAX_PICTURES, 1, 28, 28)
    assert np.bincount(grey.labels).tolist() == [500, 500]
    buffer = io.BytesIO()
    np.savez(buffer, images=np.array([object()] * 4), labels=np.arange(4))
    refused(buffer.getvalue(), "pictures_broken", "images.npy")
    refused(npz(images=np.zeros((4, 8, 8))), "pictures_arrays", "labels")
    refused(npz(images=np.full((4, 8, 8), np.nan), labels=np.arange(4) % 2), "pictures_broken")


def test_an_array_that_claims_more_than_it_holds_takes_no_memory() -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 1000, 1000)}
    )
    refused(
        packed({"images.npy": head.getvalue() + b"12", "labels.npy": b""}), "pictures_broken", "images.npy"
    )


def test_every_refusal_names_the_file() -> None:
    refused(packed({**TWO, "red/notes.txt": b"x"}), "pictures_kind", "red/notes.txt")
    refused(packed({**TWO, "loose.png": made()}), "pictures_folder", "loose.png")
    refused(packed({**TWO, "red/bad.png": b"no picture"}), "pictures_broken", "red/bad.png")
    refused(packed({**TWO, "red/cut.png": made()[:50]}), "pictures_broken", "red/cut.png")
    refused(packed({**TWO, "red/gif.png": made(kind="GIF")}), "pictures_broken", "red/gif.png")
    refused(packed({"red/1.png": made()}), "pictures_classes", "1", "10")
    refused(packed({f"{i}/1.png": made() for i in range(11)}), "pictures_classes", "11")
    refused(packed(TWO, zipfile.ZIP_LZMA), "pictures_locked", "red/1.png")
    refused(packed({**TWO, **{f"red/{i}.png": b"" for i in range(1001)}}), "pictures_many", "1,002", "1,000")
    refused(packed({f"red/{i}.png": b"" for i in range(3001)}), "pictures_entries", "3,000")
    refused(b"PK\x03\x04nothing", "pictures_broken")
    refused(bytes(reading.MAX_FILE + 1), "pictures_file", "40 MB")


def huge(width: int, height: int) -> bytes:
    """A small PNG file that claims to have many pixels, all of them 0."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = packed({**TWO, "red/zeros.png": bytes(reading.MAX_UNPACKED)})
    assert len(zeros) < 200_000
    pixels = packed({**TWO, "red/huge.png": huge(30_000, 30_000)})
    many = packed({**TWO, **{f"red/{i}.png": huge(7_000, 7_000) for i in range(9)}})
    unpacked: list[object] = []
    monkeypatch.setattr(zlib, "decompress", lambda *_: unpacked.append(1))
    monkeypatch.setattr(Image.Image, "load", lambda *_: unpacked.append(1))
    refused(zeros, "pictures_unpacked", "red/zeros.png", "120 MB")
    refused(pixels, "pictures_pixels", "red/huge.png")
    refused(many, "pictures_all_pixels", "red/")
    assert not unpacked
    flat = np.zeros((8, 9), np.uint8)
    refused(gzip.compress(bytes(reading.MAX_UNPACKED + 1)), "pictures_unpacked", labels=idx(flat[0]))


def test_a_name_from_a_file_is_shown_without_what_cannot_be_printed() -> None:
    found = read_pictures(packed({"a\u202eb\n" + "c" * 90 + "/1.png": made(), "z/1.png": made()}))
    assert "ab" + "c" * 10 not in found.classes[1]
    assert all(name.isprintable() and len(name) <= reading.MAX_NAME for name in found.classes)


START = [packed(TWO), npz(images=np.zeros((4, 8, 8), np.uint8), labels=np.arange(4) % 2), TWO["red/1.png"]]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(START),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    st.data(),
)
def test_changed_bytes_are_read_or_refused(start: bytes, changes: list[tuple[int, int]], data: Any) -> None:
    changed = bytearray(start)
    for place, value in changes:
        changed[place % len(changed)] = value
    changed = changed[: data.draw(st.integers(0, len(changed)))] if data.draw(st.booleans()) else changed
    for found in read(bytes(changed)):
        assert np.isfinite(found.images).all()
        assert len(found.images) == len(found.labels)


def read(data: bytes) -> list[Pictures]:
    """What is read; nothing where the file is refused. Anything but a refusal fails the test."""
    try:
        return [read_pictures(data, data)]
    except InvalidValue:
        return []
