"""The image of ``deploy/Dockerfile``, as far as it can be tried without a container engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest
from conftest import ROOT, bring_compiled, free_port

TEXT = (ROOT / "deploy" / "Dockerfile").read_text()
STEPS = [line.split(" ", 1) for line in TEXT.splitlines() if line and not line.startswith("#")]
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text()


def command(text, port):
    """A command of the image, for this Python and another port."""
    words = json.loads(text)
    assert words[0] == "python"
    return [sys.executable, *(word.replace("8501", str(port)) for word in words[1:])]


def healthy(folder, port):
    asked = next(rest for word, rest in STEPS if word == "HEALTHCHECK").split("CMD ", 1)[1]
    return subprocess.run(command(asked, port), cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.usefixtures("kernel")
def test_what_is_copied_is_enough_to_serve_and_the_health_check_tells(tmp_path):
    for word, rest in STEPS:
        if word == "COPY":
            source, target = rest.split()
            if (ROOT / source).is_dir():
                shutil.copytree(
                    ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(ROOT / source, tmp_path / target)
    bring_compiled(tmp_path / "playground")  # as the image's own step does
    port = free_port()
    assert not healthy(tmp_path, port)
    start = command(next(rest for word, rest in STEPS if word == "CMD"), port)
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(start, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 90
        while not healthy(tmp_path, port):
            assert server.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.5)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert page.status == 200
    finally:
        server.terminate()
        server.wait(30)


def test_the_image_holds_the_pinned_torch_and_runs_as_nobody_special():
    torch = re.search(r"^torch==\S+$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert torch is not None
    assert f"pip install {torch[0]} --index-url https://download.pytorch.org/whl/cpu" in TEXT
    words = [word for word, _ in STEPS]
    assert words.index("USER") > max(i for i, word in enumerate(words) if word in ("RUN", "COPY"))
    step = next(rest for word, rest in STEPS if word == "RUN" and "warm_up" in rest)
    code = re.fullmatch(r'python -c "(.*)"', step)
    assert code is not None
    subprocess.run([sys.executable, "-c", code[1]], cwd=ROOT, check=True)


def test_compose_names_files_that_are_there():
    for name in re.findall(r'"\./([^:"]+):', COMPOSE) + re.findall(r"dockerfile: deploy/(\S+)", COMPOSE):
        assert (ROOT / "deploy" / name).is_file()
    assert "reverse_proxy 127.0.0.1:8501" in (ROOT / "deploy" / "Caddyfile").read_text()
