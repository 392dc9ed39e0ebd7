"""`ProducerConsumerSystem`: how a system is described, and what is refused."""

from __future__ import annotations

import inspect
from decimal import Decimal
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.errors import PhaseError, ScenarioError
from pcsim.snapshot import Phase
from tests.support.cases import case
from tests.support.engines import line


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
    printed = capsys.readouterr().out
    assert "20 produced = 20 consumed" in printed
    assert printed.endswith("\n")


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


WRONG_CONSUMERS: list[Any] = [
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
]


def test_a_consumer_that_cannot_be_is_refused() -> None:
    """At once, with what would be right."""
    for options, message in WRONG_CONSUMERS:
        with case(options, message):
            arguments = {"name": "C", "destination": None, "queue_names": "q"} | options
            with pytest.raises(ScenarioError) as caught:
                ProducerConsumerSystem().add_consumer(**arguments)
            assert message in str(caught.value)


def test_a_source_that_cannot_be_read_is_refused() -> None:
    """At once, by its type."""
    expected = "source of producer 'P' must be iterable"
    sources: list[Any] = [None, 5, object()]
    for source in sources:
        with case(source), pytest.raises(ScenarioError, match=expected):
            ProducerConsumerSystem().add_producer("P", source, 0, "q")


WRONG_TIMES: list[Any] = [
    float("nan"), float("inf"), float("-inf"), -1, -1e-300, 10**400, -(10**400), True, None, "1",
    Decimal(1), [],
]  # fmt: skip


def check_time_is_refused(seconds: Any) -> None:
    """Check that no delay or timeout takes it."""
    system = line([], None)
    for call in (
        lambda: system.add_producer("X", [], seconds, "q"),
        lambda: system.add_consumer("X", None, seconds, queue_names="q"),
        lambda: system.stop(seconds),
    ):
        with pytest.raises(ScenarioError, match="must be a number of seconds, 0 or more"):
            call()
    if seconds is not None:
        with pytest.raises(ValueError, match="seconds, 0 or more"):
            system.wait_for_completion(seconds)


def test_a_time_is_finite_seconds_of_zero_or_more() -> None:
    """Delays and timeouts, checked when they are set."""
    for seconds in WRONG_TIMES:
        with case(seconds):
            check_time_is_refused(seconds)
