"""The commands of a network on pictures: those of a session that act on the whole run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playground.live import commands as live
from playground.live.commands import Reply
from playground.live.viewer import Viewer
from playground.pictures.session import PictureSession
from playground.registry import whole

RUN = ("hello", "ack", "visible", "play", "pause", "step", "epoch", "reset", "speed", "stop_at")


def picture(session: PictureSession, viewer: Viewer, message: Mapping[str, Any]) -> Reply:
    """Show what the network makes of another test picture."""
    most = len(session.trainer.test) - 1
    session.look_at(whole("number", 0, 0, most).check(message.get("number", 0)))
    return {}


PICTURE_COMMANDS: dict[str, Callable[..., Reply]] = {
    **{name: live.COMMANDS[name] for name in RUN},
    "picture": picture,
}
"""Every command by name; call with a PictureSession, its viewer and the message."""
