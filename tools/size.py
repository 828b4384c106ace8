"""How large the project is, in lines by language and part: ``python -m tools.size``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = {
    "playground, Python": ("playground", "*.py"),
    "playground, JavaScript": ("playground", "*.js"),
    "playground, texts": ("playground", "*.toml"),
    "tests, Python": ("tests", "*.py"),
    "benchmarks and tools": (".", "benchmarks/*.py tools/*.py"),
}
"""What is counted: a folder, and the files in it."""


def lines(path: Path) -> int:
    """Lines of a file that are not blank."""
    return sum(1 for line in path.read_text("utf-8").splitlines() if line.strip())


def sizes() -> dict[str, int]:
    """Lines of each part."""
    found: Counter[str] = Counter()
    for part, (folder, patterns) in PARTS.items():
        for pattern in patterns.split():
            files = (ROOT / folder).rglob(pattern) if folder != "." else ROOT.glob(pattern)
            found[part] += sum(lines(path) for path in files)
    return dict(found)


if __name__ == "__main__":
    for part, count in sizes().items():
        print(f"{count:7,}  {part}")
