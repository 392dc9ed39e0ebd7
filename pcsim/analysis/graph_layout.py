"""A system as a graph in layers, from left to right: its sources, queues, stages and sinks.

The steps are Sugiyama's (IEEE Transactions on Systems, Man, and Cybernetics 11, 1981): edges that
close a cycle are set aside, each node gets the layer after the last of those before it, edges that
pass a layer get a place in it, and the order in each layer is that of the neighbours' mean places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pcsim.analysis.topology import Ports

SWEEPS = 4
"""Passes over the layers, to and fro, in which their order is made better."""


class Node(NamedTuple):
    """A queue, workers that read and write the same queues, or the place of an edge that passes."""

    key: str
    """What it is known by: unique among all nodes."""
    members: tuple[str, ...] = ()
    """The names of its workers, or of its queue; none where an edge passes."""
    is_queue: bool = False


class Placed(NamedTuple):
    """A node with its row."""

    node: Node
    row: int


class Wire(NamedTuple):
    """An edge between neighbouring layers, by the rows of its ends."""

    source: int
    target: int


class Drawing(NamedTuple):
    """The graph with a place for each node."""

    layers: tuple[tuple[Placed, ...], ...]
    wires: tuple[tuple[Wire, ...], ...]
    """Those between each layer and the next."""
    returns: Mapping[str, tuple[str, ...]]
    """For the key of each node the names of those before it to which it leads back: feedback."""
    height: int
    """Rows."""


def graph_layout(queues: Sequence[str], workers: Sequence[Ports]) -> Drawing:
    """Return the graph of a system. Workers with the same queues are one node.

    Args:
        queues: The names of all queues.
        workers: The workers, or the groups that are shown as one.

    >>> from pcsim.analysis.topology import Ports
    >>> drawing = graph_layout(["q"], [Ports("P", (), ("q",)), Ports("C", ("q",), ())])
    >>> [[placed.node.members for placed in layer] for layer in drawing.layers]
    [[('P',)], [('q',)], [('C',)]]
    """
    nodes, after = _nodes(queues, workers)
    returns = _cut_cycles(nodes, after)
    layers = _layers(nodes, after)
    ordered, edges = _with_passes(nodes, after, layers)
    _untangle(ordered, edges)
    rows = _rows(ordered, edges)
    placed = tuple(
        tuple(Placed(nodes.get(key, Node(key)), rows[key]) for key in layer) for layer in ordered
    )
    wires = tuple(
        tuple(Wire(rows[key], rows[target]) for key in layer for target in edges.get(key, ()))
        for layer in ordered
    )
    return Drawing(placed, wires, returns, max(rows.values(), default=-1) + 1)


Edges = dict[str, list[str]]


def _nodes(queues: Sequence[str], workers: Sequence[Ports]) -> tuple[dict[str, Node], Edges]:
    known = set(queues)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for worker in workers:
        ends = (
            tuple(name for name in worker.inputs if name in known),
            tuple(name for name in worker.outputs if name in known),
        )
        alike.setdefault(ends, []).append(worker.name)
    nodes: dict[str, Node] = {}
    after: Edges = {}
    for place, (ends, names) in enumerate(alike.items()):
        key = f"w{place}"
        nodes[key] = Node(key, tuple(names))
        after[key] = [f"q{name}" for name in dict.fromkeys(ends[1])]
        for name in ends[0]:
            after.setdefault(f"q{name}", []).append(key)
    for name in queues:
        nodes[f"q{name}"] = Node(f"q{name}", (name,), is_queue=True)
        after.setdefault(f"q{name}", [])
    return nodes, after


def _cut_cycles(nodes: Mapping[str, Node], after: Edges) -> dict[str, tuple[str, ...]]:
    """Take the edges that close a cycle out, and say which queues they lead back to."""
    fed = {target for targets in after.values() for target in targets}
    sources = [key for key in nodes if key not in fed]
    state: dict[str, bool] = {}
    """Whether a node is still on the path that led to it."""
    back: dict[str, list[str]] = {}
    for start in (*sources, *nodes):
        if start in state:
            continue
        state[start] = True
        path = [(start, iter(list(after[start])))]
        while path:
            key, targets = path[-1]
            target = next(targets, None)
            if target is None:
                state[key] = False
                path.pop()
            elif target not in state:
                state[target] = True
                path.append((target, iter(list(after[target]))))
            elif state[target]:
                after[key].remove(target)
                back.setdefault(key, []).append(target)
    return {
        key: tuple(name for target in targets for name in nodes[target].members)
        for key, targets in back.items()
    }


def _layers(nodes: Mapping[str, Node], after: Edges) -> dict[str, int]:
    waiting = dict.fromkeys(nodes, 0)
    for targets in after.values():
        for target in targets:
            waiting[target] += 1
    layers = dict.fromkeys(nodes, 0)
    ready = [key for key in nodes if not waiting[key]]
    for key in ready:  # it grows while it is gone through
        for target in after[key]:
            layers[target] = max(layers[target], layers[key] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for key in nodes:  # a source stands just before what it feeds
        if after[key] and not layers[key]:
            layers[key] = min(layers[target] for target in after[key]) - 1
    return layers


def _with_passes(
    nodes: Mapping[str, Node], after: Edges, layers: Mapping[str, int]
) -> tuple[list[list[str]], Edges]:
    """The keys by layer, with one more in each layer that an edge passes."""
    ordered: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for key in nodes:
        ordered[layers[key]].append(key)
    edges: Edges = {}
    for key, targets in after.items():
        for target in targets:
            before = key
            for layer in range(layers[key] + 1, layers[target]):
                passing = f"p{key}>{target}@{layer}"
                ordered[layer].append(passing)
                edges.setdefault(before, []).append(passing)
                before = passing
            edges.setdefault(before, []).append(target)
    return ordered, edges


def _untangle(ordered: list[list[str]], edges: Edges) -> None:
    before: Edges = {}
    for key, targets in edges.items():
        for target in targets:
            before.setdefault(target, []).append(key)
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else edges
        order = ordered if sweep % 2 == 0 else ordered[::-1]
        places = {key: float(place) for layer in ordered for place, key in enumerate(layer)}
        for layer in order:
            mean = {}
            for place, key in enumerate(layer):
                near = neighbours.get(key, ())
                mean[key] = sum(places[one] for one in near) / len(near) if near else float(place)
            layer.sort(key=mean.__getitem__)
            places.update((key, float(place)) for place, key in enumerate(layer))


def _rows(ordered: Sequence[Sequence[str]], edges: Edges) -> dict[str, int]:
    """The rows: each node near the middle of those before it, in the order of its layer."""
    before: Edges = {}
    for key, targets in edges.items():
        for target in targets:
            before.setdefault(target, []).append(key)
    rows: dict[str, int] = {}
    for layer in ordered:
        next_row = 0
        for key in layer:
            near = sorted(rows[one] for one in before.get(key, ()) if one in rows)
            wanted = near[(len(near) - 1) // 2] if near else 0
            rows[key] = max(wanted, next_row)
            next_row = rows[key] + 1
    return rows
