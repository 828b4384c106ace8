"""The race's modules under Node, and its frames against the server's. Skipped without Node."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from playground.live.viewer import Viewer
from playground.races import Lane, Race
from playground.races.session import RaceSession

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "playground" / "stage" / "static"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node")


def test_a_race_frame_of_the_server_is_read():
    live = RaceSession(Race(lanes=(Lane(activation="relu"), Lane(activation="tanh")), seeds=2))
    viewer = Viewer(lambda: None)
    live.walk(steps=3)
    live.settle()
    live.join(viewer)
    live.settle()
    live.refresh(viewer)
    (message, *_) = [m for m in reversed(viewer.take()) if isinstance(m, bytes)]
    script = f"""
        const {{ decodeRaceFrame }} = await import({json.dumps((STATIC / "lanes/decode.js").as_uri())});
        const text = (await import("node:fs")).readFileSync(0, "utf8");
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        console.log(JSON.stringify(decodeRaceFrame(bytes.buffer).map(({{ lane, header, arrays }}) => (
          {{ lane, step: header.step, seeds: header.seeds, shapes: Object.fromEntries(
             Object.entries(arrays).map(([name, a]) => [name, a.shape])) }}))));
    """
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script],
        input=base64.b64encode(message).decode(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lanes = json.loads(done.stdout)
    assert [(lane["lane"], lane["step"], lane["seeds"]) for lane in lanes] == [(0, 3, 2), (1, 3, 2)]
    for lane in lanes:
        assert lane["shapes"]["disagreement"] == lane["shapes"]["map"]
