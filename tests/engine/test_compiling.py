"""Where the compiled code is kept."""

from pathlib import Path

import pytest

from playground.engine.fused import compiling, kernel

assert kernel.compute  # made, with its place on the disk, before a test moves the package


def twice(x: int) -> int:
    return 2 * x


def test_an_install_that_cannot_be_written_loads_its_code_from_the_users_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "package"
    package.write_text("")  # nothing can be made inside a file, not by root either
    monkeypatch.setattr(compiling, "PACKAGE", package)
    monkeypatch.setattr(compiling.config, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert not compiling.on_disk()
    first = compiling.cached(twice)
    assert first(21) == 42
    assert sum(first.stats.cache_misses.values()) == 1
    compiling.mark()
    assert compiling.on_disk()
    again = compiling.cached(twice)  # as another process would
    assert again(21) == 42
    assert sum(again.stats.cache_hits.values()) == 1
    assert not again.stats.cache_misses
    kept = {path.suffix for path in (tmp_path / "user" / "training-playground").rglob("*") if path.is_file()}
    assert {".nbi", ".nbc"} <= kept
    assert package.read_text() == ""


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
