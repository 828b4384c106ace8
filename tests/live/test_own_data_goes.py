"""Nothing of a table is kept after the visit: in memory, on the disk or in the log."""

from __future__ import annotations

import gc
import logging
import os
import weakref
from pathlib import Path

import pytest
from app_visit import live_of, opened
from waiting import until

from playground.live import sessions
from playground.live.tables import tables

SECRET = "Zyxomma petiolatum"
ROWS = "".join(f"{i}.25,{i * 7 % 13},{(SECRET, 'other')[i % 2]}\n" for i in range(60))


def test_a_table_goes_with_the_visit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    caplog.set_level(logging.DEBUG)
    at = opened("data", v="1")
    at.session_state["below.code"] = at.session_state["below.predict"] = True
    at.get_by_key("csv").upload(f"{SECRET}.csv", f"a,b,kind\n{ROWS}".encode(), "text/csv")
    at.run()
    at.get_by_key("csv.use").click()
    at.run()
    assert not at.exception
    live = live_of(at)
    live.walk(epochs=2)
    live.settle()
    assert SECRET in at.code[0].value
    points, before = weakref.ref(live.experiment.points), len(tables)
    assert before
    sessions.server().close(live)
    at.session_state["live"] = None
    del live, at
    until(lambda: gc.collect() is not None and points() is None)
    until(lambda: len(tables) < before)
    assert SECRET not in caplog.text
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in path.read_bytes() for path in written)
    assert not any(SECRET in name for _, _, names in os.walk(tmp_path) for name in names)
