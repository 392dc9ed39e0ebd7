"""Workers that wait for the processor are distinguished from workers that are merely busy."""

from __future__ import annotations

from pcsim.analysis.contention import Scarce, cpu_share, find_contention, off_cpu_time
from pcsim.analysis.diagnosis import advice, sentence
from pcsim.analysis.report import document, text
from pcsim.snapshot import Phase, Processor, Snapshot, WorkerRow, WorkerState
from tests.support.snapshots import AT, consumer, producer, queue, snapshot


def busy(name: str, cpu: float, core_wait: float = 0.0, timed: float = 0.0) -> WorkerRow:
    """A consumer that ran all the time, by shares of what its thread did then."""
    row = consumer(name, state=WorkerState.DONE)
    return row._replace(cpu_time=cpu * AT, core_wait_time=core_wait * AT, timed_time=timed * AT)


def run_of(*workers: WorkerRow, lock: bool = True, taken: int = 36, looks: int = 40) -> Snapshot:
    """A finished run on threads, on two cores, in which a producer had to wait; the lock was
    `taken` at that number of all looks."""
    before = (queue(full=0.78), producer(blocked=0.74, state=WorkerState.DONE, until=AT))
    run = snapshot(*before, *workers, phase=Phase.FINISHED)
    return run._replace(processor=Processor(2, lock, looks, taken))


def test_workers_that_take_turns_on_one_core_wait_for_the_lock() -> None:
    """Four that compute in Python: each is on the processor for a quarter of the time."""
    run = run_of(*(busy(f"C{number}", 0.24, 0.01) for number in range(4)))
    contention = find_contention(run)
    assert contention is not None
    assert contention.scarce is Scarce.LOCK
    assert sentence(run).endswith(
        "C0, C1 and 2 more seem to have waited for Python's lock: together they used 0.96 cores."
    )
    assert advice(run).startswith("More threads would not help: use processes")


def test_workers_that_write_files_do_not_wait_for_the_lock() -> None:
    """They are off the processor and use one core together, but nobody has the lock for long."""
    workers = [busy(f"C{number}", 0.24, 0.01) for number in range(4)]
    assert find_contention(run_of(*workers, taken=3)) is None
    assert find_contention(run_of(*workers, taken=2, looks=2)) is None  # too few to say so
    assert "lock" not in sentence(run_of(*workers, taken=3))


def test_without_a_lock_nobody_waits_for_it() -> None:
    """As in free-threaded Python: what they wait for then is not known."""
    assert find_contention(run_of(busy("C1", 0.5), busy("C2", 0.5), lock=False)) is None


def test_workers_that_are_ready_and_have_no_core_wait_for_cores() -> None:
    """Eight that let go of the lock, on two cores."""
    run = run_of(*(busy(f"C{number}", 0.24, 0.75) for number in range(8)))
    contention = find_contention(run)
    assert contention is not None
    assert contention.scarce is Scarce.CORES
    assert sentence(run).endswith("waited for cores: they were on one 24 % of the time.")
    assert advice(run).startswith("More threads would not help while cores are scarce")


def test_workers_of_a_group_that_have_no_core_are_named_together() -> None:
    """As everywhere else."""
    group = [busy(f"T-{number}", 0.24, 0.75)._replace(group="parser") for number in range(3)]
    assert " parser ×3 waited for cores: they were on one 24 % " in sentence(run_of(*group))


def test_one_worker_that_has_no_core_waits_for_one() -> None:
    """Other programs may keep them all busy."""
    run = run_of(busy("C1", 0.2, 0.75))
    assert sentence(run).endswith("C1 waited for cores: it was on one 20 % of the time.")


def test_workers_that_sleep_or_read_wait_for_no_processor() -> None:
    """They are off the processor, but use next to nothing of it: more of them help."""
    run = run_of(busy("C1", 0.01), busy("C2", 0.01))
    assert find_contention(run) is None
    assert "lock" not in sentence(run) + advice(run)


def test_one_that_computes_beside_those_that_sleep_waits_for_nothing() -> None:
    """Those that do not use the processor are not held up by the one that does."""
    assert find_contention(run_of(busy("C1", 0.98), busy("C2", 0.01), busy("C3", 0.01))) is None


def test_simulated_service_is_no_wait_for_the_processor() -> None:
    """A service time that is let pass needs none."""
    run = run_of(busy("C1", 0.4, timed=0.6), busy("C2", 0.4, timed=0.6))
    assert find_contention(run) is None
    assert [off_cpu_time(row, AT) for row in run.consumers] == [0.0, 0.0]


def test_one_worker_that_only_computes_is_not_simply_multiplied() -> None:
    """Two would keep up only if they could run at the same time."""
    run = run_of(busy("C1", 0.9, 0.08))
    assert advice(run) == (
        "C1 only computes: more threads would help only if that releases Python's lock; "
        "else use processes."
    )


def test_a_run_whose_threads_are_not_measured_is_not_judged() -> None:
    """As in virtual time, and on systems without that measure."""
    unmeasured = consumer("C1", state=WorkerState.DONE)
    assert find_contention(run_of(unmeasured)) is None
    assert off_cpu_time(unmeasured, AT) is None
    assert cpu_share(unmeasured, AT) == 0.0
    assert "on CPU" not in text(run_of(unmeasured))


def test_the_report_divides_running_into_on_the_processor_and_not() -> None:
    """As a column where it is notable; always in the document."""
    run = run_of(busy("C1", 0.24), busy("C2", 0.24))
    shown = text(run)
    assert "running  on CPU" in shown
    assert "24 %" in shown
    workers = document(run, 0)["workers"]
    assert isinstance(workers, list)
    assert [worker["cpu_time"] for worker in workers] == [None, 2.4, 2.4]
