"""Words of the places for files: Streamlit's own are English in every language, with no way to translate them."""

from __future__ import annotations

import json

from playground.text import text

STYLE = """<style>
[data-testid="stFileUploaderDropzone"] {{
  & [data-testid="stFileUploaderDropzoneInstructions"] {{ display: none; }}
  & button [data-testid="stMarkdownContainer"] p {{ display: none; }}
  & button [data-testid="stMarkdownContainer"]::after {{ content: {button}; }}
  & > input + :not(:has(button)) > * {{ font-size: 0; }}
  & > input + :not(:has(button)) > *::after {{ content: {drop}; font-size: 0.875rem; }}
}}
</style>"""
"""On the button, and over the field while a file is dragged there. What stands beside the button is left out: it
tells Streamlit's limit, and each field has its own."""


def style(language: str) -> str:
    """The style that puts the language's words into every field for files."""
    words = {
        name: json.dumps(text(f"ui.uploader.{name}", language), ensure_ascii=False)
        for name in ("button", "drop")
    }
    return STYLE.format(**words)
