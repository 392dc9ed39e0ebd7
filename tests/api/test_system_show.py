"""`show` says where the app cannot be shown, and leaves the system as it is."""

from __future__ import annotations

import asyncio
import threading

import pytest

from pcsim import PhaseError, ProducerConsumerSystem, ScenarioError, ScreenError, WorkerError
from tests.support.engines import Boom, failing_at, line


def refusal(system: ProducerConsumerSystem) -> str:
    """Why the app is not shown."""
    with pytest.raises(ScreenError) as refused:
        system.show()
    return str(refused.value)


def test_without_a_terminal_there_is_a_remedy() -> None:
    """The system can be run all the same."""
    system = line(range(3), [].append)
    assert "call start() and wait_for_completion()" in refusal(system)
    system.start()
    assert system.wait_for_completion()


def test_only_the_main_thread_shows_the_app() -> None:
    """Another one cannot handle signals."""
    reasons: list[str] = []
    thread = threading.Thread(target=lambda: reasons.append(refusal(line(range(3), [].append))))
    thread.start()
    thread.join()
    assert reasons == ["only the main thread can show the app: it handles keys and signals"]


async def test_no_other_event_loop_runs_meanwhile() -> None:
    """The app has one of its own."""
    assert asyncio.get_running_loop() is not None
    assert "call show() before or after asyncio.run" in refusal(line(range(3), [].append))


def test_description_has_to_be_complete() -> None:
    """It is checked first."""
    system = ProducerConsumerSystem()
    system.add_queue("q")
    with pytest.raises(ScenarioError):
        system.show()


def test_system_is_not_changed_while_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app would go on showing the one before; afterwards it may be."""
    system = line(range(3), [].append)

    def show_run(*_: object, **__: object) -> None:
        with pytest.raises(PhaseError, match="shown in the app"):
            system.add_queue("other")

    monkeypatch.setattr("pcsim.launch.own_code.show_run", show_run)
    system.show()
    system.add_queue("other")


def test_error_of_the_run_is_raised_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by `wait_for_completion`, once the app has been left."""
    system = line(range(3), failing_at(2, Boom("no")))

    def show_run(engine: object, *, start: bool, theme: str | None) -> None:
        if start:
            system.start()
        with pytest.raises(WorkerError):
            system.wait_for_completion()

    monkeypatch.setattr("pcsim.launch.own_code.show_run", show_run)
    for start in (True, False):
        with pytest.raises(WorkerError) as raised:
            system.show(start=start)
        assert isinstance(raised.value.__cause__, Boom)
