"""What the pages say can be read: contrast of small print, names of controls, quiet announcements."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from stage_visit import rested, still

pytestmark = pytest.mark.browser

WALK = """
const walk = (root, visit) => { for (const e of root.querySelectorAll('*')) {
  if (e.shadowRoot) walk(e.shadowRoot, visit);
  visit(e);
} };
"""

# WCAG 2.2, 1.4.3: 4.5 for text, 3 for large text; slider ends that Streamlit hides (contrast 1) are left out.
FAINT = (
    "() => {"
    + WALK
    + """
const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
const luminance = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
const read = (text) => {
  const unit = text.startsWith('color(') ? 255 : 1;
  const n = (text.match(/[\\d.]+(e-?\\d+)?/g) || []).map(Number);
  return n.length < 3 ? null : [n[0] * unit, n[1] * unit, n[2] * unit, n[3] ?? 1];
};
const above = (e) => e.parentElement || e.getRootNode().host || null;
const ground = (e) => {
  const coats = [];
  for (let x = e; x; x = above(x)) {
    const coat = read(getComputedStyle(x).backgroundColor);
    if (coat && coat[3] > 0) { coats.push(coat); if (coat[3] === 1) break; }
  }
  return coats.reverse().reduce((c, k) => c.map((v, i) => v * (1 - k[3]) + k[i] * k[3]), [255, 255, 255]);
};
const faint = [];
walk(document, (e) => {
  const text = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join('');
  const box = e.getBoundingClientRect();
  if (!text || ['SCRIPT', 'STYLE'].includes(e.tagName) || box.width < 2 || box.height < 2) return;
  const style = getComputedStyle(e);
  if (style.visibility === 'hidden' || e.closest('[disabled], [aria-disabled=true]')) return;
  const ink = read(e instanceof SVGElement ? style.fill : style.color);
  if (!ink) return;
  let opacity = ink[3];
  for (let x = e; x; x = above(x)) opacity *= Number(getComputedStyle(x).opacity);
  const back = ground(e);
  const front = back.map((v, i) => v * (1 - opacity) + ink[i] * opacity);
  const [low, high] = [luminance(front), luminance(back)].sort((a, b) => a - b);
  const contrast = (high + 0.05) / (low + 0.05);
  const needed = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
  if (contrast > 1.01 && contrast < needed - 0.01) faint.push(`${text.slice(0, 30)}: ${contrast.toFixed(2)}`);
});
return faint;
}"""
)

NAMELESS = (
    "() => {"
    + WALK
    + """
const nameless = [];
walk(document, (e) => {
  if (!e.matches('button, input, select, textarea, a[href], [role=button]')) return;
  if (e.getBoundingClientRect().width < 1) return;
  const by = e.getRootNode().getElementById(e.getAttribute('aria-labelledby') || '-');
  const name = e.getAttribute('aria-label') || e.textContent.trim() || e.title || by?.textContent
    || e.labels?.[0]?.textContent || e.placeholder;
  if (!name) nameless.push(e.outerHTML.slice(0, 120));
});
return nameless;
}"""
)

LISTEN = (
    "() => {"
    + WALK
    + """
window.announced = 0;
walk(document, (e) => {
  if (!e.matches('[data-testid=stage] :is([aria-live], [role=status], [role=alert])')) return;
  const count = (records) => { window.announced += records.length; };
  new MutationObserver(count).observe(e, { childList: true, characterData: true, subtree: true });
});
}"""
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_controls_have_names(browser, app, scheme):
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1440, "height": 1000})
    for path, ready in (
        ("/?v=1&dataset=digits&dropout=0.2", "[data-testid=stage][data-status=paused]"),
        ("/gallery", "h1"),
        ("/techniques", "h1"),
        ("/images?section=worth", "[data-testid=stBaseButton-primary]"),
    ):
        page.goto(app.url + path)
        page.wait_for_selector(ready, timeout=40_000)
        still(page)
        assert page.evaluate(FAINT) == [], path
        assert page.evaluate(NAMELESS) == [], path
    page.close()


def test_a_playing_run_is_not_read_aloud_all_the_time(browser, app):
    page = browser.new_page()
    page.goto(app.url + "/?v=1")
    stage = page.get_by_test_id("stage")
    page.wait_for_selector("[data-testid=stage][data-status=paused]", timeout=40_000)
    page.evaluate(LISTEN)
    stage.get_by_test_id("play").click()
    page.wait_for_timeout(4000)
    assert page.evaluate("window.announced") <= 4
    page.close()


def test_a_korean_page_says_in_korean_what_streamlit_says_in_english(page, app):
    page.goto(f"{app.url}/race?lang=ko")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_have_attribute("aria-label", "사이드바", timeout=60_000)
    several = page.get_by_test_id("stMultiSelect").first
    expect(several.get_by_label("모두 지우기")).to_be_attached(timeout=60_000)
    expect(several.get_by_label(re.compile("지우기$")).first).to_be_attached()
    rested(page)
    several.locator("input").click()
    several.locator("input").press_sequentially("qqq")
    expect(page.get_by_text("결과 없음")).to_be_visible()
    page.keyboard.press("Escape")
    # A visitor's own words stay as they are, whatever they are, and Streamlit's follow the language.
    page.evaluate(
        """() => {
        const own = (tag, given) => document.querySelector('[data-testid="stMain"]').append(
          Object.assign(document.createElement(tag), given));
        own("input", { className: "own-field", ariaLabel: "Open" });
        own("pre", { className: "own-code", textContent: "Search" });
        own("button", { className: "its", ariaLabel: "Help for Format" });
        }"""
    )
    expect(page.locator(".its")).to_have_attribute("aria-label", "Format 도움말")
    expect(page.locator(".own-field")).to_have_attribute("aria-label", "Open")
    expect(page.locator(".own-code")).to_have_text("Search")
    sidebar.get_by_text("English", exact=True).click()
    expect(sidebar).to_have_attribute("aria-label", "Sidebar", timeout=60_000)
    expect(several.get_by_label("Clear all")).to_be_attached()
