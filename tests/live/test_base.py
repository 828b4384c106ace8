"""What playground, race and wall share: nobody waits for another's steps, errors are told, rest is rest."""

from __future__ import annotations

import json
import threading
import time

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from waiting import until

from playground import Experiment, ImageExperiment, InvalidValue
from playground.live import sessions
from playground.live.base import Closed
from playground.live.commands import COMMANDS, carry_out
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.viewer import MAX_WAITING, Viewer
from playground.pictures.commands import PICTURE_COMMANDS
from playground.pictures.session import PictureSession
from playground.races import Lane, Race
from playground.races.commands import RACE_COMMANDS
from playground.races.session import RaceSession
from playground.serving import ROUTES
from playground.text import LANGUAGES, text
from playground.walls import Side, Wall
from playground.walls.commands import WALL_COMMANDS
from playground.walls.session import WallSession

SMALL = Experiment(n_samples=40, engine="reference", device="cpu")
PICTURES = ImageExperiment(n_samples=60, channels=(3,))
HEAVY = Experiment(
    n_samples=5000, hidden=(64, 64, 64), optimizer="lbfgs", engine="reference", device="cpu"
)  # one step takes a good part of a second


@pytest.fixture
def server(monkeypatch):
    made = sessions.Server(Limits(max_sessions=12, max_playing=2, grace_seconds=60.0))
    monkeypatch.setattr(sessions, "_server", made)
    yield made
    made.scheduler.stop()


def opened(server, kind, experiment=SMALL, language="en"):
    """A session of any kind with one viewer."""
    if kind == "race":
        race = Race(experiment, (Lane(learning_rate=0.1), Lane(learning_rate=0.2)))
        session = RaceSession(race, language, server.bounds)
        server.ensure(session)
    elif kind == "wall":
        wall = Wall(experiment, Side("learning_rate", 0.01, 1.0), Side("l2", 0.001, 0.1), 5, epochs=5000)
        session = WallSession(wall, language, server.bounds)
        server.ensure(session)
    elif kind == "pictures":
        session = PictureSession(PICTURES, language=language, bounds=server.bounds)
        server.ensure(session)
    else:
        session = server.open(experiment, language)
    viewer = Viewer(lambda: None)
    session.join(viewer)
    return session, viewer


def do(session, viewer, cmd, **fields):
    kinds = {RaceSession: RACE_COMMANDS, WallSession: WALL_COMMANDS, PictureSession: PICTURE_COMMANDS}
    commands = kinds.get(type(session), COMMANDS)
    return carry_out(session, viewer, {"cmd": cmd, **fields}, commands)


def steps(session):
    if isinstance(session, WallSession):
        return session.step
    return session.lockstep.step if isinstance(session, RaceSession) else session.trainer.step


KINDS = pytest.mark.parametrize("kind", ["playground", "race", "wall", "pictures"])


@KINDS
def test_coming_and_going_does_not_wait_for_a_step(server, kind):
    session, viewer = opened(server, kind)
    held = threading.Event()
    done = threading.Event()

    def step():
        with session.lock:
            held.set()
            assert done.wait(60)

    holder = threading.Thread(target=step)
    holder.start()
    assert held.wait(60)
    second = Viewer(lambda: None)
    session.join(second)
    assert session.watched
    session.leave(second)
    session.leave(viewer)
    server.tidy(time.monotonic())
    assert server.find(session.token) is session
    done.set()
    holder.join()


@pytest.mark.parametrize("kind", ["live", "race"])
def test_a_heavy_walk_and_its_tabs_leave_the_server_free(server, kind):
    """While the lock is held for one long step after the other, tabs come and go and the health is told."""
    session, _ = opened(server, "race" if kind == "race" else "playground", HEAVY)
    client = TestClient(Starlette(routes=ROUTES))
    beats = 0
    with client, client.websocket_connect(f"/{kind}/{session.token}") as socket:
        socket.send_json({"cmd": "step", "count": 10_000, "id": 1})
        until(lambda: session.walking)
        for _ in range(5):
            with client.websocket_connect(f"/{kind}/{session.token}"):
                beats += client.get("/live-health").json()["playing"]
        assert beats == 5
        assert session.walking
        socket.send_json({"cmd": "pause", "id": 2})
        until(lambda: not session.walking)
    assert 0 < steps(session) < 10_000


