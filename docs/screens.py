"""Makes ``docs/pictures.png`` and ``docs/transfer.png`` from the running app: ``python docs/screens.py``."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import App  # noqa: E402

WIDTH, COLOURS = 1000, 128
EPOCHS = 6
"""That the network on pictures learns before it is taken."""
WAIT = 300_000
"""Milliseconds that anything may take."""


def kept(page: Page, name: str) -> None:
    """Write what the page shows, smaller and with few colours."""
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    small = shot.resize((WIDTH, round(shot.height * WIDTH / shot.width)), Image.Resampling.LANCZOS)
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(ROOT / "docs" / f"{name}.png", optimize=True)


def main() -> None:
    """Start the app, let a network learn from pictures, fine-tune another one, and keep a picture of each page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder) / "log")
        try:
            app.wait()
            executable = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(
                executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1500, "height": 900})
            page.set_default_timeout(WAIT)
            page.goto(f"{app.url}/images?section=learned_filters&lang=en&epochs=1")
            live = page.get_by_test_id("pictures").first
            live.get_by_test_id("stop-at").fill(str(EPOCHS))
            live.get_by_test_id("stop-at").press("Enter")
            live.get_by_test_id("play").click()
            expect(live).to_have_attribute("data-epoch", str(EPOCHS), timeout=WAIT)
            expect(live).to_have_attribute("data-status", "paused", timeout=WAIT)
            page.wait_for_timeout(2_000)
            kept(page, "pictures")
            page.goto(f"{app.url}/transfer?section=filters&lang=en")
            page.locator(".st-key-section_verdict").wait_for()
            page.wait_for_timeout(3_000)
            kept(page, "transfer")
            browser.close()
        finally:
            app.stop()


if __name__ == "__main__":
    main()
