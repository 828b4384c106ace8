"""The routes beside Streamlit's own: the socket of a live session, its health, the first page's name."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from functools import partial

import anyio
from anyio.lowlevel import RunVar
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.live import doors, meters, readiness, sessions
from playground.live.answering import Commands, answer
from playground.live.base import Closed, Session
from playground.live.bell import bell
from playground.live.commands import COMMANDS
from playground.live.session import LiveSession
from playground.live.viewer import Viewer
from playground.registry import InvalidValue

POLICY, TOO_BIG, UNKNOWN, FULL, FOREIGN = 1008, 1009, 4404, 4429, 4403
"""Close codes: too many commands, oversized message, wrong token, too many viewers, foreign page."""

log = logging.getLogger(__name__)


async def live(socket: WebSocket) -> None:
    """The socket of a live session."""
    await serve(socket, LiveSession, COMMANDS)


async def serve(socket: WebSocket, kind: type[Session], commands: Commands) -> None:
    """Serve one viewer of one session until it goes.

    Args:
        kind: the token must be that of such a session.
        commands: what the viewer may ask for.
    """
    bounds = sessions.server().bounds
    origin = socket.headers.get("origin")
    if not doors.allowed_origin(origin, socket.headers, bounds):
        doors.tell_refused(origin or "", socket.headers)
        await socket.accept()  # a browser tells its page nothing of a socket that was never opened
        await socket.close(FOREIGN)
        return
    session = sessions.server().find(socket.path_params["token"])
    await socket.accept()
    if not isinstance(session, kind):
        await socket.close(UNKNOWN)
        return
    news = asyncio.Event()
    doorbell = bell()
    viewer = Viewer(partial(doorbell.ring, news))
    try:
        session.join(viewer)
    except Closed:
        await socket.close(UNKNOWN)
        return
    except InvalidValue:
        await socket.close(FULL)
        return
    room = asyncio.Event()
    writer = asyncio.create_task(_write(socket, viewer, news, room))
    doorbell.listeners += 1
    try:
        await _read(socket, session, viewer, commands, room)
    except (WebSocketDisconnect, RuntimeError):
        log.debug("a viewer left")
    finally:
        doorbell.listeners -= 1
        writer.cancel()
        session.leave(viewer)


async def _write(socket: WebSocket, viewer: Viewer, news: asyncio.Event, room: asyncio.Event) -> None:
    try:
        while True:
            await news.wait()
            news.clear()
            waiting = viewer.take()
            room.set()
            for message in waiting:
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                    meters.FRAMES.inc()
                else:
                    await socket.send_text(message)
    except (WebSocketDisconnect, RuntimeError):
        log.debug("a viewer left while it was written to")
    finally:
        viewer.take()
        room.set()


async def _read(
    socket: WebSocket, session: Session, viewer: Viewer, commands: Commands, room: asyncio.Event
) -> None:
    bounds, threads = session.bounds, _threads(session.bounds.max_sessions)
    window, count = time.monotonic(), 0
    while True:
        while viewer.full:  # it does not fetch its answers: nothing more is asked of the session meanwhile
            room.clear()
            if viewer.full:
                await room.wait()
        received = await socket.receive()
        if received["type"] == "websocket.disconnect":
            return
        line = received.get("text")
        if line is None or len(line) > bounds.message_bytes:
            await socket.close(TOO_BIG)
            return
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = line
        drawn = viewer.in_flight and isinstance(message, dict) and message.get("cmd") == "ack"
        if not drawn:  # as many acknowledgements as there were frames are free
            count += 1
        now = time.monotonic()
        if now - window > 2.0:
            window, count = now, 1
        elif count > 2 * bounds.commands_per_second:
            await socket.close(POLICY)
            return
        if isinstance(message, dict) and message.get("cmd") == "ack":
            if session.acknowledge(viewer, _number(message.get("frame"))):
                await anyio.to_thread.run_sync(session.refresh, viewer, limiter=threads)
            continue
        reply = await anyio.to_thread.run_sync(answer, session, viewer, message, commands, limiter=threads)
        if reply is not None:
            viewer.post(json.dumps(reply, ensure_ascii=False))


_limiter: RunVar[anyio.CapacityLimiter] = RunVar("threads for commands")


def _threads(most: int) -> anyio.CapacityLimiter:
    """Threads for commands, apart from Streamlit's: each waits for its own session at most."""
    try:
        return _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(most)
        _limiter.set(limiter)
        return limiter


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


async def health(request: Request) -> Response:
    """How many sessions are open and playing, for monitoring."""
    here = sessions.server()
    told = {"sessions": len(here), "playing": len(here.playing), "frame_rate": round(here.frame_rate, 1)}
    return JSONResponse(told)


async def ready(request: Request) -> Response:
    """Whether new visitors are welcome: 503 while the server still loads, and once it is about to end."""
    welcome = readiness.ready()
    return JSONResponse({"ready": welcome, "draining": readiness.draining()}, 200 if welcome else 503)


async def metrics(request: Request) -> Response:
    """What a monitor is told, in Prometheus' format."""
    return Response(meters.page(), media_type=meters.CONTENT_TYPE_LATEST)


async def start(request: Request) -> Response:
    """The first page by its name: Streamlit knows it by the root's address alone."""
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./")
