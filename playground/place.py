"""Where the app's own files are: beside the package in a checkout, within it once it is installed."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent

HOME = PACKAGE / "app" if (PACKAGE / "app" / "app.py").is_file() else PACKAGE.parent
"""Holds ``app.py``, ``pages`` and ``.streamlit``."""
