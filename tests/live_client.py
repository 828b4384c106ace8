"""A viewer of the live socket for tests and benchmarks: speaks the stage's protocol, without a browser."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import websockets

from playground.live.frames import decode

LANE_OFFSET = 16
"""Bytes of a race's frame before its first lane."""


class Client:
    """One viewer. Use ``async with Client(url, token) as client``.

    With ``kind="race"`` the viewer of a race, which keeps the frames' first lane.

    Attributes:
        scene: the newest scene message.
        header, arrays: of the newest frame.
        frames: how many came. frame_times: when (perf_counter seconds).
    """

    def __init__(self, url: str, token: str, kind: str = "live", **connect: Any) -> None:
        self.address = url.replace("http", "ws", 1) + f"/{kind}/{token}"
        self.offset = LANE_OFFSET if kind == "race" else 0
        self.connect = connect
        self.scene: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.arrays: dict[str, Any] = {}
        self.frames = 0
        self.frame_times: list[float] = []
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0
        self._news = asyncio.Event()

    async def __aenter__(self) -> Client:
        self.socket = await websockets.connect(self.address, max_size=2**24, **self.connect)
        self._reader = asyncio.create_task(self._read())
        await self.send("hello")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self.socket.close()

    async def _read(self) -> None:
        async for message in self.socket:
            if isinstance(message, bytes):
                self.header, arrays = decode(message[self.offset :])
                self.arrays |= arrays
                self.frames += 1
                self.frame_times.append(time.perf_counter())
                await self.socket.send(json.dumps({"cmd": "ack", "frame": self.header["frame"]}))
            else:
                told = json.loads(message)
                if told["type"] == "scene":
                    self.scene = told
                elif told.get("id") in self._replies:
                    self._replies.pop(told["id"]).set_result(told)
            self._news.set()

    async def send(self, cmd: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its reply."""
        self._number += 1
        reply = self._replies[self._number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"cmd": cmd, "id": self._number, **fields}))
        return await asyncio.wait_for(reply, 20)

    async def until(self, condition: Any, seconds: float = 20.0) -> None:
        """Wait until ``condition(client)`` holds. Raises TimeoutError with the last header."""
        deadline = time.monotonic() + seconds
        while not condition(self):
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"waited {seconds} s; last frame: {self.header}")
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(left, 0.5))
            except TimeoutError:
                continue
