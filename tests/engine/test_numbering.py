"""Numbers for items are taken once each, and the last one is not lost."""

from __future__ import annotations

from itertools import count as count_from

from pcsim.engine.numbering import limited_ids


def test_the_last_number_is_not_lost_while_others_ask_for_it() -> None:
    """Another producer asks while the first is telling that there are enough."""
    others: list[int | None] = []
    numbers = limited_ids(3, count_from(1), lambda: others.append(next(numbers, None)))
    assert list(numbers) == [1, 2, 3]
    assert others == [None]
