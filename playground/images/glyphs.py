"""Digits and letters of printed fonts, turned, sheared and shifted a little: like handwriting to a network, and free.

The fonts are those that come with Streamlit (Source Sans, Code and Serif, in five weights) and Pillow (Aileron), so
that a seed gives the same pictures on every machine.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image, ImageFont

SIZE = 28
"""Height and width in pixels."""
SHEET = 2 * SIZE
"""Digits are drawn this large, then made smaller."""
WEIGHTS = (300, 400, 500, 600, 800)
FAMILIES = (
    "SourceSansVF-Upright",
    "SourceSansVF-Italic",
    "SourceCodeVF-Upright",
    "SourceCodeVF-Italic",
    "SourceSerifVariable-Roman",
    "SourceSerifVariable-Italic",
)
NOISE = 0.05
"""Standard deviation of the pixels' noise."""


@lru_cache(maxsize=1)
def faces() -> tuple[tuple[str, int], ...]:
    """File and weight of each font, ``("", 0)`` for Pillow's own, which is always there."""
    found = find_spec("streamlit")
    media = Path(found.origin).parent / "static" / "static" / "media" if found and found.origin else None
    files = [path for name in FAMILIES if media for path in sorted(media.glob(f"{name}.*"))]
    return (*((str(path), weight) for path in files if _opens(path) for weight in WEIGHTS), ("", 0))


def _opens(path: Path) -> bool:
    """Whether this Pillow reads the font: packed ones need Brotli in its FreeType."""
    from PIL import ImageFont

    try:
        ImageFont.truetype(str(path), SIZE)
    except OSError:
        return False
    return True


@lru_cache(maxsize=64)
def _font(file: str, weight: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    if not file:
        return ImageFont.load_default(2 * SIZE)
    font = ImageFont.truetype(file, 2 * SIZE)
    font.set_variation_by_axes([weight, *(axis["default"] or 0 for axis in font.get_variation_axes()[1:])])
    return font


@lru_cache(maxsize=1024)
def _sheet(sign: str, face: int) -> Image.Image:
    """A digit or letter of one font in the middle of a sheet, white on black."""
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (SHEET, SHEET))
    draw, font = ImageDraw.Draw(sheet), _font(*faces()[face])
    left, top, right, bottom = draw.textbbox((0, 0), sign, font=font)
    draw.text(((SHEET - left - right) / 2, (SHEET - top - bottom) / 2), sign, fill=255, font=font)
    return sheet


def picture(seed: int, number: int, sign: str) -> NDArray[np.float32]:
    """One picture ``(1, 28, 28)``: font, angle, shear, size, place and noise come from ``seed`` and ``number``."""
    from PIL import Image

    rng = np.random.default_rng([seed, number])
    sheet = _sheet(sign, int(rng.integers(len(faces()))))
    angle, shear = rng.normal(0, 0.14), rng.normal(0, 0.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    way = turn @ np.array([[1, shear], [0, 1]]) / rng.uniform(0.75, 1.1, 2)
    middle = np.array([SHEET / 2, SHEET / 2])
    start = middle - way @ (middle + rng.normal(0, 2.5, 2))
    rows = (*way[0], start[0], *way[1], start[1])
    drawn = sheet.transform((SHEET, SHEET), Image.Transform.AFFINE, rows, Image.Resampling.BILINEAR)
    small = np.asarray(drawn.reduce(SHEET // SIZE), dtype=np.float64) / 255 * rng.uniform(0.75, 1.0)
    return np.clip(small + rng.normal(0, NOISE, small.shape), 0, 1)[None].astype(np.float32)
