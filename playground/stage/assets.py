"""The stage's files as the browser gets them: all modules as one, all styles as one, Vega's script, and the charts."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import NamedTuple

from playground.stage import vega
from playground.stage.linking import linked
from playground.text import LANGUAGES

STATIC = Path(__file__).parent / "static"
MODULE, STYLES, VEGA = "stage.js", "stage.css", "vega.js"
KINDS = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
ENTRIES = {
    "stage": ("shell/main.js", "mount"),
    "lanes": ("lanes/lanes.js", "mount"),
    "surface": ("surface/paths.js", "mount"),
    "drawing": ("drawing/drawing.js", "mount"),
    "wall": ("wall/wall.js", "mount"),
    "pictures": ("pictures/pictures.js", "mount"),
}
"""What a page mounts, by the name that the joined module exports it under."""
CHARTS = {"stage": "playground.views.specs:stage_specs", "lanes": "playground.views.race:race_specs"}
"""What makes the charts of a page, without data. Altair takes longer to load than the rest of the stage, so the charts
are a file of their own, which is made when the first browser asks for it."""
_CHART_FILES = {
    f"{page}-charts-{language}.json": (page, language) for page in CHARTS for language in LANGUAGES
}
LEVEL = 6
"""Of compression; done once, so a server pays for it once."""

_making = threading.Lock()


class Asset(NamedTuple):
    """A file for the browser."""

    body: bytes
    compressed: bytes
    """The body as gzip."""
    kind: str
    """Its media type."""


@cache
def _files() -> dict[str, bytes]:
    from playground.stage import (
        forms,  # brings NumPy and all techniques, which the server's start does not wait for
    )

    found = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*.*"))
        if path.suffix in (".js", ".css")
    }
    return found | {forms.PATH: forms.module().encode()}


@cache
def version() -> str:
    """A hash of all files, part of their address."""
    digest = hashlib.sha256(f"{vega.package_version()} {metadata.version('altair')}".encode())
    for name in (MODULE, STYLES):
        digest.update(_made(name))
    for path in _made_from():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _made_from() -> list[Path]:
    """What the charts are made from."""
    package = STATIC.parents[1]
    return [*sorted((package / "views").glob("*.py")), *sorted((package / "text").glob("*/*.toml"))]


def charts(page: str, language: str) -> str:
    """The name of the file with a page's charts, one of ``CHARTS``."""
    return next(name for name, made in _CHART_FILES.items() if made == (page, language))


def address() -> str:
    """Where the files are served, seen from any page of the app, with a slash at the end.

    Relative, as all addresses that a page is given: whatever a proxy puts before them, the browser knows.
    """
    return f"./stage/{version()}/"


def read(name: str) -> Asset | None:
    """One of the files, such as ``stage.js``; None for anything else. May take seconds for Vega's script and charts."""
    if name not in (MODULE, STYLES, VEGA, *_CHART_FILES):
        return None
    with _making:
        return _asset(name)


@cache
def _asset(name: str) -> Asset:
    body = _made(name)
    return Asset(body, gzip.compress(body, LEVEL), KINDS[Path(name).suffix])


@cache
def _made(name: str) -> bytes:
    if name == VEGA:
        return vega.script()
    if name in _CHART_FILES:
        page, language = _CHART_FILES[name]
        module, function = CHARTS[page].split(":")
        return json.dumps(getattr(import_module(module), function)(language), separators=(",", ":")).encode()
    if name == MODULE:
        return linked(
            {path: body.decode() for path, body in _files().items() if path.endswith(".js")}, ENTRIES
        ).encode()
    return b"\n".join(
        body for path, body in sorted(_files().items(), key=_shell_first) if path.endswith(".css")
    )


def _shell_first(file: tuple[str, bytes]) -> bool:
    return not file[0].startswith("shell/")
