"""Whatever a program that is watched does, each view of it can be drawn: `benchmarks.watched_rows`
draws a million of them."""

from __future__ import annotations

import pytest

from tests.support.fake_program import FakeProgram
from tests.tui.drawn import watch


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_come_and_go_are_drawn(seed: int) -> None:
    """Tables, drawing, details, timeline and waits, at three widths."""
    most, step = ((3, 0.3), (8, 900.0), (3, 0.3), (8, 0.3))[seed]
    assert watch(FakeProgram(seed, most=most, step=step), 500 if step < 1 else 80) > 2000
