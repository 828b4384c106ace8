"""Compiling once: where the machine code is kept, and doing it in the background."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator

PACKAGE = Path(__file__).resolve().parent

log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def source_stamp() -> str:
    """A digest of this package's source: the kernel is made from all of its files."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_candidates() -> list[Path]:
    """Directories for the machine code, the first writable one is taken.

    ``NUMBA_CACHE_DIR`` if set, this package's own ``__pycache__``, then the user's cache directory.
    """
    user = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    # one directory for each installation, so that two of them do not take turns overwriting
    place = hashlib.sha256(str(PACKAGE).encode()).hexdigest()[:12]
    found = [PACKAGE / "__pycache__", Path(user) / "training-playground" / place]
    chosen = getattr(config, "CACHE_DIR", "")
    if chosen:
        found.insert(0, Path(chosen) / f"training-playground-{place}")
    return found


def cache_directory() -> Path | None:
    """The first of the candidates in which a file can be made; None where there is none."""
    for directory in cache_candidates():
        try:
            directory.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=directory).close()
        except OSError:
            continue
        return directory
    return None


def _mark() -> Path | None:
    """The file that says that this source's code, made by this Numba, is on the disk."""
    directory = cache_directory()
    return None if directory is None else directory / f"compiled-{source_stamp()[:16]}-{numba.__version__}"


def on_disk() -> bool:
    """Whether the code was compiled before and only needs to be loaded."""
    mark = _mark()
    return mark is not None and mark.exists()


def mark() -> None:
    """Note that the code is on the disk now."""
    path = _mark()
    if path is not None:
        with contextlib.suppress(OSError):  # a cache that cannot be written is no cache
            path.touch()


def in_another_process() -> None:
    """Compile in a Python process of low priority and wait for it.

    If that fails, the caller compiles in its own process, which takes as long but holds up its threads.
    """
    root = str(PACKAGE.parents[2])
    command = "import os\nif hasattr(os, 'nice'): os.nice(5)\nfrom playground.engine.fused import warm_up\nwarm_up()"
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        log.warning("compiling beside failed: %s", done.stderr.decode("utf-8", "replace")[-500:])


class _Locator(_CacheLocator):
    """Tells Numba where the code is kept and what it was made from.

    Numba's own locator looks at the file of the entry point alone and would miss a change in a rule.
    """

    def __init__(self, name: str, directory: Path) -> None:
        self._name = name
        self._directory = directory

    def get_cache_path(self) -> str:
        return str(self._directory)

    def get_source_stamp(self) -> str:
        return source_stamp()

    def get_disambiguator(self) -> str:
        return self._name

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator | None:
        directory = cache_directory()
        return None if directory is None else cls(py_func.__name__, directory)


class _Implementation(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # type: ignore[assignment]  # noqa: RUF012


class Index(IndexDataCacheFile):
    """What is on the disk. Code made from an older source may name classes that are gone: it counts as none."""

    def _load_index(self) -> Any:
        try:
            return super()._load_index()
        except (AttributeError, ImportError, EOFError, pickle.UnpicklingError) as error:
            log.info("compiled code of another source: %s", error)
            return {}


class _Cache(FunctionCache):
    _impl_class = _Implementation

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        implementation = self._impl
        self._cache_file = Index(
            self._cache_path, implementation.filename_base, implementation.locator.get_source_stamp()
        )


def cached(function: Callable[..., Any]) -> Any:
    """Compile at the first call, without the interpreter's lock while running, and keep the code on disk.

    Where no directory can be written the code is compiled anew in each process.
    """
    compiled: Any = njit(error_model="numpy", nogil=True)(function)
    with contextlib.suppress(RuntimeError):  # no directory can be written
        compiled._cache = _Cache(function)
    return compiled
