"""What the server writes to its log, where the process has no handlers of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from playground import logs

SPEAKS = """
import logging
from playground import logs
from playground.live import meters
logs.set_up()
ours = logging.getLogger("playground.live.doors")
ours.warning("a page was refused")
try:
    1 / 0
except ZeroDivisionError:
    ours.exception("a session failed")
"""


def log_of(kind):
    environment = {**os.environ, logs.VARIABLE: kind}
    done = subprocess.run([sys.executable, "-c", SPEAKS], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_warnings_and_errors_of_ours_are_written():
    log = log_of("")
    assert "WARNING playground.live.doors: a page was refused" in log
    assert log.count("Traceback (most recent call last)") == 1
    assert "ZeroDivisionError" in log


def test_or_as_one_object_a_line():
    refused, failed = map(json.loads, log_of("json").splitlines())
    assert (refused["level"], refused["message"]) == ("warning", "a page was refused")
    assert "ZeroDivisionError" in failed["exception"]


def test_another_format_is_refused(monkeypatch):
    monkeypatch.setenv(logs.VARIABLE, "xml")
    with pytest.raises(ValueError, match="PLAYGROUND_LOG: expected 'json' or 'text', got 'xml'"):
        logs.set_up()
