"""Words for messages about a scenario file: a key's name, the expected values, a wrong value."""

from __future__ import annotations

from datetime import date, datetime, time

from msgspec.inspect import (
    EnumType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    StrType,
    StructType,
    Type,
    VarTupleType,
)

from pcsim.scenario.file.lines import Place
from pcsim.scenario.file.types import bare, is_number_list, options
from pcsim.text import either, safe

KINDS = {"queues": "queue", "producers": "producer", "consumers": "consumer"}
"""The tables that have a table for each name, and what one of those describes."""


def label(place: Place) -> str:
    """`capacity of queue 'orders'`, `number 2 of queue of consumer 'Clerk'`, `end.time`,
    `capacity of change 1`."""
    owner = ""
    if len(place) > 1 and place[0] == "changes":
        owner, place = f"change {int(place[1]) + 1}", place[2:]
    elif len(place) > 1 and place[0] in KINDS:
        owner, place = f"{KINDS[str(place[0])]} {place[1]!r}", place[2:]
    parts = [f"number {part + 1}" for part in place if isinstance(part, int)][-1:]
    parts.append(".".join(part for part in place if isinstance(part, str)))
    return " of ".join(filter(None, [*parts, owner]))


def shown(value: object) -> str:
    """A value as it is written in the file, or the kind of value it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, (datetime, date, time)):
        return "a date" if isinstance(value, date) else "a time of day"
    return safe(repr(value), 60)


def expected(kind: Type) -> str:
    """The values of a type in words: `a whole number, 1 or more`."""
    types = options(kind)
    if {type(bare(option)) for option in types} == {StrType, VarTupleType}:
        return "a name or a list of names"
    phrases = [phrase for option in types for phrase in _phrases(option)]
    return either(list(dict.fromkeys(phrases)))


def _phrases(kind: Type) -> list[str]:
    inner = bare(kind)
    schema = kind.extra_json_schema if isinstance(kind, Metadata) else None
    if schema is not None and "description" in schema:
        return [str(schema["description"]) + _range(inner)]
    if isinstance(inner, EnumType):
        return [repr(str(member.value)) for member in inner.cls]
    if isinstance(inner, LiteralType):
        return [repr(value) for value in inner.values]
    if isinstance(inner, StructType):
        if inner.tag_field is not None:
            return [f"a table with a {inner.tag_field}"]
        required = [field.encode_name for field in inner.fields if field.required]
        optional = [field.encode_name for field in inner.fields]
        return [f"a table with {' and '.join(required) if required else either(optional)}"]
    if isinstance(inner, VarTupleType):
        return ["a list of numbers" if is_number_list(inner) else "a list"]
    if isinstance(inner, IntType):
        return ["a whole number" + _range(inner)]
    return ["a number" + _range(inner) if isinstance(inner, FloatType) else "a string"]


def _range(kind: Type) -> str:
    if not isinstance(kind, (IntType, FloatType)):
        return ""
    if kind.gt is not None:
        return f" above {_digits(kind.gt)}"
    if kind.ge is None:
        return ""
    if kind.le is None:
        return f", {_digits(kind.ge)} or more"
    return f" from {_digits(kind.ge)} to {_digits(kind.le)}"


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"
