"""An experiment as a Jupyter notebook: the script's sections, each with an explanation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from playground.experiment import Experiment
from playground.export.file_code import FromFile
from playground.export.script import title
from playground.export.sections import Section, sections
from playground.export.words import in_language
from playground.families import FAMILIES
from playground.techniques import (
    REGULARIZERS,
)
from playground.text import text


def to_notebook(
    experiment: Experiment, epochs: int, language: str = "en", file: FromFile | None = None
) -> bytes:
    """The equivalent notebook (nbformat 4.5, UTF-8 JSON): ``to_script``'s code with an explanation a section.

    Args and errors as in ``to_script``.
    """
    return arranged(title(experiment, language), sections(experiment, epochs, file), language)


def arranged(title: str, sections: Sequence[Section], language: str) -> bytes:
    """The notebook that consists of sections. KeyError: unknown language.

    Args:
        title: one line that says what is trained.
    """
    cells = [_cell("markdown", "title", f"# {title}\n\n{text('export.notebook', language)}")]
    for section in sections:
        cells.append(_cell("markdown", f"{section.key}-text", _explanation(section, language)))
        code = in_language(section.code.rstrip(), language)
        cells.append(_cell("code", f"{section.key}-code", code))
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def _cell(kind: str, identifier: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": identifier, "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return {**cell, "source": source.splitlines(keepends=True)}


def _explanation(section: Section, language: str) -> str:
    """Heading, text, and what the section's techniques are, with their formulas."""
    key = f"export.sections.{section.key}"
    parts = [f"## {text(f'{key}.heading', language)}", text(f"{key}.text", language)]
    for family, name in section.techniques:
        about = f"techniques.{family}.{name}"
        if family == REGULARIZERS.family:  # their words stand with the fields
            about = f"fields.{REGULARIZERS[name].field}"
        label, tip = text(f"{about}.label", language), text(f"{about}.tip", language)
        parts.append(f"**{label}**: {tip}\n\n$${FAMILIES[family][name].formula}$$")
    return "\n\n".join(parts)
