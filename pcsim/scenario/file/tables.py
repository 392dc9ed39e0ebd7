"""The layout of a scenario file: tables of names, and how they fit together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct

from pcsim.errors import ScenarioError, close_match
from pcsim.scenario.file.convert import LARGEST_NUMBER, STAND_IN, SomeStruct, TableReader, fields
from pcsim.scenario.file.csv_column import Columns
from pcsim.scenario.file.lines import Place
from pcsim.scenario.file.messages import KINDS, label, shown
from pcsim.scenario.file.problems import Problems
from pcsim.scenario.specs import ConsumerSpec, ProducerSpec, QueueSpec

MOST_WORKERS = 1_000
MOST_QUEUES = 256

_SMALLEST = {
    "queues": (QueueSpec(STAND_IN),),
    "producers": (ProducerSpec("producer", STAND_IN),),
    "consumers": (ConsumerSpec("consumer", STAND_IN),),
}
"""What a scenario needs so that its other keys can be looked at."""


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
    """The scenario of the tables. Raises `ScenarioFileError` with all that is wrong."""
    reader = TableReader(problems, columns)
    meant = _meant(tables, whole)
    found = {kind: _tables(tables, kind, meant, problems) for kind in KINDS}
    _check_numbers(found, problems)
    queues = _specs(reader, found, "queues", QueueSpec)
    producers = _specs(reader, found, "producers", ProducerSpec)
    consumers = _specs(reader, found, "consumers", ConsumerSpec)
    _check_connections(found, meant, problems)
    keys = {key: field for key, field in fields(whole).items() if key != "name"}
    rest = {key: value for key, value in tables.items() if key not in KINDS}
    given = reader.values(rest, keys, ())
    reader.ask(whole, _SMALLEST, given, ())
    problems.check()
    try:
        return whole(queues, producers, consumers, name=name, **given)
    except ScenarioError as error:
        problems.tell(1, str(error))
        raise problems.error() from None


def _specs(
    reader: TableReader, found: dict[str, dict[str, Any]], kind: str, spec: type[SomeStruct]
) -> tuple[SomeStruct, ...]:
    """The specs of a kind; those that are wrong, which is told, are left out."""
    made = (
        reader.named(table, spec, (kind, name))
        for name, table in found[kind].items()
        if isinstance(table, dict)
    )
    return tuple(one for one in made if one is not None)


def _meant(tables: dict[str, Any], whole: type[Struct]) -> set[str]:
    """The kinds that are not there, but under another key: what follows from that is not told."""
    keys = fields(whole)
    told = " ".join(close_match(key, keys) for key in tables if key not in keys)
    return {kind for kind in KINDS if kind not in tables and f"did you mean {kind!r}?" in told}


def _tables(
    tables: dict[str, Any], kind: str, meant: set[str], problems: Problems
) -> dict[str, Any]:
    """The table of each name of a kind."""
    one = KINDS[kind]
    given = tables.get(kind, {})
    if not isinstance(given, dict):
        told = f"{kind} must be a table of names, such as [{kind}.NAME]: {shown(given)}"
        problems.tell((kind,), told)
        return {}
    if kind == "queues" and not given and kind not in meant:
        told = "the file has no queue: add [queues], and in it such as main = { capacity = 10 }"
        problems.tell((kind,) if kind in tables else 1, told)
    for name, table in given.items():
        if not isinstance(table, dict):
            right = "a table of its keys, such as { capacity = 10 }"
            right = right if kind == "queues" else f"a table of its keys, under [{kind}.NAME]"
            problems.tell((kind, name), f"{one} {name!r} must be {right}: {shown(table)}")
    return given


def _check_numbers(found: dict[str, dict[str, Any]], problems: Problems) -> None:
    """Refuse more than a run could be made of, before any of it is made; and names that come
    twice once each worker has its own."""
    queues = list(found["queues"])
    if len(queues) > MOST_QUEUES:
        told = f"too many queues: {len(queues):,} (at most {MOST_QUEUES})"
        problems.tell(("queues", queues[MOST_QUEUES]), told)
    many = 0
    seen: set[str] = set()
    for kind in ("producers", "consumers"):
        for name, table in found[kind].items():
            count = table.get("count", 1) if isinstance(table, dict) else 1
            if type(count) is not int or not 1 <= count <= LARGEST_NUMBER:
                count = 1
            many += count
            if many > MOST_WORKERS:
                place: Place = (kind, name, "count") if count > 1 else (kind, name)
                told = f"too many workers: {label((kind, name))} makes it {many:,}"
                problems.tell(place, f"{told} (at most {MOST_WORKERS:,})")
                return
            alike = [name] if count == 1 else [f"{name}-{n}" for n in range(1, count + 1)]
            if taken := [one for one in alike if one in seen]:
                told = f"there are two workers named {taken[0]!r}: names must differ"
                problems.tell((kind, name), told)
            seen.update(alike)


def _check_connections(
    found: dict[str, dict[str, Any]], meant: set[str], problems: Problems
) -> None:
    """Every name is that of a queue, and every queue has who feeds it and who reads it."""
    queues = list(found["queues"])
    if not queues:
        return
    producers, consumers = found["producers"], found["consumers"]
    fed = _connected(_mentions(producers, "producers", "queue"), queues, problems)
    fed |= _connected(_mentions(consumers, "consumers", "output"), queues, problems)
    letters = _mentions(consumers, "consumers", "on_error", "dead_letter")
    fed |= _connected(letters, queues, problems)
    read = _connected(_mentions(consumers, "consumers", "queue"), queues, problems)
    unknown = {kind for kind in KINDS if not found[kind] and problems.is_wrong((kind,))} | meant
    for name in queues:
        place = ("queues", name)
        if name not in fed and not unknown:
            told = "nothing will ever come; name it as the queue of a producer"
            problems.tell(place, f"queue {name!r} has no producer: {told}")
        if name not in read and "consumers" not in unknown:
            told = "it would fill and block; name it as the queue of a consumer"
            problems.tell(place, f"queue {name!r} has no consumer: {told}")


def _mentions(tables: dict[str, Any], kind: str, *keys: str) -> Iterator[Mention | None]:
    """Each name in that key of the workers; None for what is no name, and was told."""
    for name, table in tables.items():
        value: Any = table
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        place = (kind, name, *keys)
        if isinstance(value, str):
            yield Mention(value, place)
        elif isinstance(value, list) and value:
            for number, one in enumerate(value):
                yield Mention(one, (*place, number)) if isinstance(one, str) else None
        elif value is not None or keys == ("queue",) or not isinstance(table, dict):
            yield None


def _connected(
    mentions: Iterator[Mention | None], queues: list[str], problems: Problems
) -> set[str]:
    """The queues that are named, or were probably meant: what follows from one mistake is not
    told as another. All of them, where some name cannot be known."""
    known = set(queues)
    named: set[str] = set()
    for mention in mentions:
        if mention is None:
            named |= known
        elif mention.queue in known:
            named.add(mention.queue)
        else:
            match = close_match(mention.queue, queues)
            told = f"{label(mention.place)} names an unknown queue {mention.queue!r}{match}"
            problems.tell(mention.place, told)
            named.update(queue for queue in queues if f"did you mean {queue!r}?" in match)
    return named
