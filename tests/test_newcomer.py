"""The guide is true: what CONTRIBUTING.md adds is written into a copy of the repository and found everywhere there.

The five examples are taken from the page itself, block by block, so that whoever follows it does what this test does.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT
from newcomers_found import ADDED, SECTION
from test_install import tracked

BLOCK = re.compile(r"^```(diff|python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|toml))`")
NAMES = [*ADDED.values(), SECTION.partition("/")[2]]
WALKING = [
    "newcomers_found.py",
    "test_text.py",
    "same_order",
    "take_every_parameter",
    "made_from",
    "fields_of_an",
]
"""Contract tests that walk all entries at once."""
CONTRACTS = [
    "tests/newcomers_found.py",
    "tests/techniques",
    "tests/data/test_datasets.py",
    "tests/engine/test_fused_rules.py",
    "tests/engine/test_fused_engine.py",
    "tests/chapters/test_sections.py",
    "tests/chapters/optimization/test_largest_rate.py",
    "tests/pages/test_sections_page.py",
    "tests/test_text.py",
    "tests/test_export.py",
    "tests/test_lecture.py",
    "tests/test_docs.py",
]


class Block(NamedTuple):
    """A block of the guide: the file that the paragraph before it names last, its kind, and its lines."""

    path: str
    kind: str
    code: str


def blocks() -> list[Block]:
    """What the guide says to write, in its order."""
    guide = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    found = []
    for match in BLOCK.finditer(guide):
        paragraph = guide[: match.start()].rstrip().rpartition("\n\n")[2]
        paths = PATH.findall(paragraph)
        assert paths, f"no file is named before: {match[2][:80]}"
        found.append(Block(paths[-1], match[1], match[2]))
    return found


def write(block: Block, root: Path) -> None:
    """Do to a file what a block says: replace lines, append, or make a new file."""
    path = root / block.path
    text = path.read_text("utf-8") if path.exists() else ""
    if block.kind == "diff":
        lines = block.code.splitlines(keepends=True)
        before = "".join(line[1:] or "\n" for line in lines if line[0] != "+")
        after = "".join(line[1:] or "\n" for line in lines if line[0] != "-")
        assert text.count(before) == 1, f"{block.path}: {before}"
        text = text.replace(before, after)
    elif text:
        gap = "\n\n" if block.code.startswith(("def ", "@")) else "\n"
        text += gap + block.code
    else:
        text = block.code
    path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with everything that the guide adds."""
    root = tmp_path_factory.mktemp("newcomer")
    for name in tracked():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    for block in blocks():
        write(block, root)
    return root


def run(copy: Path, *arguments: str) -> None:
    """Run Python in the copy, in a process of its own; it has a place of its own for compiled code too."""
    cache = {"NUMBA_CACHE_DIR": str(copy / "compiled"), "PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env={**os.environ, **cache}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]


def test_the_guide_adds_all_that_it_says() -> None:
    written = {block.path for block in blocks()}
    for folder in ("techniques", "engine/fused", "data", "chapters/optimization", "text/en", "text/ko"):
        assert any(path.startswith(f"playground/{folder}/") for path in written), folder
    for name in NAMES:
        assert any(name in block.code or name in block.path for block in blocks()), name


def test_what_the_guide_adds_is_clean(copy: Path) -> None:
    changed = sorted({block.path for block in blocks() if block.path.endswith(".py")})
    run(copy, "-m", "ruff", "check", "--no-cache", *changed)
    run(copy, "-m", "ruff", "format", "--no-cache", "--check", *changed)


def test_what_the_guide_adds_is_found_everywhere_and_keeps_the_contracts(copy: Path) -> None:
    run(copy, "-m", "tools.readme")
    run(copy, "-m", "tools.lecture")
    run(
        copy,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-k",
        " or ".join([*NAMES, *WALKING]),
        *CONTRACTS,
    )
