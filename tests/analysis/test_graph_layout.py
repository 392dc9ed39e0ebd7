"""A system is laid out in layers: everything that is connected is drawn once, and nothing else."""

from __future__ import annotations

import random

import pytest

from pcsim.analysis.graph_layout import Drawing, graph_layout
from pcsim.analysis.topology import Ports


def layers(drawing: Drawing) -> list[list[str]]:
    return [[", ".join(one.node.members) for one in layer] for layer in drawing.layers]


def test_layers_go_from_sources_to_sinks() -> None:
    """A source stands just before what it feeds; workers with the same queues are one node."""
    drawing = graph_layout(
        ["in", "a", "b", "out"],
        [
            Ports("P1", (), ("in",)), Ports("P2", (), ("in",)),
            Ports("router", ("in",), ("a", "b")), Ports("A", ("a",), ("out",)),
            Ports("B", ("b",), ("out",)), Ports("sink", ("out",), ()), Ports("late", (), ("out",)),
        ],
    )  # fmt: skip
    assert layers(drawing) == [
        ["P1, P2"], ["in"], ["router"], ["a", "b"], ["A", "B", "late"], ["out"], ["sink"],
    ]  # fmt: skip
    assert drawing.returns == {}
    assert drawing.height == 3


def test_an_edge_that_passes_layers_has_a_place_in_each() -> None:
    """A stage that skips one puts its wire through it."""
    drawing = graph_layout(
        ["a", "b"],
        [Ports("P", (), ("a",)), Ports("X", ("a",), ("b",)), Ports("Y", ("a", "b"), ())],
    )
    assert layers(drawing) == [["P"], ["a"], ["X", ""], ["b", ""], ["Y"]]
    assert all(drawing.wires[place] for place in range(4))


def test_feedback_is_said_and_not_drawn() -> None:
    """The edge that closes a cycle leads back; the others stay, also without a source."""
    cycle = [Ports("X", ("a",), ("b",)), Ports("Y", ("b",), ("a",))]
    drawing = graph_layout(["a", "b"], [Ports("P", (), ("a",)), *cycle])
    assert layers(drawing) == [["P"], ["a"], ["X"], ["b"], ["Y"]]
    assert list(drawing.returns.values()) == [("a",)]
    alone = graph_layout(["a", "b"], cycle)
    assert sorted(name for layer in layers(alone) for name in layer) == ["X", "Y", "a", "b"]
    assert len(alone.returns) == 1


@pytest.mark.parametrize("queues", [[], ["q"]])
def test_little_and_nothing_have_a_drawing(queues: list[str]) -> None:
    """A queue alone, a worker without one, and one whose queue is gone."""
    for workers in ([], [Ports("w", ("gone",), ())], [Ports("w", (), ("q",))]):
        drawing = graph_layout(queues, workers)
        names = [name for layer in layers(drawing) for name in layer]
        assert sorted(names) == sorted([*queues, *(one.name for one in workers)])


@pytest.mark.parametrize("seed", range(40))
def test_of_any_system_each_part_is_drawn_once(seed: int) -> None:
    """No two nodes share a place, each wire ends at nodes, and no connection is missing."""
    numbers = random.Random(seed)
    queues = [f"q{place}" for place in range(numbers.randrange(1, 12))]

    def some() -> tuple[str, ...]:
        return tuple(numbers.sample(queues, numbers.randrange(0, min(4, len(queues) + 1))))

    workers = [Ports(f"w{place}", some(), some()) for place in range(numbers.randrange(0, 15))]
    drawing = graph_layout(queues, workers)
    names = [name for layer in drawing.layers for one in layer for name in one.node.members]
    assert sorted(names) == sorted([*queues, *(one.name for one in workers)])
    for number, layer in enumerate(drawing.layers):
        rows = [one.row for one in layer]
        assert len(rows) == len(set(rows))
        assert max(rows, default=-1) < drawing.height
        after = {one.row for one in drawing.layers[number + 1]} if drawing.wires[number] else set()
        assert {wire.source for wire in drawing.wires[number]} <= set(rows)
        assert {wire.target for wire in drawing.wires[number]} <= after
    wires = sum(1 for layer in drawing.wires for _ in layer)
    passes = sum(not one.node.members for layer in drawing.layers for one in layer)
    nodes = {(one.inputs, one.outputs) for one in workers}
    wanted = sum(len(inputs) + len(outputs) for inputs, outputs in nodes)
    back = sum(map(len, drawing.returns.values()))
    assert wires - passes <= wanted
    assert wires - passes + back >= wanted - len(workers)
