"""Pictures of one's own from files, within bounds that hold whatever a file claims: nothing is unpacked unasked.

A zip has one folder a class with PNG, JPEG or WebP pictures; an IDX file (LeCun's format, as MNIST comes, also packed
by gzip) needs a second one with the labels; an NPZ file holds an array of pictures and one of labels.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from playground.images.data import Pictures, evenly
from playground.registry import InvalidValue
from playground.text.characters import is_seen

if TYPE_CHECKING:
    from PIL import Image

MAX_FILE = 40_000_000
"""Bytes of a file."""
MAX_UNPACKED = 120_000_000
"""Bytes that all of it unpacks to."""
MAX_ENTRIES = 3_000
"""Files and folders in a zip."""
MAX_PICTURES = 1_000
"""Pictures that are kept; of a zip more are refused, of an array the first of each class in turn are taken."""
MAX_CLASSES = 10
MAX_PIXELS = 50_000_000
"""Pixels of one picture: a telephone's are 12 to 48 million."""
MAX_ALL_PIXELS = 400_000_000
"""Pixels of all pictures of a zip that have to be decoded one by one."""
MAX_NAME = 40
"""Characters of a class's name."""
SHAPE = (3, 32, 32)
"""Channels, height and width that pictures are brought to."""
FORMATS = ("PNG", "JPEG", "WEBP")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
IMAGE_ARRAYS, LABEL_ARRAYS = ("images", "x", "x_train", "arr_0"), ("labels", "y", "y_train", "arr_1")
"""Names of an NPZ file's arrays, without regard to capitals."""
ZIP, GZIP = b"PK", b"\x1f\x8b"
DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)
"""What Pillow, zipfile and NumPy raise for bytes that are not what they claim."""

Source = bytes | str | Path | IO[bytes]


def read_pictures(
    source: Source, labels: Source | None = None, shape: tuple[int, int, int] = SHAPE
) -> Pictures:
    """Pictures with their classes from a file: a zip, an IDX or an NPZ file.

    Each picture is turned as its camera says, cut to the square in its middle and brought to one size. Transparent
    parts are white.

    Args:
        source: path, open file or bytes.
        labels: the file with the labels of an IDX file; a zip and an NPZ file bring theirs.
        shape: channels (1 or 3), height and width of each picture; height and width alike.

    Raises:
        InvalidValue: for ``file``; says which file within a zip.

    Example:
        >>> from playground.images import read_pictures
        >>> pictures = read_pictures("cats_and_dogs.zip")  # doctest: +SKIP
        >>> pictures.classes  # doctest: +SKIP
        ('cats', 'dogs')
    """
    data, name = _bytes(source)
    if data[:2] == ZIP:
        entries = _entries(data, name)
        if any(entry.filename.endswith(".npy") for entry in entries):
            images, numbers = _npz(data, entries)
        else:
            return _folders(data, entries, shape)
    else:
        if labels is None:
            raise InvalidValue("file", "sentence.no_picture_labels", name=name)
        images, numbers = _idx(data, name), _idx(*_bytes(labels))
    return _arrays(images, numbers, name, shape)


def _bytes(source: Source) -> tuple[bytes, str]:
    """What a source holds, at most ``MAX_FILE`` bytes, and what it is called."""
    if isinstance(source, bytes):
        data, name = source, ""
    elif isinstance(source, (str, Path)):
        with Path(source).open("rb") as file:
            data, name = file.read(MAX_FILE + 1), Path(source).name
    else:
        data, name = source.read(MAX_FILE + 1), str(getattr(source, "name", ""))
    if len(data) > MAX_FILE:
        raise InvalidValue("file", "sentence.pictures_file", name=name, most=_million(MAX_FILE))
    return data, name or "1"


def _million(number: int) -> str:
    return f"{number // 1_000_000:,}"


# --- a zip with one folder a class -------------------------------------------------------------------


