"""Makes ``playground/stage/card.png``, the picture that goes with a pasted link: ``python docs/card.py``."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import App  # noqa: E402

from playground.stage.card import HEIGHT, PICTURE, WIDTH  # noqa: E402

QUERY = (
    "dataset=spiral&hidden=8,8&activation=relu&learning_rate=0.1&features=x1,x2,sin_x1,sin_x2&view=projector"
)
SECONDS, COLOURS = 12, 128


def main() -> None:
    """Start the app, train a spiral for some seconds, and keep what the stage shows."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder) / "log")
        try:
            app.wait()
            executable = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 2 * WIDTH, "height": 2 * HEIGHT})
            page.goto(f"{app.url}/?{QUERY}")
            play = page.get_by_test_id("stage").get_by_test_id("play")
            play.wait_for(timeout=60_000)
            page.wait_for_timeout(4_000)
            play.click()
            page.wait_for_timeout(1000 * SECONDS)
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            browser.close()
        finally:
            app.stop()
    small = shot.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(
        ROOT / "playground" / "stage" / PICTURE, optimize=True
    )


if __name__ == "__main__":
    main()
