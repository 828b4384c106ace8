"""Every benchmark fits the product as it is: it begins, and knows what there is to be measured."""

from __future__ import annotations

import json
import runpy
import sys

import pytest
from conftest import ROOT

from playground.engine import flock
from playground.engine.choose import cuda_available

BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_it_begins(path, monkeypatch):
    monkeypatch.syspath_prepend(str(path.parent))
    runpy.run_path(str(path), run_name="looked at")


def on_gpu(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(flock, "BATCHED", flock.BATCHED)  # the benchmark adds the CPU
    monkeypatch.setattr(sys, "argv", ["gpu.py", *arguments])
    runpy.run_path(str(ROOT / "benchmarks" / "gpu.py"), run_name="__main__")


@pytest.mark.usefixtures("kernel")
def test_what_runs_on_a_gpu_runs_on_the_cpu(monkeypatch, capsys):
    on_gpu(monkeypatch, "--device", "cpu", "--seconds", "0.05", "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["gpu"] is None
    assert {(row["engine"], row["network"] == "pictures") for row in found["rows"]} == {
        ("fused", False),
        ("reference", False),
        ("pytorch", True),
    }
    assert all(row["steps_per_second"] > 0 and row["device"] == "cpu" for row in found["rows"])


@pytest.mark.skipif(cuda_available(), reason="there is a GPU")
def test_it_says_plainly_that_there_is_no_gpu(monkeypatch, capsys):
    with pytest.raises(SystemExit, match="no CUDA GPU on this machine"):
        on_gpu(monkeypatch, "--json")
    assert json.loads(capsys.readouterr().out) == {"gpu": None, "tests": None, "rows": []}
