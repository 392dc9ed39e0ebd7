"""Running engines at the exit of the process, and in a forked child."""

from __future__ import annotations

import pytest

from tests.support.programs import run_program


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this system")
def test_a_fork_kills_the_childs_engine_and_not_the_parents() -> None:
    """The child gets an error; its own systems work; the parent's run is unharmed."""
    done = run_program(
        """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from pcsim import ProducerConsumerSystem
        from pcsim.errors import PhaseError

        def build(source, dest):
            system = ProducerConsumerSystem()
            system.add_queue("q", 3)
            system.add_producer("P", source, 0, "q")
            system.add_consumer("C", dest, 0, queue_names="q")
            return system

        def endless():
            while True:
                yield 1

        running = build(endless(), None)
        running.start()
        for _ in range(5):
            child = os.fork()
            if not child:
                try:
                    for ask in (running.snapshot, running.drain, running.abort, running.stop):
                        try:
                            ask()
                        except PhaseError as error:
                            assert "parent" in str(error)
                        else:
                            os._exit(1)
                    dest = []
                    with build(range(10), dest):
                        pass
                    os._exit(0 if dest == list(range(10)) else 2)
                finally:
                    os._exit(3)
            assert os.waitpid(child, 0)[1] == 0
        report = running.stop()
        assert report["phase"] == "finished" and report["balanced"]
        print("unharmed")
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("unharmed\n", "", 0)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this system")
def test_a_system_that_has_not_started_may_be_started_on_both_sides_of_a_fork() -> None:
    """Though it was looked at, and so built, before."""
    done = run_program(
        """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from pcsim import ProducerConsumerSystem

        dest = []
        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", range(10), 0, "q")
        system.add_consumer("C", dest, 0, queue_names="q")
        assert system.snapshot().phase == "created"
        child = os.fork()
        status = 1
        try:
            with system:
                pass
            status = 0 if dest == list(range(10)) else 2
        finally:
            if not child:
                os._exit(status)
        print(os.waitpid(child, 0)[1], status)
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("0 0\n", "", 0)


@pytest.mark.parametrize("hangs", [False, True])
def test_the_interpreters_exit_aborts_a_running_system(hangs: bool) -> None:
    """The process ends by itself, with its own status, quietly."""
    done = run_program(
        f"""
        import sys, threading
        from pcsim import ProducerConsumerSystem

        entered = threading.Event()

        def source():
            while True:
                yield 1

        def sink(_):
            entered.set()
            if {hangs}:
                threading.Event().wait()

        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", source(), 0, "q")
        system.add_consumer("C", sink, 0, queue_names="q")
        system.start()
        entered.wait()
        print("leaving")
        sys.exit(7)
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("leaving\n", "", 7)


@pytest.mark.parametrize("daemon", [True, False])
def test_a_thread_that_waits_for_the_run_does_not_hold_up_the_exit(daemon: bool) -> None:
    """The interpreter waits for threads that are no daemons, and they for the run."""
    done = run_program(
        f"""
        import threading
        from pcsim import ProducerConsumerSystem

        def endless():
            while True:
                yield 1

        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", endless(), 0, "q")
        system.add_consumer("C", None, 0, queue_names="q")
        system.start()
        threading.Thread(target=system.wait_for_completion, daemon={daemon}).start()
        print("leaving")
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("leaving\n", "", 0)
