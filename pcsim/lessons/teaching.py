"""The lessons in their order, from 1: what each asks, what to try, and how the run answers."""

from __future__ import annotations

from pcsim.lessons.lesson import Lesson
from pcsim.scenario import Scenario
from pcsim.snapshot import QueueRow, Snapshot, WorkerRow
from pcsim.text import duration, percent, plural, safe

LITTLE = 0.02
"""The share of its time that a worker may wait at a full queue and count as one that does not."""


def _queue(snapshot: Snapshot, name: str) -> QueueRow:
    return next(row for row in snapshot.queues if row.name == name)


def _worker(snapshot: Snapshot, name: str) -> WorkerRow:
    return next(row for row in snapshot.workers if row.name == name)


def _waits_most(snapshot: Snapshot) -> WorkerRow:
    """The producer that waited the largest share of its time at a full queue."""
    return max(snapshot.producers, key=lambda row: row.shares(snapshot.at).blocked_full)


def _nobody_waits(snapshot: Snapshot) -> tuple[bool, str]:
    row = _waits_most(snapshot)
    share = row.shares(snapshot.at).blocked_full
    return share < LITTLE, f"{safe(row.name)} waited {percent(share)} of its time at a full queue."


# 1 basic


def _how_deep(snapshot: Snapshot) -> tuple[int, str]:
    row = _queue(snapshot, "main")
    index = 0 if row.peak_depth <= 2 else 2 if row.peak_depth == row.capacity else 1
    return index, f"main held {plural(row.peak_depth, 'item')} at most."


