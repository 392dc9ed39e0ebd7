"""The one line that sums up what is going on."""

from __future__ import annotations

from pcsim.analysis.diagnosis import advice, bottleneck, sentence
from pcsim.snapshot import Cause, Failure, Phase, Snapshot, Totals, WorkerState
from tests.support.cases import case
from tests.support.snapshots import consumer, producer, queue, snapshot


def test_ready_run_is_described_by_its_parts() -> None:
    """Before the start the line counts what waits to begin."""
    ready = snapshot(
        queue(), producer("P1"), producer("P2"), consumer(), phase=Phase.CREATED, at=0.0
    )
    shown = sentence(ready)
    assert shown == "Ready: 2 producers, 1 queue and 1 consumer; nothing moves before the start."


def test_consumer_behind_a_full_queue_is_the_bottleneck() -> None:
    """The line has the worker, its load, how full the queue was and which worker had to wait."""
    run = snapshot(queue(depth=10, full=0.78), producer(blocked=0.74), consumer("C1", starved=0.01))
    assert bottleneck(run) == "C1"
    assert sentence(run) == (
        "C1 is the bottleneck: busy 99 %; main is full 78 % of the time, so P1 has to wait."
    )


def test_after_the_end_the_line_is_in_the_past_tense() -> None:
    """A finished run was something; it is nothing any more."""
    run = snapshot(
        queue(full=0.78),
        producer(blocked=0.74, state=WorkerState.DONE, until=8.0),
        consumer(state=WorkerState.DONE),
        phase=Phase.FINISHED,
    )
    assert sentence(run) == (
        "C1 was the bottleneck: busy 100 %; main was full 78 % of the time, so P1 had to wait."
    )


def test_workers_of_one_queue_are_judged_together() -> None:
    """Two consumers that share a full queue are one bottleneck, not two."""
    run = snapshot(queue(depth=9, full=0.5), producer(blocked=0.5), consumer("C1"), consumer("C2"))
    assert bottleneck(run) == "C1 and C2"
    assert sentence(run).startswith("C1 and C2 are the bottleneck: busy 100 %")


def test_slow_last_stage_is_found_behind_two_full_queues() -> None:
    """A full queue whose reader is itself held back points further downstream."""
    run = snapshot(
        queue("raw", depth=10, full=0.9),
        queue("cut", depth=10, full=0.9),
        producer("Reader", "raw", blocked=0.7),
        consumer("Cutter", "raw", output="cut", blocked=0.6),
        consumer("Packer", "cut"),
    )
    assert bottleneck(run) == "Packer"
    assert sentence(run).endswith("cut is full 90 % of the time, so Cutter has to wait.")


def test_producers_set_the_pace_when_consumers_wait() -> None:
    """With every queue empty the limit is upstream of all of them."""
    run = snapshot(queue(empty=0.6), producer("P1"), consumer("C1", starved=0.62))
    assert bottleneck(run) == "P1"
    assert sentence(run) == ("The sources are the limit: C1 waits for items 62 % of the time.")


def test_queue_that_is_full_and_empty_in_turn_is_too_small() -> None:
    """Neither side is busy all the time and each waits for the other: it is the queue."""
    run = snapshot(
        queue(full=0.41, empty=0.32),
        producer(blocked=0.3),
        consumer(starved=0.26),
        phase=Phase.FINISHED,
    )
    assert bottleneck(run) == "main"
    assert sentence(run) == (
        "main was too small: P1 and C1 took turns waiting; "
        "it was full 41 % and empty 32 % of the time."
    )
    assert advice(run) == "Make main larger: its two sides would wait less."


def test_pauses_are_not_blamed_on_producers() -> None:
    """When producing was paused most of the time, that is the finding."""
    run = snapshot(queue(empty=0.8), producer(paused=0.7), consumer(starved=0.8))
    assert sentence(run) == "Pauses are the limit: producing has been paused 70 % of the time."


def test_balanced_system_is_called_balanced() -> None:
    """No worker is blamed where all are busy and nothing piles up."""
    run = snapshot(queue(depth=1), producer(), consumer(starved=0.04))
    assert bottleneck(run) is None
    assert sentence(run) == "No bottleneck: nothing piles up; the busiest worker is P1, 100 %."


