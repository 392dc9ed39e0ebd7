"""The rules that connect workers and queues, and the messages about what breaks them."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.errors import ScenarioError
from pcsim.scenario.specs import ConsumerSpec, ProducerSpec


def check_connections(
    queues: Sequence[str], producers: Sequence[ProducerSpec], consumers: Sequence[ConsumerSpec]
) -> None:
    """Raise `ScenarioError` unless every name is a queue's, and every queue is fed and read."""
    fed, read = set[str](), set[str]()
    for producer in producers:
        owner = f"producer {producer.name!r}"
        fed.update(check_queue(name, queues, "queue", owner) for name in producer.outputs)
    for consumer in consumers:
        owner = f"consumer {consumer.name!r}"
        routed = consumer.outputs[: consumer.ways]
        read.update(check_queue(name, queues, "queue", owner) for name in consumer.inputs)
        fed.update(check_queue(name, queues, "output", owner) for name in routed)
        if consumer.dead_letter is not None:
            fed.add(check_queue(consumer.dead_letter, queues, "dead_letter", owner))
    for name in queues:
        if name not in fed:
            raise ScenarioError(no_producer(name), value=name)
        if name not in read:
            raise ScenarioError(no_consumer(name), value=name)


def check_queue(name: str, queues: Sequence[str], field: str, owner: str = "") -> str:
    """Return the name. Raises `ScenarioError` about the field if no queue has it."""
    if name in queues:
        return name
    raise ScenarioError(unknown_queue(name), field=field, owner=owner, value=name, known=queues)


def unknown_queue(name: str) -> str:
    """Return what is wrong with a field that has a name which no queue has."""
    return f"names an unknown queue {name!r}"


def no_producer(queue: str) -> str:
    """Return the message about a queue that no worker puts into."""
    return f"queue {queue!r} has no producer, so nothing will ever come"


def no_consumer(queue: str) -> str:
    """Return the message about a queue that no worker takes from."""
    return f"queue {queue!r} has no consumer, so it would fill and block"
