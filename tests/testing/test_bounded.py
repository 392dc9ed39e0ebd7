"""The search that goes on from each state once comes to all that every schedule comes to."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import pytest

from pcsim import testing
from pcsim.testing import decorator
from pcsim.testing.exploring import Settings, explored
from pcsim.testing.switch_points import Grain
from tests.testing import searched

PROGRAMS = [
    (searched.put_and_get, 1), (searched.without_a_lock, 2), (searched.closures, 1),
    (searched.events, 1), (searched.threads_that_end, 2),
    *(pytest.param(program, bound, marks=pytest.mark.long) for program, bound in (
        (searched.put_and_get, 2), (searched.in_time, 1), (searched.get_any, 1),
        (searched.shut_down, 1), (searched.look_inside, 1), (searched.interrupted, 1),
        (searched.interrupted_lock, 2), (searched.closures, 2), (searched.events, 2),
    )),
]  # fmt: skip


def state_of(core: Any) -> object:
    """All that threads share in a sealed queue."""
    lines = [
        [(one.pending, one.is_through, one.is_woken, one.is_settled) for one in each]
        for line in (core._getters, core._putters)
        for each in (line.waiters, line.woken)
    ]
    flags = core._wants_item, core._wants_slot, core.is_shutdown, core._is_over, core.is_unsealed
    return repr((list(core._items), len(core._free), core._slots, flags, lines, core._mutex._owner))


def reached(program: Any, bound: int, *, follows: bool) -> tuple[set[str], set[object], int]:
    """What the schedules of a program come to, the states of its queues, and how many there are."""
    ends: set[str] = set()
    states: set[object] = set()
    grain = Grain.CALLS if program.__name__ in CALLS else Grain.STATEMENTS
    world = decorator._world((program.__module__,), grain, (), follows)
    copy = decorator._copy(world, program.explored)
    with world.in_place():
        body = partial(
            copy,
            lambda end: ends.add(str(end)),
            lambda core: testing.always(lambda: states.add(state_of(core))),
        )
        found = explored(body, Settings(sys.maxsize, 0, bound, None, 50_000, follows))
    assert found.failure is None
    return ends, states, found.schedules


CALLS = {
    "put_and_get", "in_time", "get_any", "shut_down", "look_inside", "interrupted",
    "interrupted_lock",
}  # fmt: skip


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("program", "bound"), PROGRAMS)
def test_no_end_and_no_state_is_missed(program: Any, bound: int) -> None:
    """With far fewer schedules."""
    ends, states, schedules = reached(program, bound, follows=False)
    once_ends, once_states, once = reached(program, bound, follows=True)
    assert (once_ends, once_states) == (ends, states)
    assert once <= schedules
