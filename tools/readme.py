"""The README's table of techniques, made from the registries: ``python -m tools.readme``."""

from __future__ import annotations

from pathlib import Path

from playground.families import FAMILIES
from playground.registry import Param, format_value

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- techniques -->", "<!-- /techniques -->"


def _range(param: Param) -> str:
    if param.kind == "choice":
        shown = ", ".join(param.choices[:3]) + (", …" if len(param.choices) > 3 else "")
        return f"`{param.name}` ({shown})"
    if param.kind == "bool":
        return f"`{param.name}`"
    return f"`{param.name}` ({format_value(param.low)} to {format_value(param.high)})"


def table() -> str:
    """Markdown: one row a family, every technique with its parameters and their ranges."""
    rows = ["| family | techniques and parameters |", "|---|---|"]
    for registry in FAMILIES.values():
        entries = []
        for technique in registry.values():
            params = ", ".join(_range(p) for p in technique.params)
            entries.append(f"**{technique.name}**" + (f" {params}" if params else ""))
        rows.append(f"| {registry.family} | {' · '.join(entries)} |")
    return "\n".join(rows)


def updated(text: str) -> str:
    """The README's text with a fresh table between the marks. ValueError when the marks are missing."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"README.md: expected the marks {START} and {END}")
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(updated(README.read_text("utf-8")), "utf-8")
