"""Techniques are declared once, here and in ``playground.techniques`` and ``playground.data``.

A *technique* is anything a user can choose by name: an activation, an optimizer, a data set.
Its entry holds name, formula, source and parameters; widgets, URL, documentation, contract tests and
exported code all walk the registries and never keep a list of names of their own.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Generic, Literal, TypeVar

from playground.text import refusals

Value = bool | int | float | str
Kind = Literal["float", "int", "bool", "choice", "ints"]


class InvalidValue(ValueError):
    """A user-supplied value that was refused, or something that cannot be done now.

    What was expected is said by the texts ``errors.<key>`` of each language, what came by ``errors.<key>_got`` where
    there is one, else by the value itself. A text of ``errors.sentence`` says everything.

    Args:
        field: dotted name of the refused field, for example ``"optimizer.beta1"``.
        key: of the texts, for example ``"expected.float"``.
        got: what came; left out where the text says it, or where nothing came.
        values: what the texts take.

    Attributes:
        field, key, values: see above.
        shown: what came, shortened for display.
    """

    def __init__(self, field: str, key: str, got: object = None, **values: object) -> None:
        super().__init__(field, key)
        self.field = field.encode(
            "utf-8", "backslashreplace"
        ).decode()  # half a surrogate pair cannot be shown
        self.key = key
        self.values = values
        shown = repr(got)
        self.shown = shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 3] + "..."

    @property
    def expected(self) -> str:
        """What would have been accepted, in English."""
        return refusals.expected(self, "en")

    @property
    def got(self) -> str:
        """What came, in English or as it is."""
        return refusals.got(self, "en")

    def __str__(self) -> str:
        if refusals.is_sentence(self):
            return self.expected
        return f"{self.field}: expected {self.expected}, got {self.got}"

    def within(self, where: str) -> InvalidValue:
        """The same refusal, of a field that lies in ``where``."""
        return self.of(f"{where}.{self.field}" if self.field else where)

    def of(self, field: str) -> InvalidValue:
        """The same refusal, of another field."""
        other = InvalidValue(field, self.key, **self.values)
        other.shown = self.shown
        return other


MAX_SHOWN = 80
"""Characters of a refused value that are shown."""


def no_choice(field: str, names: Iterable[str], got: object) -> InvalidValue:
    """The refusal of something that is none of ``names``."""
    return InvalidValue(field, "expected.choice", got, choices=", ".join(names))


def format_bound(value: float) -> str:
    """A bound as people write it: ``0.00001``, ``100,000``, and powers of ten only beyond that."""
    if value == 0 or 1e-6 <= abs(value) < 1e10:
        whole_part, _, decimals = f"{value:,.9f}".partition(".")
        return f"{whole_part}.{decimals}".rstrip("0").rstrip(".") if decimals else whole_part
    return f"{value:g}"


FORMER_NAMES = {"centring": "center", "standardising": "standardize", "standardise": "standardize"}
"""Names in links and files of earlier versions, with what is called so now: techniques, and settings of sections."""


def renamed(name: str) -> str:
    """What ``name`` is called now."""
    return FORMER_NAMES.get(name, name)


@dataclass(frozen=True)
class Param:
    """One adjustable number, switch or choice, with the range that every user of it honours.

    Args:
        name: identifier; also the key in JSON and in the URL.
        default: value when none is given.
        low, high: inclusive range of ``float`` and ``int`` (and of each entry of ``ints``).
        step: step of the slider.
        log: the slider moves on a logarithmic scale.
        choices: the accepted values of a ``choice``.
        max_length: the largest number of entries of ``ints`` (a sorted list of positive integers).
    """

    name: str
    default: Any
    low: float = 0.0
    high: float = 1.0
    step: float | None = None
    log: bool = False
    kind: Kind = "float"
    choices: tuple[str, ...] = ()
    max_length: int = 8

    def check(self, value: object, where: str = "") -> Any:
        """Return ``value`` in its proper type.

        Numbers may come as text (from a URL). Raises InvalidValue, naming ``where`` (default: the
        parameter's own name), for a wrong type, a non-finite number or a value out of range.
        """
        where = where or self.name
        if self.kind == "bool":
            if isinstance(value, bool):
                return value
            if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
                return value.lower() in ("true", "1")
            raise self._refusal(value, where)
        if self.kind == "choice":
            if value not in self.choices:
                raise self._refusal(value, where)
            return value
        if self.kind == "ints":
            # a plus sign in an address may be read as a space
            entries = value.replace(" ", "+").split("+") if isinstance(value, str) else value
            if not isinstance(entries, (list, tuple)) or not 1 <= len(entries) <= self.max_length:
                raise self._refusal(value, where)
            numbers = [self._number(entry) for entry in entries]
            if None in numbers:
                raise self._refusal(value, where)
            return tuple(sorted(n for n in numbers if n is not None))
        number = self._number(value)
        if number is None:
            raise self._refusal(value, where)
        return number

    def _refusal(self, value: object, where: str) -> InvalidValue:
        return InvalidValue(
            where,
            f"expected.{self.kind}",
            value,
            low=format_bound(self.low),
            high=format_bound(self.high),
            choices=", ".join(self.choices),
            count=self.max_length,
        )

    def _number(self, value: object) -> int | float | None:
        """The value as a number in range, None for anything else."""
        if isinstance(value, bool) or not isinstance(value, (Real, str)):
            return None
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        if not math.isfinite(number) or not self.low <= number <= self.high:
            return None
        if self.kind in ("int", "ints"):
            return int(number) if number == int(number) else None
        return number


def number(
    name: str, default: float, low: float, high: float, step: float | None = None, log: bool = False
) -> Param:
    """A real parameter in ``[low, high]``."""
    return Param(name, float(default), low, high, step, log, "float")


def whole(name: str, default: int, low: int, high: int, log: bool = False) -> Param:
    """An integer parameter in ``[low, high]``."""
    return Param(name, default, low, high, 1, log, "int")


def switch(name: str, default: bool) -> Param:
    """An on/off parameter."""
    return Param(name, default, kind="bool")


def choice(name: str, default: str, choices: tuple[str, ...]) -> Param:
    """A parameter that takes one of a few names."""
    return Param(name, default, kind="choice", choices=choices)


@dataclass(frozen=True, kw_only=True)
class Technique:
    """One registered technique. Families subclass it and add the code.

    Args:
        name: identifier, the field's standard term in snake case.
        formula: LaTeX, without dollar signs.
        source: paper or documentation with year, equation or algorithm number where there is one.
        params: the parameters, in display order.
        pytorch: the PyTorch name of the same thing (``"torch.optim.Adam"``), or "" if there is none.
        proper_name: whether its label is a name of its own, written alike in every language.
    """

    name: str
    formula: str
    source: str
    params: tuple[Param, ...] = ()
    pytorch: str = ""
    proper_name: bool = False

    def param(self, name: str) -> Param:
        """The parameter called ``name``; KeyError if there is none."""
        for param in self.params:
            if param.name == name:
                return param
        raise KeyError(name)

    def spec(self, **values: object) -> Spec:
        """The technique with checked parameter values; the rest at their defaults."""
        return Spec.make(self, values, self.name)


@dataclass(frozen=True)
class Spec:
    """A chosen technique: its name and the complete, checked values of its parameters.

    ``spec["beta1"]`` reads a parameter. Two specs are equal when name and all values are.
    """

    name: str
    values: tuple[tuple[str, Any], ...] = field(default=())

    @classmethod
    def make(cls, technique: Technique, given: Mapping[str, object], where: str) -> Spec:
        """Check ``given`` against the technique's parameters. Raises InvalidValue."""
        known = {p.name for p in technique.params}
        for name in given:
            if name not in known:
                key = "expected.parameter" if known else "expected.no_parameters"
                choices = ", ".join(sorted(known))
                raise InvalidValue(f"{where}.{name}", key, name, choices=choices, name=technique.name)
        values = tuple(
            (p.name, p.check(given[p.name], f"{where}.{p.name}") if p.name in given else p.default)
            for p in technique.params
        )
        return cls(technique.name, values)

    def __getitem__(self, name: str) -> Any:
        return dict(self.values)[name]

    @property
    def params(self) -> dict[str, Any]:
        """The parameter values by name (a copy)."""
        return dict(self.values)


T = TypeVar("T", bound=Technique)


class Registry(Mapping[str, T], Generic[T]):
    """The techniques of one family by name, in the order of registration.

    Args:
        family: plural name of the family, for messages, documentation and text keys.
    """

    def __init__(self, family: str) -> None:
        self.family = family
        self._entries: dict[str, T] = {}

    def add(self, technique: T) -> T:
        """Register a technique. A name can be registered only once."""
        if technique.name in self._entries:
            raise ValueError(f"{self.family}: {technique.name} is registered already")
        self._entries[technique.name] = technique
        return technique

    def __getitem__(self, name: str) -> T:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def spec(self, value: object, where: str) -> Spec:
        """Read a user's choice: a name, a mapping with ``name``, the URL's text form, or a Spec.

        Raises InvalidValue with the closest known names for an unknown one.
        """
        if isinstance(value, Spec):
            value = {"name": value.name, **value.params}
        if isinstance(value, str):
            value = parse_spec(value)
        if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
            raise InvalidValue(where, "expected.technique", value)
        given = dict(value)
        name = renamed(given.pop("name"))
        if name not in self._entries:
            near = difflib.get_close_matches(name, self._entries, n=1)
            key = "expected.name_near" if near else "expected.name"
            raise InvalidValue(where, key, name, choices=", ".join(self._entries), near="".join(near))
        return Spec.make(self._entries[name], given, where)

    def default_values(self, spec: Spec) -> bool:
        """Whether every parameter of ``spec`` has its default value."""
        return spec == self[spec.name].spec()


def parse_spec(text: str) -> dict[str, object]:
    """Read the URL form ``name~param:value~param:value``."""
    name, *pairs = text.split("~")
    result: dict[str, object] = {"name": name}
    for pair in pairs:
        key, _, value = pair.partition(":")
        result[key] = value
    return result


def format_spec(technique: Technique, spec: Spec) -> str:
    """The URL form of ``spec``: only what differs from the technique's defaults is written."""
    parts = [spec.name]
    for param in technique.params:
        value = spec[param.name]
        if value != param.default:
            parts.append(f"{param.name}:{format_value(value)}")
    return "~".join(parts)


def format_value(value: object) -> str:
    """A value as short text that reads back to the same value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, (list, tuple)):
        return "+".join(format_value(v) for v in value)
    return str(value)
