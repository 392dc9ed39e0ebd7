"""Strongly connected components of a graph, and the cycles of stages found with them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from pcsim.scenario.specs import ConsumerSpec

Node = TypeVar("Node", bound=Hashable)


def components(
    nodes: Iterable[Node], after: Callable[[Node], Iterable[Node]]
) -> Iterator[list[Node]]:
    """Yield the strongly connected components of a graph, each after all that follow it.

    Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1 (1972),
    146-160; without recursion, in time proportional to the nodes and edges.

    Args:
        nodes: Where to begin; the nodes that can be reached from them belong to the graph as well.
        after: The nodes to which edges lead from a node.

    >>> edges = {"a": "b", "b": "ac", "c": ""}
    >>> [sorted(component) for component in components("abc", edges.__getitem__)]
    [['c'], ['a', 'b']]
    """
    numbers: dict[Node, int] = {}
    lowest: dict[Node, int] = {}
    open_nodes: dict[Node, None] = {}  # in the order of their numbers

    def enter(node: Node) -> tuple[Node, Iterator[Node]]:
        numbers[node] = lowest[node] = len(numbers)
        open_nodes[node] = None
        return node, iter(after(node))

    for start in nodes:
        path = [enter(start)] if start not in numbers else []
        while path:
            node, following = path[-1]
            to = next(following, None)
            if to is None:
                path.pop()
                if path:
                    parent = path[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[node])
                if lowest[node] == numbers[node]:
                    yield _close(node, open_nodes)
            elif to not in numbers:
                path.append(enter(to))
            elif to in open_nodes:
                lowest[node] = min(lowest[node], numbers[to])


def _close(root: Node, open_nodes: dict[Node, None]) -> list[Node]:
    """Remove the component of the root: the open nodes from the last one back to the root."""
    component: list[Node] = []
    while not component or component[-1] != root:
        component.append(open_nodes.popitem()[0])
    return component


def find_cycle(consumers: Sequence[ConsumerSpec]) -> tuple[str, ...]:
    """Return the stages of a cycle, in order, through which items can come back; () for none.

    Args:
        consumers: All consumers; those with outputs are stages.
    """
    readers: dict[str, list[str]] = {}
    for worker in consumers:
        for name in worker.inputs:
            readers.setdefault(name, []).append(worker.name)
    after = {
        worker.name: [reader for name in worker.outputs for reader in readers.get(name, ())]
        for worker in consumers
    }
    inside = {
        name
        for component in components(after, after.__getitem__)
        if len(component) > 1 or component[0] in after[component[0]]
        for name in component
    }
    first = next((name for name in after if name in inside), None)
    return () if first is None else _way_back(first, after)


def _way_back(first: str, after: dict[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from a stage of a cycle back to itself."""
    before: dict[str, str] = {}
    front = deque([first])
    while first not in before:
        stage = front.popleft()
        for name in after[stage]:
            if name not in before:
                before[name] = stage
                front.append(name)
    way = [before[first]]
    while way[-1] != first:
        way.append(before[way[-1]])
    return tuple(reversed(way))
