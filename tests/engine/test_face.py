"""`ProducerConsumerSystem`: what it takes, what it gives, what its words mean."""

from __future__ import annotations

import codecs
import inspect
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pcsim
from pcsim import ProducerConsumerSystem
from pcsim.errors import PhaseError, ScenarioError, WorkerError
from pcsim.snapshot import EventKind, Phase
from tests.support.engines import (
    GUARD,
    Gate,
    all_at_once,
    endless,
    line,
    stands_at_full,
    state_of,
    until,
)


def test_the_first_example_works_as_written(capsys: pytest.CaptureFixture[str]) -> None:
    """One producer, one queue, one consumer, from description to report."""
    system = ProducerConsumerSystem()
    system.add_queue("main", 10)
    source = [f"item-{i}" for i in range(20)]
    dest: list[str] = []
    system.add_producer("P1", source, 0.001, queue_name="main")
    system.add_consumer("C1", dest, 0.001, queue_names="main")
    system.start()
    system.wait_for_completion()
    system.print_statistics()
    assert dest == source
    told = capsys.readouterr().out
    assert "20 produced = 20 consumed" in told
    assert told.endswith("\n")


def test_the_second_example_works_as_written() -> None:
    """Three producers on three queues, and one consumer that serves them all."""
    system = ProducerConsumerSystem()
    dest: list[str] = []
    for number in (1, 2, 3):
        system.add_queue(f"q{number}", 5)
        source = [f"{number}-{i}" for i in range(10)]
        system.add_producer(f"P{number}", source, 0.001, queue_name=f"q{number}")
    system.add_consumer("C1", dest, 0.001, queue_names=["q1", "q2", "q3"])
    system.start()
    assert system.wait_for_completion()
    assert sorted(dest) == sorted(f"{n}-{i}" for n in (1, 2, 3) for i in range(10))
    for number in (1, 2, 3):
        mine = [item for item in dest if item.startswith(f"{number}-")]
        assert mine == [f"{number}-{i}" for i in range(10)]


def test_the_signatures_are_as_agreed() -> None:
    """Names, order and defaults of the parameters are part of the promise."""

    def shown(method: str) -> list[str]:
        parameters = inspect.signature(getattr(ProducerConsumerSystem, method)).parameters
        return [
            name if p.default is inspect.Parameter.empty else f"{name}={p.default!r}"
            for name, p in parameters.items()
            if name != "self" and p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]

    assert shown("add_queue") == ["name", "queue_size=10"]
    assert shown("add_producer") == ["name", "source", "production_delay=0.1", "queue_name=''"]
    assert shown("add_consumer") == [
        "name", "destination", "consumption_delay=0.15", "max_items=None", "queue_names=()",
    ]  # fmt: skip
    assert shown("wait_for_completion") == ["timeout=None"]
    assert shown("stop") == ["timeout=5.0"]


def test_the_package_gives_its_names_lazily() -> None:
    """What the issue imports is there, and what is not there is an AttributeError."""
    for name in ("ProducerConsumerSystem", "Queue", "Item", "ItemStatus", "ShutDown"):
        assert name in dir(pcsim)
        assert getattr(pcsim, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = pcsim.Nothing


@pytest.mark.parametrize("make", [list, deque])
def test_a_destination_with_append_receives_the_same_objects(make: Callable[[], Any]) -> None:
    """What arrives is what was given, by identity."""
    source = [object() for _ in range(10)]
    dest = make()
    with line(source, dest):
        pass
    assert all(got is given for got, given in zip(dest, source, strict=True))


def test_a_function_is_called_with_the_same_objects() -> None:
    """A destination may be a function, and its result is let go."""
    source = [object() for _ in range(10)]
    dest: list[object] = []

    def keep(item: object) -> str:
        dest.append(item)
        return "ignored"

    with line(source, keep):
        pass
    assert all(got is given for got, given in zip(dest, source, strict=True))


def test_a_consumer_without_a_destination_lets_items_go() -> None:
    """None is a destination."""
    system = line(range(5), None)
    with system:
        pass
    assert system.snapshot().totals.consumed == 5


def test_a_stage_passes_on_what_its_function_makes() -> None:
    """With an output, a consumer is a stage."""
    dest: list[int] = []
    system = ProducerConsumerSystem()
    system.add_queue("raw", 3)
    system.add_queue("cooked", 3)
    system.add_producer("P", range(20), 0, "raw")
    system.add_consumer("square", lambda n: n * n, 0, queue_names="raw", output="cooked")
    system.add_consumer("C", dest, 0, queue_names="cooked")
    with system:
        pass
    assert dest == [n * n for n in range(20)]
    stats: Any = system.get_statistics()
    assert stats["total_consumed"] == 20
    assert [row["items_consumed"] for row in stats["consumers"]] == [20, 20]


def test_a_stage_without_a_function_passes_items_on() -> None:
    """A stage's None means: unchanged."""
    dest: list[int] = []
    system = ProducerConsumerSystem()
    system.add_queue("a", 3)
    system.add_queue("b", 3)
    system.add_producer("P", range(5), 0, "a")
    system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("C", dest, 0, queue_names="b")
    with system:
        pass
    assert dest == [0, 1, 2, 3, 4]


def test_a_generator_is_read_one_item_at_a_time() -> None:
    """Never more is pulled than queue and hands can hold, and nothing before the start."""
    pulled = 0

    def source() -> Iterator[int]:
        nonlocal pulled
        for number in range(50):
            pulled += 1
            yield number

    gate = Gate()
    system = line(source(), gate, capacity=3)
    assert system.snapshot().phase is Phase.CREATED
    assert pulled == 0
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[0].depth == 3 and stands_at_full(s, "P"))
    assert pulled == 5
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == list(range(50))


