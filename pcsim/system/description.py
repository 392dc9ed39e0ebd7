"""The description of a system: its queues and workers, with the code that they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from pcsim.engine.lazy_results import check_source
from pcsim.experiments.own_code import Appendable, names_of, sink_of
from pcsim.scenario import ConsumerSpec, OnError, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.validation import check_unique


class Description:
    """Queues and workers, each checked when it is added.

    Args:
        title: The title of the system's reports.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._queues: list[QueueSpec] = []
        self._producers: list[ProducerSpec] = []
        self._consumers: list[ConsumerSpec] = []
        self.sources: dict[str, Iterable[Any]] = {}
        """By producer."""
        self.sinks: dict[str, Callable[[Any], object]] = {}
        """By consumer, without those that discard their items."""

    def add_queue(self, name: str, size: int, overflow: Overflow | str) -> None:
        """Add a queue."""
        spec = QueueSpec(name, size, cast("Overflow", overflow))  # which checks it
        check_unique("queue", (*[queue.name for queue in self._queues], name))
        self._queues.append(spec)

    def add_producer(self, name: str, source: Iterable[Any], interval: float, queue: str) -> None:
        """Add a producer."""
        check_source(source, f"producer {name!r}")
        spec = ProducerSpec(name, queue, interval)
        check_unique("worker", (*self._worker_names, name))
        self._producers.append(spec)
        self.sources[name] = source

    def add_consumer(
        self,
        name: str,
        destination: Appendable | Callable[[Any], object] | None,
        service_time: float,
        max_items: int | None,
        queues: str | Iterable[str],
        output: str | None,
        on_error: OnError,
    ) -> None:
        """Add a consumer, or a stage where it has an output."""
        names = names_of(name, queues)
        spec = ConsumerSpec(name, names, service_time, max_items, output, on_error)
        check_unique("worker", (*self._worker_names, name))
        sink = sink_of(name, destination, is_stage=output is not None)
        self._consumers.append(spec)
        if sink is not None:
            self.sinks[name] = sink

    @property
    def _worker_names(self) -> list[str]:
        return [w.name for w in self._producers] + [w.name for w in self._consumers]

    def scenario(self) -> Scenario:
        """Return the whole as a scenario.

        Raises:
            ScenarioError: It is not complete, or parts of it do not go together.
        """
        return Scenario(
            tuple(self._queues), tuple(self._producers), tuple(self._consumers), self._title
        )
