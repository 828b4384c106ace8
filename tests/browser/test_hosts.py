"""Where the app is not at the root of a host of its own: Chromium plays there all the same."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from conftest import App
from playwright.sync_api import expect
from proxies import DEPLOY, FILES, PREFIX, proxy, replaced
from stage_visit import SECONDS, rested, until, value

pytestmark = pytest.mark.browser


@pytest.fixture
def course(tmp_path_factory):
    """An app that is served under ``/course`` itself."""
    running = App(
        tmp_path_factory.mktemp("app") / "log", {"STREAMLIT_SERVER_BASE_URL_PATH": "course"}, base="/course"
    )
    running.wait()
    yield running
    running.stop()


def drawn(stage):
    """The last of the stage's files has come: what ends before leaves a page that asks a proxy that is gone."""
    expect(stage.get_by_test_id("curves").locator("canvas").first).to_be_visible(timeout=3 * SECONDS)


def plays(page, url):
    """The stage opens by its socket, plays, and its links and files stay under the address."""
    missing = []
    page.on("response", lambda got: missing.append(got.url) if got.status >= 400 else None)
    page.goto(f"{url}/?v=1&hidden=3")
    stage = page.get_by_test_id("stage")
    expect(stage).to_have_attribute("data-connection", "open", timeout=3 * SECONDS)
    stage.get_by_test_id("play").click()
    expect(stage).to_have_attribute("data-status", "playing", timeout=SECONDS)
    until(page, lambda: value(stage, "epoch") > 20)
    drawn(stage)
    # From page to page by the menu, and by a link of a section back into the playground.
    rested(page)
    page.locator('[data-testid="stSidebar"]').get_by_role("link", name="Race").click()
    race = page.get_by_test_id("race")
    expect(race).to_have_attribute("data-connection", "open", timeout=3 * SECONDS)
    assert urlsplit(page.url).path == urlsplit(url).path + "/race"
    page.goto(f"{url}/optimization?section=schedules")
    link = page.get_by_role("link", name="Open in the playground").first
    link.wait_for(timeout=3 * SECONDS)
    target = link.evaluate("link => link.href")
    assert target.startswith(f"{url}/?"), target
    page.goto(target)
    expect(stage).to_have_attribute("data-connection", "open", timeout=3 * SECONDS)
    asked = {urlsplit(entry).path.removeprefix(urlsplit(url).path).split("/")[1] for entry in missing}
    assert not asked & {"stage", "live", "race", "live-health"}, missing


def test_behind_a_proxy_that_takes_off_a_prefix(page, app, tmp_path):
    with proxy("nginx", (DEPLOY / FILES["nginx"][1]).read_text(), tmp_path, app.port) as root:
        plays(page, root + PREFIX)


def test_under_a_path_of_its_own_behind_a_proxy_that_passes_that_path_alone(page, course, tmp_path):
    site = replaced(
        (DEPLOY / FILES["nginx"][0]).read_text(),
        ("location / {", "location /course/ {"),
    )
    with proxy("nginx", site, tmp_path, course.port) as root:
        plays(page, root + "/course")


def behind(*changes):
    """The site of nginx for the root of a host, with changes."""
    return replaced((DEPLOY / FILES["nginx"][0]).read_text(), *changes)


def test_a_proxy_that_drops_the_port_is_no_reason_to_refuse(page, app, tmp_path):
    site = behind(("Host $http_host;", "Host $host;"))
    with proxy("nginx", site, tmp_path, app.port) as root:
        page.goto(f"{root}/?v=1")
        stage = page.get_by_test_id("stage")
        expect(stage).to_have_attribute("data-connection", "open", timeout=3 * SECONDS)
        drawn(stage)


def test_a_refused_page_says_so_and_the_log_says_what_to_set(page, app, tmp_path):
    site = behind(
        ("proxy_set_header Host $http_host;", ""),
        ("proxy_set_header X-Forwarded-Host $http_host;", ""),
    )
    with proxy("nginx", site, tmp_path, app.port) as root:
        page.goto(f"{root}/?v=1")
        stage = page.get_by_test_id("stage")
        expect(stage).to_have_attribute("data-connection", "fallback", timeout=3 * SECONDS)
        expect(stage).to_contain_text("its log says what to set", timeout=SECONDS)
        rested(page)
        stage.get_by_test_id("epoch").click()
        expect(stage).to_have_attribute("data-epoch", "1", timeout=SECONDS)
        log = app.log.read_text()
        assert root in log
        assert "PLAYGROUND_ALLOWED_ORIGINS" in log
        drawn(stage)


def test_in_a_frame_of_another_site_it_plays_and_copies(page, app):
    class Lecture(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            frame = f'<iframe src="{app.url}/?v=1&embed=true" style="width:1400px;height:950px"></iframe>'
            self.wfile.write(frame.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("localhost", 0), Lecture) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://localhost:{server.server_port}/")  # the app is at 127.0.0.1, another site
        frame = page.frame_locator("iframe")
        stage = frame.get_by_test_id("stage")
        expect(stage).to_have_attribute("data-connection", "open", timeout=3 * SECONDS)
        stage.get_by_test_id("play").click()
        until(page, lambda: value(stage, "epoch") > 5)
        frame.locator("body").evaluate("() => { navigator.clipboard.writeText('copied words'); }")
        expect(frame.locator(".playground-note textarea")).to_have_value("copied words", timeout=SECONDS)
        server.shutdown()
