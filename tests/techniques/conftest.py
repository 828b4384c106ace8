"""Shared by the tests of the techniques: run the code that a technique exports."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from playground.registry import Spec, Technique


@pytest.fixture
def run_code() -> Callable[..., Any]:
    """``run_code(expression, definition="", **names)``: evaluate an export as a script would.

    Each keyword fills the placeholder of its name, and is the value of that name in the script.
    """

    def run(expression: str, definition: str = "", **names: Any) -> Any:
        scope = {"torch": torch, "nn": nn, "F": F, "math": math, **names}
        exec(definition, scope)
        return eval(expression.format(**{name: name for name in names}), scope)

    return run


@pytest.fixture(scope="session")
def specs_at_the_ends() -> Callable[[Technique], list[Spec]]:
    """A function of a technique: its default, each number at both ends of its range, each switch turned."""

    def specs(technique: Technique) -> list[Spec]:
        ends = [
            technique.spec(**{param.name: [end] if param.kind == "ints" else end})
            for param in technique.params
            if param.kind in ("float", "int", "ints")
            for end in (param.low, param.high)
        ]
        switches = [
            technique.spec(**{param.name: not param.default})
            for param in technique.params
            if param.kind == "bool"
        ]
        return [technique.spec(), *ends, *switches]

    return specs
