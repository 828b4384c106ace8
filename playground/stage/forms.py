"""What techniques do in evaluation, as one module of the browser, so that a page computes the maps from the weights.

The expressions are those of the entries (``js``); whatever a visitor chooses reaches the module as names and numbers.
"""

from __future__ import annotations

from playground.data import FEATURES
from playground.registry import Technique
from playground.techniques import ACTIVATIONS, LOSSES, NORMALIZATIONS, SKIPS
from playground.techniques.activations import Activation
from playground.techniques.normalizations import Normalization
from playground.techniques.skips import Skip

PATH = "painting/forms.js"
"""Where the module stands among those of ``static/``; ``painting/forms.d.ts`` says what it exports."""


def module() -> str:
    """The text of the module."""
    families: dict[str, dict[str, str]] = {
        "features": {f.name: f"(x1, x2) => {f.js}" for f in FEATURES.values() if f.js},
        "activations": {a.name: _activation(a) for a in ACTIVATIONS.values() if a.js},
        "normalizations": {n.name: _normalization(n) for n in NORMALIZATIONS.values() if n.js},
        "skips": {s.name: _skip(s) for s in SKIPS.values() if s.js},
        "probabilities": {x.name: _with(x, f"(s) => {x.js}") for x in LOSSES.values() if x.js},
        "parts": {x.name: _with(x, f"(s, top) => {x.js_part}") for x in LOSSES.values() if x.js_part},
    }
    lines = ['import { erf, softplus } from "./maths.js";', "export const FORMS = {"]
    for family, entries in families.items():
        lines += [f"  {family}: {{", *(f"    {name}: {form}," for name, form in entries.items()), "  },"]
    return "\n".join([*lines, "};\n"])


def _activation(entry: Activation) -> str:
    given = {"z": "from[at + c]"}
    if entry.pieces(entry.spec()) > 1:
        given["h"] = "into[to + c]"
    return _with(entry, _loop("from, at, into, to, n, learned", "into[to + c]", entry.js, given))


def _normalization(entry: Normalization) -> str:
    given = {"z": "values[at + c]"}
    if not entry.running:
        given |= {"mean": "means[c]", "variance": "variances[c]"}
    statistics = "mean, variance" if entry.running else "means, variances"
    loop = _loop(f"values, at, n, gamma, beta, {statistics}", "values[at + c]", entry.js, given)
    return f"{{ running: {str(entry.running).lower()}, make: {_with(entry, loop)} }}"


def _skip(entry: Skip) -> str:
    given = {"x": "inputs[from + c]", "f": "kept * outputs[to + c]"}
    return _with(entry, _loop("inputs, from, outputs, to, n, kept", "outputs[to + c]", entry.js, given))


def _loop(arguments: str, target: str, expression: str, given: dict[str, str]) -> str:
    """A function that sets ``n`` numbers, each by the expression of what is ``given`` at its place."""
    named = ", ".join(f"{name} = {place}" for name, place in given.items())
    return (
        f"({arguments}) => {{ for (let c = 0; c < n; c += 1) {{ const {named}; {target} = {expression}; }} }}"
    )


def _with(entry: Technique, function: str) -> str:
    """What makes the function from the entry's parameters."""
    names = ", ".join(param.name for param in entry.params)
    return f"({{ {names} }}) => {function}" if names else f"() => {function}"
