"""Normalizations between a layer's sum and its activation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.later import nn
from playground.registry import Registry, Spec, Technique, number

if TYPE_CHECKING:
    from playground.techniques.batch_norm import BatchNorm


@dataclass(frozen=True, kw_only=True)
class Normalization(Technique):
    """A normalization of pre-activations.

    Args:
        make: ``(n, spec)``, the module for a layer of n sums; None for none. Its learned scale and shift are called
            ``weight`` and ``bias``, its running statistics ``running_mean`` and ``running_var`` (see ``batch_norm``).
        own: gives our class that ``make`` uses in place of PyTorch's, because it also takes a batch of one sample;
            a script then contains its source.
        export: the module for a layer of ``{n}`` sums, or "" for none.
        numpy: what it does in evaluation, as an expression of ``z`` (B, n), ``np``, ``{gamma}``, ``{beta}``, and of
            ``{mean}`` and ``{var}`` where it keeps them; "z" for none.
        js: the same as a JavaScript expression of the number ``z``, the parameters by name, ``gamma`` and ``beta`` (1
            and 0 where nothing is learned), and ``mean`` and ``variance``: the running statistics, or those of a
            sample's sums in the layer where none are kept. "" for none: the server then paints.
        learned: whether it has a scale and a shift.
        running: whether it keeps running statistics of the batches, for evaluation.
    """

    make: Callable[[int, Spec], nn.Module | None]
    export: Callable[[Spec], str]
    numpy: Callable[[Spec], str]
    js: str = ""
    learned: bool
    running: bool = False
    own: Callable[[], type[nn.Module]] | None = None


def _batch_norm() -> type[BatchNorm]:
    from playground.techniques.batch_norm import BatchNorm

    return BatchNorm


NORMALIZATIONS: Registry[Normalization] = Registry("normalizations")

NORMALIZATIONS.add(
    Normalization(
        name="none",
        formula=r"\tilde z = z",
        source="–",
        make=lambda n, spec: None,
        export=lambda spec: "",
        numpy=lambda spec: "z",
        js="z",
        learned=False,
    )
)

NORMALIZATIONS.add(
    Normalization(
        name="batch_norm",
        formula=r"\hat z = \frac{z - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}, \quad "
        r"\tilde z = \gamma \hat z + \beta",
        source="Ioffe & Szegedy 2015, Batch normalization, Algorithm 1",
        pytorch="torch.nn.BatchNorm1d",
        params=(
            number("momentum", 0.1, 0.001, 1.0, log=True),
            number("eps", 1e-5, 1e-8, 0.1, log=True),
        ),
        make=lambda n, spec: _batch_norm()(n, spec["momentum"], spec["eps"]),
        own=_batch_norm,
        export=lambda spec: f"nn.BatchNorm1d({{n}}, eps={spec['eps']!r}, momentum={spec['momentum']!r})",
        numpy=lambda spec: f"(z - {{mean}}) / np.sqrt({{var}} + {spec['eps']!r}) * {{gamma}} + {{beta}}",
        js="((z - mean) / Math.sqrt(variance + eps)) * gamma + beta",
        learned=True,
        running=True,
    )
)

NORMALIZATIONS.add(
    Normalization(
        name="layer_norm",
        formula=r"\hat z_i = \frac{z_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad "
        r"\mu = \frac{1}{n} \sum_j z_j, \quad \sigma^2 = \frac{1}{n} \sum_j (z_j - \mu)^2, \quad "
        r"\tilde z_i = \gamma_i \hat z_i + \beta_i",
        source="Ba, Kiros & Hinton 2016, Layer normalization, equations 3 and 4",
        pytorch="torch.nn.LayerNorm",
        params=(number("eps", 1e-5, 1e-8, 0.1, log=True),),
        make=lambda n, spec: nn.LayerNorm(n, eps=spec["eps"]),
        export=lambda spec: f"nn.LayerNorm({{n}}, eps={spec['eps']!r})",
        numpy=lambda spec: (
            "(z - z.mean(axis=1, keepdims=True))"
            f" / np.sqrt(z.var(axis=1, keepdims=True) + {spec['eps']!r}) * {{gamma}} + {{beta}}"
        ),
        js="((z - mean) / Math.sqrt(variance + eps)) * gamma + beta",
        learned=True,
    )
)
