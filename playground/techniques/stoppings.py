"""Early stopping: when a run has nothing more to gain."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from playground.registry import Registry, Spec, Technique, number, whole


@dataclass(frozen=True, kw_only=True)
class Stopping(Technique):
    """A stopping rule.

    Args:
        watches: whether the loss is watched at all; then a ``Patience`` carries the state.
        export: the condition to stop, in ``{bad_epochs}``, or "" for none.
        export_improved: the condition of a new best, in ``{loss}`` and ``{best}``, or "" for none.
    """

    watches: bool
    export: Callable[[Spec], str]
    export_improved: Callable[[Spec], str]


@dataclass(frozen=True)
class Patience:
    """What early stopping remembers between epochs.

    Args:
        best: the lowest loss that counted as an improvement.
        best_epoch: when it was seen; its weights are the ones to restore.
        bad_epochs: epochs without improvement since.
    """

    best: float = math.inf
    best_epoch: int = 0
    bad_epochs: int = 0

    def after(self, epoch: int, loss: float, spec: Spec) -> Patience:
        """The state after ``epoch`` ended with ``loss``. Any finite loss improves on none at all."""
        if loss < self.best - spec["min_delta"]:
            return Patience(loss, epoch, 0)
        return replace(self, bad_epochs=self.bad_epochs + 1)

    def exhausted(self, spec: Spec) -> bool:
        """Whether to stop now."""
        return self.bad_epochs >= int(spec["patience"])


STOPPINGS: Registry[Stopping] = Registry("stoppings")

STOPPINGS.add(
    Stopping(
        name="none",
        formula=r"t \leftarrow t + 1",
        source="–",
        watches=False,
        export=lambda spec: "",
        export_improved=lambda spec: "",
    )
)

STOPPINGS.add(
    Stopping(
        name="patience",
        formula=r"\min(L_{t-p+1}, \ldots, L_t) \ge L_{best} - \delta \ \Rightarrow\ "
        r"w \leftarrow w_{best}",
        source="Prechelt 1998, Early stopping, but when?; "
        "Goodfellow, Bengio & Courville 2016, Deep Learning, Algorithm 7.1",
        params=(
            whole("patience", 30, 1, 10_000, log=True),
            number("min_delta", 0.0, 0.0, 1.0, 0.001),
        ),
        watches=True,
        export=lambda spec: f"{{bad_epochs}} >= {spec['patience']}",
        export_improved=lambda spec: (
            f"{{loss}} < {{best}} - {spec['min_delta']!r}" if spec["min_delta"] else "{loss} < {best}"
        ),
    )
)
