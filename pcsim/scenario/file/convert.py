"""From a table of the file to the Struct of its types, with all that is wrong told at its key.

msgspec's own conversion stops at the first fault and speaks of `int` and `$.path`. So a table
is taken key by key by what `msgspec.inspect` says of the Struct, and what only the Struct
itself knows (its `__post_init__`) is asked of it with one key at a time.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.inspect import (
    EnumType,
    Field,
    FloatType,
    IntType,
    LiteralType,
    StrType,
    StructType,
    Type,
    VarTupleType,
    type_info,
)

from pcsim.distributions import Empirical, Instants
from pcsim.errors import ScenarioError, close_match
from pcsim.scenario.file.csv_column import Columns
from pcsim.scenario.file.lines import Place
from pcsim.scenario.file.messages import bare, either, label, options, shown, wanted
from pcsim.scenario.file.problems import Problems

LARGEST_NUMBER = 2**63 - 1
STAND_IN = "queue"
"""For a name or queue that is wrong while the rest of its table is looked at."""
HARMLESS = {"low": 0.0, "high": 1e12}
"""For a number that is wrong while the rest of its table is looked at; 1 for all others."""
TOGETHER = {"weights": ("routing", "queue", "output"), "bursts": ("interval",), "warm_up": ("end",)}
"""Keys that are right or wrong only beside others."""
FILE = ("csv", "column")
"""Keys that say where numbers are."""

SomeStruct = TypeVar("SomeStruct", bound=Struct)
_WRONG = object()


@cache
def fields(kind: type[Struct]) -> dict[str, Field]:
    """The keys of a Struct's table."""
    info = type_info(kind)
    assert isinstance(info, StructType)  # noqa: S101 - it is for every Struct
    return {field.encode_name: field for field in info.fields}


