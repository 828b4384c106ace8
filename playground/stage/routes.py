"""The routes of the stage's files, and of the picture that goes with a link."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.responses import Response

from playground.stage import assets, card


async def asset(request: Request) -> Response:
    """One of the stage's files; its address holds a hash of the content, so it never changes.

    A file of another version is none of ours: served under the old address it would stay in the browser's cache as part
    of the version that it does not belong to.
    """
    name, ours = request.path_params["name"], request.path_params["version"] == assets.version()
    found = await anyio.to_thread.run_sync(assets.read, name) if ours else None
    if found is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.body, media_type=found.kind, headers=headers)
    return Response(found.compressed, media_type=found.kind, headers={**headers, "Content-Encoding": "gzip"})


async def picture(request: Request) -> Response:
    """The picture of the card that messengers show with a link."""
    found = await anyio.to_thread.run_sync(card.picture)
    return Response(found, media_type="image/png", headers={"Cache-Control": "public, max-age=86400"})
