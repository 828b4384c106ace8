"""Imports run one way: the core never imports the screen, and nothing imports upward."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "playground"
SCREEN = ("playground.ui", "playground.stage")
"""The only parts below the pages that may import Streamlit."""
ORDER = (
    "registry",
    "text",
    "streams",
    "data",
    "techniques",
    "experiment",
    "layout",
    "model",
    "engine",
    "race",
    "labs",
    "views",
)
"""From the ground up; a module at load time imports only from its own part and those before it."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, everywhere: bool) -> set[str]:
    """Modules that a file imports: at load time, or also inside functions (``everywhere``)."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = ast.walk(tree) if everywhere else tree.body
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_screen_imports_streamlit(path):
    uses = any(name.split(".")[0] == "streamlit" for name in imports(path, everywhere=True))
    assert not uses or name_of(path).startswith(SCREEN), f"{name_of(path)} imports streamlit"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nothing_imports_upward(path):
    parts = name_of(path).split(".")
    own = parts[1] if len(parts) > 1 else ""
    if own not in ORDER:
        return
    allowed = set(ORDER[: ORDER.index(own) + 1])
    used = {name.split(".")[1] for name in imports(path, everywhere=False) if name.startswith("playground.")}
    upward = {part for part in used if part in ORDER or part in ("live", "stage", "ui")} - allowed
    assert not upward, f"{name_of(path)} imports {sorted(upward)}"


def test_pages_compute_nothing():
    for path in sorted((ROOT / "pages").glob("*.py")):
        used = {name.split(".")[0] for name in imports(path, everywhere=True)}
        assert not used & {"torch", "numpy", "numba", "sklearn", "pandas"}, path.name
        assert len(path.read_text("utf-8").splitlines()) <= 160, path.name
