"""Normalizations between a layer's sum and its activation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.registry import Registry, Spec, Technique, number


@dataclass(frozen=True, kw_only=True)
class Normalization(Technique):
    """A normalization of pre-activations.

    Args:
        export: the module for a layer of ``{n}`` sums, or "" for none.
        learned: whether it has a scale and a shift.
        running: whether it keeps running statistics of the batches, for evaluation.
    """

    export: Callable[[Spec], str]
    learned: bool
    running: bool = False


NORMALIZATIONS: Registry[Normalization] = Registry("normalizations")

NORMALIZATIONS.add(
    Normalization(
        name="none",
        formula=r"\tilde z = z",
        source="–",
        export=lambda spec: "",
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
        export=lambda spec: f"nn.BatchNorm1d({{n}}, eps={spec['eps']!r}, momentum={spec['momentum']!r})",
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
        export=lambda spec: f"nn.LayerNorm({{n}}, eps={spec['eps']!r})",
        learned=True,
    )
)
