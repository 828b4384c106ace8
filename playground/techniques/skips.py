"""Skip connections around the hidden layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.registry import Registry, Spec, Technique

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class Skip(Technique):
    """A kind of skip connection; the same for all hidden layers.

    Args:
        adds: whether a layer with as many outputs as inputs adds its inputs to its outputs. Layers of another
            width have no skip connection: there is nothing to add unit by unit.
        export: the block's output for its input ``{x}``, with the block as ``{f}``; "" for none.
        js: the same as a JavaScript expression of the numbers ``x`` and ``f``, the block's input and output.
        module: gives the class ``(*layers)`` of a block that adds; a script contains its source.
    """

    adds: bool
    export: Callable[[Spec], str]
    js: str = ""
    module: Callable[[], type[nn.Module]] | None = None


def _residual() -> type[nn.Module]:
    from playground.techniques.modules import Residual

    return Residual


SKIPS: Registry[Skip] = Registry("skips")

SKIPS.add(
    Skip(
        name="none",
        formula=r"h_l = f_l(h_{l-1})",
        source="–",
        export=lambda spec: "",
        js="f",
        adds=False,
    )
)

SKIPS.add(
    Skip(
        name="residual",
        formula=r"h_l = h_{l-1} + f_l(h_{l-1})",
        source="He, Zhang, Ren & Sun 2016, Deep residual learning for image recognition, equation 1",
        export=lambda spec: "{x} + {f}({x})",
        js="x + f",
        adds=True,
        module=_residual,
    )
)