def test_a_file_is_read_lazily_and_stays_open(tmp_path: Path) -> None:
    """A file gives its lines, and is its owner's to close."""
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"line {i}\n" for i in range(30)), encoding="utf-8")
    dest: list[str] = []
    with path.open(encoding="utf-8") as file:
        with line(file, dest):
            pass
        assert not file.closed
    assert dest == [f"line {i}\n" for i in range(30)]


class Cursor:
    """An iterator that is its own, with a `close` that means more than the end of a loop."""

    def __init__(self) -> None:
        self.rows = iter(range(9))
        self.closed = 0

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        return next(self.rows)

    def close(self) -> None:
        """Be closed."""
        self.closed += 1


class Table:
    """Gives its cursor, which it goes on using."""

    def __init__(self) -> None:
        self.cursor = Cursor()

    def __iter__(self) -> Iterator[int]:
        return iter(self.cursor)


@pytest.mark.parametrize("limit", [None, 3])
def test_what_is_no_generator_is_its_owners_to_close(limit: int | None, tmp_path: Path) -> None:
    """Source or destination: a cursor, what hands one out, a file of any kind. To the end of the
    source, and where the run ends earlier."""
    path = tmp_path / "lines.txt"
    path.write_text("a\nb\nc\nd\n", encoding="utf-8")
    cursor, table, kept = Cursor(), Table(), Keeping()
    with codecs.getreader("utf-8")(path.open("rb")) as file:
        for source in (cursor, table, file):
            with line(source, kept, max_items=limit):
                pass
        assert not file.closed
    assert (cursor.closed, table.cursor.closed, kept.closed) == (0, 0, 0)


class Keeping(list[Any]):
    """A destination with a `close`."""

    closed = 0

    def close(self) -> None:
        """Be closed."""
        self.closed += 1


@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("is_made", [False, True])
def test_a_generator_is_closed_once_at_the_end(limit: int | None, is_made: bool) -> None:
    """One that was handed in, and one that `iter` makes of the source: its `finally` has run when
    the run is over, however early."""
    closed: list[str] = []

    class Rows:
        def __iter__(self) -> Iterator[int]:
            try:
                yield from range(9)
            finally:
                closed.append("closed")

    with line(Rows() if is_made else iter(Rows()), None, max_items=limit):
        pass
    assert closed == ["closed"]


def test_a_source_may_only_have_getitem() -> None:
    """The oldest kind of sequence is a source as well."""

    class Old:
        def __getitem__(self, index: int) -> int:
            if index == 3:
                raise IndexError
            return index

    dest: list[int] = []
    old: Any = Old()
    with line(old, dest):
        pass
    assert dest == [0, 1, 2]


def test_a_source_that_has_more_than_its_length_gives_all() -> None:
    """The length serves the progress bar; the source alone says when it ends."""

    class Modest(list[int]):
        def __len__(self) -> int:
            return 2

    dest: list[int] = []
    with line(Modest([1, 2, 3, 4]), dest):
        pass
    assert dest == [1, 2, 3, 4]


