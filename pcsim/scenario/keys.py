"""Keys of a scenario by their path, such as `clerk.count`: their values, and other ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from pcsim.errors import ScenarioError, ScenarioFileError, did_you_mean
from pcsim.scenario import Scenario
from pcsim.scenario.file.convert import TableReader
from pcsim.scenario.file.csv_column import Columns
from pcsim.scenario.file.messages import KINDS, label
from pcsim.scenario.file.problems import Problems
from pcsim.scenario.file.types import fields
from pcsim.text import either, safe

Part = TypeVar("Part", bound=Struct)

TEXTS = ("title", "description", "watch", "name")
"""Keys that change nothing of a run."""


class Key(NamedTuple):
    """Where a value stands in a scenario.

    Attributes:
        table: `queues`, `producers` or `consumers`; "" for a key of the scenario itself.
        name: The name of the queue or worker; "" for a key of the scenario itself.
        keys: The keys from there on: `("interval", "mean")`.
    """

    table: str
    name: str
    keys: tuple[str, ...]

    @property
    def place(self) -> tuple[str, ...]:
        """The same as the keys of a file."""
        return (self.table, self.name, *self.keys) if self.table else self.keys


def find(scenario: Scenario, path: str) -> Key:
    """Find a key by its path.

    Args:
        scenario: The scenario.
        path: A name and a key of it (`clerk.count`, `shop.interval.mean`), which may begin with
            its table (`consumers.clerk.count`); or a key of the scenario (`end.time`, `seed`).

    Raises:
        ScenarioError: There is no such key; the message has near ones.

    >>> from pcsim.scenario import demos
    >>> find(demos.find("basic"), "main.capacity").keys
    ('capacity',)
    """
    found = [key for key in _candidates(scenario, path) if key.keys[0] in _fields(scenario, key)]
    if len(found) > 1:
        known = either([".".join(key.place) for key in found])
        raise ScenarioError(f"{path} may be {known}: say which", field="", value=path)
    if not found:
        raise ScenarioError(_unknown(scenario, path), value=path)
    part: Any = _part(scenario, found[0])
    for depth, key in enumerate(found[0].keys):
        place = (found[0].place)[: len(found[0].place) - len(found[0].keys) + depth]
        if not isinstance(part, Struct):
            what = "is not there" if part is None else f"is {safe(repr(part), 60)}"
            problem = f"{path}: {label(place)} {what}, which has no key {key!r}"
            raise ScenarioError(problem, value=path)
        known_keys = [one for one in fields(type(part)) if one != "name"]
        if key not in known_keys:
            hint = did_you_mean(key, known_keys) or f"; it has {either(known_keys)}"
            of = f" of {label(place)}" if label(place) else ""
            raise ScenarioError(f"{path}: no key {key!r}{of}{hint}", value=path)
        part = getattr(part, key)
    return found[0]


def value_of(scenario: Scenario, path: str) -> Any:
    """Return the value at a path.

    Raises:
        ScenarioError: There is no such key.
    """
    key = find(scenario, path)
    value: Any = _part(scenario, key)
    for name in key.keys:
        value = getattr(value, name)
    return value


def with_value(scenario: Scenario, path: str, value: object) -> Scenario:
    """Return the scenario with another value at a path.

    Args:
        scenario: The scenario.
        path: As `find` takes it.
        value: As a file has it: a number, a string, a list or a table.

    Raises:
        ScenarioError: There is no such key, or the value does not fit it or the rest.

    >>> from pcsim.scenario import demos
    >>> with_value(demos.find("basic"), "main.capacity", 7).queues[0].capacity
    7
    """
    key = find(scenario, path)
    try:
        if not key.table:
            return _changed(scenario, key.keys, value, ())
        specs = tuple(
            _changed(spec, key.keys, value, (key.table, key.name))
            if spec.name == key.name
            else spec
            for spec in getattr(scenario, key.table)
        )
        return replace(scenario, **{key.table: specs})
    except ScenarioFileError as error:
        raise ScenarioError(f"{path}: {error.problems[0].text}", value=value) from None
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}", value=value) from None


def _changed(part: Part, keys: tuple[str, ...], value: object, place: tuple[str, ...]) -> Part:
    """The part with that value at the end of the keys."""
    first, *rest = keys
    place = (*place, first)
    if rest:
        return replace(part, **{first: _changed(getattr(part, first), tuple(rest), value, place)})
    problems = Problems("")
    reader = TableReader(problems, Columns(None))
    field = fields(type(part))[first]
    values = reader.values({first: value}, {first: field}, place[:-1])
    problems.check()
    return replace(part, **{field.name: values.by_key[first]})


def _candidates(scenario: Scenario, path: str) -> Iterator[Key]:
    """Every way to read the path; names may have dots in them."""
    words = tuple(path.split("."))
    for table in KINDS:
        names = {spec.name for spec in getattr(scenario, table)}
        for begin in (0, 1) if words[0] == table else (0,):
            for end in range(begin + 1, len(words)):
                name = ".".join(words[begin:end])
                if name in names:
                    yield Key(table, name, words[end:])
    if words[0] not in KINDS:
        yield Key("", "", words)


def _part(scenario: Scenario, key: Key) -> Struct:
    if not key.table:
        return scenario
    found: Struct = next(one for one in getattr(scenario, key.table) if one.name == key.name)
    return found


def _fields(scenario: Scenario, key: Key) -> list[str]:
    """The keys that may be varied of a part."""
    left_out = ("name",) if key.table else (*TEXTS, *KINDS, "changes")
    return [one for one in fields(type(_part(scenario, key))) if one not in left_out]


def _unknown(scenario: Scenario, path: str) -> str:
    """What is wrong with a path that leads nowhere."""
    named = [key for key in _candidates(scenario, path) if key.table]
    if named:
        known = _fields(scenario, named[0])
        hint = did_you_mean(named[0].keys[0], known) or f"; it has {either(known)}"
        return f"{path}: no key {named[0].keys[0]!r} of {label(named[0].place[:2])}{hint}"
    tables = [(table, spec.name) for table in KINDS for spec in getattr(scenario, table)]
    names = [name for _, name in tables]
    own = _fields(scenario, Key("", "", ()))
    if path in names:
        table = next(table for table, name in tables if name == path)
        some = _fields(scenario, Key(table, path, ()))
        return f"{path} is a {KINDS[table]}: name one of its keys, such as {path}.{_usual(some)}"
    first = path.split(".")[1 if path.split(".")[0] in KINDS and "." in path else 0]
    hint = did_you_mean(first, [*names, *own]) or f"; there is {either(names)}"
    return f"{path}: no {first!r} in the scenario{hint}"


def _usual(known: list[str]) -> str:
    return next(one for one in ("capacity", "count", *known) if one in known)
