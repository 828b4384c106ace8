"""The optimizers' rules on flat vectors, with everything that changes from step to step in a tensor.

``torch.optim`` keeps learning rate and step count on the host, so its steps cannot be recorded once and played
again. Here they are columns of a table that is computed for many steps at once in float64, as torch.optim
computes them for one; the rule itself, in torch.optim's order of operations, reads the row of its step.
Formulas and sources stand with ``playground.techniques.optimizers``; the tests hold each rule to torch.optim.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from playground.registry import Spec

MOMENTUM_DECAY = 0.004
"""``momentum_decay`` of torch.optim.NAdam."""

Columns = Sequence[np.ndarray]


class Rule(NamedTuple):
    """An optimizer's rule.

    Attributes:
        numbers: ``(lr, t, product, spec)`` gives columns, each float64 (S,). ``lr`` and the counts ``t`` from 1
            on are float64 (S,); ``product`` is NAdam's running product before these steps.
        update: ``(w, g, slots, numbers, spec)`` changes the weights ``w`` (P,) and ``slots`` (k, P) in place by
            the gradient ``g`` (P,); ``numbers`` is this step's row of the columns.
        product: which column is the running product after the step; None for no product.
    """

    numbers: Callable[[np.ndarray, np.ndarray, float, Spec], Columns]
    update: Callable[[Tensor, Tensor, Tensor, Tensor, Spec], object]
    product: int | None = None


def _rate(lr: np.ndarray, t: np.ndarray, product: float, spec: Spec) -> Columns:
    return [lr]


def _sgd(w: Tensor, g: Tensor, slots: Tensor, numbers: Tensor, spec: Spec) -> None:
    w.addcmul_(g, numbers[0], value=-1)


def _momentum(w: Tensor, g: Tensor, slots: Tensor, numbers: Tensor, spec: Spec) -> None:
    m = slots[0].mul_(spec["beta"]).add_(g) if spec["beta"] else g  # torch.optim keeps nothing for β = 0
    w.addcmul_(m, numbers[0], value=-1)


def _nesterov(w: Tensor, g: Tensor, slots: Tensor, numbers: Tensor, spec: Spec) -> None:
    m = slots[0].mul_(spec["beta"]).add_(g)
    w.addcmul_(g.add(m, alpha=spec["beta"]), numbers[0], value=-1)


def _adagrad(w: Tensor, g: Tensor, slots: Tensor, numbers: Tensor, spec: Spec) -> None:
    s = slots[0].addcmul_(g, g)
    w.addcdiv_(g * numbers[0], s.sqrt().add_(spec["eps"]), value=-1)


def _rmsprop(w: Tensor, g: Tensor, slots: Tensor, numbers: Tensor, spec: Spec) -> None:
    s = slots[0].mul_(spec["alpha"]).addcmul_(g, g, value=1 - spec["alpha"])
    w.addcdiv_(g * numbers[0], s.sqrt().add_(spec["eps"]), value=-1)


def _adam_numbers(lr: np.ndarray, t: np.ndarray, product: float, spec: Spec) -> Columns:
    if spec.name == "adam" and not spec["bias_correction"]:
        return [lr, np.ones_like(lr)]
    return [lr / (1 - spec["beta1"] ** t), np.sqrt(1 - spec["beta2"] ** t)]


def _moments(g: Tensor, slots: Tensor, spec: Spec) -> tuple[Tensor, Tensor]:
    m = slots[0].lerp_(g, 1 - spec["beta1"])
    v = slots[1].mul_(spec["beta2"]).addcmul_(g, g, value=1 - spec["beta2"])
    return m, v


def _adam(w: Tensor, g: Tensor, slots: Tensor, numbers: Tensor, spec: Spec) -> None:
    m, v = _moments(g, slots, spec)
    w.addcdiv_(m * numbers[0], (v.sqrt() / numbers[1]).add_(spec["eps"]), value=-1)


def _nadam_numbers(lr: np.ndarray, t: np.ndarray, product: float, spec: Spec) -> Columns:
    mu = spec["beta1"] * (1 - 0.5 * 0.96 ** (t * MOMENTUM_DECAY))
    following = spec["beta1"] * (1 - 0.5 * 0.96 ** ((t + 1) * MOMENTUM_DECAY))
    products = product * np.cumprod(mu)
    by_gradient = lr * (1 - mu) / (1 - products)
    by_moment = lr * following / (1 - products * following)
    return [by_gradient, by_moment, 1 - spec["beta2"] ** t, products]


def _nadam(w: Tensor, g: Tensor, slots: Tensor, numbers: Tensor, spec: Spec) -> None:
    m, v = _moments(g, slots, spec)
    root = v.div(numbers[2]).sqrt_().add_(spec["eps"])
    w.addcdiv_(g * numbers[0], root, value=-1).addcdiv_(m * numbers[1], root, value=-1)


RULES: dict[str, Rule] = {
    "sgd": Rule(_rate, _sgd),
    "momentum": Rule(_rate, _momentum),
    "nesterov": Rule(_rate, _nesterov),
    "adagrad": Rule(_rate, _adagrad),
    "rmsprop": Rule(_rate, _rmsprop),
    "adam": Rule(_adam_numbers, _adam),
    "adamw": Rule(_adam_numbers, _adam),  # the decay acts before the rule, on the weights alone
    "nadam": Rule(_nadam_numbers, _nadam, product=3),
}
"""By the optimizer's name. One that is missing here is taken by torch.optim, a step at a time."""
