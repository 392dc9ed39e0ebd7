"""What limits a system in words, and what would help: only what was simulated."""

from __future__ import annotations

from math import fsum

from pcsim.analysis import processor_text, remedy_text
from pcsim.analysis.counterfactual import (
    Basis,
    ChangeKind,
    Diagnosis,
    Effect,
    Part,
    PartKind,
    Supply,
    Together,
    Verdict,
)  # fmt: skip
from pcsim.analysis.phrases import listed, name, names
from pcsim.snapshot import QueueRow, Snapshot, WorkerRow, WorkerState
from pcsim.text import count, duration, percent, plural, rate
from pcsim.theory.statistics import Interval

NOTABLE = 0.05
"""The smallest share of time that is worth a word."""
STARVED = 0.15
"""Workers that waited for items for this share of their time had time to spare."""
WORTH = 0.005
"""Smaller gains, and smaller intervals of them, are not worth a word."""
MOST_LISTED = 3
"""Workers of one declaration that are listed one by one."""


_WHY_NOT_KNOWN = {
    Verdict.UNLIKE: "simulated with the times that were measured, it comes to another throughput",
    Verdict.FAILS: "simulated, it fails",
    Verdict.TOO_LARGE: "it is too large to simulate every change of it",
}


def sentence(snapshot: Snapshot, found: Diagnosis, since: str = "") -> str:
    """What limits the run, and what it loses.

    Args:
        snapshot: The run that is going on or has finished, or what has happened of late.
        found: What limits it.
        since: Since when, after a space; "" for the whole run.
    """
    if not found.is_simulated:
        return _not_simulated(snapshot, found, since) + lost(snapshot)
    if found.together is not None:
        text = _together(snapshot, found.together, since)
    elif found.limit is None:
        text = _no_bottleneck(snapshot, found, since)
    elif found.verdict is Verdict.QUEUES:
        text = _queues(snapshot, found.limit, found, since)
    elif found.verdict is Verdict.SOURCES:
        text = _sources(snapshot, found.supply, since)
    else:
        text = _workers(snapshot, found.limit, found, since)
    if found.ties:
        others = listed([label(part) for part in found.ties[:3]])
        text += f" {others} {_limits(snapshot, found.ties)} it about as much."
    if found.verdict is Verdict.PROCESSOR:
        text += processor_text.waits(snapshot)
    return text + lost(snapshot) + remedy_text.may_fail(found)


def too_early(snapshot: Snapshot) -> str:
    """What is said of a run before anything is known of it."""
    if not snapshot.totals.produced:
        return "Just started." + lost(snapshot)
    return "Too early to say what limits the flow." + lost(snapshot)


def advice(snapshot: Snapshot, found: Diagnosis) -> str:
    """What would help, by how much, in the words of what was simulated."""
    parts = []
    why_no_more = ""
    if found.limit is not None:
        if found.limit.kind is PartKind.WORKERS:
            why_no_more = processor_text.advice(snapshot, _rows(snapshot, found.limit.names))
        parts += [_what_helps(found, may_be_more=not why_no_more), why_no_more]
    elif found.wait is not None:
        parts += filter(None, [remedy_text.shorter_wait(snapshot, found.wait)])
    if found.together is not None:
        parts.append(_what_helps_together(found.together))
    if not why_no_more:
        parts.append(remedy_text.keeping_up(found))
    parts += [remedy_text.kept(loss) for loss in found.losses if loss.readers is not None]
    if not any(parts):
        parts.append("No change that was tried brings 1 % more: of one part, or of two together.")
    if found.basis is Basis.MEASURED:
        parts.append("(Estimated from what was measured; code that shares a lock gains less.)")
    return " ".join(filter(None, parts))


def no_advice(snapshot: Snapshot, found: Diagnosis) -> str:
    """What to do where nothing was simulated, or the simulation does not agree."""
    if found.verdict is Verdict.PENDING:
        return ""
    if found.verdict is Verdict.TOO_EARLY:
        return "Let it run for longer."
    return processor_text.advice(snapshot, ()) or (
        "Look for what the workers share beside the queues, such as a lock or a connection."
    )


def limit(found: Diagnosis) -> str | None:
    """The names of what limits the flow, or None."""
    if found.together is not None:
        return listed([label(part) for part in found.together.parts])
    return None if found.limit is None else label(found.limit)


