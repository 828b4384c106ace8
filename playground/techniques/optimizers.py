"""Optimizers: how a gradient becomes a change of the weights.

Formulas show what is computed, which is PyTorch's form. It differs from the textbook's in two places:

* momentum: the textbook has ``m = beta m + lr g; w -= m``, PyTorch ``m = beta m + g; w -= lr m``. With
  a constant learning rate the weights are the same; when the rate changes, PyTorch's form applies
  the new rate to the past gradients too.
* Nesterov: the textbook takes the gradient at the look-ahead point ``w - beta m``. PyTorch keeps the
  look-ahead point itself as the weights, so the gradient is taken where the weights are and the step is
  ``w -= lr (g + beta m)`` (Sutskever et al. 2013; Bengio, Boulanger-Lewandowski & Pascanu 2013, section 3.5).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.later import torch
from playground.registry import Param, Registry, Spec, Technique, number, switch, whole

Groups = list[dict[str, Any]]


def _no_definition(spec: Spec) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Optimizer(Technique):
    """An optimizer.

    Args:
        make: ``(groups, lr, spec) -> torch.optim.Optimizer``. ``groups`` are PyTorch's parameter groups;
            give the group of biases and other parameters that must not decay ``"weight_decay": 0.0``.
        export: the expression that makes it, with ``{params}`` (groups or parameters) and ``{lr}``.
        slot_names: keys of PyTorch's per-parameter state, in the order of the flat form.
        full_batch: whether it needs the whole training part in each step, and a closure.
        definition: source text that the script must contain before ``export``'s expression, or "".
        shown_rate: the learning rate at which the reference page shows it.
    """

    make: Callable[[Groups, float, Spec], torch.optim.Optimizer]
    export: Callable[[Spec], str]
    slot_names: tuple[str, ...] = ()
    full_batch: bool = False
    definition: Callable[[Spec], str] = _no_definition
    shown_rate: float = 0.03

    @property
    def slots(self) -> int:
        """State vectors per parameter."""
        return len(self.slot_names)


OPTIMIZERS: Registry[Optimizer] = Registry("optimizers")


def _beta(name: str, default: float) -> Param:
    return number(name, default, 0.0, 0.9999, 0.001)


def _eps(default: float) -> Param:
    return number("eps", default, 1e-12, 0.1, log=True)


def _moments(spec: Spec) -> dict[str, Any]:
    return {"betas": (spec["beta1"], spec["beta2"]), "eps": spec["eps"]}


def _moments_code(spec: Spec) -> str:
    return f"betas=({spec['beta1']!r}, {spec['beta2']!r}), eps={spec['eps']!r}"


def _make_adam(groups: Groups, lr: float, spec: Spec) -> torch.optim.Optimizer:
    if spec["bias_correction"]:
        return torch.optim.Adam(groups, lr, **_moments(spec))
    from playground.techniques.uncorrected_adam import AdamWithoutCorrection

    return AdamWithoutCorrection(groups, lr, **_moments(spec))


def _adam_code(spec: Spec) -> str:
    made = "torch.optim.Adam" if spec["bias_correction"] else "AdamWithoutCorrection"
    return f"{made}({{params}}, lr={{lr}}, {_moments_code(spec)})"


def _adam_definition(spec: Spec) -> str:
    if spec["bias_correction"]:
        return ""
    from playground.techniques.uncorrected_adam import AdamWithoutCorrection

    return inspect.getsource(AdamWithoutCorrection)


def _make_lbfgs(groups: Groups, lr: float, spec: Spec) -> torch.optim.Optimizer:
    return torch.optim.LBFGS(  # takes parameters, not groups
        [parameter for group in groups for parameter in group["params"]],
        lr,
        max_iter=spec["max_iter"],
        history_size=spec["history_size"],
        line_search_fn="strong_wolfe" if spec["strong_wolfe"] else None,
    )


def _lbfgs_code(spec: Spec) -> str:
    search = '"strong_wolfe"' if spec["strong_wolfe"] else "None"
    return (
        f"torch.optim.LBFGS({{params}}, lr={{lr}}, max_iter={spec['max_iter']}, "
        f"history_size={spec['history_size']}, line_search_fn={search})"
    )


OPTIMIZERS.add(
    Optimizer(
        name="sgd",
        proper_name=True,
        formula=r"w \leftarrow w - \eta g",
        source="Robbins & Monro 1951, A stochastic approximation method",
        pytorch="torch.optim.SGD",
        make=lambda groups, lr, spec: torch.optim.SGD(groups, lr),
        export=lambda spec: "torch.optim.SGD({params}, lr={lr})",
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="momentum",
        formula=r"m \leftarrow \beta m + g, \quad w \leftarrow w - \eta m",
        source="Polyak 1964, Some methods of speeding up the convergence; "
        "Sutskever, Martens, Dahl & Hinton 2013, equations 1 and 2",
        pytorch="torch.optim.SGD",
        params=(_beta("beta", 0.9),),
        make=lambda groups, lr, spec: torch.optim.SGD(groups, lr, momentum=spec["beta"]),
        export=lambda spec: f"torch.optim.SGD({{params}}, lr={{lr}}, momentum={spec['beta']!r})",
        slot_names=("momentum_buffer",),
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="nesterov",
        formula=r"m \leftarrow \beta m + g, \quad w \leftarrow w - \eta\,(g + \beta m)",
        source="Nesterov 1983; Sutskever, Martens, Dahl & Hinton 2013, equations 3 and 4; "
        "Bengio, Boulanger-Lewandowski & Pascanu 2013, section 3.5",
        pytorch="torch.optim.SGD",
        # PyTorch refuses Nesterov without momentum.
        params=(number("beta", 0.9, 0.001, 0.9999, 0.001),),
        make=lambda groups, lr, spec: torch.optim.SGD(groups, lr, momentum=spec["beta"], nesterov=True),
        export=lambda spec: (
            f"torch.optim.SGD({{params}}, lr={{lr}}, momentum={spec['beta']!r}, nesterov=True)"
        ),
        slot_names=("momentum_buffer",),
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="adagrad",
        proper_name=True,
        formula=r"s \leftarrow s + g^2, \quad w \leftarrow w - \eta \frac{g}{\sqrt s + \epsilon}",
        source="Duchi, Hazan & Singer 2011, Adaptive subgradient methods, section 1.1",
        pytorch="torch.optim.Adagrad",
        params=(_eps(1e-10),),
        make=lambda groups, lr, spec: torch.optim.Adagrad(groups, lr, eps=spec["eps"]),
        export=lambda spec: f"torch.optim.Adagrad({{params}}, lr={{lr}}, eps={spec['eps']!r})",
        slot_names=("sum",),
        shown_rate=1.0,
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="rmsprop",
        proper_name=True,
        formula=r"s \leftarrow \alpha s + (1 - \alpha) g^2, \quad "
        r"w \leftarrow w - \eta \frac{g}{\sqrt s + \epsilon}",
        source="Tieleman & Hinton 2012, Neural networks for machine learning, lecture 6.5",
        pytorch="torch.optim.RMSprop",
        params=(_beta("alpha", 0.99), _eps(1e-8)),
        make=lambda groups, lr, spec: torch.optim.RMSprop(groups, lr, alpha=spec["alpha"], eps=spec["eps"]),
        export=lambda spec: (
            f"torch.optim.RMSprop({{params}}, lr={{lr}}, alpha={spec['alpha']!r}, eps={spec['eps']!r})"
        ),
        slot_names=("square_avg",),
        shown_rate=0.1,
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="adam",
        proper_name=True,
        formula=r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad "
        r"v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \quad "
        r"\hat m = \frac{m}{1 - \beta_1^t}, \quad \hat v = \frac{v}{1 - \beta_2^t}, \quad "
        r"w \leftarrow w - \eta \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
        source="Kingma & Ba 2015, Adam: a method for stochastic optimization, Algorithm 1",
        pytorch="torch.optim.Adam",
        params=(
            _beta("beta1", 0.9),
            _beta("beta2", 0.999),
            _eps(1e-8),
            switch("bias_correction", True),
        ),
        make=_make_adam,
        export=_adam_code,
        slot_names=("exp_avg", "exp_avg_sq"),
        definition=_adam_definition,
        shown_rate=0.3,
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="adamw",
        proper_name=True,
        formula=r"w \leftarrow w - \eta \lambda w, \quad "
        r"w \leftarrow w - \eta \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
        source="Loshchilov & Hutter 2019, Decoupled weight decay regularization, Algorithm 2",
        pytorch="torch.optim.AdamW",
        params=(
            _beta("beta1", 0.9),
            _beta("beta2", 0.999),
            _eps(1e-8),
            number("weight_decay", 0.01, 0.0, 1.0, 0.001),
        ),
        make=lambda groups, lr, spec: torch.optim.AdamW(
            groups, lr, weight_decay=spec["weight_decay"], **_moments(spec)
        ),
        export=lambda spec: (
            f"torch.optim.AdamW({{params}}, lr={{lr}}, {_moments_code(spec)}, "
            f"weight_decay={spec['weight_decay']!r})"
        ),
        slot_names=("exp_avg", "exp_avg_sq"),
        shown_rate=0.3,
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="nadam",
        proper_name=True,
        formula=r"\mu_t = \beta_1 \left(1 - \tfrac12\,0.96^{0.004\,t}\right), \quad "
        r"\hat m = \frac{\mu_{t+1}\, m}{1 - \prod_{i=1}^{t+1} \mu_i} + "
        r"\frac{(1 - \mu_t)\, g}{1 - \prod_{i=1}^{t} \mu_i}, \quad "
        r"w \leftarrow w - \eta \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
        source="Dozat 2016, Incorporating Nesterov momentum into Adam",
        pytorch="torch.optim.NAdam",
        params=(_beta("beta1", 0.9), _beta("beta2", 0.999), _eps(1e-8)),
        make=lambda groups, lr, spec: torch.optim.NAdam(groups, lr, **_moments(spec)),
        export=lambda spec: f"torch.optim.NAdam({{params}}, lr={{lr}}, {_moments_code(spec)})",
        slot_names=("exp_avg", "exp_avg_sq"),
        shown_rate=0.3,
    )
)

OPTIMIZERS.add(
    Optimizer(
        name="lbfgs",
        proper_name=True,
        formula=r"w \leftarrow w - \eta H_k g, \quad H_k (g_k - g_{k-1}) = w_k - w_{k-1}, \quad "
        r"H_k \approx (\nabla^2 L)^{-1}",
        source="Liu & Nocedal 1989; Nocedal & Wright 2006, Numerical Optimization, Algorithm 7.5 "
        "and, for the line search, 3.5 and 3.6",
        pytorch="torch.optim.LBFGS",
        params=(
            whole("history_size", 10, 1, 100),
            whole("max_iter", 20, 1, 100),
            switch("strong_wolfe", True),
        ),
        make=_make_lbfgs,
        export=_lbfgs_code,
        full_batch=True,
        shown_rate=1.0,
    )
)
