"""What is simulated in another process is the same, and that process never outlives its owner."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from pcsim import runtime
from pcsim.analysis.counterfactual import Diagnosis
from pcsim.experiments.background import MODULE, InBackground, Task, read, write
from pcsim.experiments.one_run import finish, virtual_run
from pcsim.scenario import Scenario, demos
from tests.support.at_once import AtOnce
from tests.support.small_scenarios import one_queue

GUARD = 60.0
"""Seconds after which something that should have happened is a failure."""


@pytest.fixture
def background() -> Iterator[InBackground]:
    """Simulations in another process."""
    simulations = InBackground()
    yield simulations
    simulations.close()


def awaited(simulations: InBackground, task: Task) -> Diagnosis:
    """The answer to a task, asked for until it is there."""
    until, pause = runtime.clock() + GUARD, threading.Event()
    while (answer := simulations.answer(task)) is None:
        assert runtime.clock() < until
        pause.wait(0.01)
    return answer


def test_another_process_finds_the_same(background: InBackground) -> None:
    """One task after the other, each as in this process; what is known is there at once."""
    tasks = [Task(one_queue(0.1, 0.2, until=20.0)), Task(demos.find("3"))]
    for task in tasks:
        assert awaited(background, task) == AtOnce().answer(task)
        assert background.answer(task) is not None


def test_a_run_that_has_finished_is_sent_as_it_is(background: InBackground) -> None:
    """All its measures go to the other process."""
    scenario = one_queue(0.1, 0.2, until=20.0)
    run = virtual_run(scenario)
    finish(run)
    task = Task(scenario, run.snapshot())
    assert awaited(background, task) == AtOnce().answer(task)


def test_a_scenario_that_fails_is_an_answer(background: InBackground) -> None:
    """What it fails of, and what keeps it from that."""
    text = """
    [queues]
    q = {capacity = 1, overflow = "fail"}
    [producers.P]
    queue = "q"
    interval = 0.1
    [consumers.C]
    queue = "q"
    service_time = 1
    """
    answer = awaited(background, Task(Scenario.parse(text)))
    assert answer.failing is not None
    assert answer.failing.number is not None


def test_a_process_that_was_killed_is_started_again(background: InBackground) -> None:
    """The task is not lost."""
    awaited(background, Task(demos.find("3")))
    process = background._process
    assert process is not None
    process.kill()
    process.wait()
    assert awaited(background, Task(demos.find("1"))).verdict


def test_closed_it_has_no_process_and_starts_none(background: InBackground) -> None:
    """Nothing is left behind."""
    awaited(background, Task(demos.find("3")))
    process = background._process
    assert process is not None
    background.close()
    assert process.poll() is not None
    assert background.answer(Task(demos.find("2"))) is None
    assert background._process is None


def test_it_ends_with_its_input_in_the_middle_of_a_task() -> None:
    """As when the process that started it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    write(process.stdin, Task(demos.find("3")))
    assert read(process.stdout) is not None
    write(process.stdin, Task(one_queue(0.001, 0.3, consumers=300, capacity=300)))
    process.stdin.close()
    assert process.wait(GUARD) == 0
    process.stdout.close()


def test_without_another_process_a_thread_does_it(
    background: InBackground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a program that was bundled with its interpreter."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert awaited(background, Task(demos.find("3"))).verdict
    assert background._process is None


def test_a_fault_of_pcsim_is_raised_where_the_answer_is_asked_for(
    background: InBackground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once; after that nothing more is simulated, and nothing is printed by a thread."""

    def fail(task: Task) -> Diagnosis:
        raise ZeroDivisionError

    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(Task, "done", fail)
    with pytest.raises(ZeroDivisionError):
        awaited(background, Task(demos.find("3")))
    assert background.answer(Task(demos.find("3"))) is None
    assert background.answer(Task(demos.find("2"))) is None
