"""The plane that maps show: a flat slice of the space of inputs, and what is held outside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from playground.data.points import MAX_MAGNITUDE, Domain
from playground.data.preprocessing import principal_axes
from playground.registry import InvalidValue, choice, number, whole

DOMAIN_MARGIN = 0.08
"""Share of the data's range that is left free on each side of a map."""

Kind = Literal["columns", "components"]
Held = Literal["nothing", "median", "values", "mean"]


@dataclass(frozen=True)
class View:
    """What a visitor wants to see of more than two inputs.

    Args:
        kind: ``"columns"``: two of the inputs span the plane, the others are held; ``"components"``: the first two
            principal components of the standardized training part do, through its mean.
        across, down: indices of the inputs along the map's two sides.
        held: the values at which the inputs stand that are not shown (d,), each of at most 10 digits; None, for one of
            them or for all, for the training part's median.
    """

    kind: Kind = "columns"
    across: int = 0
    down: int = 1
    held: tuple[float | None, ...] | None = None

    def check(self, d: int) -> View:
        """The view of ``d`` inputs, checked, without what it does not depend on.

        Raises InvalidValue: an input that is not there, or no plane.
        """
        choice("kind", "columns", ("columns", "components")).check(self.kind)
        if d == 2:
            raise InvalidValue("plane", "plane.no_choice", n=d)
        if self.kind == "components" and d == 1:
            raise InvalidValue("kind", "plane.no_components")
        if self.kind == "components":
            return View("components")
        across = whole("across", 0, 0, d - 1).check(self.across)
        down = whole("down", 0, 0, max(d - 1, 1)).check(self.down)
        if across == down:
            raise InvalidValue("down", "plane.same", down)
        held = self.held
        if held is not None:
            if not isinstance(held, (list, tuple)) or len(held) != d:
                raise InvalidValue("held", "expected.list", held, low=d, high=d)
            held = tuple(
                None if value is None or i in (across, down) else _held(value, i)
                for i, value in enumerate(held)
            )
            held = None if all(value is None for value in held) else held
        return View(self.kind, across, down, held)


def _held(value: object, i: int) -> float:
    """A value of input ``i``, in as many digits as an address tells. Raises InvalidValue."""
    return float(f"{number(f'held[{i}]', 0.0, -MAX_MAGNITUDE, MAX_MAGNITUDE).check(value):.10g}")


