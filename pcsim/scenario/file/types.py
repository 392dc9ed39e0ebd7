"""The types of a spec's keys, as `msgspec.inspect` describes them."""

from __future__ import annotations

import math
from functools import cache
from typing import TypeGuard

from msgspec import Struct
from msgspec.inspect import (
    EnumType,
    Field,
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
    type_info,
)

from pcsim.validation import LARGEST_NUMBER

STAND_IN = "queue"
"""A valid string, for one that is wrong while the rest of its table is checked."""
VALID_NUMBERS = {"low": 0.0, "high": 1e12}
"""Valid numbers for keys that depend on one another; 1 is valid for all other numbers."""


@cache
def fields(kind: type[Struct]) -> dict[str, Field]:
    """Return the keys of a Struct's table."""
    info = type_info(kind)
    assert isinstance(info, StructType)  # noqa: S101 - it is for every Struct
    return {field.encode_name: field for field in info.fields}


def options(kind: Type) -> tuple[Type, ...]:
    """Return the types of a union, without None, which TOML does not have."""
    if isinstance(kind, Metadata) and isinstance(kind.type, UnionType):
        kind = kind.type
    types = kind.types if isinstance(kind, UnionType) else (kind,)
    return tuple(option for option in types if not isinstance(option, NoneType))


def bare(kind: Type) -> Type:
    """Return the type without its metadata."""
    return kind.type if isinstance(kind, Metadata) else kind


def words(kinds: list[Type]) -> list[str]:
    """Return the fixed strings among the values of these types."""
    result: list[str] = []
    for kind in kinds:
        if isinstance(kind, EnumType):
            result += [str(member.value) for member in kind.cls]
        elif isinstance(kind, LiteralType):
            result += [str(value) for value in kind.values]
    return result


def accepts_number(kind: IntType | FloatType, value: object) -> TypeGuard[int | float]:
    """Return whether the value is a number of the type, in its range."""
    allowed = int if isinstance(kind, IntType) else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed):
        return False
    assert isinstance(value, (int, float))  # noqa: S101 - for the type checker
    if not abs(value) <= LARGEST_NUMBER and (isinstance(value, int) or not math.isfinite(value)):
        return False
    return (
        (kind.ge is None or value >= kind.ge)
        and (kind.gt is None or value > kind.gt)
        and (kind.le is None or value <= kind.le)
        and (kind.lt is None or value < kind.lt)
    )


def stand_ins(kind: type[Struct]) -> dict[str, object]:
    """Return a valid value for each required key."""
    required = {key: field for key, field in fields(kind).items() if field.required}
    return {key: _valid(key, field.type) for key, field in required.items()}


def _valid(key: str, kind: Type) -> object:
    if any(isinstance(bare(option), StrType) for option in options(kind)):
        return STAND_IN
    return VALID_NUMBERS.get(key, 1)


def is_number_list(kind: VarTupleType) -> bool:
    """Return whether the elements of the list are numbers."""
    return isinstance(bare(kind.item_type), (IntType, FloatType))
