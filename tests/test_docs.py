"""The README is true: its table is the registries', its examples run, its variables exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from playground.live.limits import PREFIX, Limits
from tools import readme

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_table_is_made_from_the_registries():
    assert readme.updated(README) == README, "run: python -m tools.readme"


def test_the_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ},
        )
        assert done.returncode == 0, done.stderr
        for comment in re.findall(r"print\(error\)  # (.*)", block):
            assert comment in done.stdout


def test_the_variables_are_the_limits():
    told = dict(re.findall(rf"\| `{PREFIX}(\w+)` \| (\S*) ?\|", README))
    assert told == {f.name.upper(): f"{f.default:g}" if f.default != "" else "" for f in fields(Limits)} | {
        "MAX_PARAMETERS": str(Limits.max_parameters),
        "MESSAGE_BYTES": str(Limits.message_bytes),
    }


def test_files_that_are_named_exist():
    for name in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / name).exists(), name
    for row in re.findall(r"^\| (`[^|]+) \|", README.split("## What is where")[1], re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", row):
            place = name if "/" in name or name == "app.py" else f"playground/{name}"
            assert (ROOT / place).exists(), name