@KINDS
def test_a_long_walk_is_answered_at_once_shown_and_stopped(server, kind):
    session, viewer = opened(server, kind)
    assert do(session, viewer, "step", count=10_000) == {}
    assert session.playing
    assert session.walking
    until(lambda: steps(session) > 100)
    do(session, viewer, "pause")
    until(lambda: not session.pressing)
    with session.lock:
        rested = steps(session)
    assert session.due(time.monotonic()) is None
    session.advance(0.01)
    assert rested == steps(session) < 10_000


@KINDS
def test_a_walk_rests_while_nobody_looks_and_goes_on_to_its_goal(server, kind):
    session, viewer = opened(server, kind)
    do(session, viewer, "step", count=1_000)
    session.leave(viewer)
    assert session.due(time.monotonic()) is None
    session.join(Viewer(lambda: None))
    until(lambda: not session.playing)
    assert steps(session) == 1_000


@KINDS
def test_each_press_counts_while_a_walk_is_under_way(server, kind):
    session, viewer = opened(server, kind)
    session.leave(viewer)
    for _ in range(3):
        do(session, viewer, "step", count=400)
    do(session, viewer, "epoch", count=2)
    session.settle()
    assert steps(session) == 1_200 + 2 * 2  # 20 rows in batches of 10


@KINDS
def test_a_walk_needs_a_place_as_playing_does(server, kind):
    players = [opened(server, "playground") for _ in range(2)]
    for session, viewer in players:
        do(session, viewer, "play")
    third, viewer = opened(server, kind)
    with pytest.raises(InvalidValue) as refused:
        do(third, viewer, "step", count=10)
    assert refused.value.key == "sentence.too_many_playing"
    assert steps(third) == 0


@KINDS
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_session_that_fails_says_so_keeps_what_it_had_and_can_be_reset(
    server, kind, language, monkeypatch, caplog
):
    session, viewer = opened(server, kind, language=language)
    do(session, viewer, "step", count=4)
    session.settle()
    if kind == "wall":
        trainer = session.crowd.parts[0][1].trainer
    else:
        trainer = session.lockstep.lanes[0].trainers[0] if kind == "race" else session.trainer

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(trainer, "run" if kind == "wall" else "run_for", broken)
    viewer.acknowledge(10**9)
    viewer.take()
    do(session, viewer, "play")
    until(lambda: session.failed)
    assert "a session failed" in caplog.text
    assert not session.playing
    assert session.due(time.monotonic()) is None
    viewer.take()
    viewer.acknowledge(10**9)
    session.refresh(viewer)
    frame = next(message for message in viewer.take() if isinstance(message, bytes))
    header, arrays = decode(frame[16:] if kind == "race" else frame)
    assert (header["status"], header["step"]) == ("failed", 4)
    assert header["reason"] == text("live.failed", language)
    assert not arrays  # the page keeps what it shows
    for cmd in ("play", "step"):
        with pytest.raises(InvalidValue) as refused:
            do(session, viewer, cmd)
        assert refused.value.key == "sentence.run_failed"
    do(session, viewer, "reset")
    do(session, viewer, "step", count=2)
    session.settle()
    assert (session.failed, steps(session)) == (False, 2)


def test_who_joins_while_the_server_lets_go_is_turned_away_and_nobody_is_lost(server):
    session, viewer = opened(server, "playground")
    session.leave(viewer)
    session.join(viewer)
    server.tidy(time.monotonic() + 1000)
    assert server.find(session.token) is session
    session.leave(viewer)
    server.tidy(time.monotonic() + 1000)
    assert server.find(session.token) is None
    with pytest.raises(Closed):
        session.join(viewer)
    server.ensure(session)
    session.join(viewer)


def test_news_waits_once_of_each_kind_and_never_makes_way():
    viewer = Viewer(lambda: None)
    viewer.send({"type": "scene", "revision": 1})
    viewer.send({"type": "scene", "revision": 1, "lane": 1})
    for number in range(1000):
        viewer.send({"type": "stats", "number": number})
    viewer.send({"type": "scene", "revision": 2})
    told = [json.loads(message) for message in viewer.take()]
    assert [(one["type"], one.get("lane")) for one in told] == [
        ("scene", 1),
        ("stats", None),
        ("scene", None),
    ]
    assert told[1]["number"] == 999
    assert told[2]["revision"] == 2
    assert viewer.take() == []


def test_answers_are_all_kept_and_a_viewer_that_fetches_none_is_full():
    viewer = Viewer(lambda: None)
    viewer.send({"type": "scene"})
    for number in range(MAX_WAITING):
        assert not viewer.full or number == MAX_WAITING - 1
        viewer.post(str(number))
    assert viewer.full
    assert viewer.take()[1:] == [str(number) for number in range(MAX_WAITING)]
    assert not viewer.full
