"""Frames, slices and places are shared out by what they cost here, and who would slow the others down is told."""

from __future__ import annotations

import pytest

from playground import Experiment, InvalidValue
from playground.live import sessions
from playground.live.limits import Limits
from playground.live.scheduler import SLICE
from playground.live.viewer import Viewer

SMALL = Experiment(n_samples=40, engine="reference", device="cpu")


@pytest.fixture
def server(monkeypatch):
    """A server of one thread whose sessions play without being served."""
    made = sessions.Server(Limits(workers=1, min_frame_rate=5.0))
    made.scheduler.stop()
    monkeypatch.setattr(sessions, "_server", made)
    return made


def join(server, cost=0.0001):
    """A session that is watched and whose frames cost so many seconds."""
    session = server.open(SMALL)
    session.join(Viewer(lambda: None))
    session.frame_cost = cost
    return session


def test_one_more_plays_as_long_as_everybody_keeps_the_lowest_frame_rate(server):
    """At 10 ms a frame and half of a core for frames, ten can have five frames a second."""
    for _ in range(10):
        join(server, cost=0.01 - sessions.SENDING).play()
    late = join(server, cost=0.01 - sessions.SENDING)
    with pytest.raises(InvalidValue) as refused:
        late.play()
    assert refused.value.key == "sentence.too_many_playing"
    server.tidy(0.0)
    assert server.frame_rate == pytest.approx(5.0)


def test_cheap_frames_let_hundreds_play(server):
    for _ in range(250):
        join(server).play()
    server.tidy(0.0)
    assert 5.0 < server.frame_rate < 10.0


def test_a_place_that_is_left_is_free_again(server):
    sessions_ = [join(server, cost=0.01 - sessions.SENDING) for _ in range(11)]
    for session in sessions_[:10]:
        session.play()
    with pytest.raises(InvalidValue):
        sessions_[10].play()
    sessions_[0].play()  # who plays already is no newcomer
    sessions_[3].pause()
    sessions_[10].play()


def test_slices_that_come_late_close_the_door_too(server):
    """As where the machine has other work: what a frame costs does not tell of that."""
    for _ in range(6):
        join(server).play()
    server.lateness = 0.45
    with pytest.raises(InvalidValue):
        join(server).play()
    server.lateness = 0.35
    join(server).play()


def test_few_are_never_turned_away_for_what_they_cost(server):
    for _ in range(sessions.CROWD + 1):
        join(server, cost=0.5).play()


def test_a_slice_and_a_frame_of_everybody_fit_between_two_frames(server):
    for count, cost in ((1, 0.0002), (60, 0.0002), (200, 0.0001)):
        while len(server.playing) < count:
            join(server, cost).play()
        server.tidy(0.0)
        frame = 1.0 / server.frame_rate
        slices = server.scheduler.slice
        assert sessions.SHORTEST_SLICE <= slices <= SLICE
        assert count * (slices + cost) <= frame * 1.05 or slices == sessions.SHORTEST_SLICE
        assert all(session.frame_interval == pytest.approx(frame) for session in server.playing)
