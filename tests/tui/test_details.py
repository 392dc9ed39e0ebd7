"""The details of queues, workers and items: what they say, and where they lead."""

from __future__ import annotations

import re

import pytest

from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import BlockReason, Event, EventKind, QueueRow
from pcsim.text import display_width
from pcsim.tui import cells
from pcsim.tui.app import PcsimApp
from pcsim.tui.details.journey import item_sections
from pcsim.tui.details.sections import Entry, Kind, Section, Target, laid_out
from pcsim.tui.screens.details import DetailsScreen
from tests.tui.scenarios import BACK_PRESSURE, FAN, HOSTILE, THREE_HUNDRED
from tests.tui.support import (
    PALETTE,
    advance,
    app_for,
    footer,
    messages,
    on_dashboard,
    picture,
)
from tests.tui.test_watching import Program, app_on, look, thread


def title(app: PcsimApp) -> str:
    return picture(app).splitlines()[1].strip("─ ")


def details(app: PcsimApp) -> DetailsScreen:
    assert isinstance(app.screen, DetailsScreen)
    return app.screen


# Sections


def lines_of(sections: list[Section], width: int) -> list[str]:
    found = laid_out(sections, width, PALETTE)
    return ["".join(text for part in line for text, _ in part.pieces) for line in found.lines]


def test_sections_stand_side_by_side_where_there_is_room() -> None:
    """Each line is as wide as the screen, less a cell for the cursor in each of them."""
    entries = [Entry([("one", "text")], Target(Kind.QUEUE, "q")), Entry([("two", "text")])]
    sections = [
        Section("A", entries),
        Section("B", entries[:1], "note"),
        Section("C", [], "", False),
    ]
    wide, narrow = lines_of(sections, 101), lines_of(sections, 80)
    assert len(wide) == 4 + 2
    assert len(narrow) == 4 + 3 + 2
    assert wide[0].startswith("╭─ A ")
    assert "╭─ B  note " in wide[0]
    assert [target for _, target in laid_out(sections, 80, PALETTE).chosen] == [entries[0]] * 2
    assert {display_width(line) for line in narrow if line[0] == "│"} == {79}


@pytest.mark.parametrize("width", [1, 5, 20, 99, 100, 240])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    """Nor is one with wide characters and a long title."""
    entries = [Entry([("漢字" * 100, "text")])]
    found = laid_out([Section("title " * 50, entries, "note " * 50)], width, PALETTE)
    for line in found.lines:
        total = cells.total_width([piece for part in line for piece in part.pieces])
        assert total <= max(width, 8)


# Queues


async def test_a_queue_tells_its_past_its_waits_and_who_is_at_it() -> None:
    """Depth over time, the classes of its waiting times, shares and rates of its workers."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 16.0)
        await pilot.press(*"jjjj", "enter")
        await pilot.pause()
        shown = picture(app)
        assert title(app) == "Queue merge  5 of 8"
        for words in (
            "25 of 25", "block when full, fifo", "Who feeds it, who reads it", "resize-small-1",
            "full for the first time", "p50", "p99", "Waiting now: 25 items",
        ):  # fmt: skip
            assert words in shown, words
        assert "━▒" in shown
        view = app.watcher.display.view
        assert view.recent is not None
        waits = [part.queues[4].waiting_time.count for part in (view.recent, view.snapshot)]
        found = re.findall(r"(?:–|over) \S+ m?s +(\d+)  █|over \S+ m?s +(\d+)  █", shown)
        counts = [int(one or other) for one, other in found]
        assert sum(counts) == sum(waits), counts
        for number, span in zip(waits, ("last 10.0 s", "the whole run"), strict=True):
            assert f"{number} items, {span}" in shown


async def test_enter_goes_to_a_worker_and_an_item_and_esc_comes_back() -> None:
    """Step by step, and then to the dashboard."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 16.0)
        await pilot.press(*"jjjj", "enter", "enter")
        await pilot.pause()
        assert title(app).startswith("Stage resize-small-1")
        assert "Where its time went" in picture(app)
        await pilot.press("enter")
        await pilot.pause()
        assert title(app).startswith("Item ")
        assert "in hand of" in picture(app)
        for expected in ("Stage resize-small-1", "Queue merge"):
            await pilot.press("escape")
            await pilot.pause()
            assert title(app).startswith(expected)
        await pilot.press("escape")
        await pilot.pause()
        assert on_dashboard(app)


async def test_n_walks_through_the_queues_and_round() -> None:
    """And N the other way; there is a way back to the dashboard from any of them."""
    app = app_for(DEMOS[3])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        seen = [title(app)]
        for key in "nnnN":
            await pilot.press(key)
            await pilot.pause()
            seen.append(title(app))
        places = [text.split("  ")[1][0] for text in seen]
        assert places == ["1", "2", "3", "1", "3"]
        assert "n N next" in footer(app)
        await pilot.press("escape")
        await pilot.pause()
        assert on_dashboard(app)


async def test_y_copies_what_is_shown_as_text() -> None:
    """With the line under the cursor first."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 2.0)
        await pilot.press("enter", "y")
        await pilot.pause()
        assert "Queue main" in app.clipboard
        assert "peak depth   3" in app.clipboard
        assert "FastProducer" in app.clipboard.splitlines()[0]
        assert "╭" not in app.clipboard
        assert any("Copied" in text for text in messages(app))


async def test_items_of_a_queue_are_listed_and_followed() -> None:
    """An item that waits says where, since when, and what is before it."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.0)
        await pilot.press("enter", *"jj", "j", "enter")
        await pilot.pause()
        assert title(app).startswith("Item ")
        assert "waits in" in picture(app)
        assert "before it    1 of 3" in picture(app)
        await pilot.press("n")  # there is no next item
        assert title(app).startswith("Item ")