@dataclass(frozen=True)
class Plane:
    """The place (u, v) of a map is the input ``origin + u · across + v · down``; v grows upwards.

    Args:
        origin, across, down: each one number an input (d,). For two inputs the plane is the space itself: place and
            input are one.
        domain: ``((u low, u high), (v low, v high))`` that is shown.
        names: of the two axes; "" where there is nothing to name.
        scale: the training part's standard deviation of each input, 1 for a constant one (d,): the unit in which
            distances from the plane are measured.
        kind, held: what spans it, and where the other inputs stand.
        chosen: of "values", where each input stands that was moved away from the median, else None (d,).
        share: of "components", the share of the variance along each axis.
    """

    origin: tuple[float, ...]
    across: tuple[float, ...]
    down: tuple[float, ...]
    domain: Domain
    names: tuple[str, str]
    scale: tuple[float, ...]
    kind: Kind = "columns"
    held: Held = "nothing"
    chosen: tuple[float | None, ...] | None = None
    share: tuple[float, float] | None = None

    @property
    def n_inputs(self) -> int:
        """Inputs d of the space that it lies in."""
        return len(self.origin)

    @property
    def n_held(self) -> int:
        """How many inputs do not change along it."""
        return sum(a == 0 and b == 0 for a, b in zip(self.across, self.down, strict=True))

    def inputs(self, places: NDArray[Any]) -> NDArray[np.float64]:
        """The inputs (n, d) at places (n, 2)."""
        places = np.asarray(places, dtype=np.float64)
        if self.n_inputs == 2:
            return places
        return np.array(self.origin) + places @ np.array([self.across, self.down])

    def places(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Where inputs (n, d) stand when they are projected onto the plane: (n, 2)."""
        X = np.asarray(X, dtype=np.float64)
        if self.n_inputs == 2:
            return X
        return np.column_stack([self._along(X, np.array(axis)) for axis in (self.across, self.down)])

    def _along(self, X: NDArray[np.float64], axis: NDArray[np.float64]) -> NDArray[np.float64]:
        used = np.flatnonzero(axis)
        if len(used) == 0:
            return np.zeros(len(X))
        if len(used) == 1:  # a column as it is, without the rounding of a projection
            return (X[:, used[0]] - self.origin[used[0]]) / axis[used[0]]
        scale = np.array(self.scale)
        axis = axis / scale
        return np.asarray(((X - np.array(self.origin)) / scale) @ axis / (axis @ axis))

    def near(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """How near inputs (n, d) are to the plane, from 1 on it to 0 far away: (n,).

        It is exp(-r²/2), with r the root of the mean squared distance in standard deviations over the directions that
        lead away from the plane.
        """
        away = self.n_inputs - 2
        if away <= 0:
            return np.ones(len(X))
        apart = (np.asarray(X, dtype=np.float64) - self.inputs(self.places(X))) / np.array(self.scale)
        return np.asarray(np.exp(-0.5 * (apart**2).sum(axis=1) / away))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a message."""
        return {
            "origin": self.origin,
            "across": self.across,
            "down": self.down,
            "kind": self.kind,
            "held": self.held,
            "chosen": self.chosen,
            "n_held": self.n_held,
            "share": self.share,
        }


def padded_domain(X: NDArray[np.float64], margin: float = DOMAIN_MARGIN) -> Domain:
    """The range of both columns of ``X`` ``(n, 2)``, widened; a constant column gets a width of 2.

    Missing cells (nan) count for nothing.
    """
    spans = []
    for column in X.T:
        known = column[~np.isnan(column)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
        span = high - low
        wide = span > 1e-9 * max(abs(low), abs(high))
        pad = margin * span if wide else max(1.0, 0.1 * abs(high))
        spans.append((low - pad, high + pad))
    return (spans[0], spans[1])


def identity(names: tuple[str, str], domain: Domain) -> Plane:
    """The plane of two inputs: the inputs themselves."""
    return Plane((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), domain, names, (1.0, 1.0))


def plane_of(view: View, names: tuple[str, ...], X: NDArray[np.float64], train: NDArray[np.float64]) -> Plane:
    """The plane of a checked view.

    Args:
        names: of the d inputs, d not 2.
        X: all points (n, d), whose places the map has room for.
        train: those trained on, from which median, mean and components are taken.
    """
    d = len(names)
    spread = train.std(axis=0)
    scale = np.where(spread > 1e-12 * np.abs(train).max(axis=0, initial=1.0), spread, 1.0)
    if view.kind == "components":
        mean, axes, deviation = principal_axes(train / scale)
        total = float((deviation**2).sum()) or 1.0
        share = (float(deviation[0] ** 2) / total, float(deviation[1] ** 2) / total)
        plane = Plane(
            origin=tuple((mean * scale).tolist()),
            across=tuple((axes[:, 0] * scale).tolist()),
            down=tuple((axes[:, 1] * scale).tolist()),
            domain=((0.0, 1.0), (0.0, 1.0)),
            names=("PC 1", "PC 2"),
            scale=tuple(scale.tolist()),
            kind="components",
            held="mean",
            share=share,
        )
        return _with_room(plane, X)
    origin = np.median(train, axis=0)
    for i, value in enumerate(view.held or ()):
        origin[i] = origin[i] if value is None else value
    unit = np.eye(max(d, 2))[:, :d]
    origin[[i for i in (view.across, view.down) if i < d]] = 0.0
    held: Held = "nothing" if d < 3 else "median" if view.held is None else "values"
    plane = Plane(
        origin=tuple(origin.tolist()),
        across=tuple(unit[view.across].tolist()),
        down=tuple(unit[view.down].tolist()),
        domain=((0.0, 1.0), (0.0, 1.0)),
        names=(names[view.across], names[view.down] if view.down < d else ""),
        scale=tuple(scale.tolist()),
        held=held,
        chosen=view.held if held == "values" else None,
    )
    return _with_room(plane, X)


MANY = 12
"""Different values from which on a column spreads its points over a map well enough."""


def telling(X: NDArray[np.float64]) -> tuple[int, int]:
    """The first two columns of many different values (n, d): points of a column of 0 and 1 lie upon each other."""
    distinct = [min(len(np.unique(column[~np.isnan(column)])), MANY) for column in X.T]
    if len(distinct) < 2:
        return (0, 1)
    across, down = sorted(sorted(range(len(distinct)), key=lambda i: -distinct[i])[:2])
    return (across, down)


STEPS = 100
"""Steps of a slider from end to end, about."""


def ranges(X: NDArray[np.float64], train: NDArray[np.float64]) -> list[tuple[float, float, float, float]]:
    """For the slider of each column: lowest and highest value (n, d), the training part's median, and a round step.

    Whole numbers have whole steps.
    """
    found = []
    for column, median in zip(X.T, np.median(train, axis=0).tolist(), strict=True):
        low, high = float(column.min()), float(column.max())
        step = 10.0 ** np.floor(np.log10((high - low) / STEPS)) if high > low else 1.0
        if (column == np.floor(column)).all():
            step = max(1.0, step)
        found.append((low, high, median, float(step)))
    return found


def _with_room(plane: Plane, X: NDArray[np.float64]) -> Plane:
    """The plane, with all points on its map."""
    return replace(plane, domain=padded_domain(plane.places(X)))
