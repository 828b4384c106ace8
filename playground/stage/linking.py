"""Plain modules of the browser joined into one, so that a page waits for one file and not for seventy.

No bundler: whoever runs the app has no Node. The modules of ``static/`` keep to a few forms, and any other is refused:

- ``import { a, b as c } from "./path.js";`` and ``import("./path.js")`` of what is no module of ours,
- ``export function``, ``export class`` and ``export const``,
- no circles.

Each module becomes a function that returns what it exports; imports become its constants.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

IMPORT = re.compile(r'^import\s+\{([^}]*)\}\s+from\s+"([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
LATER = re.compile(r'\bimport\("([^"]+)"\)')
OTHER = re.compile(r"^(?:import|export)\b.*|^.*\bimport\.meta\b.*", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def linked(sources: Mapping[str, str], entries: Mapping[str, tuple[str, str]]) -> str:
    """One module made of several.

    Args:
        sources: the text of each module by its path, such as ``shell/dom.js``.
        entries: what the module exports: by name, the path of a module and what that one calls it.

    Raises:
        ValueError: a module uses a form that is not joined, or imports what is not there or imports it back.
    """
    parts = [_part(path, sources) for path in ordered(sources, [path for path, _ in entries.values()])]
    exports = "".join(
        f"export const {name} = {_variable(path)}.{own};\n" for name, (path, own) in entries.items()
    )
    return "\n".join([*parts, exports])


def ordered(sources: Mapping[str, str], roots: list[str]) -> list[str]:
    """The modules that ``roots`` need, each after those that it imports."""
    done: list[str] = []
    open_: list[str] = []

    def visit(path: str, importer: str) -> None:
        if path in done:
            return
        if path in open_:
            raise ValueError(
                f"{importer}: imports {path}, which imports it back: {' → '.join([*open_, path])}"
            )
        if path not in sources:
            raise ValueError(f"{importer}: imports {path}, which is not there")
        open_.append(path)
        for needed in imports(path, sources[path]):
            visit(needed, path)
        done.append(open_.pop())

    for root in roots:
        visit(root, "the page")
    return done


def imports(path: str, source: str) -> Iterator[str]:
    """The paths of the modules that a module imports."""
    for match in IMPORT.finditer(source):
        yield _beside(path, match[2])


def _part(path: str, sources: Mapping[str, str]) -> str:
    body = IMPORT.sub(lambda match: _constants(path, match, sources), sources[path])
    exports = EXPORT.findall(body)
    body = EXPORT.sub("", body)
    body = LATER.sub(lambda match: f'import("./{_beside(path, match[1])}")', body)
    other = OTHER.search(COMMENT.sub("", body))
    if other:
        raise ValueError(f"{path}: {other[0].strip()!r} is a form that is not joined with other modules")
    return (
        f"// {path}\nconst {_variable(path)} = (() => {{\n{body}return {{ {', '.join(exports)} }};\n}})();\n"
    )


def _constants(path: str, match: re.Match[str], sources: Mapping[str, str]) -> str:
    needed = _beside(path, match[2])
    names = [name.split(" as ") for name in (part.strip() for part in match[1].split(",")) if name]
    missing = {name for name, *_ in names} - set(EXPORT.findall(sources[needed]))
    if missing:
        raise ValueError(f"{path}: {needed} does not export {', '.join(sorted(missing))}")
    return f"const {{ {', '.join(': '.join(name) for name in names)} }} = {_variable(needed)};\n"


def _beside(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
