"""``pip install .``: what the wheel carries, and that it works elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, bring_compiled, free_port, wait_for_health

CLEAN = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def tracked(*where: str) -> set[str]:
    """Files of the repository below these folders, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in done.stdout.splitlines() if (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel; what pip needs for it is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in tracked():
        if name.split("/")[0] not in ("tests", "docs", "benchmarks"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-w", str(folder), str(source)], check=True, capture_output=True, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, kernel: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel installed into a folder of its own; what it depends on is that of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--target",
        str(folder),
        str(wheel),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    bring_compiled(folder / "playground")
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_of_the_app(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    app = {f"playground/app/{name}" for name in tracked("app.py", "pages", ".streamlit/config.toml")}
    assert names == tracked("playground") | app


def test_the_wheel_asks_for_what_the_requirements_name(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        asked = re.findall(r"^Requires-Dist: (.+)$", archive.read(name).decode(), re.MULTILINE)
    plain = {one.replace(" ", "") for one in asked if "extra" not in one}
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert {re.split("[=<>]", one)[0] for one in plain} == {
        re.split("[=<>]", line)[0] for line in lines if line and not line.startswith("#")
    }
    assert any(one.startswith("pytest") and 'extra == "test"' in one for one in asked)


def test_an_installed_package_trains_from_anywhere(installed: Path, tmp_path: Path) -> None:
    code = (
        "import playground\n"
        "from playground import Experiment, race, train\n"
        "from playground.presets import PRESETS\n"
        "from playground.text import LANGUAGES, text\n"
        "assert len(train(Experiment(engine='reference'), epochs=2)) == 3\n"
        "assert all(text('ui.navigation.race', code) for code in LANGUAGES)\n"
        "print(playground.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**CLEAN, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(installed / "playground" / "__init__.py")


def test_the_installed_app_starts(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "playground", "--server.port", str(port), "--server.address", "127.0.0.1"],
            cwd=tmp_path,
            env={**CLEAN, "PYTHONPATH": str(installed)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for_health(url, process, log)
        with urllib.request.urlopen(url + "/live-health", timeout=60) as answer:  # a route of ours
            assert answer.status == 200
        with urllib.request.urlopen(url + "/", timeout=60) as answer:
            assert answer.status == 200
    finally:
        process.terminate()
        process.wait(30)