@pytest.mark.parametrize("error", [KeyError("gone"), OSError("no length"), RecursionError()])
def test_a_source_whose_length_cannot_be_had_gives_all(error: Exception) -> None:
    """The length is only told; a source that fails to say it has an unknown one."""

    class Lazy(list[int]):
        def __len__(self) -> int:
            raise error

    dest: list[int] = []
    system = line(Lazy([1, 2, 3]), dest)
    assert system.snapshot().workers[0].source_size is None
    with system:
        pass
    assert dest == [1, 2, 3]


def test_a_source_that_grows_before_the_start_gives_all() -> None:
    """A list is read when its turn comes, not when it was described."""
    source = [1, 2]
    dest: list[int] = []
    system = line(source, dest)
    assert system.snapshot().workers[0].source_size == 2
    source += [3, 4, 5]
    with system:
        pass
    assert dest == [1, 2, 3, 4, 5]


def test_the_statistics_have_the_agreed_keys() -> None:
    """A program can rely on these names."""
    system = line(range(7), None)
    with system:
        pass
    stats: Any = system.get_statistics()
    assert {
        "duration", "total_produced", "total_consumed", "total_queue_remaining", "queue_stats",
        "producers", "consumers", "abandoned", "balanced",
    } <= set(stats)  # fmt: skip
    assert stats["total_produced"] == stats["total_consumed"] == 7
    assert stats["total_queue_remaining"] == 0
    assert stats["duration"] > 0
    assert set(stats["queue_stats"]) == {"q"}
    (producer,), (consumer,) = stats["producers"], stats["consumers"]
    assert (producer["name"], producer["items_produced"], producer["source_size"]) == ("P", 7, 7)
    assert (consumer["name"], consumer["items_consumed"]) == ("C", 7)


def test_a_source_of_unknown_size_has_none_in_the_statistics() -> None:
    """`source_size` is there where it is known."""
    system = line(iter(range(3)), None)
    with system:
        pass
    stats: Any = system.get_statistics()
    assert "source_size" not in stats["producers"][0]


def test_stop_drains_what_was_made() -> None:
    """After `stop` everything produced has arrived, and nothing more is made."""
    dest: list[int] = []
    system = line(endless(), dest, consuming=0.0001)
    system.start()
    until(system, lambda s: s.totals.consumed > 20)
    stats: Any = system.stop(GUARD)
    assert stats["phase"] == "finished"
    assert stats["total_produced"] == stats["total_consumed"] == len(dest)
    assert dest == list(range(len(dest)))


