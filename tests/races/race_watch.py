"""A race session with one viewer, and what that viewer was sent."""

from __future__ import annotations

import json
import struct
from typing import Any

from playground import Experiment
from playground.live.commands import carry_out
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.viewer import Viewer
from playground.races import Criterion, Lane, Race
from playground.races.commands import RACE_COMMANDS
from playground.races.session import RaceSession

SMALL = {"n_samples": 40, "device": "cpu"}


def small_race(*lanes: Lane, base: dict[str, Any] | None = None, **fields: Any) -> Race:
    """A race on forty points; two activations unless lanes are given."""
    lanes = lanes or (Lane(activation="relu"), Lane(activation="sigmoid"))
    return Race(Experiment(**{**SMALL, **(base or {})}), lanes, **fields)


def parts(frame: bytes) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The lanes of a race frame, each decoded; every part must begin on a multiple of 8."""
    (count, zero), offset, found = struct.unpack_from("<II", frame), 8, []
    assert zero == 0
    for number in range(count):
        length, lane = struct.unpack_from("<II", frame, offset)
        assert lane == number
        assert length % 8 == 0
        found.append(decode(frame[offset + 8 : offset + 8 + length]))
        offset += 8 + length
    assert offset == len(frame)
    return found


class Watched:
    """A race and one viewer that acknowledges every frame."""

    def __init__(self, race: Race, bounds: Limits | None = None) -> None:
        self.session = RaceSession(race, bounds=bounds or Limits())
        self.viewer = Viewer(lambda: None)
        self.session.join(self.viewer)
        self.frames: list[list[tuple[dict[str, Any], dict[str, Any]]]] = []
        self.texts: dict[str, list[dict[str, Any]]] = {}
        self.do("hello")

    def do(self, cmd: str, **fields: Any) -> Any:
        """Carry out a command, then take what was sent."""
        reply = carry_out(self.session, self.viewer, {"cmd": cmd, **fields}, RACE_COMMANDS)
        self.receive()
        if self.session.walking:  # the scheduler would let it end
            self.session.settle()
            self.receive()
        if self.viewer.dirty and not self.session.playing:  # a page has acknowledged its frame by now
            self.session.refresh(self.viewer)
            self.receive()
        return reply

    def receive(self) -> None:
        for message in self.viewer.take():
            if isinstance(message, bytes):
                self.frames.append(parts(message))
            else:
                told = json.loads(message)
                self.texts.setdefault(told["type"], []).append(told)
        self.viewer.acknowledge(10**9)

    def run(self, slices: int = 10_000) -> None:
        """Serve the session as the scheduler would, until it rests."""
        for _ in range(slices):
            if self.session.due(0.0) is None:
                return
            self.session.advance(0.002)
            self.receive()

    @property
    def headers(self) -> list[dict[str, Any]]:
        return [header for header, _ in self.frames[-1]]

    @property
    def arrays(self) -> list[dict[str, Any]]:
        return [arrays for _, arrays in self.frames[-1]]


__all__ = ["SMALL", "Criterion", "Lane", "Race", "Watched", "parts", "small_race"]
