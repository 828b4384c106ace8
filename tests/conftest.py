"""What all tests share: a running app, a browser, and the rules for skipping."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# One core each: the networks are tiny, and several test processes share the machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
REQUIRE_BROWSER = bool(os.environ.get("PLAYGROUND_REQUIRE_BROWSER"))


def chromium() -> str | None:
    """The browser's executable, None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def of_its_file(item: pytest.Item) -> bool:
    """Whether the test uses a fixture that its file makes once for all of its tests."""
    found = getattr(item, "_fixtureinfo", None)
    definitions = found.name2fixturedefs.values() if found else ()
    return any(one.scope == "module" and one.baseid for several in definitions for one in several)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, with the reason; the browser may be required.

    What shares a fixture of its file runs in one process (``--dist loadgroup``), or each would make it anew.
    """
    import torch

    no_browser = pytest.mark.skip(reason="no Chromium on this machine")
    no_gpu = pytest.mark.skip(reason="no CUDA GPU on this machine")
    for item in items:
        if of_its_file(item):
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(ROOT))))
        if "browser" in item.keywords and chromium() is None and not REQUIRE_BROWSER:
            item.add_marker(no_browser)
        if "cuda" in item.keywords and not torch.cuda.is_available():
            item.add_marker(no_gpu)


@pytest.fixture(scope="session")
def kernel() -> None:
    """The compiled engine is ready: one test process compiles it, others wait for it and load it from the disk."""
    import fcntl

    from playground.engine.fused import warm_up

    with (Path(tempfile.gettempdir()) / f"playground-kernel-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        warm_up()


def bring_compiled(package: Path) -> None:
    """Put the compiled engine beside a copy of the package; a server would have another process compile it there, which
    goes on after the test."""
    from playground.engine.fused import compiling

    found = compiling.cache_directory()
    assert found is not None
    target = package / "engine" / "fused" / "__pycache__"
    target.mkdir(exist_ok=True)
    for path in (*found.glob("*.nb[ci]"), *found.glob("compiled-*.json")):
        shutil.copy(path, target)


@pytest.fixture(params=["reference", "fused"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine in turn, ready to train."""
    if request.param == "fused":
        request.getfixturevalue("kernel")
    return request.param


@pytest.fixture
def auto(engine: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Experiments that leave the engine open get each engine in turn, as before and after it is compiled."""
    if engine == "reference":
        monkeypatch.setattr("playground.engine.choose.fused_module", lambda: None)
    return engine


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_health(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60.0) -> None:
    """Until a server answers. Raises RuntimeError with its output if it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url + "/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    raise RuntimeError("the app did not start:\n" + log.read_text("utf-8", "replace"))


class App:
    """A running ``streamlit run app.py``.

    Args:
        environment: variables besides the test's own.
        base: the path under which it serves its pages, where that is not the root.
    """

    def __init__(self, log: Path, environment: dict[str, str] | None = None, base: str = "") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{base}"
        self.log = log
        self.environment = {**os.environ, **(environment or {})}
        self.start()

    def start(self) -> None:
        """Start the server, at first or after it was ended."""
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
        command += ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )

    def wait(self, seconds: float = 60.0) -> None:
        """Until the server answers. Raises RuntimeError with its output if it does not."""
        wait_for_health(self.url, self.process, self.log, seconds)

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, kernel: None) -> Iterator[App]:
    """The app, started once for all tests of the process. It finds the compiled engine on the disk: what it compiles
    itself is of the lowest priority, and would wait for the tests."""
    running = App(tmp_path_factory.mktemp("app") / "log")
    running.wait()
    yield running
    running.stop()


@contextmanager
def headless() -> Iterator[Any]:
    """A headless Chromium. Raises RuntimeError where there is none."""
    from playwright.sync_api import sync_playwright

    executable = chromium()
    if executable is None:
        raise RuntimeError("a browser is needed, but there is no Chromium on this machine")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        arguments += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a camera
        launched = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The browser of all tests of the process."""
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)  # a shared machine may take that long for what is otherwise instant
    with headless() as launched:
        yield launched
