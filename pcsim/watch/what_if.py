"""What a change would do to a recorded program: the least of a simulation and of two bounds.

A simulation gives each worker a processor of its own. Two things that all of them share limit
them together:

- Python's lock, which one thread at a time has. Workers are customers of a closed network with
  one station, the lock, and a delay, all that they do without it (exact mean value analysis:
  Reiser and Lavenberg, "Mean-Value Analysis of Closed Multichain Queuing Networks", JACM 27,
  1980). The delay is found so that the network does what was measured.
- The cores: no more seconds of processor time a second than there are cores.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from pcsim.analysis.result import Result
from pcsim.distributions import Instants
from pcsim.errors import ScenarioError
from pcsim.experiments.model_of_run import Bound
from pcsim.scenario import Scenario
from pcsim.text import either, percent, shown
from pcsim.watch.checking import SelfCheck, simulated
from pcsim.watch.fitting import Fit, FitError, Group

LITTLE = 0.05
"""A share of the time in which the lock is held that limits nobody."""
UNSURE = 0.05
"""By more than this share of the throughput may nothing stay unknown."""
ALONE = 1.2
"""Busy workers on average up to which nothing is seen of how they share the lock."""
WAITS_FOR_CORES = 0.1
"""Waiting for a core over being on one, from which on all cores are in use already."""


OWN = 0.8
"""The share of all cores from which on a program has them for itself."""


class Limit(StrEnum):
    """What limits the throughput after a change."""

    SYSTEM = "the system itself"
    LOCK = "Python's lock"
    CORES = "the cores"


class Question(NamedTuple):
    """A change: a number of workers for a group, or a capacity for a queue."""

    name: str
    number: int


class Answer(NamedTuple):
    """What the change would do.

    Throughputs are items a second: those that the changed workers take, or that leave the
    changed queue.
    """

    question: Question
    before: int | None
    """The number of workers, or the capacity, that was recorded; None: no limit."""
    recorded: float
    """The throughput that was recorded."""
    throughput: float
    """The least of the three below."""
    simulated: float
    by_lock: float
    """At most this, because of Python's lock; infinite where it limits nobody."""
    by_cores: float
    """At most this, because of the cores; infinite where that is not known."""
    limit: Limit
    result: Result
    """The simulation. Its waits hold where the system itself is the limit."""


def scenario_with(fitted: Fit, questions: tuple[Question, ...]) -> Scenario:
    """Return the fitted scenario with these changes.

    Args:
        fitted: What was fitted.
        questions: The changes, each of another name.

    Raises:
        FitError: There is no such group or queue, or its number cannot be changed.
    """
    scenario = fitted.scenario
    for question in questions:
        try:
            scenario = _changed(scenario, fitted, question)
        except ScenarioError as error:
            number = f"{question.number:,}"
            raise FitError(f"{shown(question.name)} cannot be {number}: {error}") from None
    return scenario


def answer(fitted: Fit, check: SelfCheck, question: Question) -> Answer:
    """Say what a change would do.

    Args:
        fitted: What was fitted.
        check: The same simulated as it was recorded.
        question: The change.

    Raises:
        FitError: The scenario does not do what was recorded, the change cannot be made, or what
            all workers share is not known well enough.
    """
    changed = scenario_with(fitted, (question,))
    if not check.agrees:
        raise FitError("the scenario does not repeat what was recorded, so it answers no what-if")
    result = simulated(fitted, changed)
    group = next((each for each in fitted.groups if each.name == question.name), None)
    queues = (question.name,) if group is None else group.inputs or group.outputs
    recorded = _taken(fitted, queues)
    # The simulation's own error is the same before and after the change.
    expected = recorded * _throughput(result, queues) / _throughput(check.result, queues)
    by_lock, by_cores = math.inf, _by_cores(fitted, recorded)
    if group is not None and group.inputs:
        by_lock = _by_lock(fitted, group, recorded, expected, question.number)
    least, limit = min(
        (expected, Limit.SYSTEM), (by_lock, Limit.LOCK), (by_cores, Limit.CORES), key=_first
    )
    return Answer(
        question,
        _before(fitted, question),
        recorded,
        least,
        expected,
        by_lock,
        by_cores,
        limit,
        result,
    )


