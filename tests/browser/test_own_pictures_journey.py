"""A visitor's own pictures: a zip is taken, refused by name, trained on; and pictures from a camera of the browser."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from stage_visit import rested

SHORT = "transfer?section=own&lang=en&steps=20&starts=scratch+frozen&count=4"


def two_colours(**more: bytes) -> bytes:
    """A zip with reddish and bluish pictures."""
    rng, buffer = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, colour in (("reds", (200, 40, 40)), ("blues", (40, 40, 200))):
            for number in range(8):
                pixels = np.clip(rng.normal(colour, 30, (48, 40, 3)), 0, 255).astype(np.uint8)
                one = io.BytesIO()
                Image.fromarray(pixels).save(one, "PNG")
                archive.writestr(f"{name}/{number}.png", one.getvalue())
        for name, data in more.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def give(page: Page, data: bytes) -> None:
    field = page.locator('[data-testid="stFileUploader"] input[type="file"]')
    field.set_input_files({"name": "mine.zip", "mimeType": "application/zip", "buffer": data})


@pytest.mark.browser
def test_pictures_from_a_zip_are_learned_and_forgotten(app: Any, visit: Any) -> None:
    page = visit(viewport={"width": 1300, "height": 1000})
    page.set_default_timeout(60_000)
    page.goto(f"{app.url}/{SHORT}")
    page.get_by_text("Handwritten digits until you bring your own.").wait_for()
    rested(page)
    give(page, two_colours(reds__broken=b"not a picture"))
    page.get_by_text(re.compile(r"reds/broken is no picture")).wait_for()
    give(page, two_colours())
    page.get_by_text("16 pictures: blues, reds").wait_for()
    assert "album" not in page.url
    rested(page)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text(re.compile(r"After 8 training pictures .* of 8 test pictures")).wait_for()
    rested(page)
    page.get_by_role("button", name="Forget the pictures").click()
    page.get_by_text("Handwritten digits until you bring your own.").wait_for()
    expect(page.locator('[data-testid="stFileUploaderFile"]')).to_have_count(0)


@pytest.mark.browser
def test_pictures_from_the_camera_are_learned(app: Any, visit: Any) -> None:
    page = visit(viewport={"width": 1300, "height": 1000})
    page.context.grant_permissions(["camera"])
    page.set_default_timeout(60_000)
    page.goto(f"{app.url}/{SHORT}")
    rested(page)
    page.get_by_role("button", name="Camera").click()
    for number in range(4):
        if number == 2:
            page.get_by_text("other", exact=True).last.click()
            rested(page)
        page.wait_for_function(
            "document.querySelector('[data-testid=stCameraInput] video')?.readyState === 4"
        )
        page.get_by_test_id("stCameraInputButton").click()
        a, b = min(number + 1, 2), max(0, number - 1)
        page.get_by_text(f"one: {a} pictures, other: {b} pictures").wait_for()
        rested(page)
        page.get_by_test_id("stCameraInputButton").click()
        rested(page)
    page.get_by_role("button", name="Learn from these pictures").click()
    page.get_by_text("4 pictures: one, other").wait_for()
