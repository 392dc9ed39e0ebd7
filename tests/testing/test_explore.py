"""`pcsim.testing.explore` finds faults of threads, and shows each of them again."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import pcsim
from pcsim import testing
from pcsim.testing import decorator
from tests.support.documents import ROOT, block
from tests.testing import programs, shared

TESTING_PAGE = ROOT / "pcsim" / "docs" / "testing.md"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Failing schedules are stored in a folder of the test's own."""
    monkeypatch.setattr(decorator, "STORE", tmp_path)
    return tmp_path


def note_of(error: BaseException) -> str:
    """What a note of an error has about how it came to be."""
    return "\n".join(getattr(error, "__notes__", []))


def schedule_of(error: BaseException) -> str:
    """The schedule in the command that runs it again."""
    line = note_of(error).splitlines()[-1]
    return line.split("PCSIM_SCHEDULE=")[1].split(" python -m pytest")[0].strip("'")


def test_a_lost_update_is_found() -> None:
    """Two threads that read, and then write what they read, lose one update in some schedule."""
    with pytest.raises(AssertionError):
        programs.lost_update()


def test_a_lock_prevents_it_in_every_schedule() -> None:
    """What is right passes."""
    programs.locked_update()


def test_without_preemption_there_is_no_lost_update_and_with_one_there_is() -> None:
    """A bound on preemptions is kept, and all schedules within it are run."""
    programs.lost_update_without_preemption()
    with pytest.raises(AssertionError):
        programs.lost_update_with_one_preemption()


def test_a_failing_schedule_is_shrunk_to_what_it_needs() -> None:
    """One thread is stopped between its read and its write, another goes on."""
    with pytest.raises(AssertionError) as caught:
        programs.lost_update_with_one_preemption()
    assert len(schedule_of(caught.value).split()) <= 2
    assert "programs.py" in note_of(caught.value)
    assert "add goes on" in note_of(caught.value)


def test_the_printed_schedule_fails_again(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    """The command replays it exactly, also where no schedule is stored."""
    with pytest.raises(AssertionError) as caught:
        programs.lost_update()
    for file in store.iterdir():
        file.unlink()
    monkeypatch.setenv(decorator.SCHEDULE, schedule_of(caught.value))
    with pytest.raises(AssertionError) as again:
        programs.lost_update()
    assert schedule_of(again.value) == schedule_of(caught.value)


def test_a_schedule_that_does_not_fail_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One schedule alone is run where one is asked for."""
    monkeypatch.setenv(decorator.SCHEDULE, "-")
    programs.lost_update()


def test_a_schedule_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong schedule names the word that is wrong."""
    monkeypatch.setenv(decorator.SCHEDULE, "12r1 often")
    with pytest.raises(ValueError, match="'often' is no decision"):
        programs.lost_update()


def test_a_stored_schedule_is_run_first(store: Path) -> None:
    """What once failed is tried again before anything else, and is stored once."""
    for _ in range(2):
        with pytest.raises(AssertionError) as caught:
            programs.lost_update()
    assert "stored schedule 1 fails" in note_of(caught.value)
    stored = (store / "programs.lost_update.txt").read_text(encoding="utf-8")
    assert stored.splitlines() == ["# AssertionError", schedule_of(caught.value)]


def test_locks_taken_in_opposite_orders_are_found() -> None:
    """A deadlock names the threads, and where each of them waits."""
    with pytest.raises(testing.StandstillError, match=r"one at programs\.py:\d+ one"):
        programs.opposite_locks()


def test_a_thread_that_only_looks_again_is_endless() -> None:
    """A schedule that comes to no end fails as that."""
    with pytest.raises(testing.EndlessScheduleError):
        programs.never_ending()


def test_time_is_virtual() -> None:
    """A sleep of a century takes no time, and the clocks show it."""
    programs.a_century()


def test_a_timeout_may_come_before_what_is_waited_for() -> None:
    """Where both happen at one time, either may come first."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - `queue.Empty`, of either copy
        programs.a_timeout_comes_first()
    assert type(caught.value).__name__ == "Empty"


def test_the_standard_classes_are_simulated() -> None:
    """Threads, events, semaphores, barriers, thread-local data and `queue.Queue`."""
    programs.standard_classes()


def test_choices_are_explored() -> None:
    """An outcome that is not the default comes in some schedules."""
    with pytest.raises(AssertionError) as caught:
        programs.a_fault_in_a_hundred()
    assert "outcome 1" in note_of(caught.value)


def test_what_must_always_hold_is_checked_between_statements() -> None:
    """An invariant that is broken for one moment is found."""
    with pytest.raises(AssertionError, match="too many at one time"):
        programs.too_many_items()


def test_an_interrupt_comes_where_it_is_allowed() -> None:
    """Also to a thread that waits."""
    with pytest.raises(RuntimeError, match="the interrupt came"):
        programs.interrupted_wait()


def test_a_thread_may_fail_to_start() -> None:
    """As where the machine has no more."""
    with pytest.raises(RuntimeError, match="can't start new thread"):
        programs.a_thread_that_does_not_start()


def test_a_whole_pipeline_is_explored() -> None:
    """`ProducerConsumerSystem` runs on simulated threads, in virtual time."""
    programs.a_pipeline()


def test_arguments_are_passed_on() -> None:
    """So tests may have parameters."""
    programs.with_arguments(1, name="one")


def test_the_real_modules_stay_as_they_are() -> None:
    """The copies live beside them: real queues still wait in real time, on real locks."""
    real_queue, real_thread, real_sleep = pcsim.Queue, threading.Thread, time.sleep
    programs.locked_update()
    assert (pcsim.Queue, threading.Thread, time.sleep) == (real_queue, real_thread, real_sleep)
    queue = pcsim.Queue[int](1)
    thread = threading.Thread(target=queue.put, args=(1,))
    thread.start()
    assert queue.get(timeout=60) == 1
    thread.join()


def test_each_test_sees_its_own_copy_of_a_module() -> None:
    """Copies of several grains, and the real module, do not mix."""
    for _ in range(2):
        programs.with_a_module()
        programs.with_the_module_once_more()
        assert shared.refused_by(pcsim.Queue[int](1))


def test_the_page_shows_what_its_example_prints(tmp_path: Path) -> None:
    """Its test fails, with the note that stands below it."""
    (tmp_path / "test_cache.py").write_text(block("a test of threads", TESTING_PAGE), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_cache.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    printed = [line.removeprefix("E").strip() for line in run.stdout.splitlines()]
    begin = next(number for number, line in enumerate(printed) if line.startswith("pcsim: "))
    shown = TESTING_PAGE.read_text("utf-8")
    for line in printed[begin : begin + 4]:
        assert line in shown
    assert (tmp_path / "schedules").is_dir()


def test_a_function_inside_another_is_refused() -> None:
    """It is not to be had in the copy of its module."""
    with pytest.raises(ValueError, match="inner is not at the top level"):

        @testing.explore()
        def inner() -> None:
            """Nothing."""


def test_an_unknown_grain_is_refused() -> None:
    """There are two."""
    with pytest.raises(ValueError, match="coarse"):
        testing.explore(grain="coarse")


@pytest.mark.parametrize("ask", [testing.choose, testing.threads], ids=["choose", "threads"])
def test_outside_of_a_schedule_there_is_nothing_to_ask(ask: object) -> None:
    """The error says what to do."""
    assert callable(ask)
    with pytest.raises(RuntimeError, match=r"pcsim\.testing\.explore"):
        ask(int)
