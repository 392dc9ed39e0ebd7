"""The last line: which keys it shows where there is not room for all."""

from __future__ import annotations

import pytest

from pcsim.snapshot import Phase
from pcsim.tui.key import Hint
from pcsim.tui.keys import NEED_A_LIST, NEED_A_PAST, NEED_TO_ATTACH
from pcsim.tui.pages.table import TIMELINE, WAITS
from pcsim.tui.screens.footer import State, fitting, hints_for

LIVE = State(Phase.RUNNING, idle_keys=NEED_TO_ATTACH | NEED_A_PAST | NEED_A_LIST)


def shown(state: State, width: int) -> list[str]:
    """The keys that are shown."""
    return [hint.key for hint in fitting(hints_for(state), width)]


def test_the_lowest_ranks_come_first_and_long_forms_last() -> None:
    """What room is left goes to a higher rank that fits, and then to long forms."""
    hints = [
        Hint("a", "a long label", "a", 5, short="all"),
        Hint("b", "another label", "b", 9),
        Hint("c", "see", "c", 1),
        Hint("d", "do", "d", 6),
    ]
    assert [(one.key, one.label) for one in fitting(hints, 20)] == [
        ("a", "all"), ("c", "see"), ("d", "do"),
    ]  # fmt: skip
    assert [one.label for one in fitting(hints, 29)] == ["a long label", "see", "do"]
    assert [one.label for one in fitting(hints, 6)] == ["do"]
    assert fitting(hints, 5) == []
    assert fitting(hints, 99) == hints


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_there_is_room_for_what_is_shown_and_for_help(width: int) -> None:
    """On each page, and the more room, the more keys."""
    for page in (1, TIMELINE, WAITS):
        state = LIVE._replace(page=page)
        line = fitting(hints_for(state), width)
        assert sum(hint.width for hint in line) <= width
        assert {"?", "q"} <= {hint.key for hint in line}
        assert len(line) >= len(fitting(hints_for(state), width - 20))


def test_80_cells_have_the_way_back_in_time_and_to_the_views() -> None:
    """Besides what acts on the run."""
    assert shown(LIVE, 80) == ["p", "d", "x", ":", "b", "1-6", "?", "q"]
    for page in (TIMELINE, WAITS):
        assert "1-6" in shown(LIVE._replace(page=page), 60)


def test_a_key_is_named_once_with_what_it_does_there() -> None:
    """`n` is the next event of the timeline there, and the next one in details, not of a replay."""
    replay = LIVE._replace(replay=True, idle_keys=frozenset())
    for state in (
        replay,
        replay._replace(page=TIMELINE),
        replay._replace(acting=frozenset(("n", "enter", "y", "space"))),
        LIVE._replace(page=TIMELINE),
    ):
        pressed = [hint.press for hint in hints_for(state)]
        assert len(pressed) == len(set(pressed))
    assert "n" in [hint.press for hint in hints_for(LIVE._replace(page=TIMELINE))]