def test_stop_aborts_what_does_not_drain() -> None:
    """Past its timeout `stop` gives up and names who hangs."""
    gate = Gate()
    system = line(range(10), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    stats: Any = system.stop(0.01)
    gate.open.set()
    assert stats["phase"] == "aborted"
    assert stats["abandoned"] == ["C"]
    assert stats["balanced"]


def test_drain_returns_at_once_and_empties_the_queues() -> None:
    """A request: whoever wants the end waits for it."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    system.drain()
    assert system.snapshot().phase is Phase.DRAINING
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.produced == snapshot.totals.consumed == len(gate.got)


def test_abort_discards_and_counts_what_is_left() -> None:
    """Aborted items are in the books."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[0].depth == 4 and stands_at_full(s, "P"))
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    totals = system.snapshot().totals
    assert totals.balanced
    assert (totals.produced, totals.consumed, totals.discarded) == (6, 1, 5)
    assert system.snapshot().phase is Phase.ABORTED


def test_paused_producers_make_nothing_and_go_on_later() -> None:
    """Pause stops the making, not the consuming."""
    dest: list[int] = []
    system = line(endless(), dest)
    system.start()
    until(system, lambda s: s.totals.consumed > 10)
    system.pause_producing()
    still = until(system, lambda s: state_of(s, "P") == "paused" and not s.totals.queued)
    assert not still.producing
    made = still.totals.produced
    until(system, lambda s: s.totals.consumed == made)
    assert system.snapshot().totals.produced == made
    system.resume_producing()
    until(system, lambda s: s.totals.produced > made)
    assert system.snapshot().producing
    system.stop(GUARD)
    assert dest == list(range(len(dest)))


def test_the_context_manager_starts_and_waits() -> None:
    """`with` is start and wait; it does not start twice."""
    dest: list[int] = []
    with line(range(10), dest) as system:
        assert system.snapshot().phase is not Phase.CREATED
    assert dest == list(range(10))
    other = line(range(3), None)
    other.start()
    with other:
        pass
    assert other.snapshot().totals.consumed == 3


def test_the_context_manager_raises_the_runs_error() -> None:
    """A failed run is not left silently."""
    with pytest.raises(WorkerError), line(range(3), lambda item: item / 0):
        pass


def test_stop_gives_the_same_report_to_all() -> None:
    """Twice, and from ten threads, it is one outcome."""
    system = line(endless(), None)
    system.start()
    until(system, lambda s: s.totals.consumed > 5)
    reports = all_at_once([lambda: system.stop(GUARD)] * 10)
    assert all(report == reports[0] for report in reports)
    assert system.stop() == reports[0]
    assert reports[0]["phase"] == "finished"


def test_queue_detail_looks_without_disturbing() -> None:
    """The items that wait are shown, oldest first, and stay."""
    gate = Gate()
    system = line(["a", "b", "c", "d", "e", "f"], gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[0].depth == 4)
    detail = system.queue_detail("q", limit=2)
    assert detail.depth == 4
    assert [(item.shown, item.producer) for item in detail.items] == [("b", "P"), ("c", "P")]
    assert [item.id for item in detail.items] == [2, 3]
    assert system.queue_detail("q").depth == 4
    with pytest.raises(ScenarioError, match="unknown queue 'p'"):
        system.queue_detail("p")
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == ["a", "b", "c", "d", "e", "f"]


def test_events_tell_the_story_in_order() -> None:
    """From started to ended, numbered without a gap."""
    system = line(range(3), None)
    with system:
        pass
    batch = system.events()
    assert [event.number for event in batch.events] == list(range(len(batch.events)))
    assert batch.evicted == 0
    kinds = [event.kind for event in batch.events]
    assert kinds[0] is EventKind.STARTED
    assert kinds[-1] is EventKind.ENDED
    assert {EventKind.CLOSED, EventKind.DONE} <= set(kinds)
    assert system.events(batch.next_number) == ((), 0, batch.next_number)
    assert [e.number for e in system.events(2).events] == list(range(2, len(kinds)))


def test_the_end_is_in_the_log_when_the_snapshot_says_it() -> None:
    """Who sees that a run is over finds its last event."""
    system = line(range(100), None)
    system.start()
    until(system, lambda s: s.phase.is_over)
    assert system.events().events[-1].kind is EventKind.ENDED
    assert system.wait_for_completion(GUARD)


def test_a_started_system_cannot_be_changed() -> None:
    """Its description is fixed."""
    with line(range(3), None) as system:
        for change in (
            lambda: system.add_queue("more"),
            lambda: system.add_producer("more", [], 0, "q"),
            lambda: system.add_consumer("more", None, 0, queue_names="q"),
        ):
            with pytest.raises(PhaseError, match="cannot be changed"):
                change()  # type: ignore[no-untyped-call]


def test_waiting_before_the_start_is_an_error() -> None:
    """There is nothing to wait for."""
    with pytest.raises(PhaseError, match="has not started"):
        line(range(3), None).wait_for_completion()


def test_workers_threads_have_their_names() -> None:
    """A debugger shows who is who."""
    names: list[str] = []
    with line(range(1), lambda _: names.append(threading.current_thread().name)):
        pass
    assert names == ["C"]


def test_report_survives_a_narrow_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that speaks ASCII gets ASCII."""
    import io
    import sys

    raw = io.BytesIO()
    system = line(range(3), None)
    with system:
        pass
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    system.print_statistics()
    assert b"3 produced = 3 consumed" in raw.getvalue()


def test_a_look_before_the_start_fixes_nothing() -> None:
    """A system that was only looked at can still be added to, and runs with the addition."""
    arrived: list[int] = []
    system = ProducerConsumerSystem()
    system.add_queue("main", 2)
    system.add_producer("P1", [1, 2], 0, queue_name="main")
    system.add_consumer("C1", arrived, 0, queue_names="main")
    assert system.snapshot().phase is Phase.CREATED
    assert system.get_statistics()["total_produced"] == 0
    system.add_producer("P2", [3, 4], 0, queue_name="main")
    with system:
        pass
    assert sorted(arrived) == [1, 2, 3, 4]
    with pytest.raises(PhaseError, match="the run is finished"):
        system.add_queue("late")
