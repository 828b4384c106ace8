"""The socket of a network on pictures: the same door, limits and answers as a live session's."""

from __future__ import annotations

from starlette.websockets import WebSocket

from playground.live.routes import serve
from playground.pictures.commands import PICTURE_COMMANDS
from playground.pictures.session import PictureSession


async def pictures(socket: WebSocket) -> None:
    """Serve one viewer of one network until it goes."""
    await serve(socket, PictureSession, PICTURE_COMMANDS)
