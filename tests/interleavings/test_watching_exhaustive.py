"""Every order in which a viewer can come and go beside a put, a get, or both."""

from __future__ import annotations

import queue
from collections.abc import Callable

import pytest

from pcsim import testing
from pcsim.watch.agent import Agent
from tests.interleavings.test_watching import MODULES, traffic_while_it_is_watched

HELPERS = ("tests.interleavings.test_watching",)


def swap_beside(one: queue.Queue[int], act: Callable[[], object]) -> None:
    """A viewer comes and goes while another thread does one thing."""
    agent = Agent("allow")

    def watch() -> None:
        agent.begin(finds=False)
        agent.watch(one, None)
        agent.restore()

    testing.threads(act, watch)
    assert not list(agent.faults), list(agent.faults)


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(preemptions=2, modules=MODULES, helpers=HELPERS, grain="calls")
def test_a_put_beside_every_swap() -> None:
    """Every order with at most two preemptions: the item is there, once."""
    one: queue.Queue[int] = queue.Queue(1)
    swap_beside(one, lambda: one.put(1))
    assert list(one.queue) == [1]


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(preemptions=2, modules=MODULES, helpers=HELPERS, grain="calls")
def test_a_get_beside_every_swap() -> None:
    """Every order with at most two preemptions: the item is taken, once."""
    one: queue.Queue[int] = queue.Queue(1)
    one.put(1)
    taken: list[int] = []
    swap_beside(one, lambda: taken.append(one.get()))
    assert taken == [1]
    assert not one.queue


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(preemptions=1, modules=MODULES, helpers=HELPERS, grain="calls")
def test_a_putter_and_a_getter_beside_every_swap() -> None:
    """Every order with at most one preemption: threads wait and are woken meanwhile. With two, and
    one item, it is 226 s of processor time, and was done once by hand."""
    traffic_while_it_is_watched(1, 2, 1)
