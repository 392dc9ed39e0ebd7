"""What theory expects of a limit: exact where a formula holds, else from means and variations.

Nothing is decided by it: it says where a search begins.
"""

from __future__ import annotations

import math

from pcsim.analysis.matching_theory import prediction
from pcsim.errors import TheoryError
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.measures import Measure
from pcsim.scenario import Scenario
from pcsim.scenario.flow import Pool, arrival_rates, pools
from pcsim.scenario.long_run import long_run
from pcsim.theory.prediction import Prediction
from pcsim.theory.queues import erlang_b, mmck

TINY = 1e-12
LARGEST = 1e6
"""Of a ratio."""
MOST_PLACES = 100_000


def ratio(scenario: Scenario, limit: Limit) -> float | None:
    """Return what is expected over what is allowed: above 1 where a limit is broken.

    Args:
        scenario: The variant.
        limit: The limit.

    Returns:
        The ratio; None where nothing is known of it.

    >>> from pcsim.distributions import Exponential
    >>> from pcsim.experiments.variants.limits import read_limits
    >>> from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec
    >>> shop = Scenario(
    ...     queues=(QueueSpec("orders", 2, overflow="drop_new"),),
    ...     producers=(ProducerSpec("shop", "orders", Exponential(1.0)),),
    ...     consumers=(ConsumerSpec("clerk", "orders", Exponential(1.0)),),
    ... )
    >>> round(ratio(shop, read_limits("loss < 25%", shop)[0]), 6)
    1.0
    """
    exact = prediction(scenario)
    value = None if exact is None else _exact(exact, limit.measure)
    if value is None:
        try:
            value = _about(scenario, limit.measure)
        except TheoryError:
            return None
    if value is None or math.isnan(value):
        return None
    over, under = (limit.bound, value) if limit.is_least else (value, limit.bound)
    return min(over / max(under, TINY), LARGEST)


def _exact(found: Prediction, measure: Measure) -> float | None:
    if measure.kind == "throughput":
        return found.throughput
    if measure.beyond is not None:
        tail = found.waits if measure.kind == "wait" else found.sojourns
        return None if tail is None else tail.beyond(measure.beyond)
    return {
        "loss": found.loss,
        "wait": found.waiting_time,
        "sojourn": found.sojourn_time,
        "depth": found.mean_queue,
        "utilization": found.utilization,
    }[measure.kind]


def _about(scenario: Scenario, measure: Measure) -> float | None:
    """By M/M/c and M/M/c/K, with waits as much longer as Allen and Cunneen say."""
    names = [measure.name] if measure.name in scenario.queue_names else list(scenario.queue_names)
    rates = arrival_rates(scenario)
    found = next((one for one in pools(scenario) if names[0] in one.queues), None)
    if measure.kind == "utilization":
        found = next(
            (one for one in pools(scenario) if measure.name in {r.name for r in one.readers}), None
        )
    if found is None or not found.capacity or not math.isfinite(found.capacity):
        return None
    arriving = math.fsum(rates[name] for name in found.queues)
    if not 0 < arriving < math.inf:
        return None
    if measure.kind == "utilization":
        return min(arriving / found.capacity, 1.0)
    if measure.kind in ("throughput", "sojourn") and len(scenario.queues) > 1:
        return None
    if measure.kind == "throughput":
        return min(arriving, found.capacity)
    return _of_queue(scenario, measure, found, arriving)


def _of_queue(scenario: Scenario, measure: Measure, pool: Pool, arriving: float) -> float:
    queue = next(one for one in scenario.queues if one.name in pool.queues)
    servers = sum(one.count for one in pool.readers)
    load = arriving / pool.capacity
    decay = long_run(scenario).decay.get(queue.name, 0.0)
    variability = 2 * (1 - load) / decay if decay and load < 1 else 2.0
    if measure.kind == "loss":
        if not queue.overflow.drops:
            return 0.0
        places = min(max(round(queue.capacity * 2 / max(variability, 0.1)), 1), MOST_PLACES)
        return mmck(arriving, pool.capacity / servers, servers, places).loss or 0.0
    longest = queue.capacity / pool.capacity
    if load >= 1:
        wait, late = longest, float((measure.beyond or 0.0) < longest)
    else:
        lost = erlang_b(arriving, servers / pool.capacity, servers).loss or 0.0
        waits = lost / (1 - load * (1 - lost))
        wait = min(waits * variability / 2 / (pool.capacity - arriving), longest)
        late = waits * math.exp(-pool.capacity * decay * (measure.beyond or 0.0))
        late *= 1.0 if (measure.beyond or 0.0) < longest else 0.1
    if measure.beyond is not None:
        return late
    if measure.kind == "depth":
        return arriving * wait
    return wait + servers / pool.capacity * (measure.kind == "sojourn")
