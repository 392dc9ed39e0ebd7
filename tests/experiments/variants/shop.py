"""A shop that is cheap to simulate, for the tests of experiments."""

from __future__ import annotations

from pcsim.distributions import Exponential
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario

SHOP = Scenario(
    queues=(QueueSpec("orders", 4, overflow="drop_new"),),  # type: ignore[arg-type]
    producers=(ProducerSpec("shop", "orders", Exponential(1.0)),),
    consumers=(ConsumerSpec("clerk", "orders", Exponential(1.5)),),
    end=End(time=200.0),
    warm_up=10.0,
    title="Shop",
)
"""Overloaded: it loses about 40 % of its orders."""
