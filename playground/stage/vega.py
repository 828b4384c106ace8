"""Vega, Vega-Lite and Vega-Embed as one script for the browser, out of the package that also draws charts as PNG.

Making it takes seconds, in which the package lets nothing else of the process run. So another process makes it, once
for a machine where a cache can be written.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

SNIPPET = "window.vegaEmbed = vegaEmbed; window.vegaLite = vegaLite; window.vega = vega;"
MAKE = f"import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle({SNIPPET!r}).encode())"
MOST_SECONDS = 300

log = logging.getLogger(__name__)


@cache
def package_version() -> str:
    """Which edition of the package the script comes from."""
    return version("vl-convert-python")


def places() -> list[Path]:
    """Where the script may be kept: beside this module, then in the user's cache directory."""
    user = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    name = f"vega-{package_version()}.js"
    return [Path(__file__).parent / "__pycache__" / name, Path(user) / "training-playground" / name]


def script() -> bytes:
    """The script; it sets the globals ``vegaEmbed``, ``vegaLite`` and ``vega``.

    Raises:
        subprocess.SubprocessError: the package could not make it.
    """
    for place in places():
        with contextlib.suppress(OSError):  # not kept there
            return place.read_bytes()
    made = subprocess.run(
        [sys.executable, "-c", MAKE], stdout=subprocess.PIPE, check=True, timeout=MOST_SECONDS
    ).stdout
    if not any(_kept(place, made) for place in places()):
        log.info("Vega's script cannot be kept: each start of the server makes it anew")
    return made


def _kept(place: Path, body: bytes) -> bool:
    """Whether the script is kept there now; another process reads all of it or nothing."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            file.write(body)
        os.chmod(file.name, 0o644)
        os.replace(file.name, place)
    except OSError:
        return False
    return True
