"""Early stopping: when a run has nothing more to gain.

An entry decides by two rules, when a loss is a new best and when to stop; what they look at is kept in ``Patience``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from playground.registry import Registry, Spec, Technique, number, whole


@dataclass(frozen=True, kw_only=True)
class Stopping(Technique):
    """A stopping rule.

    Args:
        improves: ``(loss, best, spec) -> bool``, whether a loss is a new best, whose weights are kept; None where
            the loss is not watched at all.
        stops: ``(bad_epochs, spec) -> bool``, whether to stop after so many epochs without a new best.
        export: the condition to stop, in ``{bad_epochs}``, or "" for none.
        export_improved: the condition of a new best, in ``{loss}`` and ``{best}``, or "" for none.
    """

    improves: Callable[[float, float, Spec], bool] | None = None
    stops: Callable[[int, Spec], bool] = lambda bad_epochs, spec: False
    export: Callable[[Spec], str]
    export_improved: Callable[[Spec], str]

    @property
    def watches(self) -> bool:
        """Whether the loss is watched; then a ``Patience`` carries the state."""
        return self.improves is not None


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
        improves = STOPPINGS[spec.name].improves
        assert improves is not None, "only of a rule that watches the loss"
        if improves(loss, self.best, spec):
            return Patience(loss, epoch, 0)
        return replace(self, bad_epochs=self.bad_epochs + 1)

    def exhausted(self, spec: Spec) -> bool:
        """Whether to stop now."""
        return STOPPINGS[spec.name].stops(self.bad_epochs, spec)


STOPPINGS: Registry[Stopping] = Registry("stoppings")

STOPPINGS.add(
    Stopping(
        name="none",
        formula=r"t \leftarrow t + 1",
        source="–",
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
        improves=lambda loss, best, spec: bool(loss < best - spec["min_delta"]),
        stops=lambda bad_epochs, spec: bad_epochs >= int(spec["patience"]),
        export=lambda spec: f"{{bad_epochs}} >= {spec['patience']}",
        export_improved=lambda spec: (
            f"{{loss}} < {{best}} - {spec['min_delta']!r}" if spec["min_delta"] else "{loss} < {best}"
        ),
    )
)
