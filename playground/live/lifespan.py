"""What happens when the server starts and stops."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playground.live import sessions


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Warm up in the background when the server starts; end the training threads when it stops."""
    threading.Thread(target=sessions.start, name="warm-up", daemon=True).start()
    yield
    sessions.server().scheduler.stop()
