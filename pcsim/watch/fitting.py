"""A scenario that does what a recorded program did: its queues, its groups of threads, their times.

Threads of a group that take from the same queues and put into the same ones are workers of one
spec, and share their times. A thread that takes from nothing is a producer. One that puts before
it has taken, as a main thread does that hands out work and collects what came of it, is two
workers: pcsim has no such stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from pcsim.distributions import Empirical, Instants
from pcsim.errors import PcsimError, ScenarioError
from pcsim.recording.program import Item, Recording
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Routing, Scenario
from pcsim.text import plural, safe, shown
from pcsim.validation import LARGEST_CAPACITY, LONGEST, MOST_VALUES, SHORTEST
from pcsim.watch.agent import OF_SYSTEM
from pcsim.watch.names import base_name, group_name
from pcsim.watch.timelines import Timeline, timelines

ENOUGH = 20
"""Items of a group from which its times are known."""
SAME = 0.02
"""By this share the items that a stage put may differ from those it took: some are on their way."""
FREE = 0.01
"""A producer that waited for slots for a smaller share of the time was free to make its items."""
EARLIER = "there before"
"""The producer of what was in the queues when the recording began."""
QUIET_END = 0.1
"""A producer that put nothing in that last share of the recording, or more, was done."""


class Arrivals(StrEnum):
    """What becomes of recorded arrivals."""

    RECORDED = "recorded"
    """They come when they came, where their producer did not have to wait."""
    RESAMPLED = "resampled"
    """The intervals between them are drawn again, by chance."""


class FitError(PcsimError, ValueError):
    """A recording that no scenario describes: too short, or of threads that work in another way."""


class TooFewError(FitError):
    """Items of a group of threads that are too few to know its times.

    Args:
        what: Who did what with how many items.
        missing: How many more are needed.
        times: What is not known of them.
    """

    def __init__(self, what: str, missing: int, times: str) -> None:
        super().__init__(
            f"{what}: too few to know its {times}, which takes {ENOUGH}; record for longer"
        )
        self.what = what
        self.missing = missing
        self.times = times


class Group(NamedTuple):
    """Workers that do the same: the threads of one spec."""

    name: str
    threads: tuple[int, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    items: int
    """Items that they took; for producers, that they put."""
    times: tuple[float, ...]
    """Services, or intervals of producers; seconds."""

    @property
    def mean_time(self) -> float:
        """Seconds for an item."""
        return sum(self.times) / len(self.times) if self.times else 0.0


class Fit(NamedTuple):
    """A recording and the scenario that describes it."""

    recording: Recording
    scenario: Scenario
    groups: tuple[Group, ...]
    queue_names: tuple[str, ...]
    """Of the queues of the recording, in its order."""
    plays_back: bool
    """Whether any of its arrivals come when they came."""

    @property
    def seconds(self) -> float:
        """How long the recording lasted."""
        return self.recording.program.seconds


def fit(recording: Recording, arrivals: Arrivals = Arrivals.RECORDED) -> Fit:
    """Make a scenario of what was recorded.

    Args:
        recording: At least 20 items of each group of threads.
        arrivals: Whether items come again when they came.

    Raises:
        FitError: Too little was recorded, or what was recorded is no system of pcsim's.
    """
    if recording.program.lost:
        raise FitError(
            f"{recording.program.lost:,} of the items and waits were let go while it was recorded,"
            " because more came than could be kept; record for a shorter time"
        )
    own = [safe(queue.name) for queue in recording.queues if queue.kind == OF_SYSTEM]
    if own:
        raise FitError(
            f"{', '.join(own)}: of a system of pcsim, whose items are not recorded one by one;"
            " system.diagnose() in the program says what limits it, and what would help"
        )
    return _Fitter(recording, arrivals).fit()


class _Part(NamedTuple):
    """Timelines that make one spec."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    lines: list[Timeline]


