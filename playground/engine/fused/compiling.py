"""Compiling once: where the machine code is kept, and doing it in the background."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import pickle
import stat
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import IO, Any

import llvmlite
import numba
from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile, _CacheLocator
from numba.core.registry import cpu_target

PACKAGE = Path(__file__).resolve().parent

LOCK_SECONDS = 0.1
"""Between two looks at whether the other process has done compiling."""

LOAD_ERRORS = (
    AttributeError, ImportError, EOFError, pickle.UnpicklingError, ValueError, TypeError, IndexError, KeyError, OSError
)  # fmt: skip
"""What reading a file that another source made, or that was cut off, can raise."""

settings: Any = config  # Numba's names are made at run time

log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def source_stamp() -> str:
    """A digest of this package's source: the kernel is made from all of its files."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def maker() -> str:
    """A digest of all that machine code depends on: source, Python, Numba, LLVM, processor.

    Of PyTorch too, and of its choice of instructions: the code draws weights as it does.
    """
    try:
        torch = metadata.version("torch")
    except metadata.PackageNotFoundError:
        torch = ""
    capability = os.environ.get("ATEN_CPU_CAPABILITY", "")
    processor = cpu_target.target_context.codegen().magic_tuple()
    made = (
        source_stamp(),
        sys.version,
        numba.__version__,
        llvmlite.__version__,
        processor,
        torch,
        capability,
    )
    return hashlib.sha256(repr(made).encode()).hexdigest()


# --- where the code is kept -------------------------------------------------------------------------


def place() -> str:
    """A name for this installation, so that two of them do not take turns overwriting."""
    return hashlib.sha256(str(PACKAGE).encode()).hexdigest()[:12]


def cache_candidates() -> list[Path]:
    """Directories for the machine code: one that holds it is taken, else the first that can be written.

    ``NUMBA_CACHE_DIR`` if set, this package's own ``__pycache__``, the user's cache directory, then one among the
    temporary files.
    """
    user = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    found = [PACKAGE / "__pycache__", Path(user) / "training-playground" / place()]
    if settings.CACHE_DIR:
        found.insert(0, Path(settings.CACHE_DIR) / f"training-playground-{place()}")
    temporary = temporary_candidate()
    return found if temporary is None else [*found, temporary]


def temporary_candidate() -> Path | None:
    """This user's directory among the temporary files; None where there are none."""
    try:
        root = Path(tempfile.gettempdir())
    except FileNotFoundError:
        return None
    return root / f"training-playground-{_user()}-{place()}"


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _trusted(directory: Path) -> bool:
    """Whether code from here may be run: among the temporary files anybody may have put some."""
    if directory != temporary_candidate() or not hasattr(os, "getuid"):
        return True
    found = directory.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == _user() and not found.st_mode & 0o022


def _writable(directory: Path) -> bool:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=directory).close()
        return _trusted(directory)
    except OSError:
        return False


def cache_directory() -> Path | None:
    """Where the code is, or else is to be; None where no directory can be written."""
    candidates = cache_candidates()
    chosen = candidates[
        : bool(settings.CACHE_DIR)
    ]  # somebody's own choice, also while another directory has the code
    for group in (chosen, candidates):
        marked = (directory for directory in group if (directory / _mark_name()).is_file())
        writable = (directory for directory in group if _writable(directory))
        found = next(filter(_trusted, marked), None) or next(writable, None)
        if found is not None:
            return found
    return None


def say_where() -> None:
    """Say in the log where the code is kept when that is not where it stays."""
    directory = cache_directory()
    if directory is None:
        log.warning("no directory can be written: the engine is compiled anew by each process")
    elif directory == temporary_candidate():
        log.warning(
            "neither the package nor the user's cache directory can be written: compiled code is kept in %s",
            directory,
        )


# --- what is on the disk ----------------------------------------------------------------------------


def _mark() -> Path | None:
    """The file that says that this source's code, for this processor, is on the disk."""
    directory = cache_directory()
    return None if directory is None else directory / _mark_name()


def _mark_name() -> str:
    return f"compiled-{maker()[:16]}.json"


def _checksum(path: Path) -> int:
    return zlib.crc32(path.read_bytes())