def _stays_low(_: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    index, seen = _how_deep(snapshot)
    return index == 0, seen


# 2 shared


def _who_takes_more(snapshot: Snapshot) -> tuple[int, str]:
    first, second = (_worker(snapshot, name).done_total for name in ("C1", "C2"))
    index = 0 if first > 1.5 * second else 2 if second > 1.5 * first else 1
    return index, f"C1 took {plural(first, 'item')}, C2 {second}."


def _shared_stays_low(_: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    peak = max(row.peak_depth for row in snapshot.queues)
    return peak <= 2, f"{plural(peak, 'item')} waited at most."


# 3 back-pressure


def _what_the_fast_one_does(snapshot: Snapshot) -> tuple[int, str]:
    shares = _worker(snapshot, "FastProducer").shares(snapshot.at)
    index = 0 if shares.active > shares.blocked_full else 1
    made, waited = percent(shares.active), percent(shares.blocked_full)
    return index, f"FastProducer made items {made} of its time, and waited for main {waited}."


def _keeps_up(scenario: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    share = _worker(snapshot, "FastProducer").shares(snapshot.at).blocked_full
    seen = f"FastProducer waited {percent(share)} of its time."
    largest = max(queue.capacity for queue in scenario.queues)
    if largest > 3:
        return False, f"{seen} And a capacity of {largest} is more than 3."
    return share < 0.1, seen


# 4 round-robin


def _fullest(snapshot: Snapshot) -> tuple[int, str]:
    names = ("orders", "refunds", "reports")
    shares = [_queue(snapshot, name).full_share(snapshot.at) for name in names]
    index = shares.index(max(shares))
    seen = ", ".join(f"{name} {percent(share)}" for name, share in zip(names, shares, strict=True))
    return index, f"They were full for this much of the time: {seen}."


# 5 deadlock


def _how_it_ends(snapshot: Snapshot) -> tuple[int, str]:
    failure = snapshot.failure
    if failure is not None and failure.is_deadlock:
        waits = "; ".join(
            f"{one.worker} waited because {one.queues[0]} was {one.reason}" for one in failure.waits
        )
        return 1, f"After {duration(snapshot.at)} nothing could move: {waits}."
    if snapshot.totals.dropped:
        return 2, f"{plural(snapshot.totals.dropped, 'item')} got lost at a full queue."
    return 0, "The items went round."


def _leaves_the_cycle(scenario: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    if not scenario.cycle():
        return False, "there is no cycle any more; let items leave it and keep it."
    done, made = snapshot.totals.consumed, snapshot.totals.produced
    return done == made, f"{done} of {plural(made, 'item')} came out of the cycle."


# 6 starvation


def _who_waits_longest(snapshot: Snapshot) -> tuple[int, str]:
    names = ("strict-gold", "strict-silver", "fair-gold")
    means = [_queue(snapshot, name).waiting_time.mean for name in names]
    index = means.index(max(means))
    seen = ", ".join(f"{name} {duration(mean)}" for name, mean in zip(names, means, strict=True))
    return index, f"Items waited this long on average: {seen}."


def _silver_is_served(_: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    means = {row.name: row.waiting_time.mean for row in snapshot.queues if "silver" in row.name}
    worst = max(means, key=means.__getitem__)
    lost = snapshot.totals.dropped
    seen = f"Items waited {duration(means[worst])} on average in {safe(worst)}; {lost} were lost."
    return means[worst] < 1.0 and not lost, seen


# 7 overflow


def _freshest(snapshot: Snapshot) -> tuple[int, str]:
    names = ("block", "drop-new", "drop-old")
    means = [_queue(snapshot, name).waiting_time.mean for name in names]
    index = means.index(min(means))
    seen = ", ".join(f"{name} {duration(mean)}" for name, mean in zip(names, means, strict=True))
    return index, f"What came out had waited this long on average: {seen}."


def _nothing_lost_nobody_waits(_: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    is_free, seen = _nobody_waits(snapshot)
    lost = snapshot.totals.dropped
    return is_free and not lost, f"{plural(lost, 'item')} got lost. {seen}"


# 8 failures


def _dead_letters(snapshot: Snapshot) -> tuple[int, str]:
    came = _queue(snapshot, "dead-letters").put_total
    made = _worker(snapshot, "Post").produced_total
    index = 0 if came <= made * 0.12 else 1 if came <= made * 0.35 else 2
    return index, f"{plural(came, 'item')} of {made} came to dead-letters."


def _no_failure_is_lost(scenario: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    chances = {spec.name: spec.failure_probability for spec in scenario.consumers}
    if any(chances.get(name) != 0.25 for name in ("Skipper", "Retrier")):
        return False, "Skipper and Retrier do not fail one try in four any more."
    failed, dropped = snapshot.totals.failed, snapshot.totals.dropped
    seen = f"{plural(failed, 'item')} failed for good and {dropped} got lost."
    return not failed and not dropped, seen


# 9 bursts


def _lost_in_bursts(snapshot: Snapshot) -> tuple[int, str]:
    large, small = (_queue(snapshot, name) for name in ("large", "small"))
    index = 0 if not large.dropped_total else 1 if large.dropped_total < small.dropped_total else 2
    return index, (
        f"large held {plural(large.peak_depth, 'item')} at most and lost {large.dropped_total}, "
        f"small lost {small.dropped_total}."
    )


def _bursts_are_absorbed(scenario: Scenario, snapshot: Snapshot) -> tuple[bool, str]:
    places = sum(queue.capacity for queue in scenario.queues)
    clerks = sum(spec.count for spec in scenario.consumers)
    lost = snapshot.totals.dropped
    seen = f"{plural(lost, 'item')} got lost, with {places} places and {plural(clerks, 'clerk')}."
    return not lost and places <= 24 and clerks <= 2, seen


LESSONS = (
    Lesson(
        "basic",
        "The consumer is a little slower than the producer. How deep will main get?",
        ("1 or 2 items", "more, but it never gets full", "10 items: it gets full"),
        _how_deep,
        "Make the consumer faster while it runs, and see main fall.",
        "Let main never hold more than 2 items.",
        _stays_low,
    ),
    Lesson(
        "shared",
        "C1 works on an item for 160 ms, C2 for 180 ms. Who takes more of the items?",
        ("C1, far more", "both about the same", "C2, far more"),
        _who_takes_more,
        "Add a consumer while it runs, and see shared fall.",
        "Let no more than 2 items ever wait.",
        _shared_stays_low,
    ),
    Lesson(
        "back-pressure",
        "What will FastProducer do for most of its time?",
        ("make items", "wait, because main is full"),
        _what_the_fast_one_does,
        "Make main larger while it runs: how long does that help?",
        "Let FastProducer wait for less than 10 % of its time, with a capacity of 3 at most.",
        _keeps_up,
    ),
    Lesson(
        "round-robin",
        "The clerk serves the three queues in turn. Which one is full for most of the time?",
        ("orders", "refunds", "reports"),
        _fullest,
        "Add a second clerk while it runs.",
        "Let no producer wait at a full queue.",
        lambda _, snapshot: _nobody_waits(snapshot),
    ),
    Lesson(
        "deadlock",
        "Twelve items come, and none ever leaves the cycle. How does it end?",
        ("they go round for ever", "nothing can move any more", "some get lost"),
        _how_it_ends,
        "Before it locks up, let a or b drop what does not fit; or make one of them larger: that "
        "only puts it off.",
        "Let all items come out at the end, and keep the cycle.",
        _leaves_the_cycle,
    ),
    Lesson(
        "starvation",
        "In which queue will items wait longest?",
        ("strict-gold", "strict-silver", "fair-gold"),
        _who_waits_longest,
        "Let gold come at a longer interval, until Strict serves silver too.",
        "Let silver wait for less than a second on average everywhere, and lose nothing.",
        _silver_is_served,
    ),
    Lesson(
        "overflow",
        "Whose items are the freshest, when they come out?",
        ("those of block", "those of drop-new", "those of drop-old"),
        _freshest,
        "Let drop-new block while it runs; and let block fail.",
        "Lose nothing, and let no producer wait.",
        _nothing_lost_nobody_waits,
    ),
    Lesson(
        "failures",
        "One try in four fails, and Retrier tries each of 50 items up to three times. How many "
        "come to dead-letters?",
        ("none or a few", "about a quarter of them", "about half of them"),
        _dead_letters,
        "Let Skipper fail instead of skip, and see the run end.",
        "Let no item fail for good, and lose none: Skipper and Retrier still fail one try in four.",
        _no_failure_is_lost,
    ),
    Lesson(
        "bursts",
        "In a burst 20 orders come in a second, and a clerk serves 9. How many does large lose?",
        ("none", "some, but fewer than small", "as many as small"),
        _lost_in_bursts,
        "Make small larger while it runs, until it loses nothing.",
        "Lose nothing with 24 places in all, and two clerks.",
        _bursts_are_absorbed,
    ),
)
"""One for each demo."""


def find(key: str) -> Lesson:
    """Return a lesson.

    Args:
        key: Its number, from 1, or the name of its demo.

    Raises:
        KeyError: There is no such lesson.

    >>> find("5").demo
    'deadlock'
    """
    for number, lesson in enumerate(LESSONS, 1):
        if key in (str(number), lesson.demo):
            return lesson
    raise KeyError(key)
