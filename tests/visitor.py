"""A visitor of the running app without a browser: opens Streamlit's own socket and finds the live session's token."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import websockets
from live_client import Client
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

TOKEN = re.compile(rb"/live/([A-Za-z0-9_-]{16,})")


class Visitor:
    """One Streamlit session. Use ``async with Visitor(url, query) as visitor``.

    Attributes:
        token: of the live session that the page opened.
    """

    def __init__(self, url: str, query: str = "") -> None:
        self.address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self.origin = "/".join(url.split("/")[:3])
        self.query = query
        self.token = ""
        self.url = url

    async def __aenter__(self) -> Visitor:
        self.socket = await websockets.connect(
            self.address, origin=self.origin, subprotocols=["streamlit"], max_size=2**26
        )
        await self.run_script()
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.socket.close()

    async def run_script(self) -> None:
        """Run the page until it shows a stage, past a run that asks for another one.

        Raises:
            RuntimeError: it shows none within a minute.
        """
        request = BackMsg()
        request.rerun_script.query_string = self.query
        request.rerun_script.page_script_hash = ""
        await self.socket.send(request.SerializeToString())
        finished, shown, drawing = False, asyncio.Event(), None
        try:
            async with asyncio.timeout(60):
                while not (finished and self.token):
                    data = await self.socket.recv()
                    assert isinstance(data, bytes)
                    found = TOKEN.search(data)
                    if found and not self.token:
                        self.token = found.group(1).decode()
                        drawing = asyncio.create_task(self._draw(shown))
                    message = ForwardMsg()
                    message.ParseFromString(data)
                    finished = message.WhichOneof("type") == "script_finished"
        except TimeoutError:
            raise RuntimeError("the page opened no live session") from None
        finally:
            shown.set()
            if drawing is not None:
                await drawing

    async def _draw(self, finished: asyncio.Event) -> None:
        """Show the stage as soon as it has come, as a browser does: the page sends its controls after that."""
        async with Client(self.url, self.token, origin=self.origin):
            await finished.wait()
