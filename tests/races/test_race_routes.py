"""The race's socket: the same door as a session's, and no other token fits."""

from __future__ import annotations

import json

import pytest
from race_watch import SMALL, parts, small_race
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from playground import Experiment
from playground.live import sessions
from playground.live.limits import Limits
from playground.live.routes import FOREIGN, POLICY, TOO_BIG, UNKNOWN
from playground.races.session import open_race
from playground.serving import ROUTES

pytestmark = pytest.mark.usefixtures("auto")


@pytest.fixture
def server(monkeypatch):
    made = sessions.Server(Limits(max_sessions=2, commands_per_second=20, max_parameters=300))
    monkeypatch.setattr(sessions, "_server", made)
    yield made
    made.scheduler.stop()


@pytest.fixture
def client():
    return TestClient(Starlette(routes=ROUTES))


def receive(socket, wanted):
    """The next message of a type (``"frame"`` for the next binary one)."""
    while True:
        message = socket.receive()
        if message.get("bytes"):
            if wanted == "frame":
                return parts(message["bytes"])
        elif message.get("text"):
            told = json.loads(message["text"])
            if told["type"] == wanted:
                return told


def closed(socket):
    try:
        while (message := socket.receive())["type"] != "websocket.close":
            pass
    except WebSocketDisconnect as gone:
        return gone.code
    return message["code"]


def test_a_race_is_played_over_its_socket(client, server):
    live = open_race(small_race(seeds=2))
    with client.websocket_connect(f"/race/{live.token}", headers={"origin": "http://testserver"}) as socket:
        socket.send_json({"cmd": "hello", "id": 1})
        assert receive(socket, "race")["seeds"] == 2
        frame = receive(socket, "frame")
        socket.send_json({"cmd": "ack", "frame": frame[0][0]["frame"]})
        socket.send_json({"cmd": "play", "id": 2})
        while frame[0][0]["epoch"] < 3:
            frame = receive(socket, "frame")
            assert len({header["step"] for header, _ in frame}) == 1
            socket.send_json({"cmd": "ack", "frame": frame[0][0]["frame"]})
        socket.send_json({"cmd": "points", "id": 3})
        assert receive(socket, "error")["id"] == 3
    assert live.viewers == ()


def test_tokens_fit_their_own_route_only(client, server):
    live, race = server.open(Experiment(**SMALL)), open_race(small_race())
    for address in (f"/race/{live.token}", f"/live/{race.token}", "/race/nothing"):
        with client.websocket_connect(address) as socket:
            assert closed(socket) == UNKNOWN


def test_foreign_pages_big_messages_and_floods_are_turned_away(client, server):
    race = open_race(small_race())
    address = f"/race/{race.token}"
    with client.websocket_connect(address, headers={"origin": "https://evil.example"}) as socket:
        assert closed(socket) == FOREIGN
    with client.websocket_connect(address) as socket:
        socket.send_text("x" * 70_000)
        assert closed(socket) == TOO_BIG
    with client.websocket_connect(address) as socket:
        for _ in range(60):
            socket.send_json({"cmd": "pause"})
        assert closed(socket) == POLICY


def test_a_race_counts_with_all_its_networks(server):
    open_race(small_race(seeds=5))  # 2 lanes x 5 repeats x 25 parameters
    from playground import InvalidValue

    with pytest.raises(InvalidValue):
        open_race(small_race(seeds=3))
