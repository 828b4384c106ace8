"""Commands of a viewer, however they came, and the words of the reply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from playground.live.base import Session
from playground.live.commands import COMMANDS, Reply, carry_out
from playground.live.frames import finite
from playground.live.viewer import Viewer
from playground.registry import InvalidValue
from playground.text import text
from playground.text.refusals import plain

Commands = Mapping[str, Callable[..., Reply]]

log = logging.getLogger(__name__)


def answer(
    session: Session, viewer: Viewer, message: object, commands: Commands = COMMANDS
) -> dict[str, object] | None:
    """Carry out a message and word the reply; a refused one changes nothing and says why."""
    number = message.get("id") if isinstance(message, dict) else None
    number = number if isinstance(number, int) else None
    try:
        reply = carry_out(session, viewer, message, commands)
    except InvalidValue as error:
        return {
            "type": "error",
            "id": number,
            "field": error.field,
            "message": plain(error, session.language),
        }
    except Exception:
        log.exception("a command failed")
        return {
            "type": "error",
            "id": number,
            "message": text("errors.failed", session.language),
            "field": "",
        }
    return None if reply is None else finite({"type": "done", "id": number, **reply})
