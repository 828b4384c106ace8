"""What the server needs at its start: routes that load what serves them when it is asked for.

Importing all of it takes several times as long as starting Streamlit. So the server answers first; a thread then
loads the rest, and whoever comes meanwhile waits for the modules that their request needs.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import anyio
import narwhals.stable.v1  # noqa: F401 - see TANGLED
from starlette.routing import BaseRoute, Route, WebSocketRoute

from playground import logs
from playground.live import heap, readiness
from playground.text import LANGUAGES

SETTLE_SECONDS = 0.3
"""From the start of the event loop until loading begins: the server answers by then."""

SETTLED_SECONDS = 600.0
"""Between two times at which memory is settled: the interpreter stands still for some 0.2 s."""
QUIET_SECONDS = 10.0
"""From then until PyTorch is loaded. It takes longer than everything else together, and would take half of the
interpreter from the first visitors, who do without it."""

TANGLED = ("narwhals.stable.v1",)
"""What Altair and scikit-learn both import, and whose parts import one another: two threads that begin with different
parts of it wait for each other, and Python ends one with an error. So it comes before there are threads."""

BEHIND = (
    "playground.live.routes",
    "playground.races.routes",
    "playground.stage.routes",
    "playground.stage.single",
    "playground.ui.navigation",
    "playground.ui.address",
    "playground.ui.controls",
    "playground.ui.code",
    "playground.ui.data_entry",
    "playground.ui.share",
)
"""What a first visitor needs."""

log = logging.getLogger(__name__)


def later(module: str, name: str) -> Callable[[Any], Awaitable[Any]]:
    """The handler ``module.name``, imported by the first request."""

    async def handle(request: Any) -> Any:
        found = await anyio.to_thread.run_sync(import_module, module)
        return await getattr(found, name)(request)

    return handle


ROUTES: list[Route | WebSocketRoute] = [
    WebSocketRoute("/live/{token}", later("playground.live.routes", "live")),
    WebSocketRoute("/race/{token}", later("playground.races.routes", "race")),
    WebSocketRoute("/wall/{token}", later("playground.walls.routes", "wall")),
    WebSocketRoute("/pictures/{token}", later("playground.pictures.routes", "pictures")),
    Route("/stage/{version}/{name:path}", later("playground.stage.routes", "asset")),
    Route("/card.png", later("playground.stage.routes", "picture")),
    Route("/live-health", later("playground.live.routes", "health")),
    Route("/live-ready", later("playground.live.routes", "ready")),
    Route("/metrics", later("playground.live.routes", "metrics")),
    Route("/playground", later("playground.live.routes", "start")),
]
"""What ``app.py`` adds to Streamlit's routes."""


def under(base: str) -> list[BaseRoute]:
    """The routes as they are, and under the path that Streamlit serves the app under (``server.baseUrlPath``)."""
    prefix = base.strip("/")
    if not prefix:
        return [*ROUTES]
    return [*ROUTES, *(type(route)(f"/{prefix}{route.path}", route.endpoint) for route in ROUTES)]


def load() -> None:
    """Import what visitors need, the first one's needs first, and make the engines ready."""
    for module in BEHIND:
        import_module(module)
    sessions = import_module("playground.live.sessions")
    sessions.start()
    readiness.loaded()
    assets = import_module("playground.stage.assets")
    for page in assets.CHARTS:
        assets.read(assets.charts(page, next(iter(LANGUAGES))))
    time.sleep(QUIET_SECONDS)
    sessions.settle()
    threading.Thread(target=_keep_settled, args=(sessions.settle,), name="memory", daemon=True).start()


def _keep_settled(settle: Callable[[], None]) -> None:
    """Settle memory again and again."""
    while True:
        time.sleep(SETTLED_SECONDS)
        settle()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Load behind the start of the server; end the training threads when it stops."""
    logs.set_up()
    heap.few_arenas()
    loop = asyncio.get_running_loop()
    readiness.drain_first(loop)
    watching = loop.create_task(readiness.watch())
    loading = threading.Thread(target=load, name="warm-up", daemon=True)
    begin = loop.call_later(SETTLE_SECONDS, loading.start)
    yield
    begin.cancel()
    watching.cancel()
    sessions = sys.modules.get("playground.live.sessions")
    if sessions is not None and hasattr(sessions, "server"):  # it has been loaded to its end
        sessions.server().scheduler.stop()