def label(part: Part) -> str:
    """The names of a part: `clerk`, `clerk-1 to clerk-9`, `C1 and C2`."""
    if part.kind is not PartKind.QUEUES and len(part.specs) == 1 and len(part.names) > MOST_LISTED:
        return f"{name(part.names[0])} to {name(part.names[-1])}"
    return names(part.names)


def _not_simulated(snapshot: Snapshot, found: Diagnosis, since: str) -> str:
    if found.verdict is Verdict.TOO_EARLY:
        if snapshot.phase.is_over:
            return "Too few items came out to say what limits the flow."
        return "Too early to say what limits the flow."
    if found.verdict is Verdict.NO_ARRIVALS:
        return _no_arrivals(snapshot, since)
    if found.verdict is Verdict.BACKLOG:
        return f"{_works_off(snapshot)}{since}: more comes out than arrives."
    limits = "limited" if snapshot.phase.is_over else "limits"
    if found.verdict is Verdict.PENDING:
        return f"What {limits} it is being simulated."
    return (
        f"What {limits} it is not known: {_WHY_NOT_KNOWN[found.verdict]}; {_busiest(snapshot)}."
        + processor_text.waits(snapshot)
    )


def _no_arrivals(snapshot: Snapshot, since: str) -> str:
    have_ended = all(row.state is WorkerState.DONE for row in snapshot.producers)
    text = f"Nothing more arrives{since}" if have_ended else f"Nothing arrives{since}"
    if snapshot.totals.in_system:
        return f"{text}; {_works_off(snapshot)}."
    waiting = [row.name for row in snapshot.consumers]
    return f"{text}; {names(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for items."


def _works_off(snapshot: Snapshot) -> str:
    """Who works on what waits where, of those that have items left."""
    waiting = [row.name for row in snapshot.queues if row.depth]
    busy = [row.name for row in snapshot.consumers if row.in_hand]
    if not waiting:
        verb = "works on its last item" if len(busy) == 1 else "work on their last items"
        return f"{names(busy) or 'they'} {verb}"
    readers = [row.name for row in snapshot.consumers if not set(row.inputs).isdisjoint(waiting)]
    works = "works" if len(readers) == 1 else "work"
    return f"{names(readers)} {works} off what waits in {names(waiting)}"


def _workers(snapshot: Snapshot, part: Part, found: Diagnosis, since: str) -> str:
    rows = _rows(snapshot, part.names)
    be, busy = _be(snapshot, len(rows)), _busy(rows, snapshot.at)
    text = f"{label(part)} {be} the bottleneck{since}: busy {busy}"
    queue = _fullest(snapshot, part.inputs)
    if queue is None:
        return text + "."
    full, blocked = queue.full_share(snapshot.at), _still_blocked(snapshot, found.blocked)
    if blocked and full >= NOTABLE:
        has = "had" if snapshot.phase.is_over else "has" if len(blocked) == 1 else "have"
        text += f"; {name(queue.name)} {_be(snapshot)} full {percent(full)} of the time"
        text += f", so {names(blocked)} {has} to wait"
    elif not found.blocked and any(loss.queue == queue.name for loss in found.losses):
        had, them = "had" if snapshot.phase.is_over else "has", "them" if len(rows) > 1 else "it"
        text += f"; nobody {had} to wait for {them}"
    elif snapshot.phase.is_over:
        text += f"; up to {plural(queue.peak_depth, 'item')} waited in {name(queue.name)}"
    elif queue.depth:
        text += f"; items wait in {name(queue.name)}"
    return text + "."


def _still_blocked(snapshot: Snapshot, blocked: tuple[str, ...]) -> list[str]:
    """Those that can still have to wait: in a run that goes on, some may have ended."""
    ended = {row.name for row in snapshot.workers if row.ended_at is not None}
    return [one for one in blocked if snapshot.phase.is_over or one not in ended]


def _queues(snapshot: Snapshot, part: Part, found: Diagnosis, since: str) -> str:
    text = f"{names(part.names)} {_be(snapshot, len(part.names))} too small{since}"
    rows = [row for row in snapshot.queues if row.name in part.names]
    full = _range([row.full_share(snapshot.at) for row in rows])
    empty = _range([row.empty_share(snapshot.at) for row in rows])
    if found.blocked:
        readers = [
            row.name
            for row in snapshot.consumers
            if not set(row.inputs).isdisjoint(part.names)
            and row.shares(snapshot.at).blocked_empty >= NOTABLE
        ]
        sides = names(dict.fromkeys([*found.blocked, *readers]))
        text += f": {sides} {'took' if snapshot.phase.is_over else 'take'} turns waiting"
    them = "they" if len(rows) > 1 else "it"
    return f"{text}; {them} {_be(snapshot, len(rows))} full {full} and empty {empty} of the time."


