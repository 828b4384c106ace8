"""A visitor of a chapter without a browser: opens a section through Streamlit's socket and asks again and again."""

from __future__ import annotations

import asyncio
import time

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Student:
    """One visit of a section. Use ``async with Student(url, "optimization/orders", seed=3) as student``.

    While something is computed the page asks for a part of itself again and again; so does this.

    Attributes:
        runs: how often the server has run the page's script, or a part of it.
        done: set while nothing is computed.
        scripts: seconds from each request to the end of its script.
    """

    def __init__(self, url: str, section: str, **settings: object) -> None:
        self.address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.origin = "/".join(url.split("/")[:3])
        self.chapter, name = section.split("/")
        self.name = name
        self.query = self._query(settings)
        self.runs = 0
        self.scripts: list[float] = []
        self.done = asyncio.Event()
        self._timer: asyncio.Task[None] | None = None
        self._asked = 0.0

    async def __aenter__(self) -> Student:
        self.socket = await websockets.connect(
            self.address, origin=self.origin, subprotocols=["streamlit"], max_size=2**26
        )
        self._reader = asyncio.create_task(self._read())
        await self._ask("")
        return self

    def _query(self, settings: dict[str, object]) -> str:
        return "&".join(f"{k}={v}" for k, v in {"section": self.name, "lang": "en", **settings}.items())

    async def press(self, **settings: object) -> None:
        """Have the section computed anew with other settings."""
        self.done.clear()
        self.query = self._query(settings)
        self._stop()
        await self._ask("")

    async def __aexit__(self, *_: object) -> None:
        self._stop()
        self._reader.cancel()
        await self.socket.close()

    async def _ask(self, fragment: str) -> None:
        request = BackMsg()
        request.rerun_script.query_string = self.query
        request.rerun_script.page_name = self.chapter
        request.rerun_script.fragment_id = fragment
        request.rerun_script.is_auto_rerun = bool(fragment)
        self._asked = self._asked or time.perf_counter()
        await self.socket.send(request.SerializeToString())

    async def _read(self) -> None:
        ticking = fresh = False
        async for data in self.socket:
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session" and not message.metadata.run.fragment_ids:  # the whole page runs
                self._stop()
                ticking, fresh = False, True
            elif kind == "auto_rerun":
                self._stop()
                ticking = True
                rerun = message.auto_rerun
                self._timer = asyncio.create_task(self._tick(rerun.interval, rerun.fragment_id))
            elif kind == "script_finished":
                self.runs += 1
                if self._asked:
                    self.scripts.append(time.perf_counter() - self._asked)
                    self._asked = 0.0
                if fresh and not ticking:
                    self.done.set()

    async def _tick(self, interval: float, fragment: str) -> None:
        while True:
            await asyncio.sleep(interval)
            await self._ask(fragment)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
