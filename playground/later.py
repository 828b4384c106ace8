"""Modules that take long to import, imported when they are first used.

PyTorch takes longer than everything else together, and a run on the compiled engine does without it; pandas comes
with the first table. Who names them only inside functions takes them from here: ``from playground.later import torch``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["F", "loaded", "nn", "pd", "torch"]


def loaded(name: str) -> bool:
    """Whether a module has been imported to its end, so that using it takes no time."""
    module = sys.modules.get(name)
    return module is not None and not getattr(module.__spec__, "_initializing", False)


class Later(ModuleType):
    """Stands for a module and imports it when an attribute is asked for."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)  # asked for once
        return value


if TYPE_CHECKING:
    import pandas as pd
    import torch
    from torch import nn
    from torch.nn import functional as F
else:
    torch, nn, F = Later("torch"), Later("torch.nn"), Later("torch.nn.functional")
    pd = Later("pandas")