def test_items_that_pile_up_decide_between_equally_busy_workers() -> None:
    """Both never wait, but the queue between them grows: its reader is slower."""
    run = snapshot(queue(capacity=10_000, depth=50), producer(), consumer())
    assert bottleneck(run) == "C1"
    assert sentence(run) == "C1 is the bottleneck: busy 100 %; items wait in main."


def test_first_moments_are_not_judged() -> None:
    """Two items are too few for a diagnosis."""
    run = snapshot(queue(passed=2), producer(items=2), consumer(items=2), at=0.3)
    assert bottleneck(run) is None
    assert sentence(run) == "Just started: too early to see what limits the flow."


def test_run_without_items_is_described_as_such() -> None:
    """Empty sources leave a finished run with nothing to judge."""
    run = snapshot(
        queue(passed=0),
        producer(items=0, state=WorkerState.DONE, until=0.01),
        consumer(items=0),
        phase=Phase.FINISHED,
        at=0.01,
    )
    assert sentence(run) == "Nothing was produced: the sources were empty."
    assert advice(run) == "Give a producer something to make."


def test_a_run_that_ends_before_its_first_item_does_not_blame_the_sources() -> None:
    """They had something to give; the run was over before."""
    for cause in (Cause.TIME_LIMIT, Cause.DRAINED, Cause.NO_CONSUMER):
        late = producer(items=0, state=WorkerState.DONE, until=5.0)._replace(end_cause=cause)
        run = snapshot(queue(passed=0), late, consumer(items=0), phase=Phase.FINISHED, at=5.0)
        assert sentence(run) == "Nothing was produced before the end, after 5.0 s."
        assert advice(run) == "The first item comes after the end: let the run last longer."


def test_paused_run_is_described_with_what_still_waits() -> None:
    """A pause stops producing; the line has what goes on."""
    run = snapshot(queue(depth=3), producer(), consumer(), producing=False)
    assert sentence(run) == "Producing is paused; items still wait in main."
    run = snapshot(queue(), producer(), consumer(), producing=False)
    assert sentence(run) == "Producing is paused; every queue is empty and consumers wait."


def test_draining_run_is_described_with_what_is_left() -> None:
    """What is left, and for how long at this pace."""
    run = snapshot(queue(depth=7), producer(), consumer(in_hand=1), phase=Phase.DRAINING)
    assert sentence(run) == "Draining: 8 items to go, about 2.0 s at 4/s."


def test_drain_names_the_worker_that_holds_it_up() -> None:
    """A sink that does not come back is named."""
    stuck = consumer(in_hand=1, item=57, item_since=2.0)
    run = snapshot(queue(depth=7), producer(), stuck, phase=Phase.DRAINING)
    assert sentence(run) == "Draining: C1 has been on item 57 for 8.0 s."


def test_drain_does_not_blame_a_worker_that_goes_from_item_to_item() -> None:
    """It has been running for long, but on this item only for a moment."""
    healthy = consumer(in_hand=1, since=0.0, item=57, item_since=9.9)
    run = snapshot(queue(depth=7), producer(), healthy, phase=Phase.DRAINING)
    assert sentence(run).startswith("Draining: 8 items to go")


def test_aborted_run_is_described_with_the_fate_of_its_items() -> None:
    """How many were consumed, how many discarded."""
    run = snapshot(queue()._replace(discarded_total=5), producer(), consumer(), phase=Phase.ABORTED)
    assert sentence(run) == "Aborted after 10.0 s: 40 of 45 items consumed, 5 discarded."
    assert "Drain" in advice(run)


def test_abandoned_worker_is_what_to_look_at_next() -> None:
    """A sink that hangs is the cause, however the run was ended."""
    run = snapshot(queue(), producer(), consumer(), phase=Phase.ABORTED, abandoned=("C1",))
    assert advice(run) == "C1 hangs in a source or sink: give it a timeout."


def test_failed_run_names_worker_item_and_error() -> None:
    """The first error, in one line even if its message has several."""
    failure = Failure("C1", 7, "ValueError: bad\nmore")
    run = snapshot(queue(), producer(), consumer(), phase=Phase.FAILED, failure=failure)
    assert sentence(run) == "C1 failed on item 7: ValueError: bad\\nmore"
    assert "on_error='skip'" in advice(run)
    failure = Failure("P1", 0, "OSError: gone")
    run = snapshot(queue(), producer(), consumer(), phase=Phase.FAILED, failure=failure)
    assert sentence(run) == "P1 failed before its first item: OSError: gone"
    assert advice(run) == ""


