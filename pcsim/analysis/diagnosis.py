"""What is going on in a run, said in one plain line, and what to try after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, fsum

from pcsim.analysis.bottleneck import (
    EARLY,
    NOTABLE,
    Limit,
    find,
    groups,
    service_rate,
    supply,
)
from pcsim.analysis.deadlock_cycle import cycle, queue_between
from pcsim.analysis.event_text import deadlock_text
from pcsim.snapshot import Failure, Phase, QueueRow, Snapshot, WorkerState
from pcsim.text import count, duration, percent, plural, rate, safe

LONG = 5.0
"""Seconds on one item from which a drain names the worker that it waits for."""


def sentence(snapshot: Snapshot) -> str:
    """One line, ready for any terminal, that says what this system is doing or has done."""
    if snapshot.failure is not None:
        return _failed(snapshot, snapshot.failure)
    if snapshot.phase is Phase.CREATED:
        return _ready(snapshot)
    if snapshot.phase is Phase.ABORTED:
        return _aborted(snapshot)
    if snapshot.phase is Phase.DRAINING:
        return _draining(snapshot)
    if snapshot.phase is Phase.RUNNING and not snapshot.producing:
        return _paused(snapshot)
    return _flowing(snapshot)


def bottleneck(snapshot: Snapshot) -> str | None:
    """What limits the flow: workers, such as `C1` or `C1 and C2`, or a queue that is too small;
    None when nothing stands out."""
    limit = find(snapshot)
    if limit is None:
        return None
    if limit.cramped is not None:
        return _name(limit.cramped.name)
    return _names(row.name for row in limit.group.members)


def advice(snapshot: Snapshot) -> str:
    """What to try next; empty before the end."""
    if not snapshot.phase.is_over:
        return ""
    if snapshot.failure is not None:
        if snapshot.failure.is_deadlock:
            return "Break the cycle, or let one of its queues drop what does not fit."
        if not snapshot.failure.worker:
            return "Give a stage of that circle a service time, or its items a way out."
        if snapshot.failure.worker in {row.name for row in snapshot.producers}:
            return ""
        return "A consumer with on_error='skip' counts an item that fails and goes on."
    if snapshot.abandoned:
        hangs = "hangs" if len(snapshot.abandoned) == 1 else "hang"
        return f"{_names(snapshot.abandoned)} {hangs} in a source or sink: give it a timeout."
    if snapshot.phase is Phase.ABORTED:
        return "Drain instead of aborting to have everything consumed that was produced."
    if not snapshot.totals.produced:
        return "Give a producer something to make."
    limit = find(snapshot)
    if limit is None:
        return "Shorten an interval or a service time, and see where items pile up first."
    if limit.cramped is not None:
        return f"Make {_name(limit.cramped.name)} larger: its two sides would wait less."
    if limit.group.produces:
        return "Consumers had time to spare: faster or more producers would use it."
    return _more_of(limit, snapshot)


def _ready(snapshot: Snapshot) -> str:
    parts = [
        plural(len(snapshot.producers), "producer"),
        plural(len(snapshot.queues), "queue"),
        plural(len(snapshot.consumers), "consumer"),
    ]
    return f"Ready: {_listed(parts)}; nothing moves before the start."


def _failed(snapshot: Snapshot, failure: Failure) -> str:
    if failure.is_deadlock:
        return f"Deadlock: {_cycle(snapshot, failure) or safe(deadlock_text(failure), 160)}."
    message = safe(failure.message, 160)
    if not failure.worker:
        return f"{message[:1].upper()}{message[1:]}."
    worker = _name(failure.worker)
    if failure.item_number < 1:
        return f"{worker} failed before its first item: {message}"
    return f"{worker} failed on item {failure.item_number}: {message}"


def _cycle(snapshot: Snapshot, failure: Failure) -> str:
    """Which worker waits for which, going round once; empty where there is no cycle."""
    steps = cycle(snapshot, failure)
    waits = [
        f"{_name(one.worker)} waits for {_name(other.worker)}, "
        f"{_name(queue_between(snapshot, one, other))} is {one.reason}"
        for one, other in zip(steps, [*steps[1:], *steps[:1]], strict=True)
    ]
    return "; ".join(waits[:4]) + ("; …" if len(waits) > 4 else "")


def _aborted(snapshot: Snapshot) -> str:
    totals = snapshot.totals
    if not totals.produced:
        return f"Aborted after {duration(snapshot.at)}, before anything was produced."
    head = f"Aborted after {duration(snapshot.at)}: {count(totals.consumed)} of "
    rest = f"{count(totals.discarded)} discarded" if totals.discarded else "nothing discarded"
    return f"{head}{plural(totals.produced, 'item')} consumed, {rest}."


def _draining(snapshot: Snapshot) -> str:
    totals = snapshot.totals
    left = totals.queued + totals.in_producers_hands + totals.in_workers_hands
    at = snapshot.at
    stuck = next((w for w in snapshot.consumers if w.in_hand and at - w.since > LONG), None)
    if stuck is not None and stuck.state is WorkerState.RUNNING:
        spent = duration(at - stuck.since)
        return f"Draining: {_name(stuck.name)} has been on item {stuck.item_number} for {spent}."
    if not left:
        return "Draining: every queue is empty, the workers are ending."
    if snapshot.throughput <= 0:
        return f"Draining: {plural(left, 'item')} still to go."
    eta = duration(left / snapshot.throughput)
    return f"Draining: {plural(left, 'item')} to go, about {eta} at {rate(snapshot.throughput)}."


def _paused(snapshot: Snapshot) -> str:
    waiting = [row for row in snapshot.queues if row.depth]
    if not waiting:
        return "Producing is paused; every queue is empty and consumers wait."
    return f"Producing is paused; items still wait in {_names(row.name for row in waiting)}."


def _flowing(snapshot: Snapshot) -> str:
    """Running or finished."""
    over = snapshot.phase.is_over
    totals = snapshot.totals
    if not totals.produced:
        return "Nothing was produced: the sources were empty." if over else "Just started."
    limit = find(snapshot)
    if limit is None:
        told = _balanced(snapshot)
    elif limit.cramped is not None:
        told = _queue_limits(limit, limit.cramped, snapshot)
    elif limit.group.produces:
        told = _producers_limit(limit, snapshot)
    else:
        told = _consumers_limit(limit, snapshot)
    if totals.failed:
        told += f" {plural(totals.failed, 'item')} failed and {_was(totals.failed)} skipped."
    return told


def _balanced(snapshot: Snapshot) -> str:
    if not snapshot.phase.is_over and snapshot.totals.consumed < EARLY:
        return "Just started: too early to tell what limits the flow."
    busiest = max((g.load for g in groups(snapshot)), default=0.0)
    if snapshot.phase.is_over:
        return f"The system was balanced: busy up to {percent(busiest)}, nothing piled up."
    return f"The system is balanced: busy up to {percent(busiest)}, nothing piles up."


def _producers_limit(limit: Limit, snapshot: Snapshot) -> str:
    over = snapshot.phase.is_over
    members = limit.group.members
    names = _names(row.name for row in members)
    shares = limit.group.shares
    if shares.paused >= 0.25:
        stood = "was" if over else "has been"
        return (
            f"Pauses set the pace: producing {stood} paused {percent(shares.paused)} of the time."
        )
    verb = "set" if over or len(members) > 1 else "sets"
    told = f"{names} {verb} the pace: busy {percent(shares.running)}"
    if limit.starved:
        waiting = [row.name for group in limit.starved for row in group.members]
        waited = [group.shares.blocked_empty for group in limit.starved]
        share = percent(max(waited))
        if max(waited) - min(waited) >= NOTABLE:
            share = f"{percent(min(waited))} to {share}"
        waits = "waited" if over else "waits" if len(waiting) == 1 else "wait"
        told += f"; {_names(waiting)} {waits} for items {share} of the time"
    return told + "."


def _queue_limits(limit: Limit, queue: QueueRow, snapshot: Snapshot) -> str:
    be, take = ("was", "took") if snapshot.phase.is_over else ("is", "take")
    who = _names([*limit.held, *(row.name for row in limit.group.members)])
    full, empty = (percent(share(snapshot.at)) for share in (queue.full_share, queue.empty_share))
    return (
        f"{_name(queue.name)} {be} too small: {who} {take} turns waiting; "
        f"it {be} full {full} and empty {empty} of the time."
    )


def _consumers_limit(limit: Limit, snapshot: Snapshot) -> str:
    over = snapshot.phase.is_over
    members = limit.group.members
    be = ("was", "were") if over else ("is", "are")
    who = _names(row.name for row in members)
    told = (
        f"{who} {be[len(members) > 1]} the bottleneck: busy {percent(limit.group.shares.running)}"
    )
    queue = limit.group.queue
    if queue is None:
        return told + "."
    name, full = _name(queue.name), queue.full_share(snapshot.at)
    if full >= NOTABLE:
        told += f"; {name} {be[0]} full {percent(full)} of the time"
        if limit.held:
            holds = "held" if over else "holds"
            told += f" and {holds} {_names(limit.held)} back"
    elif over:
        told += f"; up to {plural(queue.peak_depth, 'item')} waited in {name}"
    elif queue.depth:
        # Not how many: the sentence is held for a moment, while the depth beside it moves.
        told += f"; items wait in {name}"
    return told + "."


def _more_of(limit: Limit, snapshot: Snapshot) -> str:
    """How many such workers would keep up with what comes."""
    members = limit.group.members
    offered = supply(snapshot, frozenset(members[0].inputs))
    pace = fsum(service_rate(row, snapshot.at) for row in members) / len(members)
    needed = ceil(offered / pace - NOTABLE) if pace > 0 else 0
    if not len(members) < needed <= 1000:
        many = "them" if len(members) > 1 else "it"
        return f"Make {many} faster, or add to {many}; a larger queue would only put off the wait."
    each = "each of them takes" if len(members) > 1 else f"{_name(members[0].name)} takes"
    return (
        f"Up to {rate(offered)} could come where {each} {rate(pace)}: "
        f"{needed} such workers would keep up."
    )


def _name(name: str) -> str:
    return safe(name, 24)


def _names(names: Iterable[str]) -> str:
    given = list(names)
    if len(given) > 3:
        return _listed([*map(_name, given[:2]), f"{count(len(given) - 2)} more"])
    return _listed([*map(_name, given)])


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
