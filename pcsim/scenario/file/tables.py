"""Check the tables of a scenario file: names and their keys, and how they are connected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from msgspec import Struct
from msgspec.structs import replace

from pcsim.errors import ScenarioError, close_match, did_you_mean
from pcsim.scenario.connections import no_consumer, no_producer, unknown_queue
from pcsim.scenario.file.convert import SomeStruct, TableReader
from pcsim.scenario.file.csv_column import Columns
from pcsim.scenario.file.lines import Place
from pcsim.scenario.file.messages import KINDS, label, shown
from pcsim.scenario.file.problems import Problems
from pcsim.scenario.file.types import STAND_IN, fields
from pcsim.scenario.roster import Described, wrong_changes
from pcsim.scenario.specs import ConsumerSpec, ProducerSpec, QueueSpec
from pcsim.validation import (
    LARGEST_NUMBER,
    MOST_QUEUES_OF_FILE,
    MOST_WORKERS_OF_FILE,
    duplicate,
)

_SMALLEST: dict[str, Any] = {
    "queues": (QueueSpec(STAND_IN),),
    "producers": (ProducerSpec("producer", STAND_IN),),
    "consumers": (ConsumerSpec("consumer", STAND_IN),),
}
"""The parts that a scenario needs so that its other keys can be checked."""


class Mention(NamedTuple):
    """A queue's name where a worker names it."""

    queue: str
    place: Place


def scenario(
    tables: dict[str, Any],
    name: str,
    problems: Problems,
    columns: Columns,
    whole: type[SomeStruct],
) -> SomeStruct:
    """Return the scenario of the tables. Raises `ScenarioFileError` with all mistakes."""
    reader = TableReader(problems, columns)
    misspelt = _misspelt(tables, whole)
    by_kind = {kind: _tables(tables, kind, misspelt, problems) for kind in KINDS}
    _check_numbers(by_kind, problems)
    queues = _specs(reader, by_kind, "queues", QueueSpec)
    producers = _specs(reader, by_kind, "producers", ProducerSpec)
    consumers = _specs(reader, by_kind, "consumers", ConsumerSpec)
    _check_connections(by_kind, misspelt, problems)
    keys = {key: field for key, field in fields(whole).items() if key != "name"}
    rest = {key: value for key, value in tables.items() if key not in KINDS}
    values = reader.values(rest, keys, ())
    changes = values.by_key.pop("changes", ())
    reader.build(whole, values, (), _SMALLEST)
    problems.check()
    try:
        read = whole(queues, producers, consumers, name=name, **values.by_key)
    except ScenarioError as error:
        problems.report(1, str(error))
        raise problems.error() from None
    return _with_changes(read, changes, problems)


def _with_changes(read: SomeStruct, changes: Any, problems: Problems) -> SomeStruct:
    """The scenario with the changes, which are reported where they do not fit it."""
    if not changes:
        return read
    for number, error in wrong_changes(changes, cast("Described", read), MOST_WORKERS_OF_FILE):
        place: Place = ("changes", number, error.field)
        problems.report(place, error.message(label(place)))
    problems.check()
    return replace(read, changes=changes)


def _specs(
    reader: TableReader, by_kind: dict[str, dict[str, Any]], kind: str, spec: type[SomeStruct]
) -> tuple[SomeStruct, ...]:
    """The specs of a kind, without those in which something is wrong."""
    specs = (
        reader.spec(table, spec, (kind, name))
        for name, table in by_kind[kind].items()
        if isinstance(table, dict)
    )
    return tuple(spec for spec in specs if spec is not None)


def _misspelt(tables: dict[str, Any], whole: type[Struct]) -> set[str]:
    """The kinds that stand under a misspelt key: what follows from that is not reported."""
    keys = fields(whole)
    matches = {close_match(key, keys) for key in tables if key not in keys}
    return {kind for kind in KINDS if kind not in tables and kind in matches}


