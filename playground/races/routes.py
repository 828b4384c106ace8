"""The socket of a race: the same door, limits and answers as a live session's."""

from __future__ import annotations

from starlette.websockets import WebSocket

from playground.live.routes import serve
from playground.races.commands import RACE_COMMANDS
from playground.races.session import RaceSession


async def race(socket: WebSocket) -> None:
    """Serve one viewer of one race until it goes."""
    await serve(socket, RaceSession, RACE_COMMANDS)