def noted() -> dict[str, Any] | None:
    """What was noted when the code was saved; None unless all of it is on the disk, as it was."""
    path = _mark()
    if path is None:
        return None
    try:
        note = json.loads(path.read_bytes())
        kept = all(_checksum(path.parent / name) == checksum for name, checksum in note["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return note if kept else None


def on_disk() -> bool:
    """Whether the code was compiled before, for this processor and these versions, and only needs to be loaded."""
    return noted() is not None


def mark(entries: list[Any], **note: Any) -> bool:
    """Note that the code of these compiled functions is on the disk now; whether all of it is."""
    path, caches = _mark(), [entry._cache for entry in entries]
    if path is None or not all(isinstance(cache, _Cache) for cache in caches):
        return False
    try:
        names = [name for cache in caches for name in cache.saved()]
        files = {name: _checksum(path.parent / name) for name in names}
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({**note, "files": files}), encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:  # the disk is full, or was emptied meanwhile
        log.warning("the compiled code is not kept: %s", error)
        return False
    return True


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Wait until no other process compiles into the same directory, and keep others waiting."""
    directory = cache_directory()
    if directory is None:
        yield
        return
    try:
        file = (directory / "compiling.lock").open("ab")
    except OSError:
        yield
        return
    with file:
        _wait_for(file)
        yield  # closing the file, or the end of the process, lets the next one in


def _wait_for(file: IO[bytes]) -> None:
    try:
        import fcntl
    except ModuleNotFoundError:
        _wait_on_windows(file)
        return
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(file, fcntl.LOCK_EX)


def _wait_on_windows(file: IO[bytes]) -> None:
    import msvcrt

    lock: Any = msvcrt
    while True:
        try:
            file.seek(0)
            lock.locking(file.fileno(), lock.LK_NBLCK, 1)
        except PermissionError:
            time.sleep(LOCK_SECONDS)
        else:
            return


# --- compiling beside -------------------------------------------------------------------------------


def in_another_process() -> None:
    """Compile in a Python process of low priority and wait for it.

    It goes on when this process ends, so that the next one finds the code. If it fails, the caller compiles in its own
    process, which takes as long but holds up its threads.
    """
    root = str(PACKAGE.parents[2])
    command = "import os\nif hasattr(os, 'nice'): os.nice(5)\nfrom playground.engine.fused import warm_up\nwarm_up()"
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                [sys.executable, "-c", command],
                env={**os.environ, "PYTHONPATH": paths},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=output,
                start_new_session=True,
                check=False,
            )
        except OSError as error:
            log.warning("compiling beside failed: %s", error)
            return
        if done.returncode:
            output.seek(0)
            log.warning("compiling beside failed: %s", output.read().decode("utf-8", "replace")[-500:])


# --- Numba's cache ----------------------------------------------------------------------------------


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
        except LOAD_ERRORS as error:
            log.info("compiled code of another source: %s", error)
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            return super()._load_data(name)
        except LOAD_ERRORS as error:
            log.info("compiled code that cannot be read: %s", error)
            raise OSError(str(error)) from error  # counts as a file that is gone

    def files(self) -> list[str]:
        """Names of the files: the index and what it lists."""
        return [self._index_name, *self._load_index().values()]


class _Cache(FunctionCache):
    _impl_class = _Implementation

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        implementation = self._impl
        self._cache_file: Index = Index(
            self._cache_path, implementation.filename_base, implementation.locator.get_source_stamp()
        )

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code; where that fails it is used from memory."""
        try:
            super().save_overload(sig, data)
        except OSError as error:  # the disk is full, for example
            log.warning("compiled code cannot be kept in %s: %s", self._cache_path, error)

    def saved(self) -> list[str]:
        """Names of the files that hold the code."""
        return self._cache_file.files()


def cached(function: Callable[..., Any]) -> Any:
    """Compile at the first call, without the interpreter's lock while running, and keep the code on disk.

    Where no directory can be written the code is compiled anew in each process.
    """
    compiled: Any = njit(error_model="numpy", nogil=True)(function)
    with contextlib.suppress(RuntimeError):  # no directory can be written
        compiled._cache = _Cache(function)
    return compiled
