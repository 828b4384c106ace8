"""The socket of a wall: the same door, limits and answers as a live session's."""

from __future__ import annotations

from starlette.websockets import WebSocket

from playground.live.routes import serve
from playground.walls.commands import WALL_COMMANDS
from playground.walls.session import WallSession


async def wall(socket: WebSocket) -> None:
    """Serve one viewer of one wall until it goes."""
    await serve(socket, WallSession, WALL_COMMANDS)
