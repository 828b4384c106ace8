"""What one setting of an experiment is: declared once, as an attribute of a dataclass, with all that others ask of it.

Checks, links, controls, races and the engines read the table that ``fields_of`` makes of the declarations; none of them
keeps a list of names of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from playground.registry import InvalidValue, Param, Registry

Check = Callable[[Any, str], Any]
"""From a value and the name to refuse it by to the value in its proper form. Raises InvalidValue."""

Group = Literal["data", "features", "network", "activation", "optimizer", "regularization", "run"]
"""Where a field stands; lists of fields are in this order."""

Control = Literal["none", "number", "exact", "optional", "technique", "choice", "several", "layers"]
"""How a field is set by hand: not at all, by a slider, by a slider and in digits, by a number that may be left out,
by a technique with its parameters, by one of a few names, by several names, by sizes of layers."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One setting of an experiment.

    Args:
        name: of the attribute; also the key in JSON and in the URL.
        default: the value where none is given.
        check: of a value, or of one layer's value.
        group: where it stands in lists of fields.
        control: how it is set by hand.
        param: range of its number, or of each of its numbers; None where it has none.
        registry: the techniques that it chooses from; None where it names none.
        hot: a running network takes it over without being built anew.
        per_layer: it takes one value, or one per hidden layer.
        listed: it takes a list.
        in_race: it can be set for all lanes of a race at once.
    """

    name: str = ""
    default: Any
    check: Check
    group: Group
    control: Control
    param: Param | None = None
    registry: Registry[Any] | None = None
    hot: bool = False
    per_layer: bool = False
    listed: bool = False
    in_race: bool = False

    def check_layers(self, value: Any, depth: int) -> Any:
        """One value, or a tuple of one for each of ``depth`` layers; equal ones become one. Raises InvalidValue."""
        if not isinstance(value, (list, tuple)):
            return self.check(value, self.name)
        if len(value) != depth or depth == 0:
            raise InvalidValue(self.name, "expected.per_layer", value, count=depth)
        return _joined(tuple(self.check(entry, f"{self.name}[{i}]") for i, entry in enumerate(value)))

    def numbers(self) -> Param:
        """The range of its numbers. Raises TypeError where it has none."""
        if self.param is None:
            raise TypeError(f"{self.name} is no number")
        return self.param

    def techniques(self) -> Registry[Any]:
        """The techniques that it chooses from. Raises TypeError where it names none."""
        if self.registry is None:
            raise TypeError(f"{self.name} names no technique")
        return self.registry


def number_field(param: Param, group: Group, control: Control = "number", **facts: Any) -> Any:
    """Declare a number in the range of ``param``, or a choice of its names."""
    return _declared(
        default=param.default, check=param.check, group=group, control=control, param=param, **facts
    )


def technique_field(registry: Registry[Any], default: str, group: Group, **facts: Any) -> Any:
    """Declare the choice of a technique: its name, or its name with parameters."""
    return _declared(
        default=default, check=registry.spec, group=group, control="technique", registry=registry, **facts
    )


def own_field(check: Check, default: Any, group: Group, control: Control, **facts: Any) -> Any:
    """Declare a field with a check of its own."""
    return _declared(default=default, check=check, group=group, control=control, **facts)


def _declared(**facts: Any) -> Any:
    return dataclasses.field(metadata={Field: Field(**facts)})


def fields_of(kind: type) -> dict[str, Field]:
    """The fields that a dataclass declares, by name: group by group, within a group as they are declared.

    Defaults are in their proper form; all techniques must be registered by now.
    """
    if kind in _TABLES:
        return _TABLES[kind]
    found = []
    for declared in dataclasses.fields(kind):
        field = declared.metadata[Field]
        param = field.param and dataclasses.replace(field.param, name=declared.name)
        default = field.check(field.default, declared.name)
        found.append(dataclasses.replace(field, name=declared.name, default=default, param=param))
    found.sort(key=lambda field: get_args(Group).index(field.group))
    _TABLES[kind] = {field.name: field for field in found}
    return _TABLES[kind]


_TABLES: dict[type, dict[str, Field]] = {}


def for_layers(value: Any, depth: int) -> Any:
    """Values of each layer for ``depth`` layers: cut off, or with the last one repeated. One of all layers stays."""
    if not isinstance(value, tuple):
        return value
    return _joined((value + value[-1:] * depth)[:depth] or value[:1])


def _joined(values: tuple[Any, ...]) -> Any:
    return values[0] if len(set(values)) == 1 else values
