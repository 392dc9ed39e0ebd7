"""Sources, sinks and names as callers give them, matched with the workers of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from pcsim.engine.lazy_results import check_runs
from pcsim.errors import ScenarioError
from pcsim.scenario import ProducerSpec, Scenario

Sink = Callable[[Any], object]


class Appendable(Protocol):
    """A destination that collects items, such as a list."""

    def append(self, item: Any, /) -> object:
        """Add one item."""


def sources_by_worker(
    scenario: Scenario, sources: Mapping[str, Iterable[Any]] | None
) -> Mapping[str, Iterable[Any]]:
    """The sources, each with the one producer that reads it.

    Raises:
        ScenarioError: A name is that of no producer, or of several (`count`): two of them
            cannot share an iterable.
    """
    names = [spec.name for spec in scenario.workers if isinstance(spec, ProducerSpec)]
    for name in sources or {}:
        _check_name("sources", name, "producer", names)
    return sources or {}


def sinks_by_worker(scenario: Scenario, sinks: Mapping[str, Sink] | None) -> Mapping[str, Sink]:
    """The sink of each consumer: its own, or that of the group (`count`) that it belongs to.

    Raises:
        ScenarioError: A name is that of no consumer.
    """
    sinks = sinks or {}
    of_group = {
        f"{spec.name}-{number}": sinks[spec.name]
        for spec in scenario.consumers
        if spec.count > 1 and spec.name in sinks
        for number in range(1, spec.count + 1)
    }
    names = [spec.name for spec in scenario.workers if not isinstance(spec, ProducerSpec)]
    names += [spec.name for spec in scenario.consumers if spec.count > 1]
    for name in sinks:
        _check_name("sinks", name, "consumer", names)
    return {**of_group, **sinks}


def sink_of(name: str, destination: Any, *, is_stage: bool) -> Sink | None:
    """Return the function that a consumer's destination is, or its `append`; None for no code.

    Raises:
        ScenarioError: It cannot be called, or a call of it would run nothing.
    """
    if destination is None:
        return None
    append = getattr(destination, "append", None)
    function: Any = append if callable(append) and not is_stage else destination
    if callable(function):
        check_runs(function, f"consumer {name!r}")
        return function  # type: ignore[no-any-return]
    expected = "a function" if is_stage else "a function, or an object with append"
    raise ScenarioError(
        field="destination", owner=f"consumer {name!r}", value=destination, expected=expected
    )


def names_of(consumer: str, queue_names: Any) -> tuple[str, ...]:
    """Return the names of a consumer's queues, given as one name or as several.

    Raises:
        ScenarioError: It is neither.
    """
    if isinstance(queue_names, str):
        return (queue_names,)
    if not isinstance(queue_names, Iterable):
        owner, expected = f"consumer {consumer!r}", "a name or a list of names"
        raise ScenarioError(field="queue_names", owner=owner, value=queue_names, expected=expected)
    return tuple(queue_names)


def _check_name(field: str, name: str, role: str, names: list[str]) -> None:
    if name not in names:
        raise ScenarioError(
            f"names an unknown {role} {name!r}", field=field, value=name, known=names
        )
