"""How queues and workers may be connected, and what their connections bring about."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.analysis.event_text import describe
from pcsim.engine.deadlock import QueueWait, deadlocked, waiting
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import DeadlockError, PcsimError, ScenarioError, Wait, did_you_mean
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import BlockReason, EventKind, Phase
from tests.support.engines import GUARD, Gate, endless, line, state_of, until

Q = QueueSpec("main", 2)
P = ProducerSpec("P", "main", 0)
C = ConsumerSpec("C", ("main",), 0)


# Descriptions that cannot be run.


@pytest.mark.parametrize(
    "capacity", [0, -1, 2.5, float("nan"), float("inf"), True, "3", None, [], 10**30, Fraction(3)]
)
def test_a_capacity_is_a_whole_number_of_one_or_more(capacity: Any) -> None:
    """What `queue.Queue` takes for unbounded is an error here, when it is given."""
    with pytest.raises(ScenarioError, match="capacity of queue 'q' must be a whole number from 1 "):
        ProducerConsumerSystem().add_queue("q", capacity)


@pytest.mark.parametrize("name", ["", "  ", None, 3, b"x", "x" * 201])
def test_a_name_is_a_text_that_can_be_read(name: Any) -> None:
    """Blank, long and other names are refused, for queues and workers."""
    system = ProducerConsumerSystem()
    for add in (
        lambda: system.add_queue(name),
        lambda: system.add_producer(name, [], 0, "q"),
        lambda: system.add_consumer(name, None, 0, queue_names="q"),
    ):
        with pytest.raises(ScenarioError, match=r"^name of a [a-z]+ must"):
            add()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"queues": ()}, "no queue: add at least one"),
        ({"queues": (Q, Q)}, "two queues named 'main'"),
        ({"producers": (P, P)}, "two workers named 'P'"),
        ({"consumers": (C, ConsumerSpec("P", ("main",)))}, "two workers named 'P'"),
        (
            {"producers": (ProducerSpec("P", "mian"),)},
            "producer 'P' names an unknown queue 'mian'; did you mean 'main'",
        ),
        (
            {"consumers": (ConsumerSpec("C", ("main", "man")),)},
            "consumer 'C' names an unknown queue 'man'; did you mean 'main'",
        ),
        (
            {"consumers": (C, ConsumerSpec("S", ("main",), output="zzz"))},
            "output of consumer 'S' names an unknown queue 'zzz'; known: 'main'",
        ),
        ({"producers": ()}, "queue 'main' has no producer"),
        ({"consumers": ()}, "queue 'main' has no consumer"),
    ],
)
def test_names_that_do_not_fit_together_are_told(parts: dict[str, Any], told: str) -> None:
    """Unknown, twice given or missing: the error says what, and offers the close match."""
    whole: dict[str, Any] = {"queues": (Q,), "producers": (P,), "consumers": (C,)}
    with pytest.raises(ScenarioError) as caught:
        Scenario(**(whole | parts))
    assert told in str(caught.value)
    assert isinstance(caught.value, PcsimError)
    assert isinstance(caught.value, ValueError)


def test_the_python_face_refuses_a_name_at_once() -> None:
    """A name that is taken is refused where it is given, and the description stays usable."""
    system = line(range(3), None)
    with pytest.raises(ScenarioError, match="two queues named 'q'"):
        system.add_queue("q")
    with pytest.raises(ScenarioError, match="two workers named 'P'"):
        system.add_producer("P", [], 0, "q")
    with pytest.raises(ScenarioError, match="two workers named 'P'"):
        system.add_consumer("P", None, 0, queue_names="q")
    with system:
        pass
    assert system.snapshot().totals.consumed == 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"queue_names": ()}, "names no queue"),
        ({"queue_names": ["q", "q"]}, "names queue 'q' twice"),
        ({"queue_names": 5}, "must be a name or a list of names, not 5"),
        ({"queue_names": None}, "must be a name or a list of names, not None"),
        ({"max_items": 0}, "max_items of consumer 'C' must be a whole number from 1 to"),
        ({"max_items": 2.0}, "max_items"),
        ({"max_items": True}, "max_items"),
        ({"on_error": "ignore"}, "must be 'fail', 'skip' or a Retry, not 'ignore'"),
        ({"destination": 5}, "a function, or an object with append, not 5"),
        ({"destination": [], "output": "q"}, "must be a function, not []"),
    ],
)
def test_a_consumer_that_cannot_be_is_refused(options: dict[str, Any], told: str) -> None:
    """At once, with what would be right."""
    given = {"name": "C", "destination": None, "queue_names": "q"} | options
    with pytest.raises(ScenarioError) as caught:
        ProducerConsumerSystem().add_consumer(**given)
    assert told in str(caught.value)


@pytest.mark.parametrize("source", [None, 5, object()])
def test_a_source_that_cannot_be_read_is_refused(source: Any) -> None:
    """At once, by its type."""
    with pytest.raises(ScenarioError, match="source of producer 'P' must be iterable"):
        ProducerConsumerSystem().add_producer("P", source, 0, "q")


@pytest.mark.parametrize("policy", ["drop", "", None, 3])
def test_an_unknown_overflow_policy_is_refused(policy: Any) -> None:
    """The error lists those there are."""
    with pytest.raises(ScenarioError, match="'block', 'drop_new', 'drop_old' or 'fail'"):
        ProducerConsumerSystem().add_queue("q", 1, overflow=policy)


@pytest.mark.parametrize("items", [-1, 2.5, True, "3"])
def test_the_number_of_items_is_whole(items: Any) -> None:
    """0 or more."""
    with pytest.raises(ScenarioError, match="items of producer 'P' must be a whole number from 0 "):
        ProducerSpec("P", "q", 0, items)


def test_too_many_workers_are_refused_before_any_is_made() -> None:
    """A description is checked as data."""
    crowd = tuple(ProducerSpec(f"P{number}", "main", 0) for number in range(10_000))
    with pytest.raises(ScenarioError, match="more than 10,000 workers"):
        Scenario((Q,), crowd, (C,))


def test_a_close_match_is_offered_or_what_there_is() -> None:
    """The end of an error's line."""
    assert did_you_mean("mian", ["main", "other"]) == "; did you mean 'main'?"
    assert did_you_mean("MAIN", ["main", "Other"]) == "; did you mean 'main'?"
    assert did_you_mean("other", ["main", "Other"]) == "; did you mean 'Other'?"
    assert did_you_mean("zzz", ["a", "b"]) == "; known: 'a', 'b'"
    assert did_you_mean("zzz", map(str, range(9))).endswith("'7', …")
    assert did_you_mean("zzz", []) == ""


