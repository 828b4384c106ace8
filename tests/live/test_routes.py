"""The socket and the files as the browser meets them: who is let in, what is refused, and that nothing breaks."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from playground import Experiment
from playground.live import doors, sessions
from playground.live.doors import Trust, allowed_origin
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.routes import FOREIGN, FULL, POLICY, TOO_BIG, UNKNOWN
from playground.live.viewer import Viewer
from playground.serving import ROUTES
from playground.stage import assets
from playground.text import LANGUAGES, text
from playground.views.race import race_specs
from playground.views.specs import stage_specs

pytestmark = pytest.mark.usefixtures("auto")

HOST = "testserver"


@pytest.fixture
def server(monkeypatch):
    """A server of its own for each test, with tight limits."""
    made = sessions.Server(
        Limits(max_sessions=3, commands_per_second=20, grace_seconds=0.0, viewers_per_session=2)
    )
    monkeypatch.setattr(sessions, "_server", made)
    yield made
    made.scheduler.stop()


@pytest.fixture
def session(server):
    return server.open(Experiment(n_samples=40, device="cpu"))


@pytest.fixture
def client():
    return TestClient(Starlette(routes=ROUTES))


def connect(client, session, origin=None):
    headers = {"origin": origin} if origin else {}
    return client.websocket_connect(f"/live/{session.token}", headers=headers)


def reply(socket, number):
    """The answer to command ``number``, past the frames and scenes before it."""
    while True:
        message = socket.receive()
        if message.get("text"):
            told = json.loads(message["text"])
            if told.get("id") == number:
                return told
        elif message.get("bytes"):
            decode(message["bytes"])


def closed(socket):
    """The close code that comes after whatever was on its way."""
    try:
        while (message := socket.receive())["type"] != "websocket.close":
            pass
    except WebSocketDisconnect as gone:
        return gone.code
    return message["code"]


def test_a_viewer_gets_scene_and_frame_and_answers(client, session):
    with connect(client, session, f"http://{HOST}") as socket:
        socket.send_json({"cmd": "hello", "id": 1})
        assert json.loads(socket.receive_text())["type"] == "scene"
        kinds = [json.loads(socket.receive_text())["type"] for _ in range(4)]
        assert kinds == ["runs", "ghost_run", "marks", "log"]
        header, arrays = decode(socket.receive_bytes())
        assert header["frame"] == 1
        assert arrays["map"].shape == (60, 60)
        assert reply(socket, 1)["type"] == "done"
        socket.send_json({"cmd": "ack", "frame": 1})
        socket.send_json({"cmd": "step", "id": 2})
        assert reply(socket, 2)["type"] == "done"
        assert session.trainer.step == 1
    assert session.viewers == ()


def test_a_wrong_token_is_closed_without_a_word(client, server):
    with client.websocket_connect("/live/not-a-token") as socket:
        assert closed(socket) == UNKNOWN


def test_a_foreign_page_is_not_let_in(client, session):
    with connect(client, session, "https://evil.example") as socket:
        assert closed(socket) == FOREIGN
    assert session.viewers == ()


def test_the_log_says_once_what_lets_a_refused_page_in(client, session, caplog, monkeypatch):
    monkeypatch.setattr(doors, "_told", set())
    for _ in range(2):
        with connect(client, session, "https://unknown.example") as socket:
            closed(socket)
    told = [record.getMessage() for record in caplog.records if "unknown.example" in record.getMessage()]
    assert len(told) == 1
    for name in ("PLAYGROUND_ALLOWED_ORIGINS", "server.corsAllowedOrigins", HOST):
        assert name in told[0]


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "a.example", True),
        ("https://a.example", "a.example", True),
        ("http://localhost:8501", "localhost:8501", True),
        ("http://localhost:8502", "localhost:8501", False),
        ("https://a.example.evil", "a.example", False),
        ("https://b.example", "a.example", True),
        ("https://c.example", "a.example", False),
        ("null", "a.example", False),
        ("", "", False),
        ("http://a.example:8080", "a.example", True),
        ("http://a.example", "a.example:8080", False),
        ("http://[::1]:8501", "[::1]", True),
        ("https://e.example", "a.example", True),
    ],
)
def test_origins(origin, host, allowed):
    bounds = Limits(allowed_origins="https://b.example, https://d.example/")
    assert allowed_origin(origin, {"host": host}, bounds, Trust(origins=("https://e.example",))) is allowed


def test_forwarded_hosts_and_the_web_servers_own_switches_count():
    def allowed(trusted=None, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return allowed_origin("https://room-8501.dev", given, Limits(), trusted or Trust())

    assert not allowed(host="localhost:8501")
    assert allowed(host="localhost:8501", x_forwarded_host="room-8501.dev")
    assert allowed(host="localhost:8501", x_forwarded_host="room-8501.dev, inner.example")
    assert not allowed(host="localhost:8501", x_forwarded_host="room-8501.dev.evil")
    assert allowed(Trust(everyone=True), host="localhost:8501")


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "3",
        '{"cmd":',
        '{"cmd":"__class__","id":7}',
        '{"cmd":{"a":1},"id":{}}',
        '{"cmd":"\\ud800","id":"\\ud800"}',
        "[" * 5000,
    ],
)
def test_garbage_gets_an_answer_and_changes_nothing(client, session, garbage):
    with connect(client, session) as socket:
        socket.send_text(garbage)
        assert reply(socket, 7 if 'id":7' in garbage else None)["type"] == "error"
        socket.send_json({"cmd": "step", "id": 9})
        assert reply(socket, 9)["type"] == "done"
    assert session.trainer.step == 1


def test_an_oversized_or_binary_message_ends_the_connection_only(client, session):
    with connect(client, session) as socket:
        socket.send_text("x" * 70_000)
        assert closed(socket) == TOO_BIG
    with connect(client, session) as socket:
        socket.send_bytes(b"\x00\x01")
        assert closed(socket) == TOO_BIG
    with connect(client, session) as socket:
        socket.send_json({"cmd": "hello", "id": 1})
        assert reply(socket, 1)["type"] == "done"


def test_a_flood_of_commands_ends_the_connection(client, session):
    with connect(client, session) as socket:
        for number in range(100):
            socket.send_json({"cmd": "speed", "steps_per_second": 5, "id": number})
        assert closed(socket) == POLICY


def test_two_viewers_see_one_session_and_a_third_is_turned_away(client, session):
    with connect(client, session) as one, connect(client, session) as two:
        with connect(client, session) as three:
            assert closed(three) == FULL
        one.send_json({"cmd": "step", "id": 1})
        assert reply(one, 1)["type"] == "done"
        while True:
            message = two.receive()
            if message.get("bytes") and decode(message["bytes"])[0]["step"] == 1:
                break


def test_a_refused_command_says_why_in_the_visitors_language(client, server):
    korean = server.open(Experiment(n_samples=40, device="cpu"), "ko")
    with connect(client, korean) as socket:
        socket.send_json({"cmd": "speed", "steps_per_second": -1, "id": 1})
        told = reply(socket, 1)
    assert told["type"] == "error"
    assert told["field"] == "steps_per_second"
    assert any("가" <= letter <= "힣" for letter in told["message"])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_error_of_our_own_is_owned_up_to_and_the_socket_stays(client, server, monkeypatch, language):
    session = server.open(Experiment(n_samples=40, device="cpu"), language)

    def broken(*_):
        raise ZeroDivisionError

    with connect(client, session) as socket, monkeypatch.context() as patch:
        patch.setattr(session, "pause", broken)
        socket.send_json({"cmd": "pause", "id": 1})
        told = reply(socket, 1)
        assert (told["type"], told["message"]) == ("error", text("errors.failed", language))
        socket.send_json({"cmd": "step", "id": 2})
        assert reply(socket, 2)["type"] == "done"


def test_one_visitor_never_reaches_anothers_session(client, server):
    mine, theirs = (server.open(Experiment(n_samples=40, device="cpu")) for _ in range(2))
    assert mine.token != theirs.token
    assert len(mine.token) >= 32
    with connect(client, mine) as socket:
        socket.send_json({"cmd": "step", "id": 1, "token": theirs.token})
        reply(socket, 1)
    assert (mine.trainer.step, theirs.trainer.step) == (1, 0)


def test_a_full_server_says_so(server):
    from playground import InvalidValue

    kept = [server.open(Experiment(n_samples=40)) for _ in range(3)]
    with pytest.raises(InvalidValue, match="3 experiments are open"):
        server.open(Experiment(n_samples=40))
    server.close(kept[0])
    server.open(Experiment(n_samples=40))


def test_sessions_without_viewers_are_let_go_and_can_come_back(server, session):
    import time

    server.tidy(time.monotonic() + 1)
    assert server.find(session.token) is None
    server.ensure(session)
    assert server.find(session.token) is session


def test_a_closed_session_is_not_served_again_by_whoever_still_holds_it(server, session):
    server.close(session)
    session.set_visible(Viewer(lambda: None), True)
    session.changed()
    assert len(server.scheduler) == 0


def test_only_the_stages_own_files_are_served(client):
    for name in ("../app.py", "..%2f..%2fapp.py", "/etc/passwd", "assets.py", "", "main.py"):
        assert client.get(f"/stage/{assets.version()}/{name}").status_code == 404
    for name, kind in {"stage.js": "text/javascript", "stage.css": "text/css"}.items():
        packed = client.get(assets.address()[1:] + name)
        assert packed.status_code == 200
        assert packed.headers["content-type"].startswith(kind)
        assert "immutable" in packed.headers["cache-control"]
        assert packed.headers["content-encoding"] == "gzip"
        plain = client.get(assets.address()[1:] + name, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert packed.text == plain.text
    assert "vegaEmbed" in client.get(assets.address()[1:] + "vega.js").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_charts_of_each_page_are_files_of_their_own(client, language):
    for page, made in {"stage": stage_specs, "lanes": race_specs}.items():
        answer = client.get(assets.address()[1:] + assets.charts(page, language))
        assert answer.headers["content-type"].startswith("application/json")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.json() == made(language)


def test_a_file_of_another_version_is_refused_and_not_kept(client):
    answer = client.get(f"/stage/{'0' * len(assets.version())}/stage.js")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_health_tells_the_load(client, session):
    assert client.get("/live-health").json() == {"sessions": 1, "playing": 0, "frame_rate": 60.0}


def test_the_first_page_opens_by_its_name_too(client):
    answer = client.get("/playground?v=1&hidden=4%2C2", follow_redirects=False)
    assert answer.is_redirect
    assert answer.headers["location"] == "./?v=1&hidden=4%2C2"
    assert client.get("/playground", follow_redirects=False).headers["location"] == "./"


def test_a_flood_of_acknowledgements_ends_the_connection(client, session):
    with connect(client, session) as socket:
        for _ in range(100):
            socket.send_json({"cmd": "ack", "frame": 10**9})
        assert closed(socket) == POLICY
