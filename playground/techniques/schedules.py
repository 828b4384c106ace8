"""Schedules: the learning rate over the epochs, as a factor on the chosen rate.

``t`` counts epochs from 0. The rate is constant within an epoch.
"""

from __future__ import annotations

import bisect
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from playground.registry import Param, Registry, Spec, Technique, number, whole


def _no_definition(spec: Spec) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Schedule(Technique):
    """A learning-rate schedule.

    Args:
        factor: ``(epoch, spec) -> float``, the rate of the epoch over the chosen rate. Pure.
        export: the expression that makes the scheduler on ``{optimizer}``; ``scheduler.step()`` follows
            each epoch (``scheduler.step(loss)`` when ``feedback``).
        feedback: whether the rate depends on the loss; then a ``Plateau`` carries it and ``factor`` is
            only the start, 1.
        definition: source text that the script must contain before ``export``'s expression, or "".
    """

    factor: Callable[[int, Spec], float]
    export: Callable[[Spec], str]
    feedback: bool = False
    definition: Callable[[Spec], str] = _no_definition


@dataclass(frozen=True)
class Plateau:
    """State of reduce-on-plateau: what ``torch.optim.lr_scheduler.ReduceLROnPlateau`` remembers.

    Mode "min" with a relative threshold and no cooldown.

    Args:
        learning_rate: the current rate.
        best: the lowest loss so far.
        bad_epochs: epochs since then.
    """

    learning_rate: float
    best: float = math.inf
    bad_epochs: int = 0

    def after(self, loss: float, spec: Spec) -> Plateau:
        """The state after an epoch that ended with ``loss``."""
        if loss < self.best * (1 - spec["threshold"]):
            return replace(self, best=loss, bad_epochs=0)
        if self.bad_epochs < spec["patience"]:
            return replace(self, bad_epochs=self.bad_epochs + 1)
        lower = max(self.learning_rate * spec["factor"], spec["min_lr"])
        # PyTorch leaves the rate alone when it would fall by less than 1e-8.
        rate = lower if self.learning_rate - lower > 1e-8 else self.learning_rate
        return replace(self, learning_rate=rate, bad_epochs=0)


def cosine(epoch: int, period: int, floor: float) -> float:
    """Half a cosine from 1 to floor over the period, then floor."""
    share = min(epoch, period) / period
    return floor + (1 - floor) * (1 + math.cos(math.pi * share)) / 2


def one_cycle(epoch: int, total: int, peak: float, rise: float, final: float) -> float:
    """From 1 up to peak in the first part of the cycle, then down to final, along half a cosine."""
    top, last = rise * total - 1, total - 1
    if epoch <= top:
        return peak + (1 - peak) * (1 + math.cos(math.pi * epoch / top)) / 2
    share = (min(epoch, last) - top) / (last - top)
    return final + (peak - final) * (1 + math.cos(math.pi * share)) / 2


def _epochs(name: str, default: int) -> Param:
    return whole(name, default, 1, 100_000, log=True)


def _warm_up(epoch: int, spec: Spec) -> float:
    share = min(epoch, spec["epochs"]) / spec["epochs"]
    return float(spec["start"] + (1 - spec["start"]) * share)


SCHEDULES: Registry[Schedule] = Registry("schedules")

SCHEDULES.add(
    Schedule(
        name="constant",
        formula=r"\eta_t = \eta_0",
        source="Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.3.1",
        factor=lambda epoch, spec: 1.0,
        export=lambda spec: "",
    )
)

