"""The controls of a section: what can be set, its range and its default, declared once.

Widgets, refusals, the address and its reset follow from these declarations, as they follow from the fields of an
``Experiment``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from playground.experiment import Experiment
from playground.registry import (
    InvalidValue,
    Param,
    Registry,
    Spec,
    format_bound,
    format_spec,
    format_value,
    no_choice,
    renamed,
)


@dataclass(frozen=True)
class Settings(Mapping[str, Any]):
    """The values of a section's controls: frozen, checked, hashable. ``settings.rate`` reads one.

    Args:
        values: pairs of a control's name and its value, in the order of the controls.
    """

    values_: tuple[tuple[str, Any], ...]

    def __getattr__(self, name: str) -> Any:
        for key, value in self.values_:
            if key == name:
                return value
        raise AttributeError(name)

    def __getitem__(self, name: str) -> Any:
        return dict(self.values_)[name]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return (name for name, _ in self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    def __hash__(self) -> int:
        return hash(self.values_)


@dataclass(frozen=True)
class Control:
    """One thing that can be set.

    Args:
        name: identifier; also the parameter of the address. Its texts are ``controls.<name>.label`` and, if there is
            one, ``.tip`` of the section.
        shown: whether the control matters under these settings; a control that does not is not drawn.
        label: its label in a language, where it comes from elsewhere (one control for each entry of a registry).
    """

    name: str
    _: KW_ONLY
    shown: Callable[[Settings], bool] | None = None
    label: Callable[[str], str] | None = None

    @property
    def initial(self) -> Any:
        """The default, checked."""
        raise NotImplementedError

    def check(self, value: object) -> Any:
        """``value`` in its proper type; text is read as it stands in an address. Raises InvalidValue."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """The value as it stands in an address; ``check`` reads it back."""
        return format_value(value)

    def private(self, value: Any) -> bool:
        """Whether the value holds data that a visitor has brought along: what is computed with it is theirs alone."""
        return False


@dataclass(frozen=True)
class Number(Control):
    """A number on a slider. It is whole where bounds and default are whole.

    Args:
        low, high: the range, inclusive.
        default: the value at first.
        step: of the slider.
        log: the slider moves on a logarithmic scale.
        values: the slider takes only these.
        symbol: shown before the label, for example ``"η"``.
    """

    low: float
    high: float
    _: KW_ONLY
    default: float
    step: float | None = None
    log: bool = False
    values: tuple[float, ...] = ()
    symbol: str = ""

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are taken."""
        numbers = (self.low, self.high, self.default, *self.values)
        return all(isinstance(number, int) for number in numbers)

    @property
    def param(self) -> Param:
        """The number as a parameter, with its range."""
        kind = int if self.whole else float
        style: Any = "int" if self.whole else "float"
        return Param(self.name, kind(self.default), self.low, self.high, self.step, self.log, style)

    @property
    def initial(self) -> Any:
        return self.param.default

    def check(self, value: object) -> Any:
        number = self.param.check(value, self.name)
        if self.values and number not in self.values:
            raise no_choice(self.name, map(format_bound, self.values), value)
        return number


@dataclass(frozen=True)
class Range(Control):
    """Where to look: a range of numbers, set by the two ends of a slider. Whole where bounds and default are.

    Args:
        low, high: bounds of both ends, inclusive.
        default: the ends at first; the lower one is below the upper one.
        step: of the slider.
        log: the slider moves on a logarithmic scale.
    """

    low: float
    high: float
    _: KW_ONLY
    default: tuple[float, float]
    step: float | None = None
    log: bool = False

    @property
    def param(self) -> Param:
        """Either end as a parameter."""
        whole = all(isinstance(number, int) for number in (self.low, self.high, *self.default))
        return Param(
            self.name, self.default[0], self.low, self.high, self.step, self.log, "int" if whole else "float"
        )

    @property
    def initial(self) -> tuple[float, float]:
        return self.check(self.default)

    def check(self, value: object) -> tuple[float, float]:
        if isinstance(value, str):
            value = value.split(":")
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise InvalidValue(self.name, "expected.range", value, low=f"{self.low:g}", high=f"{self.high:g}")
        low, high = (self.param.check(end, self.name) for end in value)
        if not low < high:
            raise InvalidValue(self.name, "expected.range", value, low=f"{self.low:g}", high=f"{self.high:g}")
        return low, high

    def write(self, value: tuple[float, float]) -> str:
        return ":".join(map(format_value, value))