def _together(snapshot: Snapshot, together: Together, since: str) -> str:
    """Of parts that help only when all of them are changed."""
    workers = [part for part in together.parts if part.kind is not PartKind.QUEUES]
    # A source that lets its interval pass is not at work: only what reads can be busy.
    readers = [part for part in workers if part.kind is PartKind.WORKERS]
    loads = [share for part in readers for share in _loads(snapshot, part)]
    whose = "" if readers == workers else f"{listed([label(part) for part in readers])} "
    busy = f", {whose}busy {_range(loads)}" if loads else ""
    return (
        f"{listed([label(part) for part in together.parts])} {_be(snapshot, 2)} the bottleneck "
        f"together{since}{busy}: a change of one of them alone brings nothing."
    )


def _loads(snapshot: Snapshot, part: Part) -> list[float]:
    return [row.shares(snapshot.at).running for row in _rows(snapshot, part.names)]


def _sources(snapshot: Snapshot, supply: Supply | None, since: str) -> str:
    at = snapshot.at
    starved = [row for row in snapshot.consumers if row.shares(at).blocked_empty >= STARVED]
    if supply is not None and supply.items:
        text = f"The {plural(supply.items, 'item')} that {_go(snapshot)} round "
        text += f"{_be(snapshot, supply.items)} the limit{since}"
    else:
        text = f"The sources {_be(snapshot, 2)} the limit{since}"
        if supply is not None and supply.possible > supply.made:
            makes = "made" if snapshot.phase.is_over else "make"
            text += f": they {makes} {rate(supply.made)}, the workers could do "
            text += rate(supply.possible)
    if not starved:
        return text + "."
    waits = "waited" if snapshot.phase.is_over else "waits" if len(starved) == 1 else "wait"
    share = _range([row.shares(at).blocked_empty for row in starved])
    link = "; " if ": " in text else ": "
    return (
        f"{text}{link}{names(row.name for row in starved)} {waits} for items {share} of the time."
    )


def _go(snapshot: Snapshot) -> str:
    return "went" if snapshot.phase.is_over else "go"


def _no_bottleneck(snapshot: Snapshot, found: Diagnosis, since: str) -> str:
    if found.wait is None:
        return f"No bottleneck{since}: no single change helps; {_busiest(snapshot)}."
    rows = _rows(snapshot, found.wait.part.names)
    be, busy = _be(snapshot, len(rows)), _busy(rows, snapshot.at)
    text = f"No bottleneck{since}: {label(found.wait.part)} {be} busy {busy}"
    queue = next((row for row in snapshot.queues if row.name == found.wait.queue), None)
    if queue is None or not queue.waiting_time.count:
        return text + "."
    where = f" in {name(queue.name)}" if len(snapshot.queues) > 1 else ""
    wait = "waited" if snapshot.phase.is_over else "wait"
    times = queue.waiting_time
    return (
        f"{text}; items {wait} {duration(times.mean)}{where} on average, p99 {duration(times.p99)}."
    )


def _busiest(snapshot: Snapshot) -> str:
    rows = snapshot.consumers
    shares = {row.name: row.shares(snapshot.at).running for row in rows}
    most = max(shares.values(), default=0.0)
    busiest = [worker for worker, share in shares.items() if share >= most - NOTABLE]
    subject = "workers" if len(busiest) > 1 else "worker"
    return f"the busiest {subject} {_be(snapshot, len(busiest))} {names(busiest)}, {percent(most)}"


def lost(snapshot: Snapshot) -> str:
    """The share that each queue has lost; empty where none has lost anything."""
    lost = {
        row.name: row.dropped_total / (row.put_total + row.refused_total)
        for row in snapshot.queues
        if row.dropped_total
    }
    if not lost:
        return ""
    worst = sorted(lost, key=lambda queue: lost[queue], reverse=True)
    texts = [f"{percent(lost[queue])} of what came to {name(queue)}" for queue in worst[:3]]
    more = f" (and of {count(len(worst) - 3)} more queues)" if len(worst) > 3 else ""
    was = "was" if snapshot.phase.is_over else "is"
    return f" {listed(texts)}{more} {was} lost, because it {was} full."


