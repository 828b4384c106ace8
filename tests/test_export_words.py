"""Docstrings and comments of exported code: every one in the reader's language, and the code the same in all."""

from __future__ import annotations

import ast
import io
import re
import tokenize

from test_export import CASES

from playground.export import to_script

NAMES = re.compile(r"# (\(\w+, \w+\)|\w+, \w+)$")
"""Comments of names and shapes alone, which need no words."""


def _said(script: str) -> list[str]:
    """Docstrings of definitions and comments that hold words."""
    definitions = [
        node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    docstrings = [words for node in definitions if (words := ast.get_docstring(node))]
    tokens = tokenize.generate_tokens(io.StringIO(script).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return docstrings + [comment for comment in comments if not NAMES.match(comment)]


def _bare(script: str) -> str:
    """The code without comments and docstrings."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def test_korean_scripts_speak_korean_and_do_the_same() -> None:
    said: set[str] = set()
    for experiment, epochs in CASES.values():
        english, korean = (to_script(experiment, epochs, language) for language in ("en", "ko"))
        assert _bare(english) == _bare(korean)
        assert not re.search("[가-힣]", english)
        said |= set(_said(korean))
    assert len(said) > 30
    assert [words for words in said if not re.search("[가-힣]", words)] == []