def test_skipped_failures_are_not_hidden() -> None:
    """A run that went on past failures is summed up with their number."""
    run = snapshot(queue(full=0.5), producer(blocked=0.5), consumer(failed=2))
    assert sentence(run).endswith(" 2 items failed and were skipped.")


def test_advice_has_the_number_of_workers_that_would_keep_up() -> None:
    """Four items a second against one: four such workers."""
    run = snapshot(
        queue(full=0.9),
        producer(blocked=0.75, items=40, state=WorkerState.DONE, until=10.0),
        consumer(items=40),
        phase=Phase.FINISHED,
    )
    assert advice(run) == ("16/s arrive at most, and one C1 handles 4/s. Four would keep up.")


def test_advice_looks_past_a_fast_stage_to_what_comes_to_it() -> None:
    """A stage that could do 16/s passes on no more than the 8/s that its producer makes."""
    run = snapshot(
        queue("raw"),
        queue("cut", full=0.9),
        producer("Reader", "raw", blocked=0.5, items=40),
        consumer("Cutter", "raw", output="cut", blocked=0.75),
        consumer("Packer", "cut"),
        phase=Phase.FINISHED,
    )
    assert advice(run).startswith("8/s arrive at most, and one Packer handles 4/s. Two would")


def test_advice_does_not_go_round_in_circles() -> None:
    """Stages that feed each other are looked at once."""
    run = snapshot(
        queue("there", full=0.9),
        queue("back"),
        producer("P1", "there", blocked=0.5),
        consumer("A", "there", output="back"),
        consumer("B", "back", output="there", blocked=0.5),
        phase=Phase.FINISHED,
        totals=Totals(produced=40, consumed=40),
    )
    assert advice(run).startswith("12/s arrive at most, and one A handles 4/s.")


def check_hostile_names_never_reach_the_line_as_they_are(phase: Phase) -> None:
    bad = "\x1b]52;c;aGk=\x07\u202e\n[red]"
    run = snapshot(
        queue(bad, depth=10, full=0.8),
        producer(bad, bad, blocked=0.7),
        consumer(bad, bad),
        phase=phase,
        failure=Failure(bad, 3, bad) if phase is Phase.FAILED else None,
    )
    assert sentence(run).isprintable()
    assert advice(run).isprintable()


def test_hostile_names_never_reach_the_line_as_they_are() -> None:
    """Names from outside are escaped in every phase."""
    for phase in Phase:
        with case(phase):
            check_hostile_names_never_reach_the_line_as_they_are(phase)


def test_no_workers_and_no_time_are_no_reason_to_fail() -> None:
    """The line exists for a snapshot with nothing in it."""
    empty = Snapshot(0, 0.0, Phase.RUNNING, True, (), (), Totals())
    assert sentence(empty) == "Just started."
    assert bottleneck(empty) is None


def test_a_sentence_agrees_with_the_number_of_its_subjects() -> None:
    """One worker has to wait, two have to; one is the busiest, two are."""
    run = snapshot(
        queue(depth=10, full=0.8),
        producer("P1", blocked=0.6),
        producer("P2", blocked=0.6),
        consumer(),
    )
    assert sentence(run).endswith("main is full 80 % of the time, so P1 and P2 have to wait.")
    run = snapshot(queue(depth=1), producer("P1"), producer("P2"), consumer(starved=0.04))
    assert sentence(run).endswith("the busiest workers are P1 and P2, 100 %.")


def test_starved_workers_with_different_shares_are_given_a_range() -> None:
    """One number would be wrong for one of them."""
    run = snapshot(
        queue("raw", empty=0.6),
        queue("cut", empty=0.6),
        producer("P1", "raw"),
        consumer("C1", "raw", starved=0.3),
        consumer("C2", "cut", starved=0.6),
    )
    assert sentence(run) == (
        "The sources are the limit: C1 and C2 wait for items 30 % to 60 % of the time."
    )
