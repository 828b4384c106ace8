"""Small tools for writing Python code: sources of functions, imports, long lines."""

from __future__ import annotations

import ast
import inspect
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

LINE_LENGTH = 100

IMPORTS: dict[str, tuple[str, str]] = {
    "copy": ("copy", ""),
    "gzip": ("gzip", ""),
    "math": ("math", ""),
    "np": ("numpy", "np"),
    "torch": ("torch", ""),
    "pd": ("pandas", "pd"),
    "PCA": ("sklearn.decomposition", "PCA"),
    "MinMaxScaler": ("sklearn.preprocessing", "MinMaxScaler"),
    "SimpleImputer": ("sklearn.impute", "SimpleImputer"),
    "StandardScaler": ("sklearn.preprocessing", "StandardScaler"),
    "nn": ("torch", "nn"),
    "F": ("torch.nn", "functional as F"),
}
"""What a name in a script stands for: a module and its alias, or a module and what is imported from it."""

STANDARD_LIBRARY = ("copy", "gzip", "math", "os")

_parsing = threading.Lock()


def parsed(code: str) -> ast.Module:
    """The syntax tree of a piece of code.

    One at a time: before Python 3.11.8 and 3.12.2 two threads that parse at once may both fail (python/cpython#106905).
    """
    with _parsing:
        return ast.parse(code)


def names_in(code: str) -> frozenset[str]:
    """All names that a piece of code reads or writes; attributes are not names."""
    return (_names.__wrapped__ if len(code) > SHORT else _names)(code)


SHORT = 4000
"""Characters of code whose names are kept; what is longer may hold somebody's points."""


@lru_cache(maxsize=512)
def _names(code: str) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(parsed(code)) if isinstance(node, ast.Name))


def source_of(definition: Any) -> str:
    """Source of a function or class with the functions and constants of its module that it uses, those first.

    Without annotations, as in a script; definitions are separated by two empty lines.
    """
    parts: dict[str, str] = {}
    _collect(definition, parts)
    constants = "".join(part for part in parts.values() if not part.startswith(("def ", "class ")))
    definitions = "\n\n".join(part for part in parts.values() if part.startswith(("def ", "class ")))
    return f"{constants}\n\n{definitions}" if constants else definitions


def _collect(definition: Any, parts: dict[str, str]) -> None:
    source = unannotated(inspect.getsource(definition))
    scope = vars(inspect.getmodule(definition))
    for name in sorted(names_in(source) & set(scope)):
        value = scope[name]
        if isinstance(value, (int, float)):
            parts[name] = f"{name} = {value!r}\n"
        elif isinstance(value, (tuple, dict)):
            parts[name] = f"{name} = {_literal(value)}\n"
        elif inspect.isfunction(value) and value.__module__ == definition.__module__:
            _collect(value, parts)
    parts.setdefault(definition.__name__, source)


def _literal(value: tuple[Any, ...] | dict[str, Any]) -> str:
    """A constant as code, the entries of a dictionary one a line."""
    if isinstance(value, tuple):
        return repr(value).replace("'", '"')
    return "{\n" + "".join(f'    "{key}": {entry!r},\n' for key, entry in value.items()) + "}"


def unannotated(source: str) -> str:
    """The source of a definition without type annotations and type comments; all else stays as it is."""
    text = source.encode()  # the positions that ast tells are in bytes
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    cuts: list[tuple[int, int, bytes]] = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.arg) and node.annotation is not None:
            start = starts[node.lineno - 1] + node.col_offset + len(node.arg.encode())
            stop = _end(node.annotation, starts)
            default = text[stop : stop + 3] == b" = "
            cuts.append((start, stop + 3, b"=") if default else (start, stop, b""))
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            stop = _end(node.returns, starts)
            cuts.append((text.rindex(b" ->", 0, stop), stop, b""))
        elif isinstance(node, ast.AnnAssign) and node.value is None:
            cuts.append((starts[node.lineno - 1], starts[node.end_lineno or node.lineno], b""))
    for start, stop, instead in sorted(cuts, reverse=True):
        text = text[:start] + instead + text[stop:]
    plain = re.sub(r"  # type: ignore.*", "", text.decode())
    plain = re.sub(r"\(\n +(.*)\n\):", r"(\1):", plain)  # a signature that now fits on its line
    return re.sub(r"\n{3,}", "\n\n", plain)


def _end(node: ast.expr, starts: list[int]) -> int:
    return starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)


def import_lines(names: set[str], known: Mapping[str, tuple[str, str]] = IMPORTS) -> str:
    """The import statements that define ``names``, in the usual order; other names are left out.

    A scikit-learn loader (``load_…``) is known by its name, other names by what ``known`` says of them.
    """
    plain: list[tuple[bool, str, str]] = []
    members: dict[str, list[str]] = {}
    for name in names:
        if name in known:
            module, member = known[name]
            if member in ("", "np", "pd"):
                alias = f" as {member}" if member else ""
                plain.append((module not in STANDARD_LIBRARY, module, f"import {module}{alias}"))
            else:
                members.setdefault(module, []).append(member)
        elif name.startswith("load_"):
            members.setdefault("sklearn.datasets", []).append(name)
    standard = [line for third_party, _, line in sorted(plain) if not third_party]
    other = [line for third_party, _, line in sorted(plain) if third_party]
    other += [f"from {module} import {', '.join(sorted(members[module]))}" for module in sorted(members)]
    return "\n".join([*standard, *([""] if standard else []), *other])


TEXT_OR_SIGN = r"""\"(?:[^"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|."""
"""A text in quotation marks, or else a single character."""


def fitted(statement: str, longest: int = LINE_LENGTH) -> str:
    """A statement that ends in a call, each argument on a line of its own if it is too long."""
    if len(statement) <= longest:
        return statement
    opening = statement.index("(")
    inside, pieces, depth = statement[opening + 1 : -1], [""], 0
    for piece in re.findall(TEXT_OR_SIGN, inside, re.DOTALL):
        depth += (piece in "([{") - (piece in ")]}")
        if piece == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += piece
    return "\n".join([statement[: opening + 1], *(f"    {piece.strip()}," for piece in pieces), ")"])


def indented(code: str, spaces: int) -> str:
    """The code with every line that is not empty moved to the right."""
    return "\n".join(" " * spaces + line if line else "" for line in code.split("\n"))
