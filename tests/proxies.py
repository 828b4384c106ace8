"""The proxies of ``deploy/`` on loopback, in front of a running app."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, free_port

DEPLOY = ROOT / "deploy"
APP = "127.0.0.1:8501"
"""Where the files of ``deploy/`` expect the app."""
FILES = {
    "nginx": ("nginx.conf", "nginx-subpath.conf"),
    "caddy": ("Caddyfile", "Caddyfile-subpath"),
    "haproxy": ("haproxy.cfg", "haproxy-subpath.cfg"),
}
"""The program, its file for the root of a host, and its file for a sub-path."""
PREFIX = "/nn"
"""The sub-path of the files."""

NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {site};
}}
"""


def program(name: str) -> str:
    """The executable; skips the test, with the reason, where there is none."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"no {name} on this machine")
    return found


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """``text`` with other ports; each is there, or the file is not what the test believes."""
    for old, new in pairs:
        assert old in text, f"{old!r} is not in the file"
        text = text.replace(old, new)
    return text


@contextmanager
def proxy(name: str, text: str, folder: Path, app: int) -> Iterator[str]:
    """A proxy on a free port, in front of the app on port ``app``. Yields the address of its root.

    Args:
        name: a key of ``FILES``.
        text: its file as in ``deploy/``.
    """
    executable, port = program(name), free_port()
    site = folder / "site"
    listens = {"nginx": ("listen 80;", f"listen 127.0.0.1:{port};"), "caddy": (":80 {", f":{port} {{")}
    site.write_text(
        replaced(text, (APP, f"127.0.0.1:{app}"), listens.get(name, ("bind :80", f"bind 127.0.0.1:{port}")))
    )
    if name == "caddy":
        site.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + site.read_text())
        command = [executable, "run", "--adapter", "caddyfile", "--config", str(site)]
    elif name == "haproxy":
        command = [executable, "-db", "-f", str(site)]
    else:
        user = "user root;" if os.getuid() == 0 else ""  # its workers read and write the test's folder
        (folder / "main").write_text(user + NGINX.format(folder=folder, site=site))
        command = [executable, "-e", str(folder / "log"), "-p", str(folder), "-c", str(folder / "main")]
    with (folder / "output").open("wb") as output:
        environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        wait(port, process, folder)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until somebody listens. Fails the test with what the proxy said if nobody does."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    logs = [path.read_text("utf-8", "replace") for path in folder.iterdir() if path.name in ("output", "log")]
    pytest.fail("the proxy did not start:\n" + "\n".join(logs))