def _entries(data: bytes, name: str) -> list[zipfile.ZipInfo]:
    """The files in a zip, checked by what it declares: zipfile never gives more than that."""
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:  # before any of them is read
        raise InvalidValue("file", "sentence.pictures_entries", most=f"{MAX_ENTRIES:,}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except BROKEN as error:
        raise InvalidValue("file", "sentence.pictures_broken", name=name) from error
    for entry in entries:
        if entry.flag_bits & 1 or entry.compress_type not in DEFLATED:
            raise InvalidValue("file", "sentence.pictures_locked", name=_said(entry.filename))
    total = 0
    for entry in entries:
        total += entry.file_size
        if total > MAX_UNPACKED:
            raise InvalidValue(
                "file", "sentence.pictures_unpacked", name=_said(entry.filename), most=_million(MAX_UNPACKED)
            )
    return entries


def _said(name: str) -> str:
    """A name from a file as a message shows it."""
    shown = "".join(letter for letter in name if is_seen(letter))
    return shown if len(shown) <= 80 else f"…{shown[-79:]}"


def _folders(data: bytes, entries: Sequence[zipfile.ZipInfo], shape: tuple[int, int, int]) -> Pictures:
    """One class for each folder that holds pictures."""
    found: list[tuple[str, zipfile.ZipInfo]] = []
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.name.startswith(".") or path.name == "Thumbs.db" or "__MACOSX" in path.parts:
            continue  # what file managers leave there
        if path.suffix.lower() not in ENDINGS:
            raise InvalidValue("file", "sentence.pictures_kind", name=_said(entry.filename))
        folder = _said(path.parent.name)[:MAX_NAME].strip()
        if not folder:
            raise InvalidValue("file", "sentence.pictures_folder", name=_said(entry.filename))
        found.append((folder, entry))
    classes = tuple(sorted({folder for folder, _ in found}))
    _check_classes(classes)
    if len(found) > MAX_PICTURES:
        raise InvalidValue(
            "file", "sentence.pictures_many", count=f"{len(found):,}", most=f"{MAX_PICTURES:,}"
        )
    images = np.empty((len(found), *shape), dtype=np.float32)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        _check_pixels(archive, found)
        for number, (_, entry) in enumerate(found):
            images[number] = picture_from(_content(archive, entry), _said(entry.filename), shape)
    return Pictures(images, np.array([classes.index(folder) for folder, _ in found], dtype=np.int64), classes)


def _check_classes(classes: Sequence[str]) -> None:
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise InvalidValue("file", "sentence.pictures_classes", count=len(classes), most=MAX_CLASSES)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(entry)
    except BROKEN as error:
        raise InvalidValue("file", "sentence.pictures_broken", name=_said(entry.filename)) from error


def _check_pixels(archive: zipfile.ZipFile, found: Sequence[tuple[str, zipfile.ZipInfo]]) -> None:
    """Refuse what would take long to decode, by the pictures' heads."""
    total = 0
    for _, entry in found:
        opened = _opened(_content(archive, entry), _said(entry.filename))
        total += opened.width * opened.height
        if total > MAX_ALL_PIXELS:
            raise InvalidValue(
                "file",
                "sentence.pictures_all_pixels",
                name=_said(entry.filename),
                most=_million(MAX_ALL_PIXELS),
            )


def _opened(data: bytes, name: str) -> Image.Image:
    """A picture of which only the head has been read. Raises InvalidValue: it is none, or has too many pixels."""
    from PIL import Image

    try:
        opened = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:  # Pillow's own bound is higher
        raise InvalidValue(
            "file", "sentence.pictures_pixels", name=name, most=_million(MAX_PIXELS)
        ) from error
    except BROKEN as error:
        raise InvalidValue("file", "sentence.pictures_broken", name=name) from error
    if opened.width * opened.height > MAX_PIXELS:
        raise InvalidValue("file", "sentence.pictures_pixels", name=name, most=_million(MAX_PIXELS))
    return opened


def picture_from(data: bytes, name: str, shape: tuple[int, int, int] = SHAPE) -> NDArray[np.float32]:
    """One picture (channels, height, width), 0 to 1, from the bytes of a PNG, JPEG or WebP file.

    Args:
        name: of the file, for a refusal.
        shape: as of ``read_pictures``.

    Raises:
        InvalidValue: for ``file``.
    """
    from PIL import Image, ImageOps

    opened = _opened(data, name)
    size = (shape[2], shape[1])
    try:
        opened.draft("RGB", (2 * size[0], 2 * size[1]))  # JPEG decodes an eighth of the pixels
        picture: Any = ImageOps.exif_transpose(opened)
        if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
            levels = np.asarray(picture, dtype=np.float64)
            picture = Image.fromarray((levels / max(float(levels.max()), 1.0) * 255).astype(np.uint8))
        if picture.has_transparency_data:
            clear = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
        picture = picture.convert("RGB" if shape[0] == 3 else "L")
        picture = ImageOps.fit(picture, size, Image.Resampling.BILINEAR)
    except BROKEN as error:
        raise InvalidValue("file", "sentence.pictures_broken", name=name) from error
    pixels = np.asarray(picture, dtype=np.float32) / np.float32(255)
    return np.moveaxis(pixels.reshape(*pixels.shape[:2], -1), -1, 0)


# --- arrays ------------------------------------------------------------------------------------------


def _idx(data: bytes, name: str) -> NDArray[Any]:
    """The bytes of an IDX file as an array: two zeros, type 8, the number of dimensions, their sizes, the numbers."""
    if data[:2] == GZIP:
        try:
            unpack = zlib.decompressobj(31)
            data = unpack.decompress(data, MAX_UNPACKED)
        except zlib.error as error:
            raise InvalidValue("file", "sentence.pictures_broken", name=name) from error
        if unpack.unconsumed_tail:
            raise InvalidValue("file", "sentence.pictures_unpacked", name=name, most=_million(MAX_UNPACKED))
    if len(data) < 4 or data[:3] != b"\0\0\x08" or not 1 <= data[3] <= 4:
        raise InvalidValue("file", "sentence.pictures_unknown", name=name)
    start = 4 + 4 * data[3]
    sizes = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, start, 4))
    if len(data) < start or int(np.prod(sizes, dtype=object)) != len(data) - start:
        raise InvalidValue("file", "sentence.pictures_broken", name=name)
    return np.frombuffer(data, np.uint8, offset=start).reshape(sizes)


