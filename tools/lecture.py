"""Which row of the lecture is shown where: ``python -m tools.lecture`` writes docs/lecture.md.

A place is a page and what of it: a section of a chapter, an example of the playground, a comparison of the race, a
family in the reference of techniques; "" is the page as a whole. Its address opens just that.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playground.chapters import CHAPTERS, lecture, sections
from playground.text import text

FILE = Path(__file__).parent.parent / "docs" / "lecture.md"
# What each page calls the parameter of its address that opens a part, and where the part's title stands.
_PARTS = {
    **{page: ("section", f"chapters.{page}.{{}}.tab") for page in CHAPTERS},
    "playground": ("preset", "presets.{}.title"),
    "race": ("preset", "race_core.presets.{}.title"),
    "techniques": ("family", "pages.techniques.families.{}"),
}


@dataclass(frozen=True)
class Place:
    """A page, and the part of it that is meant.

    Args:
        page: one of the menu's pages.
        part: section, example, comparison or family; "" for the whole page.
    """

    page: str
    part: str = ""

    @property
    def address(self) -> str:
        """The address that opens it, from the server's root on."""
        path = "/" if self.page == "playground" else f"/{self.page}"
        return f"{path}?{_PARTS[self.page][0]}={self.part}" if self.part else path

    def title(self, language: str) -> str:
        """What page and part are called."""
        page = text(f"ui.navigation.{self.page}", language)
        if not self.part:
            return page
        return f"{page}: {text(_PARTS[self.page][1].format(self.part), language)}"


def places(row: dict[str, object]) -> list[Place]:
    """Where a row can be pointed at, the sections first."""
    key = row["key"]
    shown = [section for section in sections.values() if key in section.rows]
    shown.sort(key=lambda section: section.rows.index(str(key)))
    found = [Place(section.chapter, section.name) for section in shown]
    others: list[str] = row.get("places", [])  # type: ignore[assignment]
    return found + [Place(*place.split("/")) for place in others]


def table() -> str:
    """Markdown: one table a chapter, every row with the places that show it."""
    lines = [
        "# What the lecture says, and where it is shown",
        "",
        "Made by `python -m tools.lecture`. Each address opens the place on a running server.",
    ]
    for chapter, title in lecture()["chapters"].items():
        lines += ["", f"## {chapter} · {title}", "", "| row | where |", "|---|---|"]
        for row in lecture()["rows"]:
            if row["chapter"] == int(chapter):
                where = " · ".join(f"{place.title('en')} (`{place.address}`)" for place in places(row))
                lines.append(f"| {row['claim']} | {where} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(table(), "utf-8")
