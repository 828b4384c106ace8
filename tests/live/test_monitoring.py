"""What a monitor sees of a running server, and how the server goes down."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import urllib.error
import urllib.request

import pytest
from conftest import App
from live_client import Client
from prometheus_client.parser import text_string_to_metric_families
from visitor import Visitor
from waiting import alone, until

from playground.live import meters
from playground.logs import Lines


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def figures(url):
    """Every figure by its name."""
    families = text_string_to_metric_families(get(url + "/metrics")[1])
    return {sample.name: sample.value for family in families for sample in family.samples}


async def reached(condition):
    """Wait until ``condition()`` holds, beside this loop."""
    await asyncio.to_thread(until, condition)


def test_figures_follow_what_is_played(app):
    async def play():
        async with Visitor(app.url) as visitor, Client(app.url, visitor.token) as client:
            await client.send("play")
            await client.until(lambda seen: seen.frames > 20, 60)
            seen = await asyncio.to_thread(figures, app.url)
            assert seen["playground_sessions"] >= 1
            assert seen["playground_playing"] >= 1
            assert seen["playground_viewers"] >= 1
            assert seen["playground_frames_total"] >= 20
            assert seen["playground_epochs_per_second"] > 0
            assert seen["playground_lag_seconds"] >= 0
            assert seen["playground_errors_total"] == 0
            assert sys.platform != "linux" or seen["process_resident_memory_bytes"] > 1e7

    alone(play())


def test_errors_are_counted():
    before = meters.ERRORS._value.get()
    logging.getLogger("playground.live.base").error("something of ours broke")
    assert meters.ERRORS._value.get() == before + 1


def test_a_line_of_the_log_is_an_object():
    try:
        raise ValueError("η")
    except ValueError:
        record = logging.LogRecord(
            "playground.x", logging.ERROR, "", 0, "no %s", ("way\nout",), sys.exc_info()
        )
    line = Lines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "playground.x", "no way\nout")
    assert "ValueError: η" in told["exception"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM to handle on Windows")
def test_a_server_that_is_to_end_says_so_goes_on_for_a_while_and_ends(tmp_path):
    running = App(tmp_path / "log", {"PLAYGROUND_DRAIN_SECONDS": "4", "PLAYGROUND_LOG": "json"})

    async def play_on():
        await reached(lambda: get(running.url + "/live-ready")[0] == 200)
        query = "v=1&optimizer=lbfgs&hidden=64,64,64,64&n_samples=2000"
        async with Visitor(running.url, query) as visitor, Client(running.url, visitor.token) as client:
            assert (await client.send("step", count=10_000))["type"] == "done"
            running.process.send_signal(signal.SIGTERM)
            await reached(lambda: get(running.url + "/live-ready")[0] == 503)
            before = client.header.get("step", 0)
            await client.until(lambda seen: seen.header.get("step", 0) > before, 60)
            assert client.header["status"] == "playing"
            await asyncio.to_thread(running.process.wait, 60)

    try:
        running.wait()
        alone(play_on())
        lines = [line for line in running.log.read_text().splitlines() if "asked to end" in line]
        assert json.loads(lines[0])["level"] == "warning"
    finally:
        running.stop()
