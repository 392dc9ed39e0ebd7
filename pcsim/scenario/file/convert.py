"""Convert the tables of a file into specs, and report every mistake at its key.

msgspec's own conversion stops at the first mistake and writes `int` and `$.path`. So a table is
converted key by key, by what `msgspec.inspect` knows of the Struct. Mistakes that only the Struct
itself finds (in its `__post_init__`) come as `ScenarioError`, whose fields name the key.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

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
)

from pcsim.distributions import Empirical, Instants
from pcsim.errors import ScenarioError, close_match, did_you_mean
from pcsim.scenario.file.csv_column import Columns
from pcsim.scenario.file.lines import Place
from pcsim.scenario.file.messages import expected, label, shown
from pcsim.scenario.file.problems import Problems
from pcsim.scenario.file.types import accepts_number, bare, fields, options, stand_ins, words
from pcsim.text import either

SomeStruct = TypeVar("SomeStruct", bound=Struct)
_WRONG = object()


class Values(NamedTuple):
    """The values of a table's keys, each of its type, and the keys that were reported."""

    by_key: dict[str, Any]
    reported: set[str]


class TableReader:
    """Makes Structs from tables. What cannot be made is reported, and None."""

    def __init__(self, problems: Problems, columns: Columns) -> None:
        self._problems = problems
        self._columns = columns

    def spec(
        self, table: dict[str, Any], kind: type[SomeStruct], place: Place
    ) -> SomeStruct | None:
        """Return the spec whose name is the last key of the place."""
        keys = {key: field for key, field in fields(kind).items() if key != "name"}
        values = self.values(table, keys, place)
        values.by_key["name"] = place[-1]
        return self.build(kind, values, place, stand_ins(kind))

    def values(self, table: dict[str, Any], keys: dict[str, Field], place: Place) -> Values:
        """Return the values of these keys. Reports unknown, missing and wrong ones."""
        values = Values({}, set())
        for key, value in table.items():
            if key not in keys:
                self._report_unknown(key, keys, place)
                if match := close_match(key, keys):
                    values.reported.add(match)
                continue
            is_reported = self._problems.is_wrong((*place, key))
            converted = _WRONG if is_reported else self._value(value, keys[key].type, (*place, key))
            if converted is _WRONG:
                values.reported.add(key)
            else:
                values.by_key[key] = converted
        for key, field in keys.items():
            if field.required and key not in table and key not in values.reported:
                text = f"{label(place)} has no {key}; it must be {expected(field.type)}"
                self._problems.report(place, text)
                values.reported.add(key)
        return values

    def _report_unknown(self, key: str, keys: dict[str, Field], place: Place) -> None:
        owner = f" of {label(place)}" if place else ""
        hint = did_you_mean(key, keys)
        if key == "name" and len(place) == 2:
            hint = f"; its name is that of its table: [{place[0]}.NAME]"
        self._problems.report((*place, key), f"unknown key {key!r}{owner}{hint}")

    def build(
        self,
        kind: type[SomeStruct],
        values: Values,
        place: Place,
        valid: dict[str, Any],
    ) -> SomeStruct | None:
        """Return the Struct of the values, or None. Reports each value that it refuses.

        A refused value gives way to its valid stand-in or its default, so that the Struct goes on
        to the next mistake. A mistake that may follow from a reported one is not reported.
        """
        by_key, reported = values
        replaced: set[str] = set()
        while True:
            try:
                made = kind(**{**valid, **by_key})
                return None if reported else self._with_numbers(made)
            except ScenarioError as error:
                key = error.field
                if key in replaced:
                    return None
                if reported.isdisjoint((key, *error.beside)):
                    self._report(error, place)
                reported.add(key)
                replaced.add(key)
                by_key.pop(key, None)

    def _report(self, error: ScenarioError, place: Place) -> None:
        """Report it at the key that it names; a wrong name is reported at its table."""
        if error.field in ("", "name"):
            self._problems.report(place, str(error))
            return
        at: Place = (*place, error.field)
        if error.index is not None:
            at = (*at, error.index)
        self._problems.report(at, error.message(label(at)))

    def _value(self, value: Any, kind: Type, place: Place) -> Any:
        """Return the value as one of its types, or `_WRONG`, which is reported."""
        types = [bare(option) for option in options(kind)]
        structs = [option for option in types if isinstance(option, StructType)]
        if isinstance(value, dict) and structs:
            return self._table(value, structs, place)
        for option in types:
            if isinstance(value, list) and isinstance(option, VarTupleType):
                return self._list(value, option.item_type, place)
            if isinstance(option, (IntType, FloatType)) and accepts_number(option, value):
                return float(value) if isinstance(option, FloatType) else value
            if isinstance(value, str):
                if isinstance(option, StrType):
                    return value
                if isinstance(option, LiteralType) and value in option.values:
                    return value
                if isinstance(option, EnumType) and value in [str(m) for m in option.cls]:
                    return option.cls(value)
        self._report_wrong(value, expected(kind), words(types), place)
        return _WRONG

    def _report_wrong(self, value: object, wanted: str, known: list[str], place: Place) -> None:
        match = close_match(value, known)
        hint = f"; did you mean {match!r}?" if match else ""
        text = f"{label(place)} must be {wanted}, not {shown(value)}{hint}"
        self._problems.report(place, text)

    def _list(self, value: list[Any], kind: Type, place: Place) -> Any:
        converted = [self._value(one, kind, (*place, index)) for index, one in enumerate(value)]
        return _WRONG if any(one is _WRONG for one in converted) else tuple(converted)

    def _table(self, table: dict[str, Any], kinds: list[StructType], place: Place) -> Any:
        """Return the Struct of a table within a table."""
        kind = kinds[0]
        if kind.tag_field is not None:
            by_tag = {str(one.tag): one for one in kinds}
            tag = table.get(kind.tag_field)
            if not isinstance(tag, str) or tag not in by_tag:
                self._report_tag(kind.tag_field, tag, list(by_tag), place)
                return _WRONG
            kind = by_tag[tag]
            table = {key: value for key, value in table.items() if key != kind.tag_field}
        values = self.values(table, fields(kind.cls), place)
        made = self.build(kind.cls, values, place, stand_ins(kind.cls))
        return _WRONG if made is None else made

    def _with_numbers(self, times: SomeStruct) -> SomeStruct:
        """Return a distribution that names a CSV file with its numbers; all others as they are."""
        if not isinstance(times, (Empirical, Instants)) or not times.csv or not times.column:
            return times
        numbers = self._columns.numbers(times.csv, times.column)
        try:
            return times.with_values(numbers)  # type: ignore[return-value] # narrowed above
        except ScenarioError as error:
            line = self._columns.line(times.csv, times.column, error.index or 0)
            reason = error.message(f"line {line} of {shown(times.csv)}")
            problem = f"cannot be used: {reason}"
            raise ScenarioError(problem, field="csv", value=times.csv) from None

    def _report_tag(self, field: str, tag: object, known: list[str], place: Place) -> None:
        wanted = either([repr(name) for name in known])
        if tag is None:
            self._problems.report(place, f"{label(place)} has no {field}; it must be {wanted}")
        else:
            self._report_wrong(tag, wanted, known, (*place, field))
