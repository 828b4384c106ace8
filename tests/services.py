"""Servers that a search can use, started on this machine for a test: PostgreSQL, and a Dask cluster of two workers."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, free_port
from waiting import until

REQUIRED = bool(os.environ.get("PLAYGROUND_REQUIRE_BROWSER"))
"""Whether a missing program fails the test, as where everything is checked."""


def _postgres(name: str) -> str:
    """A program of PostgreSQL; skips the test, with the reason, where it is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    if found is None and not REQUIRED:
        pytest.skip("no PostgreSQL on this machine")
    assert found is not None, "no PostgreSQL on this machine"
    return found


@contextmanager
def postgresql() -> Iterator[str]:
    """A server of its own with an empty database, reached by a socket in its folder. Yields its address."""
    initdb, server, ready = map(_postgres, ("initdb", "postgres", "pg_isready"))
    folder = Path(tempfile.mkdtemp(prefix="playground-postgresql-"))
    account: dict[str, str | int] = {}
    if os.getuid() == 0:  # the server does not run as root
        who = pwd.getpwnam("postgres")
        account = {"user": who.pw_uid, "group": who.pw_gid}
        os.chown(folder, who.pw_uid, who.pw_gid)
    data = str(folder / "data")
    command = [initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **account)
    settings = [f"unix_socket_directories={folder}", "listen_addresses=", "fsync=off"]
    options = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([server, "-D", data, *options], stderr=log, cwd=folder, **account)
    try:
        until(lambda: subprocess.run([ready, "-q", "-h", str(folder)], check=False).returncode == 0)
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        running.terminate()
        running.wait(30)
        shutil.rmtree(folder)


class Dask:
    """A scheduler and two workers of one thread each, processes of their own.

    Attributes:
        address: of the scheduler. workers: their processes.
    """

    def __init__(self, folder: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._folder = folder
        self.scheduler = self._start("scheduler", "--host", self.address, "--no-dashboard")
        options = (self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers = [
            self._start("worker", *options, "--local-directory", str(folder / str(number)))
            for number in range(2)
        ]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *words], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def stop(self) -> None:
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            process.kill()
        for process in (*self.workers, self.scheduler):
            process.wait()
