"""A live session with one viewer, without a socket between."""

from __future__ import annotations

import json

from playground import Experiment
from playground.live.commands import carry_out
from playground.live.frames import decode
from playground.live.limits import Limits
from playground.live.session import LiveSession
from playground.live.viewer import Viewer

SMALL = {"n_samples": 60, "device": "cpu"}


class Watched:
    """A session with one viewer, and what that viewer was sent."""

    def __init__(self, bounds=None, **fields) -> None:
        self.session = LiveSession(Experiment(**{**SMALL, **fields}), bounds=bounds or Limits())
        self.viewer = Viewer(lambda: None)
        self.session.join(self.viewer)
        self.scenes, self.frames, self.stats, self.told = [], [], [], {}
        self.do("hello")

    def do(self, cmd, **fields):
        reply = carry_out(self.session, self.viewer, {"cmd": cmd, **fields})
        self.receive()
        self.settle()
        return reply

    def settle(self):
        """Let a walk end, as the scheduler would, and fetch the newest frame, as a page does."""
        self.session.settle()
        self.receive()
        if self.viewer.dirty and not self.session.playing:
            self.session.refresh(self.viewer)
            self.receive()

    def receive(self):
        for message in self.viewer.take():
            if isinstance(message, bytes):
                self.frames.append(decode(message))
            else:
                told = json.loads(message)
                self.told[told["type"]] = told
                {"scene": self.scenes, "stats": self.stats}.get(told["type"], []).append(told)
        self.viewer.acknowledge(10**9)

    @property
    def header(self):
        return self.frames[-1][0]

    @property
    def arrays(self):
        return self.frames[-1][1]
