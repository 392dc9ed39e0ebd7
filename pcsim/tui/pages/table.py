"""The views that digits choose, as one table: each with what makes it, and when there is one.

Who adds a view adds a row. Keys, tabs, help, palette and README follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from pcsim.tui.key import Hint, Key
from pcsim.tui.pages.keys import (
    SIZING_HINTS,
    SIZING_KEYS,
    TIMELINE_HINTS,
    TIMELINE_KEYS,
    WAITS_HINTS,
    WAITS_KEYS,
    WHAT_IF_HINTS,
    WHAT_IF_KEYS,
)

if TYPE_CHECKING:
    from pcsim.tui.pages.page import Page
    from pcsim.tui.view import View


def _always(_view: View) -> str:
    return ""


class Entry(NamedTuple):
    """One view of the run."""

    number: int
    """The digit that chooses it."""
    name: str
    """Its name in the line of tabs."""
    does: str
    """What it shows, as a sentence that says what the key does."""
    make: Callable[[], Page]
    """Makes it when it is first opened; what it needs is imported then."""
    why_not: Callable[[View], str] = _always
    """Returns, as a sentence, why there is nothing to show of it now; "" where there is."""
    on_a_run: bool = False
    """Whether it is of runs alone: where a program is watched, there is no such view."""
    keys: tuple[Key, ...] = ()
    """The keys that act in it alone, for the help; the page binds them."""
    hints: tuple[Hint, ...] = ()
    """Those of its keys that the last line of the screen shows."""

    @property
    def key(self) -> Key:
        """The key that chooses it."""
        return Key(
            str(self.number), self.does, self.name.lower(), f"page({self.number})",
            on_a_run=self.on_a_run,
        )  # fmt: skip


def _tables() -> Page:
    from pcsim.tui.pages.tables import TablesPage

    return TablesPage()


def _report() -> Page:
    from pcsim.tui.pages.report import ReportPage

    return ReportPage()


def _before_the_end(view: View) -> str:
    return "" if view.snapshot.phase.is_over else "The report is shown when the run has ended."


def _timeline() -> Page:
    from pcsim.tui.pages.timeline import TimelinePage

    return TimelinePage()


def _waits() -> Page:
    from pcsim.tui.pages.waits import WaitsPage

    return WaitsPage()


def _what_if() -> Page:
    from pcsim.tui.pages.what_if import WhatIfPage

    return WhatIfPage()


def _sizing() -> Page:
    from pcsim.tui.pages.sizing import SizingPage

    return SizingPage()


OVERVIEW, TIMELINE, WAITS, WHAT_IF, SIZING, REPORT = 1, 2, 3, 4, 5, 6
"""The views that others speak of: the app opens on the first, a run ends with the last."""
PAGES = (
    Entry(OVERVIEW, "Overview", "Show queues, workers and their history.", _tables),
    Entry(TIMELINE, "Timeline", "Show what workers did and how full queues were, over time.",
          _timeline, keys=TIMELINE_KEYS, hints=TIMELINE_HINTS),
    Entry(WAITS, "Waits", "Show who waits for whom, from the root of the jam on.", _waits,
          keys=WAITS_KEYS, hints=WAITS_HINTS),
    Entry(WHAT_IF, "What-if", "Show what changes would do, the best first.",
          _what_if, keys=WHAT_IF_KEYS, hints=WHAT_IF_HINTS),
    Entry(SIZING, "Sizing", "Show what sizes do, and which of them meet a goal.",
          _sizing, keys=SIZING_KEYS, hints=SIZING_HINTS),
    Entry(REPORT, "Report", "Show the report of a run that is over.", _report, _before_the_end,
          on_a_run=True),
)  # fmt: skip
"""All views, by their digits."""
BY_NUMBER = {page.number: page for page in PAGES}
