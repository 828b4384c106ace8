"""Imports run one way: the core never imports the screen, nothing imports upward, and no modules import in a circle."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "playground"
SCREEN = ("stage", "ui")
"""The only parts below the pages that may import Streamlit."""
ORDER = (
    ("text", "streams", "later", "place", "logs", "keeping"),
    ("registry",),
    ("fields",),
    ("data", "techniques"),
    ("experiment_text", "families"),
    ("experiment",),
    ("judging", "layout", "naming", "presets"),
    ("model",),
    ("engine",),
    ("answering", "diagnosis", "simpler", "tuning"),
    ("members",),
    ("columns", "export"),
    ("images",),
    ("training",),
    ("live",),
    ("races", "walls", "pictures"),
    ("views",),
    ("chapters",),
    ("stage",),
    ("ui",),
    ("serving", "__main__", ""),
)
"""The parts of the package from the ground up, siblings side by side; "" is the package itself, with its Python API.
A part imports only itself and those below it."""
LEVELS = {part: level for level, parts in enumerate(ORDER) for part in parts}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


OURS = {name_of(path) for path in modules()} - {"playground"}


def part_of(name: str) -> str:
    """The part of the package that a module belongs to: "live" for "playground.live.base"."""
    return name.split(".")[1] if "." in name else ""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules that a file imports: at load time, inside functions, for its types alone, or by a name in quotes."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and str(node.value) in OURS:
            found.add(str(node.value))
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{path}: line {node.lineno} imports by a relative name"
            # Of "from playground import ..." each name may be a part of its own.
            parts = {name for name in (alias.name for alias in node.names) if name in LEVELS}
            whole = node.module != "playground" or len(parts) < len(node.names)
            found |= {node.module} if whole else set()
            found |= {f"playground.{part}" for part in parts} if node.module == "playground" else set()
    return frozenset(found)


def used_modules(path: Path) -> set[str]:
    """Modules of ours that a file imports in any way: of ``from package import name`` the module of that name."""
    found = set(imports(path))
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= named & OURS
            if named <= OURS:
                found.discard(str(node.module))
    return (found & OURS) - {name_of(path)}


def circles(uses: Mapping[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of more than one: sets of modules each of which leads to each (Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for other in sorted(uses[name]):
            if other not in order:
                visit(other)
            if other in stack:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == order[name]:
            members = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(members) > 1:
                found.append(set(members))

    for name in uses:
        if name not in order:
            visit(name)
    return found


def upward(own: str, used: set[str]) -> set[str]:
    """Of the parts that ``own`` imports those that do not stand below it."""
    return {part for part in used if part != own and LEVELS[part] >= LEVELS[own]}


def test_every_part_has_its_place():
    parts = {part_of(name_of(path)) for path in modules()}
    assert parts - set(LEVELS) == set(), "say in ORDER what these stand on"
    assert set(LEVELS) - parts == set(), "gone from the package"


def test_upward_imports_are_found():
    assert upward("live", {"live", "engine", "races", ""}) == {"races", ""}
    assert upward("data", {"registry", "techniques"}) == {"techniques"}


def test_only_the_screen_imports_streamlit():
    uses = [path for path in modules() if any(name.split(".")[0] == "streamlit" for name in imports(path))]
    assert [name_of(path) for path in uses if part_of(name_of(path)) not in SCREEN] == []


def test_nothing_imports_upward():
    found = {}
    for path in modules():
        used = {part_of(name) for name in imports(path) if name.split(".")[0] == "playground"}
        found[name_of(path)] = sorted(upward(part_of(name_of(path)), used))
    assert {name: parts for name, parts in found.items() if parts} == {}


def test_circles_are_found():
    uses = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": set(), "f": {"e", "g"}, "g": {"f"}}
    assert sorted(map(sorted, circles(uses))) == [["a", "b", "c"], ["f", "g"]]


def test_no_modules_import_in_a_circle():
    """Nor for their types alone, nor inside functions."""
    assert circles({name_of(path): used_modules(path) for path in modules()}) == []


def test_pages_compute_nothing():
    for path in sorted((ROOT / "pages").glob("*.py")):
        used = {name.split(".")[0] for name in imports(path)}
        assert not used & {"torch", "numpy", "numba", "sklearn", "pandas"}, path.name
        assert len(path.read_text("utf-8").splitlines()) <= 160, path.name


def _slices_within_a_with(code: ast.Module) -> list[int]:
    """Lines of ``with`` in generators that yield within it, those of context managers left out."""
    found = []
    for function in ast.walk(code):
        if not isinstance(function, ast.FunctionDef):
            continue
        if any(ast.unparse(decorator).endswith("contextmanager") for decorator in function.decorator_list):
            continue
        for block in ast.walk(function):
            if isinstance(block, ast.With) and any(
                isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(block)
            ):
                found.append(block.lineno)
    return found


def test_slices_that_leave_something_to_their_thread_are_found():
    code = "def run():\n    with torch.no_grad():\n        for i in range(3):\n            yield i\n"
    assert _slices_within_a_with(ast.parse(code)) == [2]
    assert _slices_within_a_with(ast.parse("@contextmanager\n" + code)) == []


def test_no_slice_leaves_anything_to_the_thread_that_computed_it():
    """A computation goes on in any of the scheduler's threads: what a ``with`` sets for one, as PyTorch's grad mode,
    would stay there, and fail the next computation."""
    found = {name_of(path): _slices_within_a_with(tree_of(path)) for path in modules()}
    assert {name: lines for name, lines in found.items() if lines} == {}
