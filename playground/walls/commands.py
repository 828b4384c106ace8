"""The commands of a wall: those of a session that act on all networks alike."""

from __future__ import annotations

from collections.abc import Callable

from playground.live import commands as live
from playground.live.commands import Reply

WHOLE = ("hello", "ack", "visible", "play", "pause", "step", "epoch", "reset", "speed", "stop_at")

WALL_COMMANDS: dict[str, Callable[..., Reply]] = {name: live.COMMANDS[name] for name in WHOLE}
"""Every command by name; call with a WallSession, its viewer and the message."""
