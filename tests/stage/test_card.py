"""The card that messengers show with a link: in Streamlit's real page, in the link's language, and nothing executed."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import streamlit
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from playground.chapters import sections
from playground.presets import PRESETS
from playground.stage.card import HEIGHT, WIDTH, PreviewCard, picture
from playground.stage.routes import picture as picture_route
from playground.text import LANGUAGES, text

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"


class _Head(HTMLParser):
    """Title, language and meta elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: dict[str, str] = {}
        self.scripts = 0
        self._in_title = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title"
        self.scripts += tag == "script"
        if tag == "html":
            self.told["lang"] = found["lang"]
        if tag == "meta" and "content" in found:
            self.told[found.get("property") or found.get("name", "")] = found["content"]

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.told["title"] = data
            self._in_title = False


@pytest.fixture(scope="module")
def client() -> TestClient:
    async def page(_request: Request) -> FileResponse:
        return FileResponse(INDEX)

    async def plain(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("<title>Streamlit</title>")

    routes = [
        Route("/plain", plain),
        Route("/card.png", picture_route),
        Route("/{path:path}", page, methods=["GET", "HEAD"]),
    ]
    return TestClient(
        Starlette(routes=routes, middleware=[Middleware(PreviewCard)]), base_url="http://host:8501"
    )


def head(client: TestClient, path: str, **headers: str) -> _Head:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers
    return _Head(answer.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_speaks_for_itself(client: TestClient, language: str) -> None:
    for section in sections.values():
        told = head(client, f"/{section.chapter}?section={section.name}&lang={language}").told
        assert told["title"] == told["og:title"] == section.say("title", language)
        assert told["description"] == re.sub(r"[*`]", "", section.say("claim", language))
        assert told["lang"] == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PRESETS)
def test_every_example_speaks_for_itself(client: TestClient, name: str, language: str) -> None:
    told = head(client, f"/?preset={name}&lang={language}").told
    assert told["og:title"] == text(f"presets.{name}.title", language)


def test_the_language_is_the_links_else_the_readers(client: TestClient) -> None:
    korean, english = text("ui.card.sentence", "ko"), text("ui.card.sentence", "en")
    accept = {"accept-language": "fr, ko-KR;q=0.9"}
    assert head(client, "/", **accept).told["og:description"] == korean
    assert head(client, "/?lang=en", **accept).told["og:description"] == english
    assert head(client, "/?lang=nonsense", **{"accept-language": "fr"}).told["og:description"] == english


@pytest.mark.parametrize(
    ("path", "headers", "address"),
    [
        ("/", {}, "http://host:8501/card.png"),
        ("/tuning?section=wall", {}, "http://host:8501/card.png"),
        ("/course/race", {}, "http://host:8501/course/card.png"),
        (
            "/race",
            {"x-forwarded-proto": "https", "x-forwarded-host": "nn.example", "x-forwarded-prefix": "/nn"},
            "https://nn.example/nn/card.png",
        ),
    ],
)
def test_the_picture_has_a_full_address(
    client: TestClient, path: str, headers: dict[str, str], address: str
) -> None:
    assert head(client, path, **headers).told["og:image"] == address


def test_the_picture_is_of_the_size_that_is_told(client: TestClient) -> None:
    answer = client.get("/card.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content == picture()
    assert Image.open(io.BytesIO(answer.content)).size == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    "query",
    [
        'section="><script>alert(1)</script>',
        "preset=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "lang=%22%3E%3Cscript%3E",
        "section=..%2F..&preset=__class__",
        "%ff%fe=%ff",
    ],
)
def test_nothing_of_a_link_gets_into_the_page(client: TestClient, query: str) -> None:
    evil = {"x-forwarded-host": '"><script>alert(1)</script>'}
    usual = head(client, "/tuning")
    assert head(client, f"/tuning?{query}", **evil).scripts == usual.scripts
    assert head(client, f"/tuning?{query}").told == usual.told


def test_what_is_no_page_stays_as_it_is(client: TestClient) -> None:
    assert client.get("/plain").text == "<title>Streamlit</title>"
    assert client.head("/").status_code == 200
