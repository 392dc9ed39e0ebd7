"""Numbers for items are taken once each, and the last one is not lost."""

from __future__ import annotations

from functools import partial
from itertools import chain
from itertools import count as count_from

import pytest

from pcsim import runtime
from pcsim.engine.numbering import limited_ids
from tests.support.threads import run_all

LOCKS = pytest.mark.parametrize("has_lock", [True, False], ids=["global lock", "no global lock"])


@LOCKS
def test_the_last_number_is_not_lost_while_others_ask_for_it(
    has_lock: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another producer asks while the first is telling that there are enough."""
    monkeypatch.setattr(runtime, "has_interpreter_lock", lambda: has_lock)
    others: list[int | None] = []
    numbers = limited_ids(3, count_from(1), lambda: others.append(next(numbers, None)))
    assert list(numbers) == [1, 2, 3]
    assert others == [None]


@pytest.mark.parametrize("limit", [1, 50])
def test_threads_take_as_many_numbers_as_there_are(limit: int) -> None:
    """Each of them once, and one thread is the last."""
    for _ in range(20):
        ends: list[None] = []
        numbers = limited_ids(limit, count_from(1), partial(ends.append, None))
        taken: list[list[int]] = run_all([partial(list, numbers)] * 3)
        assert sorted(chain(*taken)) == list(range(1, limit + 1))
        assert len(ends) == 1