SCHEDULES.add(
    Schedule(
        name="step",
        formula=r"\eta_t = \eta_0\, \gamma^{\lfloor t / n \rfloor}",
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet classification, section 5",
        pytorch="torch.optim.lr_scheduler.StepLR",
        params=(_epochs("period", 100), number("gamma", 0.5, 0.01, 1.0, 0.01)),
        factor=lambda epoch, spec: float(spec["gamma"] ** (epoch // spec["period"])),
        export=lambda spec: (
            f"torch.optim.lr_scheduler.StepLR({{optimizer}}, step_size={spec['period']}, "
            f"gamma={spec['gamma']!r})"
        ),
    )
)

SCHEDULES.add(
    Schedule(
        name="multi_step",
        formula=r"\eta_t = \eta_0\, \gamma^{\,|\{i : t_i \le t\}|}",
        source="He, Zhang, Ren & Sun 2016, Deep residual learning, section 4.2",
        pytorch="torch.optim.lr_scheduler.MultiStepLR",
        params=(
            Param("milestones", (100, 200), 1, 100_000, 1, kind="ints"),
            number("gamma", 0.1, 0.01, 1.0, 0.01),
        ),
        factor=lambda epoch, spec: float(spec["gamma"] ** bisect.bisect_right(spec["milestones"], epoch)),
        export=lambda spec: (
            f"torch.optim.lr_scheduler.MultiStepLR({{optimizer}}, "
            f"milestones={list(spec['milestones'])}, gamma={spec['gamma']!r})"
        ),
    )
)

SCHEDULES.add(
    Schedule(
        name="exponential",
        formula=r"\eta_t = \eta_0\, \gamma^t",
        source="Senior, Heigold, Ranzato & Yang 2013, An empirical study of learning rates",
        pytorch="torch.optim.lr_scheduler.ExponentialLR",
        params=(number("gamma", 0.99, 0.5, 1.0, 0.001),),
        factor=lambda epoch, spec: float(spec["gamma"] ** epoch),
        export=lambda spec: f"torch.optim.lr_scheduler.ExponentialLR({{optimizer}}, gamma={spec['gamma']!r})",
    )
)

SCHEDULES.add(
    Schedule(
        name="power_of_ten",
        formula=r"\eta_t = \eta_0 \cdot 10^{-t/n}",
        source="Senior, Heigold, Ranzato & Yang 2013, An empirical study of learning rates",
        pytorch="torch.optim.lr_scheduler.LambdaLR",
        params=(_epochs("n", 200),),
        factor=lambda epoch, spec: float(10 ** (-epoch / spec["n"])),
        export=lambda spec: (
            f"torch.optim.lr_scheduler.LambdaLR({{optimizer}}, lambda epoch: 10 ** (-epoch / {spec['n']}))"
        ),
    )
)

SCHEDULES.add(
    Schedule(
        name="reduce_on_plateau",
        formula=r"\min(L_{t-p}, \ldots, L_t) \ge (1 - \theta) L_{best} \ \Rightarrow\ "
        r"\eta \leftarrow \max(\gamma \eta,\ \eta_{min})",
        source="He, Zhang, Ren & Sun 2016, Deep residual learning, section 3.4; "
        "PyTorch documentation, ReduceLROnPlateau",
        pytorch="torch.optim.lr_scheduler.ReduceLROnPlateau",
        params=(
            number("factor", 0.5, 0.01, 0.99, 0.01),
            whole("patience", 10, 0, 1000),
            number("threshold", 1e-4, 0.0, 0.5),
            number("min_lr", 0.0, 0.0, 1.0),
        ),
        factor=lambda epoch, spec: 1.0,
        export=lambda spec: (
            f"torch.optim.lr_scheduler.ReduceLROnPlateau({{optimizer}}, factor={spec['factor']!r}, "
            f"patience={spec['patience']}, threshold={spec['threshold']!r}, "
            f"min_lr={spec['min_lr']!r})"
        ),
        feedback=True,
    )
)

SCHEDULES.add(
    Schedule(
        name="cosine",
        formula=r"\eta_t = \eta_0 \left(f + (1 - f) \tfrac{1 + \cos(\pi \min(t, T) / T)}{2}\right)",
        source="Loshchilov & Hutter 2017, SGDR, equation 5",
        pytorch="torch.optim.lr_scheduler.CosineAnnealingLR",
        params=(_epochs("period", 300), number("floor", 0.01, 0.0, 1.0, 0.01)),
        factor=lambda epoch, spec: cosine(epoch, **spec.params),
        export=lambda spec: (
            "torch.optim.lr_scheduler.LambdaLR({optimizer}, lambda epoch: "
            f"cosine(epoch, period={spec['period']}, floor={spec['floor']!r}))"
        ),
        definition=lambda spec: inspect.getsource(cosine),
    )
)

SCHEDULES.add(
    Schedule(
        name="warm_up",
        formula=r"\eta_t = \eta_0 \left(s + (1 - s) \min(t, n) / n\right)",
        source="Goyal et al. 2017, Accurate, large minibatch SGD, section 2.2",
        pytorch="torch.optim.lr_scheduler.LinearLR",
        params=(_epochs("epochs", 20), number("start", 0.01, 0.001, 1.0, log=True)),
        factor=_warm_up,
        export=lambda spec: (
            f"torch.optim.lr_scheduler.LinearLR({{optimizer}}, start_factor={spec['start']!r}, "
            f"total_iters={spec['epochs']})"
        ),
    )
)

SCHEDULES.add(
    Schedule(
        name="one_cycle",
        formula=r"\frac{\eta_t}{\eta_0} = \begin{cases} "
        r"P + (1 - P) \tfrac{1 + \cos(\pi t / t_1)}{2} & t \le t_1 = r T - 1 \\ "
        r"f + (P - f) \tfrac{1 + \cos(\pi (t - t_1) / (t_2 - t_1))}{2} & "
        r"t \le t_2 = T - 1 \end{cases}",
        source="Smith & Topin 2019, Super-convergence; PyTorch documentation, OneCycleLR",
        pytorch="torch.optim.lr_scheduler.OneCycleLR",
        params=(
            whole("total", 300, 10, 100_000, log=True),
            number("peak", 10.0, 1.0, 100.0, log=True),
            # From 0.2 on the rise has at least one epoch, also in the shortest cycle.
            number("rise", 0.3, 0.2, 0.8, 0.05),
            number("final", 1e-4, 1e-6, 1.0, log=True),
        ),
        factor=lambda epoch, spec: one_cycle(epoch, **spec.params),
        export=lambda spec: (
            "torch.optim.lr_scheduler.LambdaLR({optimizer}, lambda epoch: "
            f"one_cycle(epoch, total={spec['total']}, peak={spec['peak']!r}, "
            f"rise={spec['rise']!r}, final={spec['final']!r}))"
        ),
        definition=lambda spec: inspect.getsource(one_cycle),
    )
)
