"""A printed page is a hand-out: what is handled stays off it, and charts and code are whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from stage_visit import open_app, rested

pytestmark = pytest.mark.browser


def test_the_playground_fits_its_paper(page, app, tmp_path):
    stage = open_app(page, app, "v=1&hidden=4,2")
    rested(page)
    page.locator("summary").filter(has_text="Code").click()
    expect(page.get_by_test_id("stCode").locator("pre")).to_contain_text("import torch")
    before = stage.bounding_box()["width"]
    paper = tmp_path / "page.pdf"
    page.pdf(path=paper, format="A4", print_background=True)
    assert paper.read_bytes().startswith(b"%PDF")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    # The stage keeps its shape and is made smaller as a whole.
    place = stage.bounding_box()
    assert 600 < place["width"] <= 701 < before
    clipped = page.evaluate(
        "[...document.querySelectorAll('pre, [data-testid=stMain], [data-testid=stAppViewContainer]')]"
        ".filter(e => getComputedStyle(e).overflowY !== 'visible').map(e => e.outerHTML.slice(0, 80))"
    )
    assert clipped == []
    code = page.get_by_test_id("stCode").bounding_box()
    following = page.locator("summary").filter(has_text="Share").bounding_box()
    assert following["y"] >= code["y"] + code["height"]