class TableReader:
    """Makes Structs of tables; what cannot be made is None, and told."""

    def __init__(self, problems: Problems, columns: Columns) -> None:
        self._problems = problems
        self._columns = columns

    def named(
        self, table: dict[str, Any], kind: type[SomeStruct], place: Place
    ) -> SomeStruct | None:
        """The spec whose name is the last key of the place."""
        keys = {key: field for key, field in fields(kind).items() if key != "name"}
        given = self.values(table, keys, place)
        if not self._problems.is_wrong(place):
            try:
                return kind(name=place[-1], **given)
            except ScenarioError:
                pass  # Which of its keys it is comes out below.
        base = {key: STAND_IN for key, field in fields(kind).items() if field.required}
        if error := _refusal(kind, {**base, "name": place[-1]}):
            self._problems.tell(place, error)
        else:
            base["name"] = str(place[-1])
        self.ask(kind, base, given, place)
        if not self._problems.is_wrong(place):
            self._problems.tell(place, _refusal(kind, {**base, **given}) or label(place))
        return None

    def values(self, table: dict[str, Any], keys: dict[str, Field], place: Place) -> dict[str, Any]:
        """The values of these keys, each of its type; those that are wrong are left out."""
        given: dict[str, Any] = {}
        meant = ""
        for key, value in table.items():
            if key not in keys:
                meant += self._tell_unknown(key, list(keys), place)
            elif not self._problems.is_wrong((*place, key)):
                taken = self._value(value, keys[key].type, (*place, key))
                if taken is not _WRONG:
                    given[key] = taken
        for key, field in keys.items():
            if field.required and key not in table and f"did you mean {key!r}?" not in meant:
                told = f"{label(place)} has no {key}; it must be {wanted(field.type)}"
                self._problems.tell(place, told)
        return given

    def _tell_unknown(self, key: str, keys: list[str], place: Place) -> str:
        """Returns what was probably meant, so that it is not told as missing."""
        of = f" of {label(place)}" if place else ""
        match = close_match(key, keys)
        if key == "name" and len(place) == 2:
            match = f"; its name is that of its table: [{place[0]}.NAME]"
        self._problems.tell((*place, key), f"unknown key {key!r}{of}{match}")
        return match

    def ask(
        self, kind: type[Struct], base: dict[str, Any], given: dict[str, Any], place: Place
    ) -> None:
        """Have the Struct, which takes the base, say what is wrong with each of the keys."""
        told = ""
        for key, value in given.items():
            others = TOGETHER.get(key, ())
            unknown = (other for other in others if other not in given)
            if any(self._problems.is_wrong((*place, other)) for other in unknown):
                continue
            beside = {other: given[other] for other in others if other in given}
            error = _refusal(kind, {**base, **beside, key: value})
            if error and error != told:
                self._problems.tell((*place, key), error)
                told = error

    def _value(self, value: Any, kind: Type, place: Place) -> Any:
        """The value as one of its types, or `_WRONG`, which is told."""
        several = options(kind)
        plain = [bare(option) for option in several]
        structs = [option for option in plain if isinstance(option, StructType)]
        if isinstance(value, dict) and structs:
            return self._table(value, structs, place)
        for option in plain:
            if isinstance(value, list) and isinstance(option, VarTupleType):
                return self._list(value, option.item_type, place)
            if isinstance(option, (IntType, FloatType)) and _is_number(value, option):
                return float(value) if isinstance(option, FloatType) else value
            if isinstance(value, str):
                if isinstance(option, StrType):
                    return value
                if isinstance(option, LiteralType) and value in option.values:
                    return value
                if isinstance(option, EnumType) and value in [str(m) for m in option.cls]:
                    return option.cls(value)
        told = f"{label(place)} must be {wanted(kind)}: {shown(value)}"
        self._problems.tell(place, told + _meant(value, _words(plain)))
        return _WRONG

    def _list(self, value: list[Any], kind: Type, place: Place) -> Any:
        taken = [self._value(one, kind, (*place, number)) for number, one in enumerate(value)]
        return _WRONG if any(one is _WRONG for one in taken) else tuple(taken)

    def _table(self, table: dict[str, Any], kinds: list[StructType], place: Place) -> Any:
        """The Struct of a table within a table."""
        kind = kinds[0]
        if kind.tag_field is not None:
            by_tag = {str(one.tag): one for one in kinds}
            tag = table.get(kind.tag_field)
            if not isinstance(tag, str) or tag not in by_tag:
                self._tell_tag(kind.tag_field, tag, list(by_tag), place)
                return _WRONG
            kind = by_tag[tag]
            table = {key: value for key, value in table.items() if key != kind.tag_field}
        return self._made(kind.cls, table, place)

    def _made(self, kind: type[Struct], table: dict[str, Any], place: Place) -> Any:
        """The Struct of that table. While something stands in for what is wrong, it says what
        else is."""
        keys = fields(kind)
        given = self.values(table, keys, place)
        wrong = _wrong(table, keys, given)
        given |= {key: _stand_in(key, keys[key].type) for key in wrong}
        while True:
            try:
                made = kind(**given)
                if isinstance(made, (Empirical, Instants)) and wrong.isdisjoint(FILE):
                    made = self._with_numbers(made)
            except ScenarioError as error:
                told = str(error)
                key = next(iter(re.findall(rf"\b({'|'.join(keys)})\b", told)), "")
                if key in wrong:
                    return _WRONG
                whose = "" if told.startswith(f"{label(place)}.") else f"{label(place)}: "
                self._problems.tell((*place, key), whose + told)
                if key not in given:
                    return _WRONG
                wrong.add(key)
                given[key] = _stand_in(key, keys[key].type)
            else:
                return _WRONG if wrong else made

    def _with_numbers(self, law: Empirical | Instants) -> Empirical | Instants:
        if not law.csv or not law.column:
            return law
        numbers = self._columns.numbers(law.csv, law.column)
        try:
            return law.with_values(numbers)
        except ScenarioError as error:
            raise ScenarioError(f"csv {shown(law.csv)}: {error}") from None

    def _tell_tag(self, field: str, tag: object, known: list[str], place: Place) -> None:
        if tag is None:
            told = f"has no {field}; it must be {either([repr(name) for name in known])}"
            self._problems.tell(place, f"{label(place)} {told}")
            return
        told = f"must be {either([repr(name) for name in known])}: {shown(tag)}"
        told = f"{label((*place, field))} {told}{_meant(tag, known)}"
        self._problems.tell((*place, field), told)


def _wrong(table: dict[str, Any], keys: dict[str, Field], given: dict[str, Any]) -> set[str]:
    """The keys that were told to be wrong or missing, those included that were probably meant."""
    meant = " ".join(close_match(key, keys) for key in table if key not in keys)
    return {
        key
        for key, field in keys.items()
        if key not in given
        and (key in table or field.required or f"did you mean {key!r}?" in meant)
    }


def _stand_in(key: str, kind: Type) -> object:
    """What is right for a key of that type within a table."""
    kinds = {type(bare(option)) for option in options(kind)}
    if StrType in kinds:
        return STAND_IN
    number = HARMLESS.get(key, 1)
    return (number,) if VarTupleType in kinds else number


def _refusal(kind: type[Struct], values: dict[str, Any]) -> str:
    """What the Struct says against these values; nothing when it takes them."""
    try:
        kind(**values)
    except ScenarioError as error:
        return str(error)
    return ""


def _meant(value: object, words: list[str]) -> str:
    """The close match alone: what is known was told before."""
    match = close_match(value, words) if isinstance(value, str) else ""
    return match if "did you mean" in match else ""


def _is_number(value: object, kind: IntType | FloatType) -> bool:
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


def _words(kinds: list[Type]) -> list[str]:
    """The words among what a value may be."""
    words: list[str] = []
    for kind in kinds:
        if isinstance(kind, EnumType):
            words += [str(member.value) for member in kind.cls]
        elif isinstance(kind, LiteralType):
            words += [str(value) for value in kind.values]
    return words
