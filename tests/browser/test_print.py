"""A printed page is a hand-out: what is handled stays off it, charts and code are whole, settings and
the link are on it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from stage_visit import open_app, rested

from playground.text import LANGUAGES, text

pytestmark = pytest.mark.browser
EXPERIMENT = "v=2&dataset=xor&hidden=4,2&learning_rate=0.1&optimizer=adam"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_playground_fits_its_paper(page, app, tmp_path, language):
    stage = open_app(page, app, f"{EXPERIMENT}&lang={language}")
    rested(page)
    page.locator("summary").filter(has_text=text("ui.tabs.code", language)).click()
    expect(page.get_by_test_id("stCode").locator("pre")).to_contain_text("import torch")
    handout = page.locator(".playground-handout")
    expect(handout).to_be_hidden()
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
    following = page.locator("summary").filter(has_text=text("ui.tabs.share", language)).bounding_box()
    assert following["y"] >= code["y"] + code["height"]
    expect(handout).to_be_visible()
    rows = [row.split("\n") for row in handout.locator("dl > div").all_inner_texts()]
    assert [text("fields.learning_rate.label", language), "0.1"] in rows
    assert [text("fields.hidden.label", language), "4–2"] in rows
    assert handout.locator("figure img").evaluate("(code) => code.naturalWidth") > 0
    expect(handout.locator("figcaption")).to_contain_text("learning_rate=0.1")
