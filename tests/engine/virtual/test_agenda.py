"""Whose turn comes when: the agenda alone, without workers."""

from __future__ import annotations

from heapq import heappop

from pcsim.engine.virtual.agenda import Agenda


def nothing(_: object) -> None:
    """What the workers of these tests do."""


def agenda_of(workers: int) -> Agenda:
    """An agenda in which each worker has a turn at time 0."""
    agenda = Agenda()
    agenda.actions = [nothing] * workers
    agenda.open()
    return agenda


def taken(agenda: Agenda) -> list[tuple[float, int]]:
    """All entries that count, in their order, taken out."""
    entries = []
    while agenda.next_at() is not None:
        entries.append(heappop(agenda.heap))
    return entries


def test_equal_times_go_by_rank() -> None:
    """Not by the order in which they were scheduled."""
    agenda = agenda_of(0)
    agenda.actions = [nothing] * 3
    for at, rank in ((2.0, 2), (1.0, 1), (2.0, 0)):
        agenda.schedule(at, rank, nothing)
    assert taken(agenda) == [(1.0, 1), (2.0, 0), (2.0, 2)]


def test_a_turn_that_is_taken_away_does_not_come() -> None:
    """Its worker may get another one, even at the same time; the rest of the time is known."""
    agenda = agenda_of(0)
    agenda.actions = [nothing] * 2
    agenda.schedule(5.0, 0, nothing)
    agenda.schedule(7.0, 1, nothing)
    agenda.time[0] = 3.0
    assert agenda.unschedule(0) == 2.0
    assert agenda.turn_of(0) is None
    assert agenda.unschedule(0) == 0.0
    assert agenda.next_at() == 7.0
    agenda.schedule(7.0, 0, nothing)
    agenda.discard((7.0, 0))
    agenda.schedule(7.0, 0, nothing)
    assert agenda.turn_of(0) == 7.0
    assert taken(agenda) == [(7.0, 0), (7.0, 1)]
    assert not agenda.stale


def test_turns_are_looked_up_once_for_many() -> None:
    """What is taken away meanwhile is known as well."""
    agenda = agenda_of(3)
    with agenda.turns_looked_up():
        agenda.unschedule(1)
        assert agenda.turn_of(1) is None
        assert agenda.turn_of(2) == 0.0
    assert agenda.turn_of(1) is None
    assert taken(agenda) == [(0.0, 0), (0.0, 2)]


def test_a_cleared_agenda_has_no_turns() -> None:
    """Not even stale ones."""
    agenda = agenda_of(2)
    agenda.unschedule(0)
    agenda.clear()
    assert agenda.next_at() is None
    assert not agenda.stale
