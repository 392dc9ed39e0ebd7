"""A deadlock is found as soon as it is complete, and nothing else is taken for one."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.analysis.event_text import describe
from pcsim.engine.deadlock import QueueWait, deadlocked, waiting
from pcsim.errors import DeadlockError, Wait
from pcsim.snapshot import BlockReason, EventKind, Phase
from tests.support.cases import case
from tests.support.engines import GUARD, Gate, endless


def ring(*, capacity: int, source: Any, per_item: int = 1) -> ProducerConsumerSystem:
    """P puts into a; A takes from a and puts into b; B takes from b and puts into a."""
    system = ProducerConsumerSystem()
    system.add_queue("a", capacity)
    system.add_queue("b", capacity)
    system.add_producer("P", source, 0, "a")
    system.add_consumer("A", lambda n: n, 0, queue_names="a", output="b")
    system.add_consumer("B", lambda n: n, 0, queue_names="b", output="a")
    return system


def test_a_cycle_is_warned_of_when_described() -> None:
    """Once, naming its workers in order, where nobody knows how many items there will be."""
    system = ring(capacity=1, source=iter(()))
    with pytest.warns(UserWarning, match="round in a cycle \\(A → B → A\\)"):
        system.start()
    assert system.wait_for_completion(GUARD)


def test_a_cycle_that_cannot_block_is_not_warned_of() -> None:
    """Its queue drops what does not fit: nobody waits there for a slot."""
    system = ProducerConsumerSystem()
    system.add_queue("a", 2)
    system.add_queue("b", 2, overflow="drop_new")
    system.add_producer("P", range(3), 0, "a")
    system.add_consumer("A", lambda item: item, 0, queue_names="a", output="b")
    system.add_consumer("B", lambda item: item, 0, queue_names="b", output="a")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        system.start()
    system.abort()
    assert system.wait_for_completion(GUARD)


def test_a_full_cycle_is_reported_as_a_deadlock() -> None:
    """The error has each worker and what it waits for; every item is accounted for."""
    system = ring(capacity=1, source=endless())
    with pytest.warns(UserWarning, match="cycle"):
        system.start()
    with pytest.raises(DeadlockError) as caught:
        system.wait_for_completion(GUARD)
    assert {Wait("A", ("b",), "full"), Wait("B", ("a",), "full")} <= set(caught.value.waits)
    assert set(caught.value.waits) <= {Wait("P", ("a",), "full"), *caught.value.waits[-2:]}
    assert "A waits on b (full)" in str(caught.value)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.FAILED
    assert snapshot.failure is not None
    assert snapshot.failure.is_deadlock
    assert snapshot.failure.worker == ""
    assert snapshot.totals.balanced
    assert snapshot.totals.consumed == 0
    failures = [e for e in system.events().events if e.kind is EventKind.FAILED]
    assert [(e.subject, describe(e)) for e in failures] == [("run", str(caught.value))]


def test_a_deadlock_is_seen_beside_workers_that_go_on() -> None:
    """The rest of the system running does not hide it."""
    system = ring(capacity=1, source=endless())
    gate = Gate()
    system.add_queue("other", 2)
    system.add_producer("O", endless(), 3600, "other")
    system.add_consumer("X", gate, 0, queue_names="other")
    with pytest.warns(UserWarning, match="cycle"):
        system.start()
    with pytest.raises(DeadlockError, match="A waits on b"):
        system.wait_for_completion(GUARD)


def test_a_cycle_that_runs_dry_ends() -> None:
    """When nothing goes round any more and no worker will bring more, all is done."""
    dest: list[int] = []
    system = ProducerConsumerSystem()
    system.add_queue("a", 4)
    system.add_queue("b", 4)
    system.add_producer("P", range(5), 0, "a")

    def once(n: int) -> int:
        dest.append(n)
        if len(dest) >= 20:
            raise LookupError
        return n

    system.add_consumer("A", once, 0, queue_names="a", output="b", on_error="skip")
    system.add_consumer("B", lambda n: n, 0, queue_names="b", output="a")
    system.start()  # without a warning: five items do not fill it
    assert system.wait_for_completion(GUARD)
    totals = system.snapshot().totals
    assert (totals.produced, totals.failed, totals.queued) == (5, 5, 0)
    assert len(dest) == 24


def test_a_worker_that_is_served_during_the_search_does_not_wait() -> None:
    """It puts the item that it got between two questions of the search."""

    class Account:
        def in_hand(self, _: list[Any]) -> int:
            worker.blocked_on = None
            return 0

    worker = SimpleNamespace(blocked_on=(BlockReason.EMPTY, (0,)), account=Account())
    queue = SimpleNamespace(is_over=False)
    assert waiting(cast("Any", {"A": worker}), cast("Any", [queue]), []) == {}


@pytest.fixture
def switching_often() -> Iterator[None]:
    """Threads change places a hundred times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def check_laps() -> None:
    """Let one item go round 300 times, and check that the run ends without a deadlock."""
    laps = 0

    def lap(n: int) -> int:
        nonlocal laps
        laps += 1
        if laps == 300:
            raise LookupError
        return n

    system = ProducerConsumerSystem()
    for name in "abc":
        system.add_queue(name, 1)
    system.add_producer("P", [1], 0, "a")
    system.add_consumer("A", lap, 0, queue_names="a", output="b", on_error="skip")
    system.add_consumer("B", None, 0, queue_names="b", output="c")
    system.add_consumer("C", None, 0, queue_names="c", output="a")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        system.start()
    assert system.wait_for_completion(GUARD)
    assert laps == 300
    assert system.snapshot().totals.failed == 1


