"""Every benchmark fits the product as it is: it begins, and knows what there is to be measured."""

from __future__ import annotations

import runpy

import pytest
from conftest import ROOT

BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_it_begins(path, monkeypatch):
    monkeypatch.syspath_prepend(str(path.parent))
    runpy.run_path(str(path), run_name="looked at")
