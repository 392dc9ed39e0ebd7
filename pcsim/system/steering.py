"""Change a system while it runs, and see what that did: `system.steer`, `system.changes`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from pcsim.analysis.change_effect import MadeChange, changes_in
from pcsim.distributions import Time
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario import Change, OnError, Overflow
from pcsim.scenario.changes import (
    AddWorkers,
    Burst,
    FailItem,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetOnError,
    SetOverflow,
    SetServiceTime,
    SetWeights,
    SlowSpell,
)
from pcsim.scenario.roster import Changed


class Steered(ABC):
    """A system that can be changed while it runs."""

    @abstractmethod
    def _built(self) -> ThreadsEngine:
        """Its engine."""

    @property
    def steer(self) -> Steer:
        """Changes the system while it runs: `system.steer.capacity("words", 5)`."""
        return Steer(self._built().steer)

    @property
    def changes(self) -> tuple[MadeChange, ...]:
        """The changes that were made while it ran, in their order, each with its effect.

        Each has its time (`at`), `what` was changed of which `subject`, and the values (`was`,
        `now`). Its `effect` has `throughput` (items a second), `waiting_time` (seconds in a queue),
        `depth` (items in queues) and `sojourn_time` (seconds): each `before` and `after` it, with
        a 95 % interval, and whether it `differs`. A side reaches to the next change; one of less
        than a second is not measured (None), and changes within 0.1 s count as one.

        Example:
            >>> import itertools, time
            >>> from pcsim import ProducerConsumerSystem
            >>> system = ProducerConsumerSystem()
            >>> system.add_queue("jobs", 5)
            >>> system.add_producer("Feeder", itertools.count(), 0.02, "jobs")
            >>> system.add_consumer("Worker", None, 0.04, None, "jobs")
            >>> system.start()
            >>> time.sleep(1.5)
            >>> system.steer.add("Worker")
            >>> time.sleep(1.5)
            >>> _ = system.stop()
            >>> (change,) = system.changes
            >>> change.subject, change.what, change.was, change.now
            ('Worker', 'add', '1', '2')
            >>> before, after = change.effect.throughput
            >>> change.effect.throughput.differs, before.mean < 30 < after.mean
            (True, True)
        """
        return changes_in(self._built().observer.course.so_far())


class Steer:
    """Changes a system while it runs; any thread may.

    Each change is made at once, or `at` seconds from the start of the run. Nothing is lost by
    any of them, and each is among the system's events. Workers are named as they were added;
    those that `add` brings are `NAME-2`, `NAME-3` and so on.

    Every method raises `ScenarioError` where the change does not fit the system as it is, and
    `PhaseError` where the run does not go on.

    Example:
        >>> import itertools
        >>> from pcsim import ProducerConsumerSystem
        >>> system = ProducerConsumerSystem()
        >>> system.add_queue("jobs", 5)
        >>> system.add_producer("Feeder", itertools.count(), 0.001, "jobs")
        >>> system.add_consumer("Worker", None, 0.002, None, "jobs")
        >>> system.start()
        >>> system.steer.add("Worker")
        >>> system.steer.capacity("jobs", 50)
        >>> [row.name for row in system.snapshot().workers]
        ['Feeder', 'Worker', 'Worker-2']
        >>> system.snapshot().queues[0].capacity
        50
        >>> system.stop()["abandoned"]
        []
    """

    def __init__(self, steer: Callable[[Change], Changed | None]) -> None:
        self._steer = steer

    def capacity(self, queue: str, capacity: int, *, at: float | None = None) -> None:
        """Give a queue another capacity.

        A smaller queue keeps what it has, and takes nothing more until that fits. Producers that
        wait go on as soon as there is room.

        Args:
            queue: The name of the queue.
            capacity: The number of items that it can hold: whole, from 1 to 10**9.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(SetCapacity(queue, capacity, at=at))

    def overflow(self, queue: str, overflow: Overflow | str, *, at: float | None = None) -> None:
        """Give a queue another overflow policy. Those that wait for a slot go on waiting.

        Args:
            queue: The name of the queue.
            overflow: What happens to an item that comes while it is full: `block`, `drop_new`,
                `drop_old` or `fail`.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(SetOverflow(queue, overflow, at=at))  # type: ignore[arg-type]  # it checks

    def add(self, worker: str, count: int = 1, *, at: float | None = None) -> None:
        """Add consumers that do the same as one that is there; they share its destination, which
        is called by several threads then. A producer whose source is your own cannot be added.

        Args:
            worker: The name of the consumer.
            count: How many more: 1 or more.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(AddWorkers(worker, count, at=at))

    def remove(self, worker: str, count: int = 1, *, at: float | None = None) -> None:
        """Remove workers. Each finishes its item first; each of its queues keeps another worker.

        Args:
            worker: The name of a worker, or of one and those that were added to it: of these,
                the last go.
            count: How many fewer: 1 or more.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(RemoveWorkers(worker, count, at=at))

    def interval(self, worker: str, interval: Time, *, at: float | None = None) -> None:
        """Give a producer another interval, which begins at once.

        Args:
            worker: The name of the producer.
            interval: Seconds before each item, 0 or more, or a distribution.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(SetInterval(worker, interval, at=at))

    def service_time(self, worker: str, service_time: Time, *, at: float | None = None) -> None:
        """Give a consumer another time for each item, from its next one on.

        Args:
            worker: The name of the consumer.
            service_time: Seconds of work, 0 or more, or a distribution.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(SetServiceTime(worker, service_time, at=at))

    def weights(self, worker: str, weights: Sequence[float], *, at: float | None = None) -> None:
        """Route the items of a worker with random routing in other proportions.

        Args:
            worker: The name of the worker.
            weights: The share of each output, in proportion.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(SetWeights(worker, tuple(weights), at=at))

    def on_error(self, worker: str, on_error: OnError, *, at: float | None = None) -> None:
        """Let a consumer do something else about items that fail.

        Args:
            worker: The name of the consumer.
            on_error: `"fail"`, `"skip"` or a `Retry`, whose dead letters go to a queue that the
                consumer puts into already.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(SetOnError(worker, on_error, at=at))

    # Faults.

    def freeze(self, worker: str, seconds: float, *, at: float | None = None) -> None:
        """Let a worker stand still, as if it hung. Code of your own is not interrupted.

        Args:
            worker: The name of the worker.
            seconds: For how long, more than 0.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(Freeze(worker, seconds, at=at))

    def fail(self, worker: str, *, at: float | None = None) -> None:
        """Let the next item of a consumer fail, with a `SimulatedFailure`.

        Args:
            worker: The name of the consumer.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(FailItem(worker, at=at))

    def burst(self, worker: str, items: int, *, at: float | None = None) -> None:
        """Let a producer make items at once, beside those that were to come.

        Args:
            worker: The name of the producer.
            items: How many: 1 or more.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(Burst(worker, items, at=at))

    def slow(self, worker: str, factor: float, seconds: float, *, at: float | None = None) -> None:
        """Make the times of a worker longer for a while.

        Args:
            worker: The name of the worker.
            factor: How many times as long they are: above 1, at most 1,000.
            seconds: For how long, more than 0.
            at: Seconds from the start of the run; None: at once.
        """
        self._steer(SlowSpell(worker, factor, seconds, at=at))
