"""The browser's modules joined into one. Those that run it are skipped without Node."""

import shutil
import subprocess

import pytest

from playground.stage import assets
from playground.stage.linking import linked, ordered

NODE = shutil.which("node")
SOURCES = {
    "a/one.js": """import { two as deux, add } from "../b/two.js";
import {
  three,
} from "./three.js";
export const one = deux - 1;
export function sum() {
  return add(one, deux, three);
}
""",
    "b/two.js": """const hidden = 2;
export const two = hidden;
export const add = (...all) => all.reduce((a, b) => a + b);
""",
    "a/three.js": "const hidden = 3;\nexport const three = hidden;\nexport async function more() {}\n",
}


def run(script: str) -> str:
    done = subprocess.run(
        [NODE, "--input-type=module"], input=script, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(NODE is None, reason="needs Node")
def test_joined_modules_do_what_they_do_apart():
    module = linked(SOURCES, {"total": ("a/one.js", "sum")})
    assert run(f"{module}\nconsole.log(total());") == "6"


@pytest.mark.skipif(NODE is None, reason="needs Node")
def test_the_stages_modules_are_joined():
    module = assets.read(assets.MODULE).body.decode()
    names = ", ".join(assets.ENTRIES)
    assert run(f"{module}\nconsole.log([{names}].map((each) => typeof each).join());") == ",".join(
        ["function"] * len(assets.ENTRIES)
    )


def test_every_module_of_the_stage_is_used():
    sources = {path: body.decode() for path, body in assets._files().items() if path.endswith(".js")}
    used = ordered(sources, [path for path, _ in assets.ENTRIES.values()])
    assert sorted(used) == sorted(sources)


def test_a_module_comes_after_those_that_it_imports():
    assert ordered(SOURCES, ["a/one.js"]) == ["b/two.js", "a/three.js", "a/one.js"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('import "./three.js";\n', "a form that is not joined"),
        ("export default 1;\n", "a form that is not joined"),
        ("export let changing = 1;\n", "a form that is not joined"),
        ("const here = import.meta.url;\n", "a form that is not joined"),
        ('import { four } from "./three.js";\n', "does not export four"),
        ('import { x } from "./nowhere.js";\n', "is not there"),
        ('import { self } from "./other.js";\nexport const self = 1;\n', "imports it back"),
    ],
)
def test_what_cannot_be_joined_is_refused(source, said):
    with pytest.raises(ValueError, match=said):
        linked({**SOURCES, "a/other.js": source}, {"other": ("a/other.js", "x")})


def test_vegas_script_is_kept_for_the_next_start(tmp_path, monkeypatch):
    from playground.stage import vega

    place = tmp_path / "kept" / "vega.js"
    monkeypatch.setattr(vega, "places", lambda: [place])
    monkeypatch.setattr(vega, "MAKE", "print('made', end='')")
    assert vega.script() == b"made"
    assert place.read_bytes() == b"made"
    monkeypatch.setattr(vega, "MAKE", "raise SystemExit(1)")
    assert vega.script() == b"made"
