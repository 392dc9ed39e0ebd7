"""What a key is called, what its value should be and what it is, as people say it."""

from __future__ import annotations

from datetime import date, datetime, time

from msgspec.inspect import (
    EnumType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
)

from pcsim.scenario.file.lines import Place
from pcsim.text import safe

KINDS = {"queues": "queue", "producers": "producer", "consumers": "consumer"}
"""The tables that have a table for each name, and what one of those is."""


def label(place: Place) -> str:
    """`capacity of queue 'orders'`, `number 2 of queue of consumer 'Clerk'`, `end.time`."""
    whose = ""
    if len(place) > 1 and place[0] in KINDS:
        whose, place = f"{KINDS[str(place[0])]} {place[1]!r}", place[2:]
    told = [f"number {part + 1}" for part in place if isinstance(part, int)][-1:]
    told.append(".".join(part for part in place if isinstance(part, str)))
    return " of ".join(filter(None, [*told, whose]))


def shown(value: object) -> str:
    """A value as it stands in the file, or what it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, (datetime, date, time)):
        return "a date" if isinstance(value, date) else "a time of day"
    return safe(repr(value), 60)


def either(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`; `a, with its comma, or b`."""
    link = ", or " if any("," in word for word in words) else " or "
    return link.join(filter(None, [", ".join(words[:-1]), words[-1]]))


def options(kind: Type) -> tuple[Type, ...]:
    """What a value may be, one by one; nothing is not among them, since TOML cannot say it."""
    if isinstance(kind, Metadata) and isinstance(kind.type, UnionType):
        kind = kind.type
    several = kind.types if isinstance(kind, UnionType) else (kind,)
    return tuple(option for option in several if not isinstance(option, NoneType))


def bare(kind: Type) -> Type:
    """Without what is only said about it."""
    return kind.type if isinstance(kind, Metadata) else kind


def wanted(kind: Type) -> str:
    """What a value of that type is: `a whole number, 1 or more`."""
    several = options(kind)
    plain = [bare(option) for option in several]
    if {type(option) for option in plain} == {StrType, VarTupleType}:
        return "a name or a list of names"
    words: list[str] = []
    for option in several:
        for word in _one(option):
            if word not in words:
                words.append(word)
    return either(words)


def _one(kind: Type) -> list[str]:
    inner = bare(kind)
    said = (kind.extra_json_schema or {}).get("description") if isinstance(kind, Metadata) else None
    if said is not None:
        return [str(said) + _range(inner)]
    if isinstance(inner, EnumType):
        return [repr(str(member.value)) for member in inner.cls]
    if isinstance(inner, LiteralType):
        return [repr(value) for value in inner.values]
    if isinstance(inner, StructType):
        if inner.tag_field is not None:
            return [f"a table with a {inner.tag_field}"]
        needed = [field.encode_name for field in inner.fields if field.required]
        optional = [field.encode_name for field in inner.fields]
        return [f"a table with {' and '.join(needed) if needed else either(optional)}"]
    if isinstance(inner, VarTupleType):
        return ["a list of numbers" if _is_number(inner.item_type) else "a list"]
    if isinstance(inner, IntType):
        return ["a whole number" + _range(inner)]
    return ["a number" + _range(inner) if isinstance(inner, FloatType) else "a text"]


def _is_number(kind: Type) -> bool:
    return isinstance(bare(kind), (IntType, FloatType))


def _range(kind: Type) -> str:
    if not isinstance(kind, (IntType, FloatType)):
        return ""
    if kind.gt is not None:
        return f", more than {_digits(kind.gt)}"
    if kind.ge is None:
        return ""
    if kind.le is None:
        return f", {_digits(kind.ge)} or more"
    return f", from {_digits(kind.ge)} to {_digits(kind.le)}"


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"
