"""The browser fetches the stage's files beside Streamlit's own, before the page's script has asked for them."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.stage import assets


class StageEarly:
    """Names the stage's module and styles in the headers of each page (RFC 8288; ``modulepreload``, ``preload``).

    Their addresses are relative to the page's own, so that they hold behind a proxy that takes off a prefix.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ``app`` does."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    folder = assets.address()
                    headers.append("Link", f"<{folder}{assets.MODULE}>; rel=modulepreload")
                    headers.append("Link", f"<{folder}{assets.STYLES}>; rel=preload; as=style")
            await send(message)

        await self.app(scope, receive, named)
