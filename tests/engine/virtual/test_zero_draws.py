"""Times that are never 0 by their law, but are once they are rounded to a float."""

from __future__ import annotations

from pcsim import simulate
from pcsim.distributions import Gamma
from tests.support.small_scenarios import one_queue


def test_an_item_that_took_no_time_holds_nobody_up() -> None:
    """A consumer that is done at once wants another item, which has come before its turn: it does
    not wait for one more while the queue is full."""
    for seed in range(5):
        shop = one_queue(Gamma(1.0, 50.0), Gamma(0.5, 50.0), capacity=5, items=300, seed=seed)
        result = simulate(shop, kernel="python")
        assert result.system.consumed.mean == 300
