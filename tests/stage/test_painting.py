"""What the page paints from the weights, against the network in PyTorch and the server's own maps, under Node."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess

import numpy as np
import pytest
from painted import CASES, NEAR, SIZE, Painted, script

from playground.live import picture
from playground.techniques import NORMALIZATIONS

NODE = shutil.which("node")
READ = """
import { readFileSync } from "node:fs";
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(paint)));
"""

needs_node = pytest.mark.skipif(NODE is None, reason="needs Node")


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Painted]:
    """All cases, painted by one process of Node."""
    path = tmp_path_factory.mktemp("node") / "paint.mjs"
    path.write_text(script() + READ, "utf-8")
    cases = {name: Painted(experiment) for name, experiment in CASES.items()}
    done = subprocess.run(
        [str(NODE), str(path)],
        input=json.dumps([case.given() for case in cases.values()]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for case, answer in zip(cases.values(), json.loads(done.stdout), strict=True):
        case.answer = answer
    return cases


@needs_node
@pytest.mark.parametrize("name", CASES)
def test_a_page_computes_what_the_network_does(painted: dict[str, Painted], name: str) -> None:
    case = painted[name]
    block = 256
    grid = picture.grid_of(case.live.trainer.data, SIZE)
    expected = case.outputs(grid.F[:block])
    assert len(case.answer["values"]) == len(expected)
    for told, values in zip(case.answer["values"], expected, strict=True):
        found = np.frombuffer(base64.b64decode(told), np.float32).reshape(-1, block).T
        most = max(1.0, float(np.abs(values).max()))
        np.testing.assert_allclose(found, values, rtol=0.0, atol=NEAR * most)


@needs_node
@pytest.mark.parametrize("name", CASES)
def test_a_page_paints_what_the_server_does(painted: dict[str, Painted], name: str) -> None:
    painted[name].check_maps()


@pytest.mark.parametrize("name", CASES)
def test_who_paints_is_sent_no_maps(name: str) -> None:
    case = Painted(CASES[name])
    assert case.scene["painting"]
    assert {"map", "confidence", "units", "wrong"}.isdisjoint(case.arrays)
    assert {"parameters", "inputs"} <= set(case.arrays)
    assert ("buffers" in case.arrays) == NORMALIZATIONS[CASES[name].normalization.name].running
