"""What functions and lines of exported code say about themselves, in the reader's language.

The code comes from this package's own source, where docstrings and comments are English; ``export.toml`` holds the
same words in every language.
"""

from __future__ import annotations

import re

from playground.export.code import indented
from playground.text import topic


def in_language(code: str, language: str) -> str:
    """``code`` with its docstrings and comments in the language.

    Raises:
        KeyError: unknown language.
    """
    english, words = topic("export", "en"), topic("export", language)
    for key, said in english.items():
        if key.startswith("code."):
            for spaces in (4, 8):
                code = code.replace(_docstring(said, spaces), _docstring(words[key], spaces))
            comment = f"# {words[key]}".replace("\\", r"\\")
            code = re.sub(rf"# {re.escape(said)}$", comment, code, flags=re.MULTILINE)
    return code


def _docstring(words: str, spaces: int) -> str:
    """The words between quotes, as the body of a definition that is indented by ``spaces`` has them."""
    if "\n" not in words:
        return f'{" " * spaces}"""{words}"""'
    return indented(f'"""{words}\n"""', spaces)
