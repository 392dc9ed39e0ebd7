"""How the stages of a scenario follow on one another."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.scenario.policies import Overflow
from pcsim.scenario.specs import ConsumerSpec, QueueSpec


def find_cycle(
    queues: Sequence[QueueSpec], consumers: Sequence[ConsumerSpec], blocking: bool
) -> tuple[str, ...]:
    """The stages of a cycle, in order, through which items can come back; () for none.
    `blocking`: of one all of whose stages may wait for a slot without end."""
    waits = {queue.name for queue in queues if queue.overflow is Overflow.BLOCK}
    ways = {
        worker.name: set(worker.outputs) & waits if blocking else set(worker.outputs)
        for worker in consumers
        if worker.outputs and not (blocking and worker.put_timeout is not None)
    }
    after = {
        name: [worker.name for worker in consumers if not queues.isdisjoint(worker.inputs)]
        for name, queues in ways.items()
    }
    finished: set[str] = set()
    for root in after:
        path = [root]
        branches = [iter(after[root])]
        while branches and root not in finished:
            following = next(branches[-1], None)
            if following is None:
                branches.pop()
                finished.add(path.pop())
            elif following in path:
                return tuple(path[path.index(following) :])
            elif following in after and following not in finished:
                path.append(following)
                branches.append(iter(after[following]))
    return ()
