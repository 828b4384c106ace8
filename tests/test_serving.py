"""The server answers before everything is loaded, and whoever comes early waits for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conftest import ROOT

from playground.engine.choose import cuda_available
from playground.engine.fused import initial, warm_up

HEAVY = ("torch", "numpy", "pandas", "altair", "numba", "playground.live.session", "playground.experiment")


def told(code: str) -> list[str]:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.splitlines()


def test_the_server_starts_without_what_takes_long() -> None:
    code = (
        "import json, runpy, sys\n"
        "assert 'app' in runpy.run_path('app.py')\n"
        "from playground.serving import TANGLED\n"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))\n"
        "print(set(TANGLED) <= set(sys.modules))"
    )
    heavy, untangled = told(code)[-2:]
    assert json.loads(heavy) == []
    assert untangled == "True"


@pytest.mark.parametrize("page", ["playground", "race"])
def test_a_first_page_is_drawn_without_what_takes_long(page: str) -> None:
    """The charts, tables and PyTorch come when somebody asks for them."""
    warm_up()
    if cuda_available() or not initial._compiled:
        pytest.skip("weights are drawn by PyTorch here")
    slow = ("torch", "altair", "pandas", "pyarrow", "sklearn")
    code = (
        "import json, sys\n"
        "import playground.registry\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"page = AppTest.from_file({str(ROOT / 'pages' / page)!r} + '.py', default_timeout=60).run()\n"
        "assert not page.exception\n"
        f"print(json.dumps([name for name in {slow} if name in sys.modules]))"
    )
    assert json.loads(told(code)[-1]) == []


def test_the_first_run_plays_without_waiting_for_what_takes_long() -> None:
    warm_up()
    if cuda_available() or not initial._compiled:
        pytest.skip("weights are drawn by PyTorch here")
    code = (
        "import sys, time\n"
        "from playground.engine.fused import warm_up\n"
        "from playground.experiment import Experiment\n"
        "from playground.live.session import LiveSession\n"
        "from playground.live.viewer import Viewer\n"
        "warm_up()\n"
        "session = LiveSession(Experiment())\n"
        "viewer = Viewer(lambda: None)\n"
        "viewer.paints = True\n"
        "session.join(viewer)\n"
        "session.play()\n"
        "session.advance(0.05)\n"
        "assert session.trainer.step\n"
        "print('torch' in sys.modules)"
    )
    assert told(code)[-1] == "False"


def test_a_visitor_who_comes_while_all_is_loading_is_answered() -> None:
    code = (
        "import sys, threading\n"
        "from starlette.applications import Starlette\n"
        "from starlette.testclient import TestClient\n"
        "from playground import serving\n"
        "serving.SETTLE_SECONDS = serving.QUIET_SECONDS = 0.0\n"
        "app = Starlette(routes=serving.ROUTES, lifespan=serving.lifespan)\n"
        "with TestClient(app) as client:\n"
        "    print(client.get('/live-health').json()['sessions'])\n"
        "    print(client.get('/stage/none/none.js').status_code)\n"
        "    for thread in threading.enumerate():\n"
        "        if thread.name == 'warm-up':\n"
        "            thread.join()\n"
        "    print('torch' in sys.modules, client.get('/live-health').status_code)\n"
    )
    assert told(code) == ["0", "404", "True 200"]


def test_a_server_that_stops_before_it_has_loaded_stops() -> None:
    code = (
        "import sys\n"
        "from starlette.applications import Starlette\n"
        "from starlette.testclient import TestClient\n"
        "from playground import serving\n"
        "with TestClient(Starlette(routes=serving.ROUTES, lifespan=serving.lifespan)):\n"
        "    pass\n"
        "print('playground.live.sessions' in sys.modules)"
    )
    assert told(code) == ["False"]
