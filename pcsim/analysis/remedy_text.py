"""What would keep up, keep what is lost, or keep a run from failing, in words."""

from __future__ import annotations

from pcsim.analysis.counterfactual import Diagnosis, Failing, Loss, Plan, Verdict, Wait
from pcsim.analysis.phrases import listed, name, number_word
from pcsim.snapshot import Snapshot
from pcsim.text import count, duration, percent, plural, safe

AGREES = 0.1
"""A wait that was measured and differs by no more than this share from that of long runs is it."""


def keeping_up(found: Diagnosis) -> str:
    """How many workers would keep up with all that comes; empty where that is nothing new.

    Args:
        found: What limits the system.
    """
    if found.plan is not None:
        return f"{_numbers(found.plan)} would keep up."
    enough = found.enough
    if enough is None or enough.number <= len(enough.part.names):
        return ""
    if any(loss.readers == enough.part and loss.number == enough.number for loss in found.losses):
        return ""  # it is said there
    if enough.keeps_up:
        return f"{number_word(enough.number)} would keep up."
    more = enough.throughput / found.throughput.mean - 1 if found.throughput.mean > 0 else 0.0
    number = number_word(enough.number)
    return f"{number} would bring {percent(more)} more, and further ones hardly anything."


def kept(loss: Loss) -> str:
    """What would keep the items that a queue loses.

    Args:
        loss: What it loses, and what was tried against that.
    """
    queue = name(loss.queue)
    texts = []
    if loss.capacity is not None:
        texts.append(f"a capacity of {count(loss.capacity)} ({_little(loss.capacity_share)})")
    if loss.number is not None and loss.readers is not None:
        workers = f"{count(loss.number)} {name(loss.readers.specs[-1])}"
        texts.append(f"{workers} ({_little(loss.number_share)})")
    elif loss.plan is not None:
        texts.append(f"{_numbers(loss.plan)} ({_little(loss.plan_share)})")
    if not texts:
        return f"Neither a larger {queue} nor more workers would keep what it loses."
    text = f"To lose less at {queue}: {' or '.join(texts)}"
    return text + ("." if loss.capacity is not None else "; a larger queue would not do.")


def shorter_wait(snapshot: Snapshot, wait: Wait) -> str:
    """How long the wait is in long runs, where that is not what was measured; what shortens it.

    Args:
        snapshot: The run, or a part of it.
        wait: What was simulated.
    """
    row = next((row for row in snapshot.queues if row.name == wait.queue), None)
    one_more = ""
    if wait.with_one_more < wait.mean:
        less, one = duration(wait.with_one_more), name(wait.part.specs[-1])
        one_more = f"one more {one} would shorten {{}} to about {less}"
    if row is not None and abs(row.waiting_time.mean - wait.mean) <= AGREES * wait.mean:
        text = one_more.format("the wait") + " on average" if one_more else ""
    else:
        text = f"in long runs the wait is {duration(wait.mean)} on average"
        text += f", p99 {duration(wait.p99)}"
        text += "; " + one_more.format("it") if one_more else ""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def may_fail(found: Diagnosis) -> str:
    """That other runs of a system fail, as a further sentence; empty where none has.

    Args:
        found: What limits a run that has not failed.
    """
    failing = found.failing
    if failing is None:
        return ""
    if found.verdict is Verdict.FAILS:
        return f" It fails: {safe(failing.message, 160)}."
    runs = plural(failing.runs, "run")
    return f" {count(failing.failed)} of {runs} simulated failed: {safe(failing.message, 160)}."


def prevention(failing: Failing) -> str:
    """What would keep a run from failing; empty where nothing is known that would.

    Args:
        failing: How it fails.
    """
    texts = []
    if failing.capacity is not None:
        queue, capacity = failing.capacity
        texts.append(f"a capacity of {count(capacity)} for {name(queue)}")
    if failing.number is not None:
        part, number = failing.number
        texts.append(f"{count(number)} {name(part.specs[-1])}")
    if not texts:
        return ""
    runs = plural(failing.runs, "run")
    return f"With {' or '.join(texts)} it did not fail, in {runs} simulated."


def _numbers(plan: Plan) -> str:
    """`3 A and 2 B`."""
    return listed([f"{count(number)} {name(part.specs[-1])}" for part, number in plan.numbers])


def _little(share: float) -> str:
    return "nothing lost" if share < 5e-5 else f"{100 * share:.2g} % lost"
