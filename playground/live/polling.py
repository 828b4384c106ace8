"""A viewer without a socket: it asks for what is new, now and then, and says with it what it wants."""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from playground.live.answering import Commands, answer
from playground.live.base import Session
from playground.live.viewer import Viewer

SILENCE = 10.0
"""Seconds without a question after which such a viewer counts as gone."""
WINDOW = 2.0
"""Seconds over which a message is told again: the page may skip an answer when the next one follows at once."""
TIMES = 4
"""How often a message is told at least, however far apart the answers are."""
MAX_COMMANDS = 32
"""Commands that are carried out at one question."""


FRAME = "b64:"
"""Begins a message that is a frame."""


@dataclass
class _Told:
    """A message, when it was told first, and how often."""

    since: float
    number: int
    message: str
    times: int = 0

    @property
    def frame(self) -> bool:
        return self.message.startswith(FRAME)


class Poll(Viewer):
    """A viewer that is polled.

    Args:
        there: whether the page that asks is still connected, where that can be known.

    Attributes:
        asked_at: when it last asked (monotonic seconds).
    """

    def __init__(self, there: Callable[[], bool] = lambda: True) -> None:
        super().__init__(lambda: None, most_frames=1)
        self._there = there
        self.asked_at = time.monotonic()
        self._number = 0
        self._told: list[_Told] = []
        self._carried_out = 0
        self._replies: deque[tuple[int, str]] = deque(maxlen=MAX_COMMANDS)

    def gone(self, now: float) -> bool:
        """Whether nobody can be looking: its page is closed, or has not asked for long."""
        return now - self.asked_at > SILENCE or not self._there()

    def command(self, session: Session, told: object, commands: Commands) -> None:
        """Carry out what the page asks for. A command that it repeats counts once; its reply is given again.

        Args:
            told: a list of commands, each with a whole ``id`` that rises; anything else is passed over.
        """
        if not isinstance(told, list) or len(json.dumps(told)) > session.bounds.message_bytes:
            return
        for message in told[:MAX_COMMANDS]:
            number = message.get("id") if isinstance(message, dict) else None
            if not isinstance(number, int) or isinstance(number, bool):
                continue
            if number > self._carried_out:
                self._carried_out = number
                reply = answer(session, self, message, commands)
                if reply is not None:
                    self._replies.append((number, json.dumps(reply, ensure_ascii=False)))
            for asked, told_then in self._replies:
                if asked == number:
                    self.post(told_then)

    def poll(self, session: Session) -> list[tuple[int, str]]:
        """What is new, as numbered messages in order: texts, and the newest frame in base64 after ``b64:``.

        Each is told several times, under its number.
        """
        now = self.asked_at = time.monotonic()
        self.acknowledge(self.frames)
        if session.playing or self.dirty:
            session.refresh(self)
        for message in self.take():
            # Rises also when the server was started anew meanwhile.
            self._number = max(self._number + 1, int(1000 * time.time()))
            if isinstance(message, bytes):
                self._told = [told for told in self._told if not told.frame]
                message = FRAME + base64.b64encode(message).decode()
            self._told.append(_Told(now, self._number, message))
        self._told = [told for told in self._told if told.times < TIMES or now - told.since <= WINDOW]
        for told in self._told:
            told.times += 1
        return [(told.number, told.message) for told in self._told]
