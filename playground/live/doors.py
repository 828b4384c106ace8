"""Which pages may open a socket on this server."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from playground.live.limits import Limits

MAX_TOLD = 100
"""Refused origins that the log names; a stranger chooses them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trust:
    """What the web server below already lets in, so that its page and our socket agree.

    Args:
        everyone: pages of any origin (``server.enableCORS`` is off).
        origins: further ones (``server.corsAllowedOrigins``).
    """

    everyone: bool = False
    origins: tuple[str, ...] = ()


_trust = Trust()
_told: set[str] = set()


def trust(given: Trust) -> None:
    """Let in what the web server lets in, from now on."""
    global _trust
    _trust = given


def allowed_origin(
    origin: str | None, headers: Mapping[str, str], bounds: Limits, trusted: Trust | None = None
) -> bool:
    """Whether a page from ``origin`` may open a socket.

    Browsers always send the origin; programs, which hold no one's cookies, may leave it out. The page is of this server
    when its host is the one that was asked for: ``Host``, where a proxy may have dropped the port, or
    ``X-Forwarded-Host``, which a page cannot set for a socket, so that only a proxy can have written it.

    Args:
        headers: of the request, by names in small letters.
        trusted: what else is let in; None: what the web server was set to.
    """
    if origin is None:
        return True
    trusted = _trust if trusted is None else trusted
    page = urlsplit(origin.strip().lower())
    hosts = [headers.get("host", ""), *headers.get("x-forwarded-host", "").split(",")]
    if page.netloc and any(host.strip().lower() in (page.netloc, _portless(page.netloc)) for host in hosts):
        return True
    named = [*bounds.allowed_origins.split(","), *trusted.origins]
    return trusted.everyone or page.geturl().rstrip("/") in {
        entry.strip().lower().rstrip("/") for entry in named if entry.strip()
    }


def _portless(netloc: str) -> str:
    head, colon, port = netloc.rpartition(":")
    return head if colon and port.isdigit() else netloc


def tell_refused(origin: str, headers: Mapping[str, str]) -> None:
    """Say in the log, once for each origin, who was refused and which setting lets it in."""
    if origin in _told or len(_told) >= MAX_TOLD:
        return
    _told.add(origin)
    log.warning(
        "A page of %r was refused a socket: the request was for host %r (X-Forwarded-Host: %r). Let the proxy pass the "
        "browser's Host on, or set PLAYGROUND_ALLOWED_ORIGINS or Streamlit's server.corsAllowedOrigins to that origin. "
        "Until then its pages get about two frames a second.",
        origin,
        headers.get("host", ""),
        headers.get("x-forwarded-host", ""),
    )
