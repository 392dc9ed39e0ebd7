"""The picker: what is offered, found by words, and opened in the way that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pcsim.launch.offer import Offer as RealOffer
from pcsim.tui.picker.app import PickerApp
from pcsim.tui.picker.entries import Entry, Picked, Section, Way
from pcsim.tui.widgets.text_view import TextLine

LESSONS = (
    Entry(Section.LESSONS, "1", "1 basic", "One producer", is_done=True),
    Entry(Section.LESSONS, "2", "2 shared", "Three producers"),
)
FILES = (
    Entry(Section.FILES, "shop.toml", "shop.toml", "1 queue, 2 workers", "now"),
    Entry(Section.FILES, "bad.toml", "bad.toml", "", "line 1: no queue", is_wrong=True),
)
OTHERS = (
    Entry(Section.RECORDINGS, "x.rec", "x.rec", "0.1 MB", "2 h ago"),
    Entry(Section.PROGRAMS, "4711", "4711 python crawl.py", "3 queues", "Python 3.13"),
)
ESCAPE = "\x1b[31m[red]"


class Offer:
    """Offers the lessons at first, and everything after a look."""

    def __init__(self, found: Sequence[Entry] = (*FILES, *OTHERS)) -> None:
        self.found = found

    def first(self) -> Sequence[Entry]:
        return LESSONS

    def entries(self) -> Sequence[Entry]:
        return (*LESSONS, *self.found)

    def preview(self, entry: Entry, width: int) -> Sequence[TextLine]:
        return [[(f"about {entry.key}", "text")]]


def picture(app: PickerApp) -> str:
    """What the screen shows, as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def chosen(app: PickerApp) -> Entry | None:
    """The entry under the cursor."""
    return app.list.chosen


async def pick(keys: Sequence[str], size: tuple[int, int] = (120, 40)) -> Picked | None:
    """What is picked with these keys."""
    app = PickerApp(Offer(), live=False, ascii_only=False)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await app.look()
        await pilot.press(*keys)
        await pilot.pause()
    return app.return_value


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_everything_is_there_with_a_preview_of_what_is_chosen(size: tuple[int, int]) -> None:
    """Lessons at once, the rest after the first look."""
    app = PickerApp(Offer(), live=False, ascii_only=False)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert "2 shared" in picture(app)
        assert "shop.toml" not in picture(app)
        await app.look()
        await app.workers.wait_for_complete()
        await pilot.pause()
        shown = picture(app)
        for part in ("1 of 2 done", "shop.toml", "✗ bad.toml", "x.rec", "4711 python", "about 1"):
            assert part in shown
        await pilot.press("down")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "about 2" in picture(app)


@pytest.mark.parametrize(
    ("keys", "picked"),
    [
        (("enter",), Picked(LESSONS[0])),
        (("j", "v"), Picked(LESSONS[1], Way.VIRTUAL)),
        (("down", "down", "e"), Picked(FILES[0], Way.EDIT)),
        (("j", "j", "j", "e"), Picked(FILES[1], Way.EDIT)),
        (("G", "enter"), Picked(OTHERS[1])),
        (("end", "up", "enter"), Picked(OTHERS[0])),
        (("G", "g", "k", "enter"), Picked(LESSONS[0])),
        (("q",), None),
        (("e", "q"), None),
        (("G", "v", "q"), None),
        (("j", "j", "j", "enter", "q"), None),
    ],
)
async def test_a_key_opens_what_is_chosen(keys: Sequence[str], picked: Picked | None) -> None:
    """A lesson is not edited, a program not run in virtual time, a wrong file not opened."""
    assert await pick(keys) == picked


async def test_words_leave_only_what_has_them() -> None:
    """In any order; keys that would do something else are typed; escape shows everything."""
    app = PickerApp(Offer(), live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.look()
        await pilot.press("slash", *"crawl PYT", "backspace")
        await pilot.pause()
        assert "4711" in picture(app)
        assert "basic" not in picture(app)
        await pilot.press("enter", "escape")
        await pilot.pause()
        assert "basic" in picture(app)
        assert chosen(app) == OTHERS[1]
        await pilot.press("slash", *"qvet", "enter", "enter", "v", "e")
        await pilot.pause()
        assert chosen(app) is None
        await pilot.press("escape", "enter")
    assert app.return_value == Picked(OTHERS[1])


async def test_the_cursor_stays_on_its_entry_while_others_come_and_go() -> None:
    """Also where its line is another one after the look."""
    offer = Offer()
    app = PickerApp(offer, live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.look()
        await pilot.press("G")
        offer.found = OTHERS
        await app.look()
        assert chosen(app) == OTHERS[1]
        offer.found = (*FILES, *OTHERS)
        await app.look()
        assert chosen(app) == OTHERS[1]
        offer.found = FILES
        await app.look()
        assert chosen(app) == LESSONS[0]


async def test_a_look_that_fails_is_shown_and_the_list_stays(
    faults: list[BaseException],
) -> None:
    """The error costs a line."""

    class Failing(Offer):
        def entries(self) -> Sequence[Entry]:
            raise OSError("the disk is gone")

    app = PickerApp(Failing(), live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.look()
        await pilot.pause()
        assert [str(fault) for fault in faults] == ["the disk is gone"]
        assert "1 basic" in picture(app)


async def test_a_click_chooses_and_a_second_one_opens() -> None:
    """As the arrow keys and enter do."""
    app = PickerApp(Offer(), live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.look()
        await pilot.click("#entries", offset=(6, 2))
        assert chosen(app) == LESSONS[1]
        await pilot.click("#entries", offset=(6, 2))
        await pilot.pause()
    assert app.return_value == Picked(LESSONS[1])


@pytest.mark.parametrize("key", [str(number) for number in range(1, 10)])
def test_the_preview_of_a_lesson_has_all_of_it(key: str) -> None:
    """Its drawing, its question and its task, within the width."""
    from pathlib import Path

    offer = RealOffer(Path("nowhere"))
    entry = offer.first()[int(key) - 1]
    lines = ["".join(text for text, _ in line) for line in offer.preview(entry, 60)]
    text = "\n".join(lines)
    for part in ("━▶", "Question: ", "  a  ", "Try: ", "Task: "):
        assert part in text
    assert max(map(len, lines)) <= 74


async def test_the_cursor_comes_back_to_what_was_picked_before() -> None:
    """As soon as the look has found it, and not where it was moved meanwhile."""
    app = PickerApp(Offer(), live=False, ascii_only=False, chosen=OTHERS[0])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert chosen(app) == LESSONS[0]
        await app.look()
        assert chosen(app) == OTHERS[0]
    moved = PickerApp(Offer(), live=False, ascii_only=False, chosen=OTHERS[0])
    async with moved.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("j")
        await moved.look()
        assert chosen(moved) == LESSONS[1]
