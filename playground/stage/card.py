"""What a messenger shows where a link is pasted: title, a sentence and a picture (Open Graph protocol, https://ogp.me).

Messengers read the page that the server sends and run no scripts, so the page says it itself, in the language of the
link, else of whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.text import LANGUAGES, known, text

FIRST = "playground"
PICTURE = "card.png"
"""In this folder; made by ``docs/card.py``."""
WIDTH, HEIGHT = 1200, 630
MOST_BYTES = 200_000
"""A page that is larger is sent on as it is."""

_HEAD = re.compile(r"<title>[^<]*</title>")
_LANGUAGE = re.compile(r'<html lang="[^"]*">')


def language_of(query: Mapping[str, str], accepted: str) -> str:
    """The language of a link, else the first of an ``Accept-Language`` header that we speak, else English."""
    wished = [
        query.get("lang", ""),
        *(part.split(";")[0].strip()[:2].lower() for part in accepted.split(",")),
    ]
    return next((code for code in wished if code in LANGUAGES), "en")


def words(path: str, query: Mapping[str, str], language: str) -> tuple[str, str]:
    """Title and sentence of the page at a path: of its section, its example, or its own."""
    name = path.rstrip("/").rpartition("/")[2] or FIRST
    section, preset = query.get("section", ""), query.get("preset", "")
    for about, claim in (
        (f"chapters.{name}.{section}.title", f"chapters.{name}.{section}.claim"),
        (f"presets.{preset}.title", f"presets.{preset}.purpose"),
    ):
        if known(about, language) and known(claim, language):
            return text(about, language), re.sub(r"[*`]", "", text(claim, language))
    key = f"ui.navigation.{name}"
    title = text(key if known(key, language) else f"ui.navigation.{FIRST}", language)
    return f"{title} · {text('ui.card.title', language)}", text("ui.card.sentence", language)


def with_card(page: str, path: str, query: Mapping[str, str], accepted: str, base: str) -> str:
    """The page with title, description and card in its head.

    Args:
        path, query: of the page's address. accepted: the header ``Accept-Language``.
        base: address of the folder that the page is in, with a slash at its end.
    """
    language = language_of(query, accepted)
    title, sentence = words(path, query, language)
    told = {
        "og:title": title,
        "og:description": sentence,
        "og:type": "website",
        "og:image": f"{base}{PICTURE}",
        "og:image:width": str(WIDTH),
        "og:image:height": str(HEIGHT),
        "og:locale": {"ko": "ko_KR"}.get(language, "en_US"),
        "twitter:card": "summary_large_image",
    }
    head = [f"<title>{escape(title)}</title>", f'<meta name="description" content="{escape(sentence)}" />']
    head += [f'<meta property="{name}" content="{escape(value)}" />' for name, value in told.items()]
    page = _HEAD.sub(lambda _: "\n    ".join(head), page, count=1)
    return _LANGUAGE.sub(f'<html lang="{language}">', page, count=1)


class PreviewCard:
    """Puts the card into each page that ``app`` sends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ``app`` does."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        begun: Message = {}
        body = bytearray()

        async def carded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                page = message["status"] == 200 and headers.get("content-type", "").startswith("text/html")
                small = int(headers.get("content-length", MOST_BYTES + 1)) <= MOST_BYTES
                if page and small and "content-encoding" not in headers:
                    begun = message
                    return
            if not begun:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                whole = _page(bytes(body), scope)
                headers = MutableHeaders(scope=begun)
                headers["content-length"] = str(len(whole))
                headers.add_vary_header("Accept-Language")
                for name in ("etag", "last-modified", "accept-ranges"):
                    del headers[name]  # they are of the file, not of what is sent
                await send(begun)
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, carded)


def _page(body: bytes, scope: Scope) -> bytes:
    headers = Headers(scope=scope)
    query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    scheme = headers.get("x-forwarded-proto", scope.get("scheme", "http")).split(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", "")).split(",")[0].strip()
    prefix = headers.get("x-forwarded-prefix", "").rstrip("/")
    folder = scope["path"].rpartition("/")[0]
    base = f"{scheme}://{host}{prefix}{folder}/"
    page = body.decode("utf-8")
    return with_card(page, scope["path"], query, headers.get("accept-language", ""), base).encode()


def picture() -> bytes:
    """The card's picture, PNG of 1200 × 630 pixels."""
    return (Path(__file__).parent / PICTURE).read_bytes()
