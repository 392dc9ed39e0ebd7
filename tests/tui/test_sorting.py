"""Rows are ordered by the column that the user has chosen, and turned round where it is wanted."""

from __future__ import annotations

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import BlockReason, Role, WorkerRow, WorkerState
from pcsim.tui.glyphs import standing
from pcsim.tui.groups import folded, in_blocks, members_of
from pcsim.tui.sorting import Order, Ranking, by_number, clicked, in_order, next_order, trouble
from tests.tui.scenarios import STEADY
from tests.tui.support import advance, app_for, picture

RATE = Order("rate")


def stuck_first(rows: list[WorkerRow]) -> list[WorkerRow]:
    return [rows[place] for place in in_order([trouble(row) for row in rows], is_falling=True)]


def test_blocked_workers_come_first() -> None:
    """The others keep their order."""
    engine = VirtualEngine(DEMOS[3])
    engine.start()
    engine.advance(until=2.5)
    states = [standing(row) for row in stuck_first(list(engine.snapshot().workers))]
    assert states == sorted(states)
    assert states[0] == "blocked"


def test_who_waits_for_items_is_not_stuck() -> None:
    """It comes after those that work: it is in nobody's way."""
    rows = [
        WorkerRow("idle", Role.CONSUMER, state=WorkerState.BLOCKED, reason=BlockReason.EMPTY),
        WorkerRow("busy", Role.CONSUMER, state=WorkerState.RUNNING),
        WorkerRow("held", Role.PRODUCER, state=WorkerState.BLOCKED, reason=BlockReason.FULL),
        WorkerRow("new", Role.CONSUMER, state=WorkerState.NEW),
    ]
    assert [row.name for row in stuck_first(rows)] == ["held", "busy", "idle", "new"]
    assert [standing(row) for row in rows] == ["waiting", "running", "blocked", "new"]


def test_of_blocked_workers_the_longest_blocked_comes_first() -> None:
    """It has the earliest time in its state."""
    rows = [
        WorkerRow(str(since), Role.PRODUCER, state=WorkerState.BLOCKED, reason=BlockReason.FULL,
                  since=since)
        for since in (3.0, 1.0, 2.0)
    ]  # fmt: skip
    assert [row.name for row in stuck_first(rows)] == ["1.0", "2.0", "3.0"]


@pytest.mark.parametrize("is_falling", [False, True])
def test_equal_values_stay_as_they_are_and_none_comes_last(is_falling: bool) -> None:
    """Whichever way round the order is."""
    found = in_order([None, 2, 1, 2, None, 1], is_falling=is_falling)
    assert found == ([1, 3, 2, 5, 0, 4] if is_falling else [2, 5, 1, 3, 0, 4])


def test_numbers_in_names_are_numbers() -> None:
    """`w-9` comes before `w-10`; names that are nothing but digits, or nothing, are names too."""
    names = ["w-10", "W-9", "", "12", "w", "9" * 5000, "w-9b"]
    assert sorted(names, key=by_number) == ["", "12", "9" * 5000, "w", "W-9", "w-9b", "w-10"]


def test_the_key_goes_round_the_columns_and_back_to_the_declared_order() -> None:
    """Beginning with the first of its own."""
    keys, order, seen = ("state", "name", "busy"), None, []
    while True:
        order = next_order(order, keys, "name")
        if order is None:
            break
        seen.append(order.key)
    assert seen == ["name", "busy", "state"]
    assert next_order(Order("gone"), keys, "gone") == Order("state")
    assert next_order(None, (), "name") is None


def test_a_second_click_turns_round_and_a_third_goes_back() -> None:
    """A click on another heading begins anew; a name rises first, a number falls."""
    one = clicked(None, "busy")
    assert one == Order("busy")
    assert one is not None
    assert one.mark == "↓"
    two = clicked(one, "busy")
    assert two == Order("busy", is_turned=True)
    assert clicked(two, "name") == Order("name")
    assert Order("name").mark == "↑"
    assert clicked(two, "busy") is None


def test_rows_stay_where_they_are_for_a_second() -> None:
    """So that they can be read; other rows, another order and a later time find it anew."""
    ranking = Ranking()
    values = {"a": 1.0, "b": 2.0, "c": 3.0}

    def ranks(names: str, now: float, order: Order = RATE) -> list[int]:
        return ranking.ranks(list(names), order, lambda place: values[names[place]], now)

    assert ranks("abc", 0.0) == [2, 1, 0]
    values["a"] = 9.0
    assert ranks("abc", 0.9) == [2, 1, 0]
    assert ranks("cba", 0.9) == [0, 1, 2]
    assert ranks("ab", 0.9) == [0, 1]
    values["a"] = 0.0
    assert ranks("ab", 1.0, Order("rate", is_turned=True)) == [0, 1]
    assert ranks("ab", 2.0) == [1, 0]


def test_members_stay_below_their_group() -> None:
    """The group is where its own value puts it; its members are in the order among themselves."""
    rows = [
        WorkerRow(name, Role.CONSUMER, group=name[0], done_total=done)
        for name, done in (("a1", 1), ("b1", 5), ("a2", 7), ("b2", 9), ("c", 9))
    ]
    lines = folded(rows, range(5), {"a"}).lines
    items = [sum(one.done_total for one in members_of(line)) for line in lines]
    order = in_blocks(lines, lambda some: sorted(some, key=lambda place: -items[place]))
    assert [lines[place].name.rstrip("\0") for place in order] == ["b", "c", "a", "a2", "a1"]


async def test_who_waits_for_items_is_nowhere_called_blocked() -> None:
    """Not in the titles, the rows, the details or the events; there is no jam."""
    app = app_for(STEADY)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.17)
        (consumer,) = members_of(app.dashboard.tables.consumers.rows[0])
        assert (consumer.state, consumer.reason) == (WorkerState.BLOCKED, BlockReason.EMPTY)
        assert "1 waiting" in picture(app)
        assert "· waiting" in picture(app)
        assert "waiting, main empty" in picture(app)
        assert "blocked" not in picture(app)
        await pilot.press("tab", "tab", "enter")
        await pilot.pause()
        assert "· waiting" in picture(app)