# Cycles.


def circle(*, capacity: int, source: Any, per_item: int = 1) -> ProducerConsumerSystem:
    """P puts into a; A takes from a and puts into b; B takes from b and puts into a."""
    system = ProducerConsumerSystem()
    system.add_queue("a", capacity)
    system.add_queue("b", capacity)
    system.add_producer("P", source, 0, "a")
    system.add_consumer("A", lambda n: n, 0, queue_names="a", output="b")
    system.add_consumer("B", lambda n: n, 0, queue_names="b", output="a")
    return system


def test_a_cycle_is_warned_of_when_described() -> None:
    """Once, naming the way round."""
    system = circle(capacity=1, source=[])
    with pytest.warns(UserWarning, match="round in a cycle \\(A → B → A\\)"):
        system.start()
    assert system.wait_for_completion(GUARD)


def test_a_full_cycle_is_told_as_a_deadlock() -> None:
    """Who waits on what, for all of them; the books balance all the same."""
    system = circle(capacity=1, source=endless())
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
    told = [e for e in system.events().events if e.kind is EventKind.FAILED]
    assert [(e.subject, describe(e)) for e in told] == [("run", str(caught.value))]


def test_a_deadlock_is_seen_beside_workers_that_go_on() -> None:
    """The rest of the system running does not hide it."""
    system = circle(capacity=1, source=endless())
    gate = Gate()
    system.add_queue("other", 2)
    system.add_producer("O", endless(), 3600, "other")
    system.add_consumer("X", gate, 0, queue_names="other")
    with pytest.warns(UserWarning, match="cycle"):
        system.start()
    with pytest.raises(DeadlockError, match="A waits on b"):
        system.wait_for_completion(GUARD)


