"""What is going on in a run, in one plain sentence, and what to try after it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, fsum
from typing import TypeGuard

from pcsim.analysis import limit_text, processor_text, remedy_text
from pcsim.analysis.bottleneck import (
    NOTABLE,
    Bottleneck,
    Group,
    find_bottleneck,
    groups,
    is_too_early,
    offered_rate,
    service_rate,
)
from pcsim.analysis.counterfactual import Diagnosis, Verdict
from pcsim.analysis.crews import crew_names, in_crews
from pcsim.analysis.deadlock_cycle import cycle, queue_between
from pcsim.analysis.event_text import deadlock_text
from pcsim.analysis.phrases import listed, name, names, number_word, was
from pcsim.analysis.standing import Standing
from pcsim.snapshot import Failure, Phase, QueueRow, Snapshot, WorkerRow, WorkerState
from pcsim.text import clock_time, count, duration, percent, plural, rate, safe

AT_START = 1.0
"""What holds since a time before this, in seconds, holds since the start."""
LONG_SERVICE = 5.0
"""Seconds on one item from which a drain names the worker that it waits for,"""
LONGER = 3.0
"""if they are this many times what its items took before,"""
LONG_FIRST = 30.0
"""or seconds on its first item."""
LONG_PAUSE = 0.25
"""The share of time from which a pause of producing is what limits the flow."""
MOST_ADVISED = 1_000
"""No larger number of workers is advised."""


def sentence(
    snapshot: Snapshot, found: Diagnosis | None = None, ranked: Sequence[Group] | None = None
) -> str:
    """What a system is doing, or has done: one sentence, safe for any terminal.

    Args:
        snapshot: The run, at any time.
        found: What limits it, by simulation; None to judge by what the run has measured.
        ranked: Its groups of workers, as `bottleneck.groups` ranks them; None where that is still
            to be done.
    """
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
    return _flowing(snapshot, found, ranked)


def present(snapshot: Snapshot, standing: Standing | None) -> str:
    """What a run that is watched is doing: where it produces, in the words of what stands.

    Args:
        snapshot: The run, at any time.
        standing: The verdict that stands about it; None where there is none yet.
    """
    if snapshot.phase is Phase.DRAINING or (
        snapshot.phase is Phase.RUNNING and not snapshot.producing
    ):
        return sentence(snapshot) + limit_text.lost(snapshot.recent)
    if snapshot.phase is not Phase.RUNNING:
        return sentence(snapshot)
    if standing is None:
        return limit_text.too_early(snapshot)
    found, since, part = standing
    when = " since the start" if since < AT_START else f" since {clock_time(since, tenths=False)}"
    return limit_text.sentence(part, found, when) + _failed_of_late(part)


def bottleneck(snapshot: Snapshot, found: Diagnosis | None = None) -> str | None:
    """The names of what limits the flow: workers, such as `C1` or `C1 and C2`, or a queue that
    is too small; None where nothing stands out."""
    if found is not None and found.verdict is not Verdict.TOO_LARGE:
        return limit_text.limit(found)
    limit = find_bottleneck(snapshot)
    if limit is None:
        return None
    if limit.undersized_queue is not None:
        return name(limit.undersized_queue.name)
    return names(row.name for row in limit.group.members)


def advice(snapshot: Snapshot, found: Diagnosis | None = None) -> str:
    """What to try next; empty before the end."""
    if not snapshot.phase.is_over:
        return ""
    if snapshot.failure is not None:
        failing = None if found is None else found.failing
        prevention = "" if failing is None else remedy_text.prevention(failing)
        return " ".join(filter(None, [_advice_after(snapshot, snapshot.failure), prevention]))
    if snapshot.abandoned:
        hangs = "hangs" if len(snapshot.abandoned) == 1 else "hang"
        return f"{names(snapshot.abandoned)} {hangs} in a source or sink: give it a timeout."
    if snapshot.phase is Phase.ABORTED:
        return "Drain instead of aborting to have everything consumed that was produced."
    if not snapshot.totals.produced:
        return _advice_without_items(snapshot)
    if _is_simulated(found):
        return limit_text.advice(snapshot, found)
    if found is not None and found.verdict is not Verdict.TOO_LARGE:
        return limit_text.no_advice(snapshot, found)
    text = _measured_advice(snapshot)
    if found is not None:
        text += " (Not simulated: the system is too large to try every change of it.)"
    return text


def _advice_after(snapshot: Snapshot, failure: Failure) -> str:
    if failure.is_deadlock:
        return "Break the cycle, or let one of its queues drop what does not fit."
    if not failure.worker:
        return "Give a stage of that cycle a service time, or its items a way out."
    if failure.worker in {row.name for row in snapshot.producers}:
        return ""
    return "A consumer with on_error='skip' counts an item that fails and goes on."


def _is_simulated(found: Diagnosis | None) -> TypeGuard[Diagnosis]:
    return found is not None and found.is_simulated


def _measured_advice(snapshot: Snapshot) -> str:
    limit = find_bottleneck(snapshot)
    if limit is None:
        return "Shorten an interval or a service time, and see where items pile up first."
    if limit.undersized_queue is not None:
        return f"Make {name(limit.undersized_queue.name)} larger: its two sides would wait less."
    if limit.group.produces:
        return "Consumers had time to spare: faster or more producers would use it."
    return _more_workers(limit, snapshot)


def _ready(snapshot: Snapshot) -> str:
    parts = [
        plural(len(snapshot.producers), "producer"),
        plural(len(snapshot.queues), "queue"),
        plural(len(snapshot.consumers), "consumer"),
    ]
    return f"Ready: {listed(parts)}; nothing moves before the start."


def _failed(snapshot: Snapshot, failure: Failure) -> str:
    if failure.is_deadlock:
        return f"Deadlock: {_cycle(snapshot, failure) or safe(deadlock_text(failure), 160)}."
    message = safe(failure.message, 160)
    if not failure.worker:
        return f"{message[:1].upper()}{message[1:]}."
    worker = name(failure.worker)
    return f"{worker} failed {safe(failure.place, 120)}: {message}"


def _cycle(snapshot: Snapshot, failure: Failure) -> str:
    """Which worker waits for which, going round once; empty where there is no cycle."""
    steps = cycle(snapshot, failure)
    waits = [
        f"{name(one.worker)} waits for {name(other.worker)}, "
        f"{name(queue_between(snapshot, one, other))} is {one.reason}"
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
    remaining, at = totals.in_system, snapshot.at
    for row in snapshot.consumers:
        spent = 0.0 if row.item_since is None else at - row.item_since
        if spent > _usual_longest(row, at, spent) and row.state is WorkerState.RUNNING:
            return f"Draining: {name(row.name)} has been on item {row.item} for {duration(spent)}."
    if not remaining:
        return "Draining: every queue is empty, the workers are ending."
    if not snapshot.totals.queued:
        busy = [row.name for row in snapshot.workers if row.in_hand]
        works = "works on its last item" if len(busy) == 1 else "work on their last items"
        return f"Draining: every queue is empty; {names(busy)} {works}."
    speed = snapshot.recent.throughput or snapshot.throughput
    if speed <= 0:
        return f"Draining: {plural(remaining, 'item')} still to go."
    eta = duration(remaining / speed)
    return f"Draining: {plural(remaining, 'item')} to go, about {eta} at {rate(speed)}."


def _usual_longest(row: WorkerRow, at: float, spent: float) -> float:
    """Seconds that an item of a worker may take before that is worth a word."""
    before = row.got_total - row.in_hand
    if not before:
        return LONG_FIRST
    return max(LONG_SERVICE, LONGER * (row.spent(at).running - spent) / before)


def _paused(snapshot: Snapshot) -> str:
    waiting = [row for row in snapshot.queues if row.depth]
    if not waiting:
        return "Producing is paused; every queue is empty and consumers wait."
    return f"Producing is paused; items still wait in {names(row.name for row in waiting)}."


def _flowing(snapshot: Snapshot, found: Diagnosis | None, ranked: Sequence[Group] | None) -> str:
    """Of a run that is going on, or has finished."""
    totals = snapshot.totals
    if snapshot.is_counted and not totals.produced:
        return _nothing_yet(snapshot)
    if found is not None and found.verdict is not Verdict.TOO_LARGE:
        text = limit_text.sentence(snapshot, found)
    else:
        text = measured_limit(snapshot, ranked)
    return text + _failed_of_late(snapshot)


def measured_limit(snapshot: Snapshot, ranked: Sequence[Group] | None = None) -> str:
    """What limits the flow, by what was measured: one sentence, safe for any terminal.

    Args:
        snapshot: A run, or a part of it.
        ranked: Its groups of workers, where they are known.
    """
    if ranked is None:
        ranked = groups(snapshot)
    limit = find_bottleneck(snapshot, ranked)
    if limit is None:
        return _no_bottleneck(snapshot, ranked)
    if limit.undersized_queue is not None:
        return _undersized_queue(limit, limit.undersized_queue, snapshot)
    if limit.group.produces:
        return _sources_limit(limit, snapshot)
    return _workers_limit(limit, snapshot) + processor_text.waits(snapshot)


def _failed_of_late(snapshot: Snapshot) -> str:
    """A sentence, after a space, about items that failed; empty where none has."""
    failed = snapshot.totals.failed
    return f" {plural(failed, 'item')} failed and {was(failed)} skipped." if failed else ""


def _nothing_yet(snapshot: Snapshot) -> str:
    """Of a run that has produced nothing."""
    if not snapshot.phase.is_over:
        return "Just started."
    if _sources_were_empty(snapshot):
        return "Nothing was produced: the sources were empty."
    return f"Nothing was produced before the end, after {duration(snapshot.at)}."


def _advice_without_items(snapshot: Snapshot) -> str:
    if _sources_were_empty(snapshot):
        return "Give a producer something to make."
    return "The first item comes after the end: let the run last longer."


def _sources_were_empty(snapshot: Snapshot) -> bool:
    """Whether each producer ended because nothing came, and not because the run did."""
    return all(
        row.state is WorkerState.DONE and row.end_cause is None for row in snapshot.producers
    )


def _no_bottleneck(snapshot: Snapshot, ranked: Sequence[Group]) -> str:
    if is_too_early(snapshot):
        return "Just started: too early to see what limits the flow."
    piles, is_, are = ("piled", "was", "were") if snapshot.phase.is_over else ("piles", "is", "are")
    text = f"No bottleneck: nothing {piles} up"
    busiest = max(ranked, key=lambda group: group.shares.running, default=None)
    if busiest is None or busiest.shares.running <= 0:
        return text + "."
    crews = crew_names(snapshot.workers)
    busy = names(in_crews((row.name for row in busiest.members), crews))
    subject = f"workers {are}" if len(busiest.members) > 1 else f"worker {is_}"
    return f"{text}; the busiest {subject} {busy}, {percent(busiest.shares.running)}."


def _sources_limit(limit: Bottleneck, snapshot: Snapshot) -> str:
    over = snapshot.phase.is_over
    paused = limit.group.shares.paused
    if paused >= LONG_PAUSE:
        was = "was" if over else "has been"
        return f"Pauses are the limit: producing {was} paused {percent(paused)} of the time."
    starved = [row.name for group in limit.starved for row in group.members]
    waiting = in_crews(starved, crew_names(snapshot.workers))
    shares = [group.shares.blocked_empty for group in limit.starved]
    share = percent(max(shares))
    if max(shares) - min(shares) >= NOTABLE:
        share = f"{percent(min(shares))} to {share}"
    waits = "waited" if over else "waits" if len(starved) == 1 else "wait"
    were = "were" if over else "are"
    return f"The sources {were} the limit: {names(waiting)} {waits} for items {share} of the time."


def _undersized_queue(limit: Bottleneck, queue: QueueRow, snapshot: Snapshot) -> str:
    is_, take = ("was", "took") if snapshot.phase.is_over else ("is", "take")
    workers = [*limit.blocked, *(row.name for row in limit.group.members)]
    sides = names(in_crews(workers, crew_names(snapshot.workers)))
    full, empty = (percent(share(snapshot.at)) for share in (queue.full_share, queue.empty_share))
    return (
        f"{name(queue.name)} {is_} too small: {sides} {take} turns waiting; "
        f"it {is_} full {full} and empty {empty} of the time."
    )


def _workers_limit(limit: Bottleneck, snapshot: Snapshot) -> str:
    over = snapshot.phase.is_over
    members = limit.group.members
    is_, are = ("was", "were") if over else ("is", "are")
    crews = crew_names(snapshot.workers)
    subject = names(in_crews((row.name for row in members), crews))
    busy = percent(limit.group.shares.running)
    text = f"{subject} {are if len(members) > 1 else is_} the bottleneck: busy {busy}"
    queue = limit.group.queue
    if queue is None:
        return text + "."
    full = queue.full_share(snapshot.at)
    if full >= NOTABLE:
        text += f"; {name(queue.name)} {is_} full {percent(full)} of the time"
        if limit.blocked:
            has = "had" if over else "has" if len(limit.blocked) == 1 else "have"
            text += f", so {names(in_crews(limit.blocked, crews))} {has} to wait"
    elif over:
        text += f"; up to {plural(queue.peak_depth, 'item')} waited in {name(queue.name)}"
    elif queue.depth:
        # Not how many: the sentence stays for a moment, while the depth beside it moves.
        text += f"; items wait in {name(queue.name)}"
    return text + "."


def _more_workers(limit: Bottleneck, snapshot: Snapshot) -> str:
    """How many workers like these would keep up with what arrives, if more threads help."""
    members = limit.group.members
    if why_not := processor_text.advice(snapshot, members):
        return why_not
    offered = offered_rate(snapshot, frozenset(members[0].inputs))
    each = fsum(service_rate(row, snapshot.at) for row in members) / len(members)
    needed = ceil(offered / each - NOTABLE) if each > 0 else 0
    if not len(members) < needed <= MOST_ADVISED:
        them = "them" if len(members) > 1 else "it"
        return f"Make {them} faster, or add to {them}; a larger queue would only put off the wait."
    one = "each of them" if len(members) > 1 else f"one {name(members[0].name)}"
    number = number_word(needed)
    return (
        f"{rate(offered)} arrive at most, and {one} handles {rate(each)}. {number} would keep up."
    )