def shared_bounds(fitted: Fit, more: int) -> dict[tuple[str, int], Bound]:
    """Return what Python's lock and the cores allow, by the name of a group and its number of
    workers; nothing where they allow what these workers could do.

    Args:
        fitted: What was fitted.
        more: How many workers more of each group are asked about.
    """
    found: dict[tuple[str, int], Bound] = {}
    for group in fitted.groups:
        recorded = _taken(fitted, group.inputs)
        now = len(group.threads)
        for workers in range(now + 1, now + more + 1) if recorded else ():
            expected = recorded * workers / now
            try:
                least, limit = min(
                    (_by_lock(fitted, group, recorded, expected, workers), Limit.LOCK),
                    (_by_cores(fitted, recorded), Limit.CORES),
                    key=_first,
                )
            except FitError as error:
                found[group.name, workers] = Bound(0.0, f"not known: {error}")
                continue
            if least < expected:
                gain = max(least / recorded - 1, 0.0)
                found[group.name, workers] = Bound(gain, f"limited to {gain:+.0%} by {limit}")
    return found


def _first(pair: tuple[float, Limit]) -> float:
    return pair[0]


def _before(fitted: Fit, question: Question) -> int | None:
    for group in fitted.groups:
        if group.name == question.name:
            return len(group.threads)
    index = fitted.queue_names.index(question.name)
    return fitted.recording.queues[index].capacity


def _changed(scenario: Scenario, fitted: Fit, question: Question) -> Scenario:
    name, number = question
    if name in scenario.queue_names:
        queues = tuple(
            replace(queue, capacity=number) if queue.name == name else queue
            for queue in scenario.queues
        )
        return replace(scenario, queues=queues)
    for key in ("consumers", "producers"):
        specs = getattr(scenario, key)
        if any(spec.name == name for spec in specs):
            spec = next(spec for spec in specs if spec.name == name)
            if isinstance(getattr(spec, "interval", None), Instants):
                break
            changed = tuple(
                replace(each, count=number) if each.name == name else each for each in specs
            )
            return replace(scenario, **{key: changed})
    if any(group.name == name for group in fitted.groups):
        raise FitError(
            f"the items of {shown(name)} come when they were recorded; to change the number of"
            " its workers, draw its intervals again: --arrivals resampled"
        )
    known = [*(group.name for group in fitted.groups), *fitted.queue_names]
    raise FitError(f"there is no {shown(name)}: {either([shown(each) for each in known])}")


def _taken(fitted: Fit, queues: tuple[str, ...]) -> float:
    """Items a second that were taken from these queues, by recording."""
    ids = {
        queue.id
        for queue, name in zip(fitted.recording.queues, fitted.queue_names, strict=True)
        if name in queues
    }
    number = sum(item.queue in ids and item.got_at is not None for item in fitted.recording.items)
    return number / fitted.seconds


def _throughput(result: Result, queues: tuple[str, ...]) -> float:
    return math.fsum(result.queue(name).throughput.mean for name in queues)


# What all workers share.


def _by_cores(fitted: Fit, recorded: float) -> float:
    """The most items a second for which there are cores."""
    threads, program = fitted.recording.threads, fitted.recording.program
    if any(thread.cpu_time is None for thread in threads) or not recorded:
        return math.inf
    used = math.fsum(thread.cpu_time or 0.0 for thread in threads)
    waited = math.fsum(thread.core_wait_time or 0.0 for thread in threads)
    if not used:
        return math.inf
    available = program.cores * fitted.seconds
    if used > LITTLE * fitted.seconds and waited > WAITS_FOR_CORES * used:
        if used < OWN * available:
            raise FitError(
                f"its threads waited {percent(waited / (used + waited))} of their running time for"
                " a core, which other programs had: what it can do on its own is not known; record"
                " it on a machine that has nothing else to do"
            )
        return recorded  # no core is idle when a thread wants it
    return available / used * recorded


