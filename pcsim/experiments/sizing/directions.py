"""In which direction of a key a limit becomes easier to keep, where that is known.

More servers, and shorter services, let every item of a queue begin no later, in a line without
losses for each item (Wolff, *Stochastic Modeling and the Theory of Queues*, 1989, chapter 11); a
larger buffer loses less and lets items wait longer. What is said here only orders a search: what
is answered was simulated, and so were its neighbours.
"""

from __future__ import annotations

from pcsim.errors import ScenarioError
from pcsim.experiments.variants.limits import Limit
from pcsim.scenario import ConsumerSpec, Scenario
from pcsim.scenario.keys import Key, find

MORE_WORK = ("count",)
LESS_WORK = ("service_time", "interval")


def direction(scenario: Scenario, path: str, limit: Limit) -> int:
    """Return 1 where a larger value helps to keep a limit, -1 where a smaller one does, else 0.

    Args:
        scenario: What is varied.
        path: The key.
        limit: The limit.

    >>> from pcsim.experiments.variants.limits import read_limits
    >>> from pcsim.scenario import demos
    >>> basic = demos.find("basic")
    >>> (wait,) = read_limits("p95 wait < 1s", basic)
    >>> direction(basic, "Consumer.count", wait), direction(basic, "main.capacity", wait)
    (1, -1)
    """
    try:
        key = find(scenario, path)
    except ScenarioError:
        return 0
    if key.table == "queues":
        return _of_queue(scenario, key, limit)
    larger = _sense(key)
    if not larger:
        return 0
    if key.table == "consumers":
        spec = next(one for one in scenario.consumers if one.name == key.name)
        return larger * _of_consumer(scenario, spec, limit)
    return larger * (1 if limit.measure.kind == "throughput" else -1)


def _sense(key: Key) -> int:
    """1 where a larger value means more work in the same time, -1 where it means less."""
    if key.keys[0] in MORE_WORK:
        return 1
    is_time = key.keys[0] in LESS_WORK and key.keys[1:] in ((), ("mean",))
    return -1 if is_time else 0


def _of_queue(scenario: Scenario, key: Key, limit: Limit) -> int:
    if key.keys != ("capacity",):
        return 0
    kind, name = limit.measure.kind, limit.measure.name
    if kind == "throughput":
        return 1
    if kind == "loss":
        return 1 if name == key.name else 0
    if kind == "sojourn" and len(scenario.queues) > 1:
        return 0
    if kind in ("wait", "depth", "sojourn"):
        return -1 if name in (key.name, "") else 0
    return 0


def _of_consumer(scenario: Scenario, spec: ConsumerSpec, limit: Limit) -> int:
    """1 where more work of these helps."""
    kind, name = limit.measure.kind, limit.measure.name
    if kind == "utilization":
        return 1 if name == spec.name else 0
    if kind in ("throughput", "sojourn"):
        return 1
    return 1 if name in spec.inputs or name in _above(scenario, spec) else -1


def _above(scenario: Scenario, spec: ConsumerSpec) -> set[str]:
    """The queues from which items come to these workers."""
    found: set[str] = set()
    front = set(spec.inputs)
    while front:
        name = front.pop()
        found.add(name)
        for one in scenario.consumers:
            if name in one.outputs:
                front |= set(one.inputs) - found
    return found
