"""Many visitors at once against the running app: all are served, none disturbs another, nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import urllib.request

import pytest
from live_client import Client
from visitor import Visitor
from waiting import alone, until

pytestmark = pytest.mark.soak
VISITORS = 16


def load(app) -> dict[str, int]:
    with urllib.request.urlopen(app.url + "/live-health", timeout=10) as answer:
        return json.load(answer)


async def play_together(url: str) -> None:
    visitors = [Visitor(url, "v=1") for _ in range(VISITORS)]
    for visitor in visitors:
        await visitor.__aenter__()
    assert len({visitor.token for visitor in visitors}) == VISITORS
    clients = [Client(url, visitor.token) for visitor in visitors]
    for client in clients:
        await client.__aenter__()
    for client in clients:
        assert (await client.send("play"))["type"] == "done"
    # While they play: one sends garbage, one leaves without a word, one resets, one is hidden.
    await clients[0].socket.send("\x00 not json")
    await clients[1].socket.close()
    assert (await clients[2].send("reset", weights="same"))["type"] == "done"
    await clients[3].socket.send('{"cmd":"visible","on":false}')
    rest = clients[4:]
    first = [client.frames for client in rest]
    await asyncio.gather(*(client.until(lambda c: c.header.get("epoch", 0) >= 20, 60) for client in rest))
    assert all(client.frames > before for client, before in zip(rest, first, strict=True))
    assert clients[2].header["epoch"] == 0
    # The same experiment and seed gives everybody the same numbers, whoever else is training.
    for client in rest:
        await client.send("reset", weights="same")
        await client.send("epoch", count=3)
    await asyncio.gather(*(client.until(lambda c: c.header["epoch"] == 3) for client in rest))
    assert len({client.header["loss_train"] for client in rest}) == 1
    for client in clients:
        await client.__aexit__()
    for visitor in visitors:
        await visitor.__aexit__()


def test_a_class_plays_at_once(app):
    alone(play_together(app.url))
    until(lambda: load(app)["playing"] == 0)
