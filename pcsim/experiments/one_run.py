"""One run of a scenario, driven to its end and measured: the unit that `simulate` repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from pcsim.analysis.change_effect import changes_in
from pcsim.analysis.observation import Observation, Samples, measured_between
from pcsim.analysis.result import RunBy
from pcsim.engine.books.depth_series import DepthSeries
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.observer import Observer
from pcsim.engine.raised import is_a
from pcsim.engine.run import Run
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import ScenarioError
from pcsim.kernel.choice import CHOICES, KernelChoice, library_for
from pcsim.kernel.leaving import LeftToPythonError, UnusableError
from pcsim.scenario import QueueSpec, Scenario, warm_up_error
from pcsim.scenario.termination import termination
from pcsim.snapshot import Snapshot
from pcsim.theory.counts import TimeCounts
from pcsim.theory.drift import is_growing

if TYPE_CHECKING:
    from pcsim.kernel.plan import Plan
    from pcsim.kernel.run import KernelRun

Found = TypeVar("Found")

MOST_PILOT_EVENTS = 200_000
"""Events of a pilot run: they take about 0.3 s."""


class DrivenQueue(Protocol):
    """What is known of a queue of a run beside its row."""

    @property
    def spec(self) -> QueueSpec:
        """Its description."""

    @property
    def waiting_times(self) -> ItemTimes:
        """How long items waited in it."""


class Driven(Protocol):
    """A run that has ended, whatever has driven it: what its measures are made from."""

    kind: str
    has_data: bool
    scenario: Scenario
    warm_up: float
    warmed: Snapshot | None

    @property
    def observer(self) -> Observer:
        """Knows what was done to it."""

    @property
    def depths(self) -> DepthSeries | None:
        """The depths of its queues over time, where they were noted."""

    @property
    def queues(self) -> Sequence[DrivenQueue]:
        """All queues, by index."""

    @property
    def sojourn_times(self) -> ItemTimes:
        """How long items were in the system."""

    def snapshot(self) -> Snapshot:
        """Describe its end."""


def observe(
    scenario: Scenario, replication: int = 0, kernel: KernelChoice = "auto"
) -> Observation[float]:
    """Run one replication of the scenario in virtual time, and return its measures.

    It depends on its first two arguments alone and both it and its result can be pickled, so any
    executor may map it over replications, in any order and in other processes.

    Args:
        scenario: What to run. It must end by itself or have an end (`scenario.end`), and its
            warm-up must be a number of seconds.
        replication: Which of the independent runs of the scenario's seed; 0 or more.
        kernel: Whether the compiled kernel runs it, with the same result: see `simulate`.

    Returns:
        The measures from the end of the warm-up to the end of the run.

    Raises:
        PcsimError: The run's first error, such as a `WorkerError` or a `DeadlockError`.
        ScenarioError: The run was over before its warm-up was.

    Example:
        >>> from pcsim.scenario import demos
        >>> observation = observe(demos.find("basic"))
        >>> observation.system.consumed
        30
    """
    return measured(Driver(scenario, kernel).run(replication))


class Inside(NamedTuple):
    """How many items were in a system."""

    items: list[int]
    """At each of the times that were asked for, up to the run's end."""
    ended_at: float | None
    """When it ended, in seconds; None where it went on after all of them."""


class Driver:
    """Drives runs of one scenario.

    Args:
        scenario: What to run. It must end, and its warm-up must be a number of seconds.
        kernel: Whether the compiled kernel runs it: "auto" where it can, "python" never; where it
            cannot, "compiled" is an error.
        replications: How many runs there will be.
        notes_depths: Whether they have the depths of their queues over time.

    Raises:
        ScenarioError: The kernel was asked for and cannot run it, or there is no such choice.
    """

    def __init__(
        self,
        scenario: Scenario,
        kernel: KernelChoice = "auto",
        replications: int = 1,
        *,
        notes_depths: bool = True,
    ) -> None:
        if kernel not in CHOICES:
            raise ScenarioError(
                field="kernel", value=kernel, expected="'auto', 'python' or 'compiled'"
            )
        self._scenario = scenario
        self._notes_depths = notes_depths
        self._plan: Plan | None = None
        self.ran = RunBy("compiled")
        """What has driven them, up to now."""
        try:
            self._library = library_for(scenario, kernel, replications)
        except UnusableError as problem:
            if kernel == "compiled":
                message = f"cannot be 'compiled' here: {problem}"
                raise ScenarioError(message, field="kernel", value=kernel) from None
            self.ran = RunBy("python", str(problem))
        else:
            from pcsim.kernel.plan import Plan  # simulating in Python needs none of it

            self._plan = Plan(scenario)

    def run(self, replication: int = 0) -> Driven:
        """Drive one run to its end.

        Args:
            replication: Which of the independent runs of the scenario's seed; 0 or more.

        Raises:
            PcsimError: The run's first error.
            ScenarioError: The run was over before its warm-up was.
        """
        if run := self._by_kernel(replication, _finished):
            if error := missed_warm_up(run):
                raise error
            return run
        in_python = virtual_run(self._scenario, replication, notes_depths=self._notes_depths)
        finish(in_python)
        return in_python

    def observe(self, replication: int = 0) -> Observation[float]:
        """Return the measures of one run, without its samples; raises as `run` does.

        Args:
            replication: Which of the independent runs of the scenario's seed; 0 or more.
        """
        run = self.run(replication)
        return measured_between(run.warmed, run.snapshot())

    def inside(self, replication: int, times: Sequence[float]) -> Inside:
        """Count the items in the system of one run, which ends where it fails.

        Args:
            replication: Which of the independent runs of the scenario's seed; 0 or more.
            times: Seconds at which to count, in their order.
        """
        return self._by_kernel(replication, lambda run: Inside(*run.items_inside(times))) or (
            _inside(virtual_run(self._scenario, replication), times)
        )

    def _by_kernel(self, replication: int, ask: Callable[[KernelRun], Found]) -> Found | None:
        """What the kernel finds; None where it leaves this to the Python engine."""
        if self._plan is None:
            return None
        from pcsim.kernel.run import KernelRun

        try:
            run = KernelRun(self._library, self._plan, replication, notes_depths=self._notes_depths)
            return ask(run)
        except LeftToPythonError as problem:
            self._plan, self.ran = None, RunBy("python", str(problem))
            return None