@pytest.mark.usefixtures("switching_often")
def test_no_deadlock_is_seen_where_a_worker_has_just_been_served() -> None:
    """One item going round and round: one worker always may go on, however the threads run."""
    for repetition in range(30):
        with case(repetition):
            check_laps()


def check_release() -> None:
    """Let a producer lose its last reader beside a cycle, and check that nothing fails."""
    system = ring(capacity=2, source=[1])
    system.add_queue("q", 1)
    system.add_producer("Q", endless(), 0, "q")
    system.add_producer("R", endless(), 0, "q")
    system.add_consumer("C", None, 0, 3, "q")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        system.start()
    system_ended = system.wait_for_completion(0.02)
    if not system_ended:  # the cycle's one item goes round for ever
        system.abort()
        assert system.wait_for_completion(GUARD)
    assert system.snapshot().failure is None


def test_a_released_producer_is_no_deadlock() -> None:
    """Beside a cycle, producers whose last reader has ended are released and do not count."""
    for repetition in range(30):
        with case(repetition):
            check_release()


def test_a_stage_may_feed_its_own_queue() -> None:
    """The smallest cycle ends in a deadlock, like any other."""
    system = ProducerConsumerSystem()
    system.add_queue("a", 2)
    system.add_producer("P", endless(), 0, "a")
    system.add_consumer("A", None, 0, queue_names="a", output="a")
    with pytest.warns(UserWarning, match="cycle \\(A → A\\)"):
        system.start()
    with pytest.raises(DeadlockError):
        system.wait_for_completion(GUARD)


def test_deadlocked_workers_wait_only_for_each_other() -> None:
    """A worker that runs frees those that wait for it, and they free others."""
    full, empty = BlockReason.FULL, BlockReason.EMPTY
    readers = ({"A"}, {"B"})
    writers = ({"P", "B"}, {"A"})
    waits = {"A": QueueWait(full, (1,)), "B": QueueWait(full, (0,)), "P": QueueWait(full, (0,))}
    everyone = ("P", "A", "B")
    assert deadlocked(everyone, waits, readers, writers) == {"P", "A", "B"}
    assert deadlocked(everyone, {**waits, "B": QueueWait(empty, (1,))}, readers, writers) == {
        "P",
        "A",
        "B",
    }
    del waits["B"]
    assert deadlocked(everyone, waits, readers, writers) == frozenset()
    assert deadlocked((), {}, (), ()) == frozenset()
    either = {"C": QueueWait(empty, (0, 1))}
    assert deadlocked(("P", "C"), either, (), (set(), {"P"})) == frozenset()
    assert deadlocked(("C",), either, (), (set(), set())) == {"C"}