# Workers


async def test_a_worker_tells_its_waits_and_what_it_could_do() -> None:
    """By queue, from the events that are kept."""
    app = app_for(FAN)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 18.0)
        await pilot.press("tab", "tab", *"jjjj", "enter")
        await pilot.pause()
        shown = picture(app)
        assert title(app).startswith("Stage merger")
        for words in (
            "could do",
            "service time 50 ms",
            "dropped",
            "store full",
            "What happened to it",
            "States",
            "▒━",
        ):
            assert words in shown, words


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_hostile_names_and_items_are_only_text(size: tuple[int, int]) -> None:
    """In every detail, at every size."""
    app = app_for(HOSTILE)
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("enter", *"nn", "enter", *"nnnn", "y", "escape")
        await pilot.pause()
        assert not app.faults.text
        assert "\x1b" not in picture(app)


async def test_details_of_three_hundred_workers_stay_readable() -> None:
    """Those that are held up longest come first, the others are counted."""
    app = app_for(THREE_HUNDRED)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 2.0)
        await pilot.press("enter")
        await pilot.pause()
        assert "more workers" in picture(app)


# Programs that are watched


async def test_of_a_watched_program_it_says_what_is_not_known() -> None:
    """Its policy, counts where they are not counted, waits that are not measured."""
    queue = QueueRow("urls", 3, 2, is_counted=False)
    program = Program(thread("t")._replace(is_counted=False), queues=(queue,))
    app = app_on(program)
    async with app.run_test(size=(120, 40)) as pilot:
        await look(app, pilot)
        await pilot.press("enter")
        await pilot.pause()
        shown = picture(app)
        assert "not known of a program that is watched" in shown
        assert "not counted in this program" in shown
        assert "not measured at queues of this kind" in shown
        await pilot.press("enter")
        await pilot.pause()
        assert title(app) == "Stage t"
        assert "items        not counted in this program" in picture(app)


# First times


async def test_first_times_are_kept_apart_from_the_events() -> None:
    """However many events there have been since."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 18.0)
        view = app.watcher.display.view
        assert {first.kind for first in view.firsts} >= {"full", "dropped"}
        assert [first.at for first in view.firsts] == sorted(first.at for first in view.firsts)
        assert view.firsts[0].at < view.events[-1].at
        dropped = next(first for first in view.firsts if first.kind == "dropped")
        assert dropped.subject == "audit"
        assert dropped.item is not None


def test_a_first_time_is_not_replaced_by_a_later_one() -> None:
    """Of each kind and subject the first that was seen stays."""
    from pcsim.analysis.firsts import Firsts

    firsts = Firsts()
    for at in (2.0, 1.0):
        firsts.add_events([Event(0, at, EventKind.SKIPPED, "w", item=3)])
    assert [(first.at, first.text) for first in firsts.all] == [
        (2.0, "an item failed for the first time")
    ]


async def test_a_journey_says_where_events_are_missing_and_keeps_the_order_of_time() -> None:
    """Before the first that is kept, and where some were pushed out before they were seen."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.0)
        view = app.watcher.display.view

    def event(number: int, at: float, item: int) -> Event:
        return Event(number, at, EventKind.RESUMED, "W", "q", BlockReason.FULL, item, 0.1)

    kept = [event(7, 1.0, 3), event(8, 1.2, 4), event(11, 2.4, 3), event(12, 2.2, 3)]
    gone = view._replace(events=tuple(reversed(kept)))
    journey = item_sections(gone, 3, 120)[-1]
    lines = ["".join(text for text, _ in entry.pieces) for entry in journey.entries]
    assert "events up to 0:01.0 are no longer kept" in lines[0]
    assert "0:01.0" in lines[1]
    assert "0:02.2" in lines[2]
    assert "events from 0:01.2 up to 0:02.4 are no longer kept" in lines[3]
    assert "0:02.4" in lines[4]
    assert "1.4 s between them" in lines[5]
    whole = view._replace(events=(event(1, 1.5, 3), event(0, 1.0, 3)))
    assert "kept" not in str(item_sections(whole, 3, 120)[-1].entries)


async def test_the_journey_of_an_item_is_whole_however_busy_the_run_is() -> None:
    """Of one that waits and one that is done, with where the time went; also in the past."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 60.0)
        view = app.watcher.display.view
        assert view.evicted > 0
        oldest = view.detail_of("merge").items[0]
        sections = item_sections(view, oldest.id, 120)
        shown = "\n".join(lines_of(sections, 120))
        assert "made by" in shown
        assert "▐ uploads" in shown
        assert "▐ merge" in shown
        assert "so far" in shown
        assert "kept" not in shown
        await advance(app, pilot, 90.0)
        later = item_sections(app.watcher.display.view, oldest.id, 120)
        done = "\n".join(lines_of(later, 120))
        assert "✓ done by writer" in done
        assert "it has left the system: done" in done
        then = "\n".join(lines_of(item_sections(view, oldest.id, 120), 120))
        assert "done by" not in then
        assert shown.count("▐") == then.count("▐")


async def test_n_goes_from_item_to_item() -> None:
    """By their numbers."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 3.0)
        app.push_screen(DetailsScreen(Target(Kind.ITEM, "7"), app.watcher.display.view))
        await pilot.pause()
        assert title(app) == "Item 7"
        await pilot.press("n")
        assert title(app) == "Item 8"
        await pilot.press("N", "N")
        assert title(app) == "Item 6"
