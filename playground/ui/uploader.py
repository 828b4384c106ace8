"""Words of the places for files and of the camera: Streamlit's own are English, with no way to translate them."""

from __future__ import annotations

import json

from playground.text import text

STYLE = """<style>
[data-testid="stFileUploaderDropzone"] {{
  & [data-testid="stFileUploaderDropzoneInstructions"] {{ display: none; }}
  & button [data-testid="stMarkdownContainer"] p {{ position: absolute; inset: 0; clip-path: inset(50%); }}
  & button [data-testid="stMarkdownContainer"]::after {{ content: {button}; }}
  & > input + :not(:has(button)) > * {{ font-size: 0; }}
  & > input + :not(:has(button)) > *::after {{ content: {drop}; font-size: 0.875rem; }}
}}
[data-testid="stCameraInputButton"] {{
  font-size: 0;
  &:not(:has(svg))::after {{ content: {shoot}; font-size: 1rem; }}
  & svg {{ font-size: 1rem; }}
  &:has(svg)::after {{ content: {again}; font-size: 1rem; }}
}}
</style>"""
"""On the button, whose own words stay its name for those who do not see it, and over the field while a file is dragged
there. What stands beside the button is left out: it tells Streamlit's limit, and each field has its own."""


def style(language: str) -> str:
    """The style that puts the language's words into every field for files."""
    words = {
        name: json.dumps(text(f"ui.uploader.{name}", language), ensure_ascii=False)
        for name in ("button", "drop", "shoot", "again")
    }
    return STYLE.format(**words)
