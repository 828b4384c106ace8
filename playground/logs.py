"""The log on stderr, as text for people or as lines of JSON for machines."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime

VARIABLE = "PLAYGROUND_LOG"
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Lines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def set_up() -> None:
    """Write the log to stderr, as JSON where ``PLAYGROUND_LOG=json`` asks for it.

    Without a handler of the root's own Python prints warnings only as long as no logger has any handler, and ours have
    one that counts errors (``playground.live.meters``).

    Raises:
        ValueError: the variable holds something else.
    """
    asked = os.environ.get(VARIABLE, "")
    if asked not in ("", "text", "json"):
        raise ValueError(f"{VARIABLE}: expected 'json' or 'text', got {asked!r}")
    root = logging.getLogger()
    if not root.handlers:
        written = logging.StreamHandler(sys.stderr)
        written.setFormatter(logging.Formatter(TEXT))
        root.addHandler(written)
    if asked != "json":
        return
    # Also the loggers that have handlers of their own.
    for logger in (root, *map(logging.getLogger, list(root.manager.loggerDict))):
        for handler in logger.handlers:
            handler.setFormatter(Lines())
