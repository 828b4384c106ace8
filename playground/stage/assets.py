"""The stage's files as the browser gets them: modules and styles of ``static/`` and the Vega bundle."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
VEGA = "vega.js"
SNIPPET = "window.vegaEmbed = vegaEmbed; window.vegaLite = vegaLite; window.vega = vega;"


@cache
def _contents() -> dict[str, bytes]:
    return {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*.*"))
        if path.suffix in KINDS
    }


@cache
def vega_bundle() -> bytes:
    """Vega, Vega-Lite and Vega-Embed as one script that sets the globals of those names."""
    import vl_convert

    return vl_convert.javascript_bundle(SNIPPET).encode()


@cache
def version() -> str:
    """A hash of all files, part of their address."""
    import vl_convert

    digest = hashlib.sha256(vl_convert.get_vega_version().encode())
    for name, body in _contents().items():
        digest.update(name.encode() + body)
    return digest.hexdigest()[:16]


def address() -> str:
    """Where the files are served, with a slash at the end."""
    return f"/stage/{version()}/"


@cache
def read(name: str) -> tuple[bytes, str] | None:
    """Content and media type of a file, such as ``shell/main.js``; None for anything that is not one of the stage's."""
    if name == VEGA:
        return vega_bundle(), KINDS[".js"]
    body = _contents().get(name)
    return None if body is None else (body, KINDS[Path(name).suffix])
