"""Each lesson's question is answered by the run, and its task can be solved and is not yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim import ConsumerSpec, Overflow, QueueSpec, Retry, Scenario, Selection
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import ScenarioError
from pcsim.experiments.lesson_runs import end_of
from pcsim.lessons import LESSONS, Lesson, find
from pcsim.scenario import demos

RIGHT = ("b", "b", "b", "a", "b", "b", "c", "a", "a")
"""The right answers of the scenarios as they are."""


def consumers(scenario: Scenario, **changes: dict[str, Any]) -> Scenario:
    """The scenario with changed consumers, by name."""
    specs = [replace(spec, **changes.get(spec.name, {})) for spec in scenario.consumers]
    return replace(scenario, consumers=tuple(specs))


def queues(scenario: Scenario, **changes: dict[str, Any]) -> Scenario:
    """The scenario with changed queues, by name; `_` stands for `-`."""
    by_name = {name.replace("_", "-"): change for name, change in changes.items()}
    specs = [replace(spec, **by_name.get(spec.name, {})) for spec in scenario.queues]
    return replace(scenario, queues=tuple(specs))


def out_of_the_cycle(scenario: Scenario) -> Scenario:
    """Half of what Right has goes out, and the queues are large enough for all items."""
    wide = {"capacity": 12}
    with_exit = queues(scenario, a=wide, b=wide)
    left, right = scenario.consumers
    return replace(
        with_exit,
        queues=(*with_exit.queues, QueueSpec("out")),
        consumers=(
            left,
            replace(right, output=("a", "out")),
            ConsumerSpec("Out", "out", service_time=0.01),
        ),
    )


def retried(scenario: Scenario) -> Scenario:
    """Skipper tries again as often as it takes, and Retrier too."""
    often = Retry(retries=20, dead_letter="dead-letters")
    return consumers(scenario, Skipper={"on_error": often}, Retrier={"on_error": often})


SOLUTIONS: dict[str, Callable[[Scenario], Scenario]] = {
    "basic": lambda one: consumers(one, Consumer={"service_time": 0.1}),
    "shared": lambda one: consumers(one, C1={"count": 2}),
    "back-pressure": lambda one: consumers(one, SlowConsumer={"count": 6}),
    "round-robin": lambda one: consumers(one, Clerk={"count": 3}),
    "deadlock": out_of_the_cycle,
    "starvation": lambda one: consumers(one, Strict={"selection": Selection.ROUND_ROBIN}),
    "overflow": lambda one: consumers(
        one, Reader={"count": 3}, NewReader={"count": 3}, OldReader={"count": 3}
    ),
    "failures": retried,
    "bursts": lambda one: queues(one, small={"capacity": 12}, large={"capacity": 12}),
}


def test_there_is_a_lesson_for_each_demo() -> None:
    """In the same order, by number and by name."""
    assert tuple(lesson.demo for lesson in LESSONS) == demos.NAMES
    for number, lesson in enumerate(LESSONS, 1):
        assert find(str(number)) is find(lesson.demo) is lesson
    for key in ("0", str(len(LESSONS) + 1), "", "basic "):
        with pytest.raises(KeyError):
            find(key)


@pytest.mark.parametrize(("lesson", "right"), zip(LESSONS, RIGHT, strict=True))
def test_the_run_gives_the_right_answer(lesson: Lesson, right: str) -> None:
    """One of the choices is right, and every other one is graded as wrong with the right one."""
    end = end_of(lesson.scenario)
    assert lesson.answer(end).letter == right
    for choice in lesson.choices:
        for letter in (choice.letter, f" {choice.letter.upper()}\n"):
            grade = lesson.grade(letter, end)
            assert grade.is_right == (choice.letter == right)
            assert grade.is_right or f"The right one is {right}, " in grade.text
    for letter in ("", "z", "ab"):
        with pytest.raises(ValueError, match="the answer is a"):
            lesson.grade(letter, end)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.demo)
def test_a_task_can_be_solved_and_the_demo_does_not_solve_it(lesson: Lesson) -> None:
    """The demo itself is graded as not solved, a changed scenario as solved."""
    assert not lesson.grade_solution(lesson.scenario, end_of(lesson.scenario)).is_right
    solution = SOLUTIONS[lesson.demo](lesson.scenario)
    grade = lesson.grade_solution(solution, end_of(solution))
    assert grade.is_right, grade.text
    assert grade.text.startswith("Solved: ")


def test_the_producers_stay_as_they_are() -> None:
    """Fewer items, another interval, another producer or another end solve nothing."""
    lesson = find("basic")
    demo = lesson.scenario
    (producer,) = demo.producers
    wrong = {
        "Producer is not as": replace(demo, producers=(replace(producer, items=2),)),
        "Producer is missing": replace(demo, producers=(replace(producer, name="Other"),)),
        "Other is not in": replace(demo, producers=(producer, replace(producer, name="Other"))),
        "the end of the run": replace(demo, end=replace(demo.end, time=0.5)),
    }
    for problem, scenario in wrong.items():
        grade = lesson.grade_solution(scenario, end_of(scenario))
        assert not grade.is_right
        assert problem in grade.text


def test_the_failures_stay_as_they_are() -> None:
    """A consumer that no longer fails does not solve what to do when one does."""
    lesson = find("failures")
    never = {"failure_probability": 0.0}
    scenario = consumers(lesson.scenario, Skipper=never, Retrier=never)
    grade = lesson.grade_solution(scenario, end_of(scenario))
    assert not grade.is_right
    assert "one try in four" in grade.text


def test_a_solution_that_fails_is_none() -> None:
    """An overflow that ends the run is said."""
    lesson = find("overflow")
    scenario = queues(lesson.scenario, block={"overflow": Overflow.FAIL})
    grade = lesson.grade_solution(scenario, end_of(scenario))
    assert not grade.is_right
    assert grade.text.startswith("Not yet: the run failed: ")


def test_a_run_that_does_not_end_is_no_solution() -> None:
    """It is given up after an hour of its time or many events."""
    lesson = find("basic")
    (producer,) = lesson.scenario.producers
    with pytest.raises(ScenarioError, match="does not end within 1 hour"):
        end_of(replace(lesson.scenario, producers=(replace(producer, items=None),)))


def test_threads_give_the_same_answer() -> None:
    """What is read from the end of a run is there on both engines."""
    lesson = find("deadlock")
    demo = lesson.scenario
    scenario = replace(
        demo,
        producers=tuple(replace(spec, interval=0.001) for spec in demo.producers),
        consumers=tuple(replace(spec, service_time=0.001) for spec in demo.consumers),
    )
    engine = ThreadsEngine(scenario)
    engine.start()
    assert engine.join(20)
    assert lesson.grade("b", engine.snapshot()).is_right
