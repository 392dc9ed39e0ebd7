"""Strongly connected components, and the cycles that are found with them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.graph import components, find_cycle

graphs = st.lists(st.sets(st.integers(0, 7)), min_size=8, max_size=8)


def reachable(start: int, edges: list[set[int]]) -> set[int]:
    """The nodes that a path of one edge or more leads to."""
    seen: set[int] = set()
    front = set(edges[start])
    while front:
        seen |= front
        front = {to for node in front for to in edges[node]} - seen
    return seen


@given(graphs)
def test_nodes_of_a_component_reach_each_other_and_no_others(edges: list[set[int]]) -> None:
    """Every node is in one component."""
    parts = [set(part) for part in components(range(8), edges.__getitem__)]
    assert sorted(node for part in parts for node in part) == list(range(8))
    for part in parts:
        for node in part:
            ahead = reachable(node, edges)
            assert part == {node} | {to for to in ahead if node in reachable(to, edges)}


@given(graphs)
def test_a_component_comes_after_all_that_follow_it(edges: list[set[int]]) -> None:
    """So the most downstream one is the first."""
    seen: set[int] = set()
    for part in components(range(8), edges.__getitem__):
        seen.update(part)
        assert {to for node in part for to in edges[node]} <= seen


@given(graphs)
def test_a_cycle_is_a_way_back_to_its_first_stage(edges: list[set[int]]) -> None:
    """And none is returned only where there is none."""
    stages = [
        ConsumerSpec(f"S{n}", f"q{n}", output=tuple(f"q{to}" for to in sorted(edges[n])) or None)
        for n in range(8)
    ]
    cycle = [int(name[1:]) for name in find_cycle(stages)]
    assert bool(cycle) == any(node in reachable(node, edges) for node in range(8))
    assert all(to in edges[node] for node, to in zip(cycle, cycle[1:] + cycle[:1], strict=True))


def test_a_scenarios_cycle_is_found_wherever_it_is() -> None:
    """Diamonds are none, and a tail before the cycle is not part of it."""

    def stage(name: str, taken: tuple[str, ...], output: str) -> ConsumerSpec:
        return ConsumerSpec(name, taken, 0, output=output)

    queues = tuple(QueueSpec(name) for name in "abcd")
    producers = (ProducerSpec("P", "a"),)
    end = ConsumerSpec("E", ("d",))
    diamond = (stage("S", ("a",), "b"), stage("T", ("a",), "c"), stage("U", ("b", "c"), "d"), end)
    assert Scenario(queues, producers, diamond).cycle() == ()
    back = (stage("S", ("a",), "b"), stage("T", ("b",), "c"), stage("U", ("c",), "b"))
    both = (*back, stage("V", ("c",), "d"), end)
    assert Scenario(queues, producers, both).cycle() == ("T", "U")
