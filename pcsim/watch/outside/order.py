"""The order in which queues are shown: the way of the items through them."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.snapshot import QueueRow, WorkerRow


def in_order(queues: Sequence[QueueRow], workers: Sequence[WorkerRow]) -> tuple[QueueRow, ...]:
    """Return the queues, each after those from which threads take what they put into it.

    Queues that feed one another in a circle, and those without any thread, come by their names.

    >>> from pcsim.snapshot import Role
    >>> two = [QueueRow("a", None), QueueRow("b", None)]
    >>> [row.name for row in in_order(two, [WorkerRow("w", Role.STAGE, ("b",), ("a",))])]
    ['b', 'a']
    """
    before: dict[str, set[str]] = {row.name: set() for row in queues}
    for worker in workers:
        for name in worker.outputs:
            if name in before:
                before[name].update(set(worker.inputs) & set(before) - {name})
    used = {name for worker in workers for name in (*worker.inputs, *worker.outputs)}
    rest = sorted(queues, key=lambda row: (row.name not in used, row.name))
    ordered: list[QueueRow] = []
    done: set[str] = set()
    while rest:
        following = next((row for row in rest if before[row.name] <= done), rest[0])
        rest.remove(following)
        ordered.append(following)
        done.add(following.name)
    return tuple(ordered)
