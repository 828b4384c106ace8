"""The stage's files as the browser gets them: all modules as one, all styles as one, and Vega's script."""

from __future__ import annotations

import gzip
import hashlib
import threading
from functools import cache
from pathlib import Path
from typing import NamedTuple

from playground.stage import vega
from playground.stage.linking import linked

STATIC = Path(__file__).parent / "static"
MODULE, STYLES, VEGA = "stage.js", "stage.css", "vega.js"
KINDS = {".js": "text/javascript", ".css": "text/css"}
ENTRIES = {
    "stage": ("shell/main.js", "mount"),
    "lanes": ("lanes/lanes.js", "mount"),
    "surface": ("surface/paths.js", "mount"),
}
"""What a page mounts, by the name that the joined module exports it under."""
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
    return {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*.*"))
        if path.suffix in KINDS
    }


@cache
def version() -> str:
    """A hash of all files, part of their address."""
    digest = hashlib.sha256(vega.package_version().encode())
    for name in (MODULE, STYLES):
        digest.update(_made(name))
    return digest.hexdigest()[:16]


def address() -> str:
    """Where the files are served, seen from any page of the app, with a slash at the end.

    Relative, as all addresses that a page is given: whatever a proxy puts before them, the browser knows.
    """
    return f"./stage/{version()}/"


def read(name: str) -> Asset | None:
    """One of the files, such as ``stage.js``; None for anything else. May take seconds for Vega's script."""
    if name not in (MODULE, STYLES, VEGA):
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
    if name == MODULE:
        return linked(
            {path: body.decode() for path, body in _files().items() if path.endswith(".js")}, ENTRIES
        ).encode()
    return b"\n".join(
        body for path, body in sorted(_files().items(), key=_shell_first) if path.endswith(".css")
    )


def _shell_first(file: tuple[str, bytes]) -> bool:
    return not file[0].startswith("shell/")
