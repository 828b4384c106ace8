"""Makes ``docs/playground.gif`` from the running app: ``python docs/animation.py``."""

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

from playground.views.theme import SPLIT_COLOURS  # noqa: E402

FRAMES, WIDTH, COLOURS = 40, 1000, 160
THIN = 24
"""Lines of pixels that are added in each curve's colour while the palette is chosen: thin lines would lose theirs."""


def with_coloured_lines(picture: Image.Image) -> Image.Image:
    """The picture with a field in the colours of each curve below it."""
    colours = [SPLIT_COLOURS[split] for split in ("train", "test")]
    whole = Image.new("RGB", (picture.width, picture.height + THIN * len(colours)))
    whole.paste(picture)
    for row, colour in enumerate(colours):
        top = picture.height + THIN * row
        whole.paste(colour, (0, top, picture.width, top + THIN))
    return whole


def main() -> None:
    """Start the app, play its first example slowly, and keep a picture every quarter of a second."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder) / "log")
        try:
            app.wait()
            executable = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(
                executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1500, "height": 1000})
            page.goto(app.url)
            stage = page.get_by_test_id("stage")
            stage.get_by_test_id("play").wait_for(timeout=60_000)
            page.wait_for_timeout(12_000)
            stage.get_by_test_id("speed").fill("7")
            stage.get_by_test_id("play").click()
            pictures = []
            for _ in range(FRAMES):
                pictures.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
                page.wait_for_timeout(150)
            browser.close()
        finally:
            app.stop()
    height = round(pictures[0].height * WIDTH / pictures[0].width)
    small = [picture.resize((WIDTH, height), Image.Resampling.LANCZOS) for picture in pictures]
    palette = with_coloured_lines(small[-1]).quantize(COLOURS, dither=Image.Dither.NONE)
    frames = [picture.quantize(COLOURS, palette=palette, dither=Image.Dither.NONE) for picture in small]
    frames[0].save(
        ROOT / "docs" / "playground.gif",
        save_all=True,
        append_images=frames[1:],
        duration=[160] * (len(frames) - 1) + [2500],
        loop=0,
        optimize=True,
    )


if __name__ == "__main__":
    main()