def _npz(data: bytes, entries: Sequence[zipfile.ZipInfo]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Its array of pictures and its array of labels; objects are refused."""
    named = {PurePosixPath(entry.filename).stem.lower(): entry for entry in entries}
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for names in (IMAGE_ARRAYS, LABEL_ARRAYS):
            entry = next((named[name] for name in names if name in named), None)
            if entry is None:
                raise InvalidValue("file", "sentence.pictures_arrays", names=", ".join(names))
            found.append(_npy(_content(archive, entry), _said(entry.filename)))
    return found[0], found[1]


def _npy(data: bytes, name: str) -> NDArray[Any]:
    """An array of NumPy's format. ``np.load`` would make room for what the head claims before it looks."""
    head = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(head)
        read: Any = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        shape, by_columns, kind = read[version](head)
        count = int(np.prod(shape, dtype=object))
        if kind.hasobject or kind.kind not in "biufSU" or count * kind.itemsize != len(data) - head.tell():
            raise InvalidValue("file", "sentence.pictures_broken", name=name)
        numbers = np.frombuffer(data, kind, count, head.tell())
        return numbers.reshape(shape, order="F" if by_columns else "C")
    except InvalidValue:
        raise
    except BROKEN as error:
        raise InvalidValue("file", "sentence.pictures_broken", name=name) from error


def _arrays(images: NDArray[Any], labels: NDArray[Any], name: str, shape: tuple[int, int, int]) -> Pictures:
    """Pictures (n, height, width), with one or three channels before or behind those, and labels (n)."""
    if images.ndim == 1 and labels.ndim >= 3:
        images, labels = labels, images
    if images.ndim == 4 and images.shape[-1] in (1, 3):
        images = np.moveaxis(images, -1, 1)
    elif images.ndim == 3:
        images = images[:, None]
    fits = images.ndim == 4 and images.shape[1] in (1, 3) and images.dtype.kind in "biuf"
    if not fits or 0 in images.shape or labels.shape != (len(images),) or max(images.shape[2:]) > 1024:
        sizes = " × ".join(map(str, images.shape)), " × ".join(map(str, labels.shape))
        raise InvalidValue("file", "sentence.pictures_shape", name=name, images=sizes[0], labels=sizes[1])
    kinds, numbers = np.unique(labels, return_inverse=True)
    _check_classes([str(kind) for kind in kinds])
    rows = evenly(numbers.astype(np.int64), np.arange(len(numbers)))[:MAX_PICTURES]
    taken = images[rows].astype(np.float32)
    if not np.isfinite(taken).all():
        raise InvalidValue("file", "sentence.pictures_broken", name=name)
    least, most = float(taken.min()), float(taken.max())
    taken = (taken - min(least, 0.0)) / max(
        255.0 if images.dtype == np.uint8 else most - min(least, 0.0), 1e-12
    )
    names = tuple(_class_name(kind) for kind in kinds)
    return Pictures(_fitted(taken, shape), numbers[rows].astype(np.int64), names)


def _class_name(kind: Any) -> str:
    """What a label of an array is called."""
    if isinstance(kind, bytes):
        kind = kind.decode("utf-8", "replace")
    if isinstance(kind, (float, np.floating)) and float(kind).is_integer():
        kind = int(kind)
    return _said(str(kind))[:MAX_NAME]


def _fitted(images: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Pictures (n, channels, height, width) brought to a shape, as ``picture_from`` does with one."""
    from PIL import Image, ImageOps

    channels, height, width = shape
    if channels == 1 and images.shape[1] == 3:
        images = np.tensordot(images, np.array((0.299, 0.587, 0.114), np.float32), (1, 0))[:, None]
    if images.shape[2:] != (height, width):
        size = (width, height)
        images = np.stack(
            [
                np.stack(
                    [
                        np.asarray(ImageOps.fit(Image.fromarray(c), size, Image.Resampling.BILINEAR))
                        for c in one
                    ]
                )
                for one in images
            ]
        )
    return np.ascontiguousarray(np.broadcast_to(images, (len(images), channels, height, width)), np.float32)


@dataclass(frozen=True, eq=False)
class Album:
    """Pictures that a visitor has brought along, as the value of a setting: two of the same pictures are equal.

    Args:
        pictures: of ``read_pictures``.
    """

    pictures: Pictures

    @cached_property
    def mark(self) -> str:
        """Of its contents."""
        digest = hashlib.sha256("\0".join(self.pictures.classes).encode())
        digest.update(self.pictures.images.tobytes())
        digest.update(self.pictures.labels.tobytes())
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Album) and self.mark == other.mark

    def __hash__(self) -> int:
        return hash(self.mark)

    def __repr__(self) -> str:
        return f"Album({len(self.pictures)} pictures)"  # a log tells nothing of what is on them
