"""An oracle for what limits a scenario: every change of it, in many long runs, without shortcuts.

It shares no code with `pcsim.experiments.changes` and no random numbers with a diagnosis: it
changes the specs itself, and its runs have seeds of their own.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator

import msgspec
from msgspec.structs import replace

from pcsim.analysis.counterfactual import ChangeKind, Diagnosis, Loss, Part, PartKind, Verdict
from pcsim.distributions import Instants, mean_of, scaled, variance_of
from pcsim.errors import PcsimError
from pcsim.experiments.one_run import finish, virtual_run
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.cycles import endless

SEED = 7_000_003
"""Added to the seed of a scenario."""
EVENTS = 30_000
"""Events of a run that does not end by itself."""
SAME = 0.01
"""Changes whose gains differ by no more than this are equally good."""


class Run(msgspec.Struct, frozen=True):
    """What is kept of a run: items a second, and the share that each queue lost."""

    throughput: float
    losses: dict[str, float]


FAILED = Run(0.0, {})


class Answer(msgspec.Struct, frozen=True):
    """What is right about a scenario."""

    gains: dict[str, float]
    """The gain by the best change of each part."""
    numbers: dict[str, tuple[int, int]]
    """Of a part, the smallest number of workers that are enough: from, to."""


class Oracle:
    """Runs scenarios with seeds of its own, each of them once.

    Args:
        scenario: The scenario as it is.
        kept: The runs made so far, by a digest of what was run; it may be kept in a file.
        replications: Runs of each change; those that lead are run eight times as often.
    """

    def __init__(
        self, scenario: Scenario, kept: dict[str, Run] | None = None, replications: int = 4
    ) -> None:
        self.kept = {} if kept is None else kept
        self.scenario = _made_long(replace(scenario, seed=scenario.seed + SEED))
        first, second = (self.run(self.scenario, number) for number in (0, 1))
        self.few, self.many = (1, 1) if first == second else (replications, 8 * replications)

    def run(self, scenario: Scenario, number: int) -> Run:
        """One run; of one that fails nothing comes."""
        content = msgspec.json.encode((scenario, number))
        key = hashlib.sha256(content).hexdigest()[:24]
        if key not in self.kept:
            try:
                seen = finish(virtual_run(scenario, number))
            except PcsimError:
                self.kept[key] = FAILED
            else:
                rate = seen.system.throughput
                rate = rate or math.fsum(one.throughput for one in seen.workers.values())
                losses = {name: one.loss for name, one in seen.queues.items() if one.loss > 0}
                self.kept[key] = Run(rate, losses)
        return self.kept[key]

    def throughput(self, scenario: Scenario, runs: int) -> float:
        """Items a second, on average."""
        return math.fsum(self.run(scenario, number).throughput for number in range(runs)) / runs

    def gain(self, changed: Scenario, runs: int) -> float:
        """By what share a change raises the throughput."""
        base = self.throughput(self.scenario, runs)
        return self.throughput(changed, runs) / base - 1 if base else 0.0

    def gains(self, named: Collection[Part] = (), only: Collection[str] = ()) -> dict[str, float]:
        """The gain by the best change of each worker, each queue and all queues, and of parts.

        Args:
            named: Further parts to try.
            only: The names to try; () for all.
        """
        tried: dict[str, list[Scenario]] = {}
        for name, changed in [*changes(self.scenario), *_parts(self.scenario, named)]:
            if not only or name in only:
                tried.setdefault(name, []).append(changed)
        for runs, margin in ((self.few, 0.05), (2 * self.few, 0.025), (self.many, 0.0)):
            gains = {name: max(self.gain(one, runs) for one in tried[name]) for name in tried}
            best = max(gains.values(), default=0.0)
            wanted = {label(part) for part in named}
            tried = {n: tried[n] for n in tried if n in wanted or gains[n] >= best - margin}
        return gains

    def smallest_numbers(self, part: Part) -> tuple[int, int]:
        """The smallest and the largest number of workers that 98 % may be reached with first."""
        now, many = len(part.names), max(4 * len(part.names), 16)
        runs = 3 * self.few

        def rate(count: int) -> float:
            return self.throughput(with_workers(self.scenario, part.specs[-1], count - now), runs)

        while rate(2 * many) > 1.01 * rate(many):
            many *= 2
        most = max(rate(many), rate(2 * many))
        low, high = now, many
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if rate(middle) >= 0.98 * most else (middle + 1, high)
        surely = low
        while rate(surely) < 0.985 * most:
            surely += 1
        while low > now and rate(low - 1) >= 0.975 * most:
            low -= 1
        return low, surely

    def lost(self, scenario: Scenario, queue: str) -> float:
        """The share that a queue loses."""
        runs = 4 * self.few
        shares = [self.run(scenario, number).losses.get(queue, 0.0) for number in range(runs)]
        return math.fsum(shares) / runs


def answer(found: Diagnosis, oracle: Oracle) -> Answer:
    """What is right about the parts that a diagnosis names, and about all others."""
    parts = [] if found.limit is None else [found.limit, *found.ties]
    gains = {name: round(gain, 4) for name, gain in oracle.gains(parts).items()}
    numbers = {}
    if found.enough is not None:
        numbers[label(found.enough.part)] = oracle.smallest_numbers(found.enough.part)
    return Answer(gains, numbers)


def faults(found: Diagnosis, right: Answer) -> list[str]:
    """What is wrong about what is named, in words; [] where all of it is right."""
    best = max(right.gains, key=lambda name: right.gains[name], default="nothing")
    most = right.gains.get(best, 0.0)
    if found.limit is None:
        is_enough = most <= (2 if found.verdict is Verdict.ARRIVALS else 1.2) * SAME
        return [] if is_enough else [f"{found.verdict.value}, but {best} brings {most:.1%}"]
    wrong = []
    own = right.gains.get(label(found.limit), 0.0)
    if own < most - SAME:
        wrong.append(f"{label(found.limit)} brings {own:.1%}, but {best} {most:.1%}")
    elif most < 0.8 * SAME:
        wrong.append(f"{label(found.limit)} is named, but nothing brings more than {most:.1%}")
    ties = {part: right.gains.get(part, 0.0) for part in map(label, found.ties)}
    wrong += [
        f"{part} is no tie: {gain:.1%}, but the best {most:.1%}"
        for part, gain in ties.items()
        if gain < most - 2.5 * SAME
    ]
    if found.enough is not None and found.plan is None:  # with a plan, it is not what is said
        part, number = label(found.enough.part), found.enough.number
        low, high = right.numbers.get(part, (0, 0))
        if not low - 1 <= number <= high + 1:
            wrong.append(f"{number} {part} are enough, but {low} to {high} are")
    return wrong


def broken_promises(found: Diagnosis, oracle: Oracle) -> list[str]:
    """The remedies that do not keep what they say, in words."""
    wrong = [text for loss in found.losses for text in _wrong_remedy(loss, oracle)]
    scenario, runs = oracle.scenario, 2 * oracle.few
    if found.plan is not None:
        numbers = {part.specs[-1]: n - len(part.names) for part, n in found.plan.numbers}
        far_more = {spec.name: 5 * spec.count for spec in scenario.consumers}
        reached = oracle.throughput(_with_all(scenario, numbers), runs)
        most = oracle.throughput(_with_all(scenario, far_more), runs)
        if reached < 0.94 * most:
            wrong.append(f"{numbers} more reach {reached:.3g} of {most:.3g}")
    if found.together is not None:
        changed = scenario
        for part in found.together.parts:
            changed = _changed(changed, part, found.together.change)
        gain = oracle.gain(changed, runs)
        if gain < 0.9 * found.together.gain.mean - SAME:
            wrong.append(f"together they bring {gain:.1%}, not {found.together.gain.mean:.1%}")
    return wrong


def _with_all(scenario: Scenario, more: dict[str, int]) -> Scenario:
    for name, number in more.items():
        scenario = with_workers(scenario, name, number)
    return scenario


def _changed(scenario: Scenario, part: Part, kind: ChangeKind) -> Scenario:
    if part.kind is PartKind.QUEUES:
        sizes = {q.name: 3 * q.capacity for q in scenario.queues if q.name in part.names}
        return with_capacity(scenario, sizes)
    if kind is ChangeKind.FASTER:
        return faster(scenario, part.specs)
    return with_workers(scenario, part.specs[-1], 1)


def _wrong_remedy(loss: Loss, oracle: Oracle) -> Iterator[str]:
    scenario = oracle.scenario
    if loss.capacity is not None:
        lost = oracle.lost(with_capacity(scenario, {loss.queue: loss.capacity}), loss.queue)
        if lost > max(1.5 * loss.capacity_share, 0.015):
            yield f"{loss.queue} with {loss.capacity} loses {lost:.1%}"
    if loss.number is not None and loss.readers is not None:
        more = loss.number - len(loss.readers.names)
        changed = with_workers(scenario, loss.readers.specs[-1], more)
        lost = oracle.lost(changed, loss.queue)
        if lost > max(1.5 * loss.number_share, 0.015):
            yield f"{loss.queue} with {loss.number} {label(loss.readers)} loses {lost:.1%}"


def label(part: Part) -> str:
    """A part as the oracle calls it: by its declarations."""
    return ", ".join(part.specs)


def changes(scenario: Scenario) -> Iterator[tuple[str, Scenario]]:
    """Every change of one worker, one queue, or all queues; sources by chance are the world."""
    for producer in scenario.producers:
        if not is_by_chance(producer):
            for made in _of_source(scenario, producer):
                yield producer.name, made
    for consumer in scenario.consumers:
        yield consumer.name, faster(scenario, [consumer.name])
        yield consumer.name, with_workers(scenario, consumer.name, 1)
    for queue in scenario.queues:
        yield queue.name, with_capacity(scenario, {queue.name: 3 * queue.capacity})
    if len(scenario.queues) > 1:
        capacities = {queue.name: 3 * queue.capacity for queue in scenario.queues}
        yield ", ".join(scenario.queue_names), with_capacity(scenario, capacities)


def is_by_chance(producer: ProducerSpec) -> bool:
    """Whether its items come by themselves."""
    if producer.bursts is not None or isinstance(producer.interval, Instants):
        return True
    return mean_of(producer.interval) > 0 and variance_of(producer.interval) > 0


def faster(scenario: Scenario, names: Collection[str]) -> Scenario:
    """These workers, or sources, do 20 % more in the same time."""
    return replace(
        scenario,
        producers=tuple(
            replace(one, interval=scaled(one.interval, 1 / 1.2)) if one.name in names else one
            for one in scenario.producers
        ),
        consumers=tuple(
            replace(one, service_time=scaled(one.service_time, 1 / 1.2))
            if one.name in names
            else one
            for one in scenario.consumers
        ),
    )


def with_workers(scenario: Scenario, name: str, more: int) -> Scenario:
    """More workers of one declaration, or fewer than there are."""

    def counted(spec: ProducerSpec) -> ProducerSpec:
        return replace(spec, count=spec.count + more) if spec.name == name else spec

    def counted_consumer(spec: ConsumerSpec) -> ConsumerSpec:
        return replace(spec, count=spec.count + more) if spec.name == name else spec

    return replace(
        scenario,
        producers=tuple(map(counted, scenario.producers)),
        consumers=tuple(map(counted_consumer, scenario.consumers)),
    )


def with_capacity(scenario: Scenario, capacities: dict[str, int]) -> Scenario:
    """Queues of other capacities."""

    def sized(queue: QueueSpec) -> QueueSpec:
        return replace(queue, capacity=capacities.get(queue.name, queue.capacity))

    return replace(scenario, queues=tuple(map(sized, scenario.queues)))


def _of_source(scenario: Scenario, producer: ProducerSpec) -> Iterator[Scenario]:
    if producer.items is not None and endless(scenario):  # tokens of a closed loop: a fifth more
        items = max(producer.items + 1, round(1.2 * producer.items))
        producers = [
            replace(one, items=items) if one is producer else one for one in scenario.producers
        ]
        yield replace(scenario, producers=tuple(producers))
        return
    if mean_of(producer.interval):
        yield faster(scenario, [producer.name])
    yield with_workers(scenario, producer.name, 1)


def _parts(scenario: Scenario, parts: Collection[Part]) -> Iterator[tuple[str, Scenario]]:
    """The changes of parts of several declarations."""
    for part in parts:
        if len(part.specs) > 1 and part.kind is PartKind.QUEUES:
            sizes = {q.name: 3 * q.capacity for q in scenario.queues if q.name in part.names}
            yield label(part), with_capacity(scenario, sizes)
        elif len(part.specs) > 1:
            yield label(part), faster(scenario, part.specs)
            yield label(part), with_workers(scenario, part.specs[-1], 1)


def _made_long(scenario: Scenario) -> Scenario:
    """With an end, where it has none, and a warm-up in seconds."""
    warm_up = 0.0 if scenario.warm_up == "auto" else scenario.warm_up
    scenario = replace(scenario, warm_up=warm_up)
    if scenario.end.time is not None:
        return scenario
    pilot = virtual_run(replace(scenario, warm_up=0.0))
    pilot.start()
    pilot.advance(most=EVENTS)
    is_over, at = pilot.phase.is_over, pilot.clock()
    pilot.abort()
    pilot.join()
    return scenario if is_over else replace(scenario, end=End(at, scenario.end.items))