class _Fitter:
    def __init__(self, recording: Recording, arrivals: Arrivals) -> None:
        self._recording = recording
        self._arrivals = arrivals
        self._seconds = recording.program.seconds
        self._names = _unique(((queue.id, queue.name) for queue in recording.queues), "queue")
        self._taken = Counter(item.queue for item in recording.items if item.got_at is not None)
        self._plays_back = False

    def fit(self) -> Fit:
        parts = self._parts()
        groups: list[Group] = []
        producers: list[ProducerSpec] = []
        consumers: list[ConsumerSpec] = []
        for part in parts:
            if part.inputs:
                group = self._consumer_group(part)
                consumers.append(self._consumer(part, group))
            else:
                group = self._producer_group(part)
                producers += self._producers(part, group)
            groups.append(group)
        producers += self._earlier()
        used = {queue for part in parts for queue in (*part.inputs, *part.outputs)}
        program = self._recording.program
        try:
            scenario = Scenario(
                title=safe(f"Fitted: {program.name}"),
                queues=tuple(
                    QueueSpec(self._names[queue.id], queue.capacity or LARGEST_CAPACITY)
                    for queue in self._recording.queues
                    if self._names[queue.id] in used
                ),
                producers=tuple(producers),
                consumers=tuple(consumers),
                end=End(time=self._seconds),
            )
        except ScenarioError as error:
            raise FitError(f"what was recorded makes no scenario: {error}") from None
        queues = tuple(self._names[queue.id] for queue in self._recording.queues)
        return Fit(self._recording, scenario, tuple(groups), queues, self._plays_back)

    # Who did what.

    def _parts(self) -> list[_Part]:
        """The threads by what they do, in the order of the recording."""
        facts = {thread.id: thread for thread in self._recording.threads}
        found: dict[tuple[str, frozenset[int], frozenset[int]], list[Timeline]] = {}
        for line in timelines(self._recording).values():
            thread = facts[line.thread]
            for half in _halves(line):
                key = thread.group or base_name(thread.name), half.inputs, half.outputs
                found.setdefault(key, []).append(half)
        called = (
            group_name([group] * len(lines), [facts[line.thread].name for line in lines])
            for (group, _, _), lines in found.items()
        )
        names = _unique(enumerate(called), "worker")
        parts = [
            _Part(names[number], self._queues(inputs), self._queues(outputs), lines)
            for number, ((_, inputs, outputs), lines) in enumerate(found.items())
        ]
        if not any(part.inputs for part in parts):
            raise FitError("nothing was taken from a queue while it was recorded")
        return parts

    def _queues(self, ids: Iterable[int]) -> tuple[str, ...]:
        return tuple(self._names[each] for each in sorted(ids))

    # Consumers and stages.

    def _consumer_group(self, part: _Part) -> Group:
        items = sum(len(line.gets) for line in part.lines)
        times = tuple(_usable(time for line in part.lines for time in line.services()))
        if len(times) < ENOUGH:
            what = f"{shown(part.name)} took {plural(items, 'item')}"
            raise TooFewError(what, ENOUGH - len(times), "times")
        threads = tuple(line.thread for line in part.lines)
        return Group(part.name, threads, part.inputs, part.outputs, items, times)

    def _consumer(self, part: _Part, group: Group) -> ConsumerSpec:
        puts = Counter(self._names[item.queue] for line in part.lines for item in line.puts)
        output: str | tuple[str, ...] | None = None
        routing, ending = Routing.ROUND_ROBIN, 0.0
        weights: tuple[float, ...] = ()
        if part.outputs:
            routing, weights, ending = _routing(part, group.items, puts)
            output = part.outputs[0] if len(part.outputs) == 1 else part.outputs
        return ConsumerSpec(
            part.name,
            part.inputs[0] if len(part.inputs) == 1 else part.inputs,
            service_time=Empirical(group.times),
            output=output,
            count=len(part.lines),
            routing=routing,
            weights=weights,
            failure_probability=ending,
            on_error="skip" if ending else "fail",
        )

    # Producers.

    def _producer_group(self, part: _Part) -> Group:
        items = sum(len(line.puts) for line in part.lines)
        times = tuple(_usable(time for line in part.lines for time in line.intervals()))
        threads = tuple(line.thread for line in part.lines)
        return Group(part.name, threads, (), part.outputs, items, times)

    def _producers(self, part: _Part, group: Group) -> list[ProducerSpec]:
        puts = Counter(self._names[item.queue] for line in part.lines for item in line.puts)
        outputs = part.outputs[0] if len(part.outputs) == 1 else part.outputs
        routing, weights, _ = _routing(part, sum(puts.values()), puts)
        blocked = sum(line.blocked_full for line in part.lines)
        is_free = blocked <= FREE * self._seconds * len(part.lines)
        if self._arrivals is Arrivals.RECORDED and is_free:
            self._plays_back = True
            names = _numbered(part.name, len(part.lines))
            return [
                ProducerSpec(
                    name, outputs, interval=_instants(line.puts), routing=routing, weights=weights
                )
                for name, line in zip(names, part.lines, strict=True)
                if line.puts
            ]
        if len(group.times) < ENOUGH:
            what = f"{shown(part.name)} put {plural(group.items, 'item')}"
            raise TooFewError(what, ENOUGH - len(group.times), "intervals")
        last = max(line.puts[-1].put_at for line in part.lines if line.puts)
        is_done = last < (1 - QUIET_END) * self._seconds and is_free
        return [
            ProducerSpec(
                part.name,
                outputs,
                interval=Empirical(group.times),
                items=-(-group.items // len(part.lines)) if is_done else None,
                count=len(part.lines),
                routing=routing,
                weights=weights,
            )
        ]

    def _earlier(self) -> list[ProducerSpec]:
        """What was in the queues at first, as producers that put it at once."""
        before = Counter(item.queue for item in self._recording.items if item.put_by is None)
        names = _numbered(EARLIER, len(before))
        return [
            ProducerSpec(name, self._names[queue], interval=Instants((0.0,) * number))
            for name, (queue, number) in zip(names, sorted(before.items()), strict=True)
        ]


def _halves(line: Timeline) -> list[Timeline]:
    """A timeline, or where it puts before it takes, its puts and its gets apart."""
    if not (line.gets and line.puts) or line.first_puts <= 1:
        return [line]
    full = tuple(wait for wait in line.waits if wait.reason == "full")
    empty = tuple(wait for wait in line.waits if wait.reason == "empty")
    return [line._replace(gets=(), waits=full), line._replace(puts=(), waits=empty)]


def _routing(
    part: _Part, items: int, puts: Counter[str]
) -> tuple[Routing, tuple[float, ...], float]:
    """How a worker spreads its items: its routing, the weights, and the share that ends there."""
    most = max(SAME * items, len(part.lines))
    is_stage = bool(part.inputs)
    if len(part.outputs) > 1 and all(abs(puts[each] - items) <= most for each in part.outputs):
        return Routing.BROADCAST, (), 0.0
    total = sum(puts.values())
    if is_stage and total - items > most:
        raise FitError(
            f"{shown(part.name)} took {plural(items, 'item')} and put {total:,}: pcsim has"
            " no stage that makes several items of one"
        )
    ending = 1 - total / items if is_stage and items - total > most else 0.0
    if len(part.outputs) == 1:
        return Routing.ROUND_ROBIN, (), ending
    return Routing.RANDOM, tuple(float(puts[each]) for each in part.outputs), ending


def _instants(puts: Sequence[Item]) -> Instants:
    times = [max(item.put_at, 0.0) for item in puts]
    return Instants(tuple(time if time >= SHORTEST else 0.0 for time in times[:MOST_VALUES]))


def _usable(times: Iterable[float]) -> list[float]:
    """Times that a distribution takes: not more than there may be, none below the shortest."""
    kept = [min(time, LONGEST) if time >= SHORTEST else 0.0 for time in times]
    return kept[:MOST_VALUES]


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}-{number}" for number in range(1, count + 1)]


def _unique(names: Iterable[tuple[int, str]], kind: str) -> dict[int, str]:
    """Names that a scenario takes, no two of them alike."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    for key, name in names:
        base = name.strip()[:150] or kind
        unique, number = base, 1
        while unique in taken:
            number += 1
            unique = f"{base} ({number})"
        taken.add(unique)
        found[key] = unique
    return found
