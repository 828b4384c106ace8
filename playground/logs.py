"""The log as lines of JSON, for machines that read it."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime

VARIABLE = "PLAYGROUND_LOG"


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
    """Write JSON where ``PLAYGROUND_LOG=json`` asks for it, also in the loggers that have handlers of their own.

    Raises:
        ValueError: the variable holds something else.
    """
    asked = os.environ.get(VARIABLE, "")
    if asked not in ("", "text", "json"):
        raise ValueError(f"{VARIABLE}: expected 'json' or 'text', got {asked!r}")
    if asked != "json":
        return
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stderr))
    for logger in (root, *map(logging.getLogger, list(root.manager.loggerDict))):
        for handler in logger.handlers:
            handler.setFormatter(Lines())
