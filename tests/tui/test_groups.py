"""Workers of a group are one line with their states counted, until it is unfolded."""

from __future__ import annotations

import pytest

from pcsim.snapshot import BlockReason, Role, WorkerRow, WorkerState
from pcsim.tui.groups import Group, Lines, folded

FULL, EMPTY = BlockReason.FULL, BlockReason.EMPTY


def worker(
    name: str,
    group: str = "parser",
    state: WorkerState = WorkerState.RUNNING,
    reason: BlockReason | None = None,
    since: float = 0.0,
) -> WorkerRow:
    queue = None if reason is None else "pages"
    return WorkerRow(name, Role.STAGE, ("a",), ("pages",), state, queue, reason, since, group=group)


def blocked(name: str, reason: BlockReason = FULL, since: float = 0.0) -> WorkerRow:
    return worker(name, "parser", WorkerState.BLOCKED, reason, since)


def names(found: Lines) -> list[str]:
    return [line.title if isinstance(line, Group) else line.name for line in found.lines]


def test_a_group_is_where_the_first_of_it_would_be() -> None:
    """With the places of all of its members; the others stay one by one."""
    rows = [worker("main", ""), worker("p1"), worker("w", "writer"), worker("p2"), worker("p3")]
    placed = folded(rows, range(5), ())
    assert names(placed) == ["main", "parser ×3", "w"]
    assert placed.places == [(0,), (1, 3, 4), (2,)]
    assert names(folded(rows, [4, 2, 1], ())) == ["parser ×2", "w"]


def test_unfolded_its_members_follow() -> None:
    """In their order; a group that is not there changes nothing."""
    rows = [worker("p1"), worker("main", ""), worker("p2")]
    placed = folded(rows, range(3), {"parser", "gone"})
    assert names(placed) == ["parser ×2", "p1", "p2", "main"]
    assert placed.places == [(0, 2), (0,), (2,), (1,)]


def test_the_last_of_a_group_is_a_worker_like_any_other() -> None:
    """As are those without a group, however many there are."""
    rows = [worker("p1"), worker("a", ""), worker("b", "")]
    assert names(folded(rows, range(3), {"parser"})) == ["p1", "a", "b"]


@pytest.mark.parametrize(
    ("rows", "word", "text"),
    [
        ([worker("a"), worker("b")], "running", "all 2"),
        ([blocked("a", since=9.0), blocked("b", since=6.8), worker("c")], "blocked",
         "2 of 3, pages full 3.2 s; 1 running"),
        ([blocked("a", EMPTY, 9.5), worker("b"), worker("c")], "running", "2 of 3; 1 waiting"),
        ([blocked("a", EMPTY, 9.0), blocked("b", EMPTY, 9.5)], "waiting", "all 2, pages empty 1 s"),
    ],
)  # fmt: skip
def test_states_are_counted(rows: list[WorkerRow], word: str, text: str) -> None:
    """That of the worst comes first, with the queue where they wait and the longest wait."""
    group = Group("parser", tuple(rows))
    assert group.word == word
    assert group.counted(10.0, 40).replace("1.0 s", "1 s") == text


def test_where_there_is_little_room_the_number_stays() -> None:
    """What is left out is the rest, then the queue."""
    group = Group("parser", (blocked("a", since=9.0), blocked("b", since=6.8), worker("c")))
    assert group.counted(10.0, 25) == "2 of 3, pages full 3.2 s"
    assert group.counted(10.0, 20) == "2 of 3; 1 running"
    assert group.counted(10.0, 12) == group.counted(10.0, 2) == "2 of 3"


def test_those_that_wait_at_different_queues_are_only_counted() -> None:
    """Their queues are on their own lines."""
    other = blocked("b")._replace(queue="rows")
    assert Group("parser", (blocked("a"), other)).counted(10.0, 40) == "all 2"
