"""What is watched keeps its order and its past, whatever it is and however it answers."""

from __future__ import annotations

from pcsim.snapshot import Phase, QueueRow, Role, Snapshot, Totals, WorkerRow
from pcsim.snapshot.marks import RECENT
from pcsim.snapshot.steady import Order, Steady
from tests.support.fake_program import FakeProgram


def names_after(*found: str) -> list[str]:
    """The names as one order has them, after each list of them was found."""
    order = Order()
    for names in found:
        rows = order.of([WorkerRow(name, Role.STAGE) for name in names])
    return [row.name for row in rows]


def test_rows_keep_their_order_however_they_are_found() -> None:
    """The same ones in another order, twice, and back."""
    assert names_after("abc", "cab", "cab", "bca") == ["a", "b", "c"]


def test_what_comes_is_last_and_what_goes_leaves_no_gap() -> None:
    """What comes back counts as new."""
    assert names_after("abc", "dbca") == ["a", "b", "c", "d"]
    assert names_after("abc", "ca") == ["a", "c"]
    assert names_after("abc", "bc", "abc") == ["b", "c", "a"]
    assert names_after("abc", "") == []


def test_rows_found_in_that_order_are_not_copied() -> None:
    """They are the same object."""
    rows = [WorkerRow(name, Role.STAGE) for name in "abc"]
    assert Order().of(rows) is rows


class Counting:
    """A program in which an item comes each second."""

    def __init__(self) -> None:
        self.at = 0.0

    def snapshot(self) -> Snapshot:
        put = int(self.at)
        queue = QueueRow("urls", None, put, put_total=put)
        return Snapshot(put, self.at, Phase.RUNNING, True, (queue,), (), Totals(produced=put))


def test_the_last_seconds_of_what_keeps_no_past_are_known() -> None:
    """As of a run: ten seconds, once that many have gone by."""
    program = Counting()
    steady = Steady(program)  # type: ignore[arg-type]
    for tick in range(1000):
        program.at = tick / 10
        recent = steady.snapshot().recent
        assert recent.totals.produced == recent.queues[0].depth - recent.queues[0].carried
        if program.at > RECENT + 1:
            assert RECENT <= recent.at <= RECENT + 1.1
        else:
            assert recent.at <= program.at


def test_a_past_of_its_own_counts() -> None:
    """It is not replaced."""
    program = FakeProgram(1)
    before = program.snapshot()
    program.snapshot = lambda: before._replace(at=99.0, before=before)  # type: ignore[method-assign]
    assert Steady(program).snapshot().before is before