def test_a_cycle_that_runs_dry_ends() -> None:
    """When nothing goes round any more and nobody will bring more, all is done."""
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
    with pytest.warns(UserWarning, match="cycle"):
        system.start()
    assert system.wait_for_completion(GUARD)
    totals = system.snapshot().totals
    assert (totals.produced, totals.failed, totals.queued) == (5, 5, 0)
    assert len(dest) == 24


@pytest.fixture
def switching_often() -> Iterator[None]:
    """Threads change places a hundred times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def test_who_goes_on_while_somebody_looks_does_not_wait() -> None:
    """It was served before, and puts what it was given between two of the questions."""

    class Books:
        def in_hand(self, _: list[Any]) -> int:
            worker.blocked_on = None
            return 0

    worker = SimpleNamespace(blocked_on=(BlockReason.EMPTY, (0,)), account=Books())
    queue = SimpleNamespace(is_over=False)
    assert waiting(cast("Any", {"A": worker}), cast("Any", [queue]), []) == {}


@pytest.mark.parametrize("round_number", range(30))
@pytest.mark.usefixtures("switching_often")
def test_no_deadlock_is_seen_where_a_worker_has_just_been_served(round_number: int) -> None:
    """One item going round and round: somebody always may go on, however the threads run."""
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


@pytest.mark.parametrize("round_number", range(30))
def test_a_released_producer_is_no_deadlock(round_number: int) -> None:
    """Beside a cycle, producers whose last reader has ended are let go, not accused."""
    system = circle(capacity=2, source=[1])
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


def test_a_stage_may_feed_its_own_queue() -> None:
    """The smallest cycle ends, or is told, like any other."""
    system = ProducerConsumerSystem()
    system.add_queue("a", 2)
    system.add_producer("P", endless(), 0, "a")
    system.add_consumer("A", None, 0, queue_names="a", output="a")
    with pytest.warns(UserWarning, match="cycle \\(A → A\\)"):
        system.start()
    with pytest.raises(DeadlockError):
        system.wait_for_completion(GUARD)


def test_the_stuck_are_those_that_wait_only_for_each_other() -> None:
    """Whoever runs frees those that wait for it, and they free others."""
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


def test_a_scenarios_cycle_is_found_wherever_it_is() -> None:
    """Diamonds are none, and a tail before the circle is not part of it."""

    def stage(name: str, taken: tuple[str, ...], output: str) -> ConsumerSpec:
        return ConsumerSpec(name, taken, 0, output=output)

    queues = tuple(QueueSpec(name) for name in "abcd")
    producers = (ProducerSpec("P", "a"),)
    end = ConsumerSpec("E", ("d",))
    diamond = (stage("S", ("a",), "b"), stage("T", ("a",), "c"), stage("U", ("b", "c"), "d"), end)
    assert Scenario(queues, producers, diamond).cycle() == ()
    back = (stage("S", ("a",), "b"), stage("T", ("b",), "c"), stage("U", ("c",), "b"))
    both = (*back, stage("V", ("c",), "d"), end)
    assert Scenario(queues, producers, both).cycle() == ("T", "U")


# Sharing.


def test_round_robin_is_fair_with_queues_that_are_always_ready() -> None:
    """Each of n ready queues gets at least 1/(2n) of the gets."""
    got = dict.fromkeys("abcd", 0)
    gate = Gate()

    def sink(item: str) -> None:
        if not gate.open.is_set():
            gate(item)
        got[item] += 1

    system = ProducerConsumerSystem()
    for name in got:
        system.add_queue(name, 3000)
        system.add_producer(f"P{name}", [name] * 3000, 0, name)
    system.add_consumer("C", sink, 0, 2000, list(got))
    system.start()
    until(system, lambda s: sum(row.put_total for row in s.producers) == 12_000)
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert sum(got.values()) == 2000
    assert all(number >= 2000 / 8 for number in got.values()), got


def test_a_consumer_goes_on_with_the_queues_that_are_left() -> None:
    """One of its queues closes, the others do not suffer."""
    dest: list[str] = []
    system = ProducerConsumerSystem()
    for name, number in (("a", 3), ("b", 200)):
        system.add_queue(name, 2)
        system.add_producer(f"P{name}", [name] * number, 0, name)
    system.add_consumer("C", dest, 0, queue_names=["a", "b"])
    with system:
        pass
    assert (dest.count("a"), dest.count("b")) == (3, 200)


def test_one_last_item_goes_to_exactly_one() -> None:
    """The others end without one."""
    for _ in range(30):
        got: list[int] = []
        system = ProducerConsumerSystem()
        system.add_queue("q", 1)
        system.add_producer("P", [1], 0, "q")
        for number in range(4):
            system.add_consumer(f"C{number}", got, 0, queue_names="q")
        with system:
            pass
        assert got == [1]


def test_when_the_last_reader_of_a_stage_is_gone_the_stage_is_released() -> None:
    """Release goes upstream, all the way to the source, and the leftovers are discarded."""
    system = ProducerConsumerSystem()
    system.add_queue("a", 2)
    system.add_queue("b", 2)
    system.add_producer("P", endless(), 0, "a")
    system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("C", None, 0, 5, "b")
    system.start()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.consumed == 5
    assert snapshot.totals.discarded == snapshot.totals.produced - 5
    told = [describe(e) for e in system.events().events if e.kind is EventKind.DISCARDED]
    assert len(told) <= sum(row.discarded_total > 0 for row in snapshot.queues)
    assert all(text.endswith("no consumer is left") for text in told)


def test_order_is_kept_through_stages() -> None:
    """First in, first out, however small the queues."""
    dest: list[int] = []
    system = ProducerConsumerSystem()
    for name in "abc":
        system.add_queue(name, 1)
    system.add_producer("P", range(500), 0, "a")
    system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("T", None, 0, queue_names="b", output="c")
    system.add_consumer("C", dest, 0, queue_names="c")
    with system:
        pass
    assert dest == list(range(500))


def test_an_engine_makes_numbers_for_a_producer_without_a_source() -> None:
    """As a demo does: `items` of them, numbered, and a consumer lets them go."""
    got: list[object] = []
    specs = (ProducerSpec("P", "main", 0, 3), ProducerSpec("none", "main", 0, 0))
    engine = ThreadsEngine(Scenario((Q,), specs, (C,)), sinks={"C": got.append})
    engine.start()
    assert engine.join(GUARD)
    assert got == [1, 2, 3]
    assert [row.source_size for row in engine.snapshot().producers] == [3, 0]
    with pytest.raises(KeyError):
        engine.queue_detail("nothing")


def test_items_limits_a_longer_source() -> None:
    """The smaller of the two counts."""
    got: list[object] = []
    pulled = threading.Event()

    def source() -> Any:
        yield from (1, 2)
        pulled.set()
        yield 3

    engine = ThreadsEngine(
        Scenario((Q,), (ProducerSpec("P", "main", 0, 2),), (C,)),
        {"P": source()},
        {"C": got.append},
    )
    engine.start()
    assert engine.join(GUARD)
    assert got == [1, 2]
    assert not pulled.is_set()


@pytest.mark.parametrize("name", [None, 5, {"q": 1}])
def test_what_is_no_name_of_a_queue_is_told(name: Any) -> None:
    with pytest.raises(ScenarioError, match=r"^queue of [a-z]+ '[PC]' must be a name or a list"):
        ProducerSpec("P", name)
    with pytest.raises(ScenarioError, match=r"^queue of [a-z]+ '[PC]' must be a name or a list"):
        ConsumerSpec("C", name)


def test_an_output_without_a_name_is_told() -> None:
    """Not when the first item is to go there."""
    with pytest.raises(ScenarioError, match="output of consumer 'S' names an unknown queue ''"):
        Scenario(
            (QueueSpec("q"),),
            (ProducerSpec("P", "q"),),
            (ConsumerSpec("S", "q", output=""),),
        )


def test_what_was_made_and_dropped_is_progress() -> None:
    """A producer that is done has done all of its work."""
    system = ProducerConsumerSystem()
    system.add_queue("q", 1, overflow="drop_new")
    system.add_producer("P", range(100), 0, "q")
    opened = threading.Event()
    system.add_consumer("C", lambda _: opened.wait(GUARD), 0, queue_names="q")
    system.start()
    until(system, lambda snapshot: state_of(snapshot, "P") == "done")
    opened.set()
    assert system.wait_for_completion(GUARD)
    (row,) = system.snapshot().producers
    assert row.dropped_total > 0
    assert row.progress == 1.0
    statistics: Any = system.get_statistics()
    assert statistics["producers"][0]["items_produced"] == statistics["total_produced"] == 100


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
