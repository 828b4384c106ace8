"""Gradient clipping: a bound on the gradient before the optimizer sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.later import nn
from playground.registry import Registry, Spec, Technique, number

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Clipping(Technique):
    """A way to clip gradients.

    Args:
        apply: ``(parameters, spec)``, changes the ``.grad`` of the listed parameters in place.
        rows: ``(gradients, spec) -> gradients``, the same for the gradients (K, P) of K networks at once; None where
            each network needs a call of its own.
        export: the call on ``{parameters}``, or "" for none.
    """

    apply: Callable[[list[Tensor], Spec], object]
    rows: Callable[[Tensor, Spec], Tensor] | None = None
    export: Callable[[Spec], str]


CLIPPINGS: Registry[Clipping] = Registry("clippings")

CLIPPINGS.add(
    Clipping(
        name="none",
        formula=r"g \leftarrow g",
        source="–",
        apply=lambda parameters, spec: None,
        rows=lambda gradients, spec: gradients,
        export=lambda spec: "",
    )
)

CLIPPINGS.add(
    Clipping(
        name="norm",
        formula=r"g \leftarrow g \cdot \min\!\left(1,\ \frac{c}{\lVert g \rVert_2 + 10^{-6}}\right)",
        source="Pascanu, Mikolov & Bengio 2013, On the difficulty of training, Algorithm 1",
        pytorch="torch.nn.utils.clip_grad_norm_",
        params=(number("max_norm", 1.0, 0.001, 100.0, log=True),),
        apply=lambda parameters, spec: nn.utils.clip_grad_norm_(parameters, spec["max_norm"]),
        rows=lambda gradients, spec: (
            gradients * (spec["max_norm"] / (gradients.norm(dim=1, keepdim=True) + 1e-6)).clamp(max=1.0)
        ),
        export=lambda spec: f"nn.utils.clip_grad_norm_({{parameters}}, max_norm={spec['max_norm']!r})",
    )
)

CLIPPINGS.add(
    Clipping(
        name="value",
        formula=r"g_i \leftarrow \min(\max(g_i, -c),\ c)",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 10.11.1",
        pytorch="torch.nn.utils.clip_grad_value_",
        params=(number("max_value", 0.5, 0.001, 100.0, log=True),),
        apply=lambda parameters, spec: nn.utils.clip_grad_value_(parameters, spec["max_value"]),
        rows=lambda gradients, spec: gradients.clamp(-spec["max_value"], spec["max_value"]),
        export=lambda spec: f"nn.utils.clip_grad_value_({{parameters}}, clip_value={spec['max_value']!r})",
    )
)