def _what_helps(found: Diagnosis, *, may_be_more: bool = True) -> str:
    """What the best changes bring; a worker more only if that may help."""
    best = found.best
    if best is None:
        return ""
    if found.verdict is Verdict.QUEUES:
        size = f" ({count(best.capacity)})" if best.capacity else ""
        phrases = [f"three times the capacity of {names(best.part.names)}{size}"]
        tried = [best]
        others = (one for one in found.effects if one.part.kind is PartKind.WORKERS)
        tried += [one for one in others if one.gain.mean >= WORTH][:1]
        phrases += map(_phrase, tried[1:])
    else:
        kinds = [ChangeKind.MORE_ITEMS, ChangeKind.ONE_MORE, ChangeKind.FASTER]
        kinds = kinds if may_be_more else kinds[-1:]
        effects = [found.effect(kind) for kind in kinds]
        tried = [one for one in effects if one is not None and one.gain.mean >= WORTH]
        if not tried:
            return ""
        phrases = [*map(_phrase, tried)]
    gains = [*map(_gain, tried)]
    text = f"{phrases[0]} would bring {gains[0]} more items a second"
    text += "".join(f"; {phrases[one]}, {gains[one]} more" for one in range(1, len(tried)))
    return f"{text[:1].upper()}{text[1:]}."


def _what_helps_together(together: Together) -> str:
    gain = _number(together.gain)
    phrases = []
    workers = [part for part in together.parts if part.kind is not PartKind.QUEUES]
    if workers and together.change is ChangeKind.FASTER:
        phrases.append(f"{listed([label(part) for part in workers])} 20 % faster")
    elif workers:
        phrases += [f"one more {name(part.specs[-1])}" for part in workers]
    queues = [queue for p in together.parts if p.kind is PartKind.QUEUES for queue in p.names]
    if queues:
        phrases.append(f"three times the capacity of {names(queues)}")
    text = f"{listed(phrases)} would together bring {gain} more items a second."
    return text[:1].upper() + text[1:]


def _phrase(effect: Effect) -> str:
    if effect.change is ChangeKind.MORE_ITEMS:
        return "a fifth more items, or one more where those are few,"
    if effect.change is ChangeKind.ONE_MORE:
        return f"one more {name(effect.part.specs[-1])}"
    return f"{label(effect.part)} 20 % faster"


def _gain(effect: Effect) -> str:
    """`93 ± 4 %`; the interval where it is worth a word."""
    return _number(effect.gain)


def _number(gain: Interval) -> str:
    number = f"{100 * gain.mean:.0f}" if gain.mean >= 0.1 else f"{100 * gain.mean:.1f}"
    if gain.half_width is not None and gain.half_width >= WORTH:
        number += f" ± {100 * gain.half_width:.0f}"
    return f"{number} %"


def _rows(snapshot: Snapshot, workers: tuple[str, ...]) -> list[WorkerRow]:
    wanted = set(workers)
    return [row for row in snapshot.workers if row.name in wanted]


def _busy(rows: list[WorkerRow], at: float) -> str:
    """How busy the workers are on average, over their lives."""
    return (
        percent(fsum(row.shares(at).running for row in rows) / len(rows)) if rows else percent(0.0)
    )


def _fullest(snapshot: Snapshot, queues: tuple[str, ...]) -> QueueRow | None:
    rows = [row for row in snapshot.queues if row.name in queues]
    return max(rows, key=lambda row: (row.full_share(snapshot.at), row.peak_depth), default=None)


def _range(shares: list[float]) -> str:
    if not shares:
        return percent(0.0)
    if max(shares) - min(shares) < NOTABLE:
        return percent(max(shares))
    return f"{percent(min(shares))} to {percent(max(shares))}"


def _be(snapshot: Snapshot, number: int = 1) -> str:
    if snapshot.phase.is_over:
        return "was" if number == 1 else "were"
    return "is" if number == 1 else "are"


def _limits(snapshot: Snapshot, parts: tuple[Part, ...]) -> str:
    if snapshot.phase.is_over:
        return "limited"
    return "limits" if len(parts) == 1 and len(parts[0].names) == 1 else "limit"
