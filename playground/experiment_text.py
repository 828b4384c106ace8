"""An experiment's text forms: the plain values of JSON, the parameters of a link, the call in Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

from playground.data.packing import packed, unpacked
from playground.data.points import Points
from playground.fields import Field, fields_of
from playground.registry import InvalidValue, Spec, format_spec, format_value

VERSION = 2
"""Version 1 had no validation part: what chose did so on the test part, and such a link or file still does."""
MAX_JSON_BYTES = 10_000_000
"""Of an experiment with 5,000 points of 64 inputs, some 7 MB."""
MAX_JSON_DEPTH = 12
"""Lists and objects inside one another; a race with painted points has six."""
MAX_QUERY_CHARACTERS = 4_000


def read_json(text: str | bytes, field: str) -> Any:
    """The value that JSON text from outside holds. Raises InvalidValue: malformed, too long, or too deeply nested.

    Args:
        field: what is read, for the refusal.
    """
    if len(text) > MAX_JSON_BYTES:
        raise InvalidValue(field, "json.size", size=f"{len(text) / 10**6:.1f} MB")
    start = text[:40] if isinstance(text, str) else text[:40].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidValue(field, "json.text", start) from None
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(MAX_JSON_DEPTH):
        within = (value.values() if isinstance(value, dict) else value for value in level)
        level = [inner for values in within for inner in values if isinstance(inner, dict | list)]
    if level:
        raise InvalidValue(field, "json.deep", start, most=MAX_JSON_DEPTH)
    return found


def read_object(value: object, field: str) -> tuple[dict[str, Any], int]:
    """A copy of the object ``value`` without its version, and this. Raises InvalidValue: no object, or a later version.

    Args:
        field: what is read, for the refusal.
    """
    if not isinstance(value, Mapping):
        raise InvalidValue(field, "json.object", value)
    given = dict(value)
    return given, read_version(given.pop("version", VERSION))


def read_version(found: object) -> int:
    """A version that can be read. Raises InvalidValue for any other."""
    for version in range(1, VERSION + 1):
        if str(found) == str(version):
            return version
    raise InvalidValue("version", "json.version", found, version=VERSION)


def plain(value: Any) -> Any:
    """A field's value for JSON."""
    if isinstance(value, Spec):
        return {"name": value.name, **{k: plain(v) for k, v in value.values}} if value.values else value.name
    if isinstance(value, Points):
        return value.to_dict()
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value


def query_text(field: Field, value: Any) -> str:
    """A field's value for a link; "" for None, and for points that don't fit."""
    if value is None:
        return ""
    if isinstance(value, Points):
        return packed(value) or ""
    if isinstance(value, Spec):
        return format_spec(field.techniques()[value.name], value)
    if isinstance(value, tuple):
        return ",".join(query_text(field, v) for v in value)
    return format_value(value)


def check_length(query: Mapping[str, str]) -> None:
    """Refuse a link that is too long. Raises InvalidValue."""
    if sum(len(k) + len(v) for k, v in query.items()) > MAX_QUERY_CHARACTERS:
        most = f"{MAX_QUERY_CHARACTERS:,}"
        raise InvalidValue("link", "json.link", most=most)


def read_query(query: Mapping[str, str], fields: Mapping[str, Field]) -> tuple[dict[str, Any], int]:
    """What a link's parameters give, lists taken apart, and its version. Raises InvalidValue: too long, no points, or
    a later version.

    Args:
        fields: what a parameter can be; others are left as they are.
    """
    check_length(query)
    given: dict[str, Any] = dict(query)
    version = read_version(given.pop("v", VERSION))
    for name, value in given.items():
        field = fields.get(name)
        if field is not None and (field.listed or field.per_layer):
            parts = tuple(part for part in value.split(",") if part)
            given[name] = parts[0] if field.per_layer and len(parts) == 1 else parts
    if "points" in given:
        given["points"] = unpacked(given["points"])
    return given, version


def call_text(values: Mapping[str, Any], fields: Mapping[str, Field]) -> str:
    """Values of fields as the arguments of a call in Python; a technique says what differs from its defaults."""
    return ", ".join(f"{name}={_python(fields[name], value)}" for name, value in values.items())


def _python(field: Field, value: Any) -> str:
    if isinstance(value, Points):
        return f"<{len(value.rows)} points>"
    if isinstance(value, Spec):
        own = {
            p.name: value[p.name] for p in field.techniques()[value.name].params if value[p.name] != p.default
        }
        return repr({"name": value.name, **own} if own else value.name)
    if isinstance(value, tuple):
        entries = [_python(field, entry) for entry in value]
        return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"
    return repr(value)


class TextForms:
    """The text forms of an experiment: a frozen dataclass of declared fields, whose call checks them by name."""

    def __repr__(self) -> str:
        """The call that makes it, with what differs from the defaults."""
        return f"{type(self).__name__}({call_text(self._own(), fields_of(type(self)))})"

    def settings(self) -> dict[str, Any]:
        """Every field by name, as the call takes them."""
        return {name: getattr(self, name) for name in fields_of(type(self))}

    def _own(self) -> dict[str, Any]:
        """The fields that differ from the defaults."""
        fields = fields_of(type(self))
        return {name: value for name, value in self.settings().items() if value != fields[name].default}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: every field, with the version."""
        return {"version": VERSION, **{name: plain(value) for name, value in self.settings().items()}}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read ``to_dict``'s result; missing fields take their defaults. Raises InvalidValue."""
        given, version = read_object(fields, "experiment")
        found: Self = cls(**given)._as_meant(version)
        return found

    def to_json(self) -> str:
        """The experiment as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read an experiment from JSON. Raises InvalidValue, also for malformed or oversized text."""
        return cls.from_dict(read_json(text, "experiment"))

    def to_query(self) -> dict[str, str]:
        """The URL's parameters: the version and every field that differs from the defaults."""
        fields = fields_of(type(self))
        return {"v": str(VERSION), **{name: query_text(fields[name], v) for name, v in self._own().items()}}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read a URL's parameters. Raises InvalidValue that names the refused parameter."""
        given, version = read_query(query, fields_of(cls))
        found: Self = cls(**given)._as_meant(version)
        return found

    def _as_meant(self, version: int) -> Any:
        """What a link or file of this version meant by these fields."""
        return self
