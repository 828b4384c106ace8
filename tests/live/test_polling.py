"""The way without a socket: nothing is lost, nothing counts twice, and who stops asking is let go."""

from __future__ import annotations

import base64
import json
import time

import pytest
from waiting import Clock

from playground import Experiment
from playground.live import polling, sessions
from playground.live.commands import COMMANDS
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.polling import SILENCE, TIMES, WINDOW, Poll

pytestmark = pytest.mark.usefixtures("auto")


@pytest.fixture
def server():
    made = sessions.Server(Limits(grace_seconds=5.0, message_bytes=2000))
    yield made
    made.scheduler.stop()


@pytest.fixture
def session(server):
    return server.open(Experiment(n_samples=40, device="cpu"))


@pytest.fixture
def viewer(session):
    joined = Poll()
    session.join(joined)
    return joined


def texts(told):
    return [json.loads(message) for _, message in told if not message.startswith("b64:")]


def frames(told):
    return [decode(base64.b64decode(message[4:]))[0] for _, message in told if message.startswith("b64:")]


def test_the_first_answer_holds_scene_and_frame(session, viewer):
    told = viewer.poll(session)
    assert [message["type"] for message in texts(told)] == ["scene", "runs", "ghost_run", "marks", "log"]
    assert [header["frame"] for header in frames(told)] == [1]
    numbers = [number for number, _ in told]
    assert numbers == sorted(set(numbers))


def test_a_viewer_whose_page_is_closed_is_gone_at_once(server, session):
    there = [True]
    viewer = Poll(lambda: there[0])
    session.join(viewer)
    server.tidy(viewer.asked_at)
    assert viewer in session.viewers
    there[0] = False
    server.tidy(viewer.asked_at)
    assert viewer not in session.viewers


def quiet(session, viewer, clock):
    """Ask until everything has been told often enough."""
    for _ in range(TIMES):
        viewer.poll(session)
    clock.now += WINDOW + 0.1


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(polling, "time", made)
    return made


def test_a_run_at_rest_is_not_drawn_again(session, viewer, clock):
    quiet(session, viewer, clock)
    assert viewer.poll(session) == []
    session.changed()
    assert len(frames(viewer.poll(session))) == 1


def test_every_message_is_told_again_for_a_while_under_the_same_number(session, viewer, clock):
    first = viewer.poll(session)
    assert len(frames(first)) == 1
    assert viewer.poll(session) == first
    clock.now += WINDOW + 0.1
    for _ in range(TIMES - 2):  # a slow page asks seldom
        assert viewer.poll(session) == first
    assert viewer.poll(session) == []


@pytest.mark.parametrize("skipped", range(TIMES))
def test_a_page_that_skips_answers_misses_nothing(session, viewer, clock, skipped):
    """Two answers that come at once are one to the page: only the later is read."""
    quiet(session, viewer, clock)
    viewer.command(session, [{"cmd": "epoch", "id": 7}], COMMANDS)
    for _ in range(skipped):
        viewer.poll(session)
        clock.now += WINDOW + 0.1
    read = viewer.poll(session)
    assert [message["id"] for message in texts(read) if message["type"] == "done"] == [7]
    assert [header["epoch"] for header in frames(read)] == [1]
    assert [number for number, _ in read] == sorted(number for number, _ in read)


def test_a_repeated_command_counts_once_and_each_has_its_reply(session, viewer):
    step = {"cmd": "step", "id": 7}
    viewer.command(session, [step], COMMANDS)
    viewer.command(session, [step, {"cmd": "step", "count": 2, "id": 8}, {"cmd": "speed", "id": 9}], COMMANDS)
    assert session.trainer.step == 3
    replies = {message["id"]: message["type"] for message in texts(viewer.poll(session)) if "id" in message}
    assert replies == {7: "done", 8: "done", 9: "done"}


def test_the_reply_to_a_repeated_command_is_given_again(session, viewer, clock):
    wrong = {"cmd": "no_such_command", "id": 7}
    viewer.command(session, [wrong], COMMANDS)
    first = [message for message in texts(viewer.poll(session)) if message.get("id") == 7]
    quiet(session, viewer, clock)
    assert viewer.poll(session) == []
    viewer.command(session, [wrong], COMMANDS)
    assert texts(viewer.poll(session)) == first
    assert first[0]["type"] == "error"


@pytest.mark.parametrize(
    "garbage",
    [
        None,
        "step",
        {"cmd": "step", "id": 1},
        [None, 3, {"cmd": "step"}, {"cmd": "step", "id": True}, {"cmd": "step", "id": "1"}],
        [{"cmd": "step", "id": 1, "pad": "x" * 3000}],
    ],
)
def test_what_is_no_list_of_commands_changes_nothing(session, viewer, garbage):
    viewer.command(session, garbage, COMMANDS)
    assert session.trainer.step == 0


def test_who_stops_asking_is_gone_and_the_run_rests_then_is_let_go(server, session, viewer):
    viewer.poll(session)
    session.play()
    now = time.monotonic()
    server.tidy(now + SILENCE / 2)
    assert session.watched
    server.tidy(now + SILENCE + 1)
    assert session.viewers == ()
    assert session.due(time.monotonic()) is None
    server.tidy(time.monotonic() + 6)
    assert server.find(session.token) is None
