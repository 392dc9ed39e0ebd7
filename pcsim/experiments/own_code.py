"""Sources and sinks that are the caller's own code, matched with the workers of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pcsim.errors import ScenarioError
from pcsim.scenario import ProducerSpec, Scenario

Sink = Callable[[Any], object]


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


def _check_name(field: str, name: str, role: str, names: list[str]) -> None:
    if name not in names:
        raise ScenarioError(
            f"names an unknown {role} {name!r}", field=field, value=name, known=names
        )
