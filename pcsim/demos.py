"""The numbered demos, as data."""

from __future__ import annotations

from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

DEMOS: tuple[Scenario, ...] = (
    Scenario(
        name="basic",
        title="One producer, one queue, one consumer",
        description="The smallest pipeline. The consumer is a little slower than the producer, "
        "so the queue grows slowly and is emptied at the end.",
        watch="how depth creeps up while the producer runs, and falls once it is done.",
        queues=(QueueSpec("main", 10),),
        producers=(ProducerSpec("Producer", "main", interval=0.12, items=30),),
        consumers=(ConsumerSpec("Consumer", ("main",), service_time=0.16),),
    ),
    Scenario(
        name="shared",
        title="Three producers share a queue with two consumers",
        description="Work from several producers meets in one queue, and whichever consumer is "
        "free takes the next item.",
        watch="the two consumers sharing the load evenly, without anybody telling them to.",
        queues=(QueueSpec("shared", 8),),
        producers=(
            ProducerSpec("P1", "shared", interval=0.20, items=20),
            ProducerSpec("P2", "shared", interval=0.25, items=18),
            ProducerSpec("P3", "shared", interval=0.30, items=15),
        ),
        consumers=(
            ConsumerSpec("C1", ("shared",), service_time=0.16),
            ConsumerSpec("C2", ("shared",), service_time=0.18),
        ),
    ),
    Scenario(
        name="back-pressure",
        title="Fast producer, slow consumer",
        description="Back-pressure: a bounded queue makes a fast producer wait for a slow "
        "consumer, so memory stays small whatever the difference in speed.",
        watch="main filling within a second, and FastProducer blocked on it from then on.",
        queues=(QueueSpec("main", 3),),
        producers=(ProducerSpec("FastProducer", "main", interval=0.05, items=25),),
        consumers=(ConsumerSpec("SlowConsumer", ("main",), service_time=0.25),),
    ),
    Scenario(
        name="round-robin",
        title="Three queues, one round-robin consumer",
        description="One consumer serves three queues in turn and waits on all of them at once, "
        "without polling.",
        watch="orders filling first; every queue still gets its turn.",
        queues=(QueueSpec("orders", 5), QueueSpec("refunds", 5), QueueSpec("reports", 5)),
        producers=(
            ProducerSpec("Shop", "orders", interval=0.10, items=24),
            ProducerSpec("Support", "refunds", interval=0.25, items=14),
            ProducerSpec("Office", "reports", interval=0.45, items=9),
        ),
        consumers=(ConsumerSpec("Clerk", ("orders", "refunds", "reports"), service_time=0.12),),
    ),
)


def find(key: str) -> Scenario:
    """The demo of that number (from 1) or name. Raises `KeyError`."""
    if key.isascii() and key.isdigit() and 1 <= int(key) <= len(DEMOS):
        return DEMOS[int(key) - 1]
    for demo in DEMOS:
        if demo.name == key:
            return demo
    raise KeyError(key)
