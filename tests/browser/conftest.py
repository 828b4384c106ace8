"""Pages of the browser that its tests share."""

from __future__ import annotations

import pytest


@pytest.fixture
def visit(browser):
    """Opens pages and closes them; an uncaught error or a complaint of the stage on one of them fails the test."""
    pages, problems = [], []

    def open_page(**options):
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if "stage:" in m.text else None)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not problems


@pytest.fixture
def page(visit):
    """One page of a usual size."""
    return visit(viewport={"width": 1440, "height": 1000})
