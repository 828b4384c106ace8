"""How fast the chapter pages open and answer, measured in headless Chromium against the real app on the same machine.

    python benchmarks/pages.py --json
    python benchmarks/pages.py generalization optimization

Every section is opened by its address; then each of its sliders is moved by one key. A section is usable, and a slider
has answered, when Streamlit is at rest again or when a progress bar with its stop button stands on the page. The first
opening on a started server also loads what the chapter needs, so that each section is opened twice.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import App, headless  # noqa: E402

from playground.text import topic  # noqa: E402

CHAPTERS = ("activations", "initialization", "optimization", "normalization", "generalization")
SLIDERS = '[data-testid="stMain"] [data-testid="stSlider"] input[type="range"]'
# Milliseconds until the page has rested for a tenth of a second, or shows a progress bar.
SETTLED = """
([quiet, most]) => new Promise((resolve) => {
  const started = performance.now();
  let rested = null;
  const look = () => {
    const now = performance.now();
    const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
    const drawn = document.querySelector('[data-testid="stMain"] h3') &&
      !document.querySelector('[data-testid="stSkeleton"]');
    if (document.querySelector('[data-testid="stProgress"]')) return resolve([now - started, 'progress']);
    if (state !== 'notRunning' || !drawn) rested = null;
    else rested ??= now;
    if (rested !== null && now - rested > quiet) return resolve([rested - started, 'done']);
    if (now - started > most) return resolve([most, 'timeout']);
    setTimeout(look, 2);
  };
  look();
})
"""
# The same, from the first moment at which the script runs after a key.
ANSWERED = """
(most) => new Promise((resolve) => {
  const started = performance.now();
  let ran = false;
  const look = () => {
    const now = performance.now();
    const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
    ran ||= state === 'running';
    if (document.querySelector('[data-testid="stProgress"]')) return resolve([now - started, 'progress']);
    if (ran && state === 'notRunning') return resolve([now - started, 'done']);
    if (!ran && now - started > 1500) return resolve([0, 'no run']);
    if (now - started > most) return resolve([most, 'timeout']);
    setTimeout(look, 2);
  };
  look();
})
"""


def opened(page: Page, address: str) -> dict[str, Any]:
    """Seconds until the section at ``address`` can be used, and how it ended."""
    started = time.perf_counter()
    page.goto(address)
    page.wait_for_selector('[data-testid="stMain"] h3', timeout=60_000)
    before = time.perf_counter() - started
    taken, how = page.evaluate(SETTLED, [100, 60_000])
    return {"s": round(before + taken / 1000, 2), "how": how}


def moved(page: Page, number: int) -> dict[str, Any]:
    """Milliseconds from a key on the slider ``number`` until the page has answered."""
    slider = page.locator(SLIDERS).nth(number)
    label = slider.get_attribute("aria-label") or str(number)
    slider.focus()
    value = slider.get_attribute("aria-valuenow") or slider.input_value()
    top = slider.get_attribute("max")
    page.keyboard.press("ArrowLeft" if value == top else "ArrowRight")
    taken, how = page.evaluate(ANSWERED, 30_000)
    return {"slider": label, "ms": round(taken), "how": how}


def at_rest(page: Page) -> None:
    """Wait until no computation is under way; stop what takes long."""
    for _ in range(100):
        stop = page.locator('[data-testid="stProgress"]')
        if not stop.count():
            page.wait_for_timeout(150)
            if page.locator('[data-testid="stApp"]').get_attribute("data-test-script-state") == "notRunning":
                return
        page.wait_for_timeout(200)


def chapter(page: Page, url: str, name: str) -> list[dict[str, Any]]:
    """All sections of one chapter."""
    rows = []
    keys = [key.split(".", 1) for key in topic(f"lab_{name}", "en") if key.startswith("sections.")]
    for _, section in keys:
        address = f"{url}/{name}?section={section}&lang=en"
        first = opened(page, address)
        at_rest(page)
        again = opened(page, address)
        at_rest(page)
        sliders = []
        for number in range(page.locator(SLIDERS).count()):
            if not page.locator(SLIDERS).nth(number).is_visible():
                continue
            sliders.append(moved(page, number))
            at_rest(page)
        rows.append({"page": name, "section": section, "first": first, "again": again, "sliders": sliders})
    return rows


def measure(names: list[str]) -> list[dict[str, Any]]:
    """Start the app and measure the chapters."""
    with tempfile.TemporaryDirectory() as folder, headless() as browser:
        app = App(Path(folder) / "log")
        try:
            app.wait()
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(60_000)
            # The compiled engine is loaded in the background of a started server.
            page.goto(app.url)
            page.wait_for_selector('[data-testid="stage"]:not([data-engine="reference"])', timeout=120_000)
            rows = [row for name in names for row in chapter(page, app.url, name)]
        finally:
            app.stop()
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "chapters", nargs="*", default=list(CHAPTERS), metavar="chapter", help="all, if none is named"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rows = measure(options.chapters)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        first, again = row["first"], row["again"]
        print(
            f"{row['page']} / {row['section']}: {first['s']} s {first['how']}, again {again['s']} s {again['how']}"
        )
        for slider in row["sliders"]:
            print(f"    {slider['ms']:6} ms {slider['how']:8} {slider['slider']}")


if __name__ == "__main__":
    main()