def _finished(run: KernelRun) -> KernelRun:
    run.finish()
    return run


def _inside(run: VirtualEngine, times: Sequence[float]) -> Inside:
    """The same by the Python engine."""
    items: list[int] = []
    ended_at = None
    run.start()
    for at in times:
        run.advance(until=at)
        snapshot = run.snapshot()
        if snapshot.phase.is_over:
            ended_at = snapshot.at
            break
        items.append(snapshot.totals.in_system)
    run.abort()
    run.join()
    return Inside(items, ended_at)


def virtual_run(
    scenario: Scenario, replication: int = 0, *, notes_depths: bool = False
) -> VirtualEngine:
    """A run in virtual time that is not started yet, without events of single items, and without
    a recent past: nobody looks at it before its end.

    Args:
        scenario: What to run.
        replication: Which of the independent runs of the scenario's seed; 0 or more.
        notes_depths: Whether it notes the depths of its queues over time.
    """
    return VirtualEngine(
        scenario,
        replication=replication,
        logs_items=False,
        keeps_recent=False,
        notes_depths=notes_depths,
    )


def finish(run: Run) -> Observation[float]:
    """Start the run, drive it to its end, and return its measures, without its samples.

    Raises:
        PcsimError: The run's first error.
        ScenarioError: The run was over before its warm-up was.
        KeyboardInterrupt: Ctrl-C, wherever it came; the run is aborted.
    """
    run.start()
    go_to_end(run)
    return measured_between(run.warmed, run.snapshot())


def go_to_end(run: Run) -> None:
    """Drive a run that has begun to its end; raises as `finish` does."""
    try:
        run.join()
    except BaseException:  # Ctrl-C: no thread of the run may go on
        run.abort()
        raise
    if run.error is not None:
        if is_a(run.error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt  # Ctrl-C, which came while a worker had its turn
        raise run.error.with_traceback(None)
    if problem := missed_warm_up(run):
        raise problem


def measured(run: Driven) -> Observation[float]:
    """Return the measures of a run that has ended, and what was measured for its quantiles."""
    observation = measured_between(run.warmed, run.snapshot())
    return observation._replace(
        growing=growing_queues(run),
        samples=_samples(run),
        changes=changes_in(run.observer.course.so_far()),
    )


def growing_queues(run: Driven) -> tuple[str, ...]:
    """Return the queues that grew as long as items came, by name, of a run that has ended.

    The depths over time are looked at from the end of the warm-up to that of the last producer.
    """
    if run.depths is None:
        return ()
    end = run.snapshot()
    last = max((row.ended_at or end.at for row in end.producers), default=end.at)
    begin = 0.0 if run.warmed is None else run.warmed.at
    rows = run.depths.between(begin, last)
    return tuple(
        name
        for name, depths in zip(run.scenario.queue_names, zip(*rows, strict=True), strict=False)
        if is_growing(depths)
    )


def _samples(run: Driven) -> Samples:
    """The measured times of a run, as counts."""
    waits = {queue.spec.name: _counts(queue.waiting_times) for queue in run.queues}
    return Samples(_counts(run.sojourn_times), waits)


def _counts(times: ItemTimes) -> dict[int | None, TimeCounts]:
    """The measured times of all items, and of each priority."""
    every: dict[int | None, TimeCounts] = {None: times.counts()}
    return every | dict(times.priority_counts().items())


def ends_before_warm_up(scenario: Scenario) -> ScenarioError | None:
    """Return the error of a scenario whose run would be over before its warm-up.

    A pilot in virtual time finds that out. One of more than `MOST_PILOT_EVENTS` events, or that
    fails, is given up: then only the run itself shows it.
    """
    if not scenario.warm_up or scenario.warm_up == "auto" or not termination(scenario).ends:
        return None
    pilot = virtual_run(scenario)
    pilot.start()
    pilot.advance(until=scenario.warm_up, most=MOST_PILOT_EVENTS)
    is_over = pilot.phase.is_over
    pilot.abort()
    pilot.join()
    return missed_warm_up(pilot) if is_over and pilot.error is None else None


def missed_warm_up(run: Driven) -> ScenarioError | None:
    """Return the error of a run that ended before its warm-up, and so has no measures."""
    if not run.warm_up or run.warmed is not None:
        return None
    return warm_up_error(run.warm_up, run.snapshot().at)