def _tables(
    tables: dict[str, Any], kind: str, misspelt: set[str], problems: Problems
) -> dict[str, Any]:
    """The table of each name of a kind."""
    by_name = tables.get(kind, {})
    if not isinstance(by_name, dict):
        expected = f"a table of names, such as [{kind}.NAME]"
        problems.report((kind,), f"{kind} must be {expected}, not {shown(by_name)}")
        return {}
    if kind == "queues" and not by_name and kind not in misspelt:
        text = "the file has no queue: add [queues], and in it such as main = { capacity = 10 }"
        problems.report((kind,) if kind in tables else 1, text)
    for name, table in by_name.items():
        if not isinstance(table, dict):
            expected = "a table of its keys, such as { capacity = 10 }"
            if kind != "queues":
                expected = f"a table of its keys, under [{kind}.NAME]"
            text = f"{KINDS[kind]} {name!r} must be {expected}, not {shown(table)}"
            problems.report((kind, name), text)
    return by_name


def _check_numbers(by_kind: dict[str, dict[str, Any]], problems: Problems) -> None:
    """Refuse too many queues and workers before any is made, and workers of one name."""
    queues = list(by_kind["queues"])
    if len(queues) > MOST_QUEUES_OF_FILE:
        text = f"too many queues: {len(queues):,} (at most {MOST_QUEUES_OF_FILE:,})"
        problems.report(("queues", queues[MOST_QUEUES_OF_FILE]), text)
    total = 0
    seen: set[str] = set()
    for kind in ("producers", "consumers"):
        for name, table in by_kind[kind].items():
            count = table.get("count", 1) if isinstance(table, dict) else 1
            if type(count) is not int or not 1 <= count <= LARGEST_NUMBER:
                count = 1
            total += count
            if total > MOST_WORKERS_OF_FILE:
                place: Place = (kind, name, "count") if count > 1 else (kind, name)
                limit = f"at most {MOST_WORKERS_OF_FILE:,}"
                text = f"too many workers: {total:,} with {label((kind, name))} ({limit})"
                problems.report(place, text)
                return
            names = [name] if count == 1 else [f"{name}-{n}" for n in range(1, count + 1)]
            if taken := [one for one in names if one in seen]:
                problems.report((kind, name), duplicate("worker", taken[0]))
            seen.update(names)


def _check_connections(
    by_kind: dict[str, dict[str, Any]], misspelt: set[str], problems: Problems
) -> None:
    """Report names that no queue has, and queues without a producer or a consumer."""
    queues = list(by_kind["queues"])
    if not queues:
        return
    producers, consumers = by_kind["producers"], by_kind["consumers"]
    fed = _connected(_mentions(producers, "producers", "queue"), queues, problems)
    fed |= _connected(_mentions(consumers, "consumers", "output"), queues, problems)
    letters = _mentions(consumers, "consumers", "on_error", "dead_letter")
    fed |= _connected(letters, queues, problems)
    read = _connected(_mentions(consumers, "consumers", "queue"), queues, problems)
    wrong = {kind for kind in KINDS if not by_kind[kind] and problems.is_wrong((kind,))}
    unknown = wrong | misspelt
    for name in queues:
        place = ("queues", name)
        if name not in fed and not unknown:
            text = f"{no_producer(name)}: name it as the queue of a producer"
            problems.report(place, text)
        if name not in read and "consumers" not in unknown:
            text = f"{no_consumer(name)}: name it as the queue of a consumer"
            problems.report(place, text)


def _mentions(tables: dict[str, Any], kind: str, *keys: str) -> Iterator[Mention | None]:
    """Each name in that key of the workers; None for what is no name, which was reported."""
    for name, table in tables.items():
        value: Any = table
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        place = (kind, name, *keys)
        if isinstance(value, str):
            yield Mention(value, place)
        elif isinstance(value, list) and value:
            for index, one in enumerate(value):
                yield Mention(one, (*place, index)) if isinstance(one, str) else None
        elif value is not None or keys == ("queue",) or not isinstance(table, dict):
            yield None


def _connected(
    mentions: Iterator[Mention | None], queues: list[str], problems: Problems
) -> set[str]:
    """The queues that are named, misspelt names included: one mistake is reported once.

    All queues, if one of the names cannot be known.
    """
    known = set(queues)
    connected: set[str] = set()
    for mention in mentions:
        if mention is None:
            connected |= known
        elif mention.queue in known:
            connected.add(mention.queue)
        else:
            hint = did_you_mean(mention.queue, queues)
            text = f"{label(mention.place)} {unknown_queue(mention.queue)}{hint}"
            problems.report(mention.place, text)
            if match := close_match(mention.queue, queues):
                connected.add(match)
    return connected