@dataclass(frozen=True)
class Choice(Control):
    """One of a few names, or several of them.

    Args:
        options: the names: a registry, whose entries' labels are shown, or names with texts of their own
            (``controls.<name>.options.<option>``).
        default: the name at first, or the names.
        many: several can be chosen; the value is then a tuple in the order of ``options``.
        least: the smallest number of names of ``many``.
        option: ``(name, language)``, the label of a name, where it comes from elsewhere.
    """

    options: Registry[Any] | tuple[str, ...]
    _: KW_ONLY
    default: str | tuple[str, ...]
    many: bool = False
    least: int = 1
    option: Callable[[str, str], str] | None = None

    @property
    def initial(self) -> Any:
        return self.check(self.default)

    def check(self, value: object) -> Any:
        names = tuple(self.options)
        if not self.many:
            if value in names:
                return value
            if not isinstance(value, str) or renamed(value) not in names:
                raise no_choice(self.name, names, value)
            return renamed(value)
        if isinstance(value, str):
            value = [part for part in value.replace(" ", "+").split("+") if part]
        if not isinstance(value, (list, tuple)) or len(value) < self.least:
            raise no_choice(self.name, names, value)
        value = [renamed(name) if isinstance(name, str) else name for name in value]
        for name in value:
            if name not in names:
                raise no_choice(self.name, names, name)
        return tuple(name for name in names if name in value)


@dataclass(frozen=True)
class Switch(Control):
    """On or off."""

    _: KW_ONLY
    default: bool = False

    @property
    def initial(self) -> bool:
        return self.default

    def check(self, value: object) -> Any:
        return Param(self.name, self.default, kind="bool").check(value, self.name)


@dataclass(frozen=True)
class Technique(Control):
    """A registered technique with its parameters; the value is a ``Spec``.

    Args:
        registry: of the family.
        default: the name at first, or ``{"name": ..., parameters}``.
        names: offer only these; "" in front of nothing: all.
        params: whether the parameters can be set as well.
    """

    registry: Registry[Any]
    _: KW_ONLY
    default: str | Mapping[str, Any]
    names: tuple[str, ...] = ()
    params: bool = True

    @property
    def initial(self) -> Spec:
        return self.registry.spec(self.default, self.name)

    def check(self, value: object) -> Spec:
        spec = self.registry.spec(value, self.name)
        if self.names and spec.name not in self.names:
            raise no_choice(self.name, self.names, spec.name)
        return spec

    def write(self, value: Spec) -> str:
        return format_spec(self.registry[value.name], value)


@dataclass(frozen=True)
class Handle(Control):
    """Numbers that the mouse, finger or keyboard sets in the picture: a start on a surface, a neuron's line, a curve.

    Args:
        kind: which component of ``playground.ui.handles`` draws it and gives it back.
        low, high: range of each number.
        default: the numbers at first; their count is fixed unless ``counts`` says otherwise.
        counts: least and greatest count of numbers.
    """

    kind: str
    _: KW_ONLY
    low: float
    high: float
    default: tuple[float, ...]
    counts: tuple[int, int] | None = None

    @property
    def initial(self) -> tuple[float, ...]:
        return tuple(map(float, self.default))

    def check(self, value: object) -> tuple[float, ...]:
        least, most = self.counts or (len(self.default), len(self.default))
        if isinstance(value, str):
            value = value.replace(" ", "+").split("+") if value else []
        if not isinstance(value, (list, tuple)) or not least <= len(value) <= most:
            raise InvalidValue(
                self.name, "expected.numbers", value, least=least, most=most, low=self.low, high=self.high
            )
        number = Param(self.name, 0.0, self.low, self.high)
        return tuple(number.check(part, self.name) for part in value)


@dataclass(frozen=True)
class Own(Control):
    """An experiment: the section's, or the one that the visitor has in the playground.

    Args:
        default: the section's.
    """

    _: KW_ONLY
    default: Experiment

    @property
    def initial(self) -> Experiment:
        return self.default

    def check(self, value: object) -> Experiment:
        if isinstance(value, Experiment):
            return value
        if isinstance(value, str):
            return Experiment.from_query(dict(parse_qsl(value, keep_blank_values=True)))
        raise InvalidValue(self.name, "expected.experiment", value)

    def write(self, value: Experiment) -> str:
        return urlencode(value.to_query(), safe=",:~")

    def private(self, value: Any) -> bool:
        return value.points is not None


@dataclass(frozen=True)
class Brought(Control):
    """What a visitor brings along and no address holds, such as pictures from a file; None until they do.

    Args:
        kind: which component of ``playground.ui.handles`` takes it.
        accepts: the type of a value, which is hashable.
    """

    kind: str
    _: KW_ONLY
    accepts: type

    @property
    def initial(self) -> Any:
        return None

    def check(self, value: object) -> Any:
        if value is None or isinstance(value, self.accepts):
            return value
        raise InvalidValue(self.name, "expected.brought", value)

    def private(self, value: Any) -> bool:
        return value is not None


def seed(most: int = 99) -> Number:
    """The control of what is random in a section: data, weights, batches, noise."""
    return Number("seed", 0, most, default=0)
