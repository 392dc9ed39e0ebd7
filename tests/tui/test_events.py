"""Events listed by kind and by words, with a cursor that stays and leads to an item's journey."""

from __future__ import annotations

from pcsim.analysis.firsts import First, FirstKind
from pcsim.snapshot import BlockReason, Event, EventKind
from pcsim.tui.event_kinds import CHOICES, listed
from pcsim.tui.widgets.event_log import GLYPH, EventLog
from tests.tui.scenarios import FAN
from tests.tui.support import advance, app_for, on_dashboard, pass_time, picture

EVENTS = (
    Event(3, 3.0, EventKind.CONTROL, "run"),
    Event(2, 2.0, EventKind.DROPPED, "merger", queue="audit", item=7),
    Event(1, 1.0, EventKind.BLOCKED, "web", queue="uploads", reason=BlockReason.FULL),
    Event(0, 0.5, EventKind.SKIPPED, "scanner", item=3, message="no"),
)
FIRSTS = (First(0.5, FirstKind.FAILED, "scanner", 3), First(2.0, FirstKind.DROPPED, "audit", 7))


def item_under_cursor(log: EventLog) -> int | None:
    return None if log._chosen is None else log._chosen.item


def test_each_event_is_of_one_choice_of_kinds() -> None:
    """And the first times, newest first, are a choice of their own."""
    some = [list(listed(EVENTS, FIRSTS, choice, "")) for choice in CHOICES]
    assert some[0] == list(EVENTS)
    assert some[-1] == list(reversed(FIRSTS))
    assert [one.number for part in some[1:-1] for one in part if isinstance(one, Event)] == [
        1, 2, 0, 3,
    ]  # fmt: skip
    assert set(GLYPH) == set(EventKind)
    kinds = [kind for choice in CHOICES for kind in choice.kinds]
    assert sorted(kinds) == sorted(EventKind)


def test_words_are_looked_for_in_kind_names_and_text() -> None:
    """Without any, the same object comes back: nothing is made for nothing."""
    assert listed(EVENTS, FIRSTS, CHOICES[0], " ") is EVENTS
    assert listed(EVENTS, FIRSTS, CHOICES[0], "AUDIT dropped") == EVENTS[1:2]
    assert listed(EVENTS, FIRSTS, CHOICES[-1], "failed") == FIRSTS[:1]
    assert listed(EVENTS, FIRSTS, CHOICES[0], "nobody") == ()


async def test_f_goes_through_the_kinds_and_slash_filters() -> None:
    """The title says which; esc shows all again."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 18.0)
        log = app.dashboard.tables.log_view
        log.focus()
        await pilot.press("f", "f")
        await pilot.pause()
        assert {one.kind for one in log._events or ()} == {EventKind.DROPPED}
        assert "Events  losses" in picture(app)
        await pilot.press("f", "f", "f")
        await pilot.pause()
        assert "for the first time" in picture(app)
        await pilot.press("f", "slash", *"router", "enter")
        await pilot.pause()
        assert {one.subject for one in log._events or ()} == {"router"}
        assert "Events  / router" in picture(app)
        await pilot.press("escape")
        await pilot.pause()
        assert log.filter_text == ""
        assert on_dashboard(app)


async def test_the_cursor_stays_on_its_event_and_leads_to_the_journey() -> None:
    """While newer ones come; the item has where it is now, and its way until then."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 18.0)
        log = app.dashboard.tables.log_view
        log.focus()
        await pilot.press("down", "down", "down")
        chosen = log._chosen
        assert isinstance(chosen, Event)
        await pass_time(app, pilot, 0.5)
        assert log._chosen is chosen
        place = list(log._events or ()).index(chosen)
        assert place > 2
        assert place in log.visible_lines()
        while (item := item_under_cursor(log)) is None:
            await pilot.press("down")
        await pilot.press("enter")
        await pilot.pause()
        shown = picture(app)
        assert f"Item {item}" in shown
        assert "Its journey  " in shown
        assert not app.faults.text
