"""Where the compiled code is kept, and what is known of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from playground.engine.fused import compiling, kernel

assert kernel.compute  # made, with its place on the disk, before a test moves the package


def twice(x: int) -> int:
    return 2 * x


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation in which nothing can be made, not by root either: the package is a file."""
    package = tmp_path / "package"
    package.write_text("")
    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setattr(compiling.config, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    return tmp_path


@pytest.fixture
def no_home(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same without a user's directory; temporary files lie in ``tmp``."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(nowhere / "package"))
    (nowhere / "tmp").mkdir()
    monkeypatch.setattr(compiling.tempfile, "tempdir", str(nowhere / "tmp"))
    return nowhere


def saved(directory: Path) -> set[str]:
    return {path.suffix for path in directory.rglob("*") if path.is_file()}


def test_an_install_that_cannot_be_written_loads_its_code_from_the_users_directory(nowhere: Path) -> None:
    assert not compiling.on_disk()
    first = compiling.cached(twice)
    assert first(21) == 42
    assert sum(first.stats.cache_misses.values()) == 1
    assert compiling.mark([first], draws=True)
    assert compiling.on_disk()
    again = compiling.cached(twice)  # as another process would
    assert again(21) == 42
    assert sum(again.stats.cache_hits.values()) == 1
    assert not again.stats.cache_misses
    assert {".nbi", ".nbc", ".json"} <= saved(nowhere / "user" / "training-playground")
    assert (nowhere / "package").read_text() == ""


def test_code_is_kept_in_the_package_where_that_can_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(compiling, "PACKAGE", tmp_path)
    monkeypatch.setattr(compiling.config, "CACHE_DIR", "")
    assert compiling.cache_directory() == tmp_path / "__pycache__"
    monkeypatch.setattr(compiling.config, "CACHE_DIR", str(tmp_path / "chosen"))
    directory = compiling.cache_directory()
    assert directory is not None
    assert directory.parent == tmp_path / "chosen"


def test_code_that_came_with_a_read_only_package_is_used(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image compiles when it is built; whoever runs it may not write there."""
    made = compiling.cached(twice)
    made(1)
    compiling.mark([made])
    holder = compiling.cache_directory()
    monkeypatch.setattr(compiling, "_writable", lambda directory: directory != holder)
    monkeypatch.setattr(compiling, "cache_candidates", lambda: [nowhere / "other", holder])
    assert compiling.cache_directory() == holder
    assert compiling.on_disk()


def test_without_a_home_code_is_kept_among_temporary_files_and_the_log_says_so(
    no_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = compiling.cache_directory()
    assert directory is not None
    assert directory.parent == no_home / "tmp"
    made = compiling.cached(twice)
    made(1)
    assert compiling.mark([made])
    assert compiling.on_disk()  # once, not by each process
    compiling.say_where()
    assert str(directory) in caplog.text


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners of files as on Unix")
def test_temporary_files_that_others_can_write_are_not_trusted(
    no_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = compiling.cache_directory()
    assert directory is not None
    directory.chmod(0o777)
    assert compiling.cache_directory() is None
    compiling.say_where()
    assert "no directory can be written" in caplog.text
    made = compiling.cached(twice)
    assert made(21) == 42
    assert not compiling.mark([made])


@pytest.mark.parametrize("other", ["_version", "processor"])
def test_code_for_another_processor_or_version_counts_as_none(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    made = compiling.cached(twice)
    made(1)
    compiling.mark([made])
    assert compiling.on_disk()
    compiling.maker.cache_clear()
    if other == "_version":
        monkeypatch.setattr(compiling.numba, "__version__", "0.0")
    else:
        monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    assert not compiling.on_disk()
    monkeypatch.undo()
    compiling.maker.cache_clear()


def test_damaged_or_missing_code_counts_as_none(nowhere: Path) -> None:
    made = compiling.cached(twice)
    made(1)
    compiling.mark([made])
    directory = compiling.cache_directory()
    assert directory is not None
    code = next(directory.glob("*.nbc"))
    whole = code.read_bytes()
    code.write_bytes(whole[:100])
    assert not compiling.on_disk()
    again = compiling.cached(twice)
    assert again(21) == 42  # compiled anew
    code.unlink()
    assert not compiling.on_disk()
    next(directory.glob("*.json")).write_text("[")
    assert not compiling.on_disk()


FULL_DISK = """
import logging, sys
logging.basicConfig(level="WARNING", stream=sys.stdout, format="%(levelname)s %(message)s")
import resource
from playground.engine.fused import compiling
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # as a full disk: longer files cannot be written
def twice(x):
    return 2 * x
made = compiling.cached(twice)
print(made(21), compiling.mark([made]), compiling.on_disk())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process as on Unix")
def test_a_full_disk_leaves_the_code_in_memory_and_the_log_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "42 False False" in done.stdout
    assert "WARNING compiled code cannot be kept" in done.stdout
    assert "Traceback" not in done.stderr


def test_who_compiles_keeps_others_waiting(nowhere: Path) -> None:
    order = []

    def second() -> None:
        with compiling.only_one():
            order.append("second")

    with compiling.only_one():
        other = threading.Thread(target=second)
        other.start()
        time.sleep(0.2)
        order.append("first")
    other.join(10)
    assert order == ["first", "second"]


def test_a_failing_compiler_process_is_told_and_no_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setattr(compiling.sys, "executable", str(tmp_path / "none"))
    compiling.in_another_process()
    assert "compiling beside failed" in caplog.text


def test_the_mark_tells_whether_weights_can_be_drawn(nowhere: Path) -> None:
    made = compiling.cached(twice)
    made(1)
    compiling.mark([made], draws=False)
    note = compiling.noted()
    assert note is not None
    assert note["draws"] is False
