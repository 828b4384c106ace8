"""Every page opens by its own address, and the browser has nothing to complain about."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from stage_visit import rested

from playground.ui.navigation import ICONS

pytestmark = pytest.mark.browser

# A page that is not the first: Streamlit asks below the page's address before it asks at the server's root
# (streamlit/streamlit#7074), and goes on with the root's answer.
PROBE = re.compile(r"^/[a-z]+/_stcore/(health|host-config)$")


def test_no_page_has_an_error_in_the_browsers_console(app, browser):
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    found: list[str] = []

    def heard(kind: str, words: str, address: str = "") -> None:
        if not PROBE.match(urlsplit(address).path):
            found.append(f"{page.url}: {kind}: {words} {address}")

    def asked(request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(app.url).netloc:
            heard("foreign request", request.method, request.url)

    page.on(
        "console", lambda said: said.type == "error" and heard("console", said.text, said.location["url"])
    )
    page.on("pageerror", lambda error: heard("page error", str(error)))
    page.on("response", lambda got: got.status >= 400 and heard("answer", str(got.status), got.url))
    page.on("request", asked)
    for name in ICONS:
        page.goto(f"{app.url}/{name}")
        expect(page.locator('[data-testid="stMain"] :is(h1, [data-testid="stage"])').first).to_be_visible(
            timeout=60_000
        )
        rested(page)
        page.wait_for_timeout(300)
        expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    page.close()
    assert not found