def _by_lock(fitted: Fit, group: Group, recorded: float, expected: float, workers: int) -> float:
    """The most items a second that these workers take together, by Python's lock."""
    program = fitted.recording.program
    if not program.has_lock or not recorded or not group.mean_time:
        return math.inf
    held = _held(fitted)
    if held is None:
        raise FitError(
            "whether Python's lock was held could not be seen while this was recorded, and its"
            " threads use the processor: more workers may wait for that lock"
        )
    if held <= LITTLE:
        return math.inf
    share = _share(fitted, group)
    others = held * (1 - share)
    # What others have of the lock, and all of their items with it, grows with the throughput.
    demand = held * share / recorded / max(1 - others, LITTLE)
    busy = min(max(recorded * group.mean_time, 1.0), float(len(group.threads)))
    demand = min(demand, busy / recorded)
    delay = _delay(busy, demand, recorded)
    limited = _rate(float(workers), delay, demand)
    bound = min(limited, 1 / (held / recorded))
    if busy < ALONE and workers > len(group.threads):
        best = min(expected, 1 / demand)
        if min(bound, expected) < (1 - UNSURE) * best:
            raise FitError(
                f"{shown(group.name)} had one busy worker while this was recorded, and Python's"
                f" lock was held {percent(held)} of the time: how several of them share it is not"
                " known; record the program with one more"
            )
    return bound


def _held(fitted: Fit) -> float | None:
    """The share of the time in which Python's lock was held; None where that is not known."""
    program = fitted.recording.program
    if program.looks:
        return program.times_held / program.looks
    used = [thread.cpu_time for thread in fitted.recording.threads]
    if any(time is None for time in used):
        return None
    # A thread that has the lock is on a processor, unless foreign code sleeps with it.
    most = math.fsum(time or 0.0 for time in used) / fitted.seconds
    return most if most <= LITTLE else None


def held_share(fitted: Fit) -> float | None:
    """Return the share of the time in which Python's lock was held; 0 where that limits nobody,
    None where it is not known.

    Args:
        fitted: What was fitted.
    """
    if not fitted.recording.program.has_lock:
        return 0.0
    held = _held(fitted)
    return held if held is None or held > LITTLE else 0.0


def _share(fitted: Fit, group: Group) -> float:
    """The part of the lock's time that a group had: by processor time, or where that is not known
    or far from the time that the lock was held, by the time that it worked."""
    cpu = {thread.id: thread.cpu_time for thread in fitted.recording.threads}
    held = (_held(fitted) or 0.0) * fitted.seconds
    if all(time is not None for time in cpu.values()):
        used = math.fsum(time or 0.0 for time in cpu.values())
        if used >= held / 2:
            return math.fsum(cpu[thread] or 0.0 for thread in group.threads) / used
    worked = {each.name: math.fsum(each.times) for each in fitted.groups if each.inputs}
    return worked[group.name] / math.fsum(worked.values())


def _rate(workers: float, delay: float, demand: float) -> float:
    """Items a second of workers that need the lock for `demand` seconds of an item and nothing for
    `delay` seconds; between whole numbers of workers, on the line."""
    if not demand:
        return workers / delay
    rate = before = queued = 0.0
    for number in range(1, math.ceil(workers) + 1):
        before = rate
        residence = demand * (1 + queued)
        rate = number / (residence + delay)
        queued = rate * residence
    part = workers - math.floor(workers)
    return before + part * (rate - before) if part else rate


def _delay(workers: float, demand: float, rate: float) -> float:
    """Find the delay with which the workers do `rate` items a second."""
    low, high = 0.0, workers / rate
    if _rate(workers, low, demand) <= rate:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _rate(workers, middle, demand) > rate else (low, middle)
    return (low + high) / 2
