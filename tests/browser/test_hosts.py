"""Where the app is not at the root of a host of its own: Chromium plays there all the same."""

from __future__ import annotations

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
    expect(stage.get_by_test_id("curves").locator("canvas").first).to_be_visible(timeout=SECONDS)
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
