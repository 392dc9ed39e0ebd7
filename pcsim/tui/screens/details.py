"""The details of one queue, worker or item; they follow the run while they are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from pcsim.snapshot import QueueRow, WorkerRow
from pcsim.text import clock_time, safe
from pcsim.tui.details.journey import item_sections
from pcsim.tui.details.queue_details import queue_sections
from pcsim.tui.details.sections import Entry, Kind, Section, Target, plain
from pcsim.tui.details.sections_view import SectionsView
from pcsim.tui.details.worker_details import worker_sections
from pcsim.tui.faults import Guarded
from pcsim.tui.keys import RUN_KEY_NAMES, RUN_KEYS
from pcsim.tui.view import View
from pcsim.tui.widgets.panel import Panel

COPIED = "Copied, if this terminal lets programs copy."


class DetailsScreen(Guarded, ModalScreen[str | None]):
    """Shows what a name stands for, and goes from there to what it is connected with.

    Args:
        target: What it is opened on.
        view: The view.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False),
        Binding("q", "close", "close", show=False),
        Binding("n", "walk(1)", "next", show=False),
        Binding("N", "walk(-1)", "previous", show=False),
        Binding("y", "copy", "copy", show=False),
        *RUN_KEYS,
    ]
    ACTING = RUN_KEY_NAMES | {"n"}

    def __init__(self, target: Target, view: View) -> None:
        super().__init__()
        self._target = target
        self._trail: list[Target] = []
        """What was shown before, and esc goes back to."""
        self._view = view
        self._last: Sequence[Section] = ()
        self._seen_at = view.at
        self.sections = SectionsView()
        self.panel = Panel("", self.sections, id="details")

    def compose(self) -> ComposeResult:
        """Yield the panel."""
        yield self.panel

    def on_mount(self) -> None:
        """Show the details once there is room for them."""
        self.sections.focus()
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        """Lay the details out for another size."""
        self.call_after_refresh(self._show)

    def show(self, view: View) -> None:
        """Show the details as they are in the view."""
        self._view = view
        self._show()

    def _show(self) -> None:
        view, target = self._view.pictured, self._target
        found = self._sections_of(view, target)
        if found is None:
            at = clock_time(self._seen_at)
            gone = [Entry([(f"It is gone. This is how it was at {at}.", "failed")])]
            self.sections.show_sections([Section(view.moment, gone, is_half=False), *self._last])
        else:
            self._seen_at, self._last = view.at, found
            self.sections.show_sections(found)
        self.panel.set_title(self._title(view))

    def _sections_of(self, view: View, target: Target) -> list[Section] | None:
        """What is to be shown; None of what is gone."""
        width = self.sections.scrollable_content_region.width
        if target.kind is Kind.ITEM:
            return item_sections(view, int(target.name), width)
        place = self._place(view)
        if place is None:
            return None
        if target.kind is Kind.QUEUE:
            return queue_sections(view, place, self.sections.palette, width)
        return worker_sections(view, place, width)

    def _rows(self, view: View) -> Sequence[QueueRow | WorkerRow]:
        return view.snapshot.queues if self._target.kind is Kind.QUEUE else view.snapshot.workers

    def _place(self, view: View) -> int | None:
        name = self._target.name
        return next((at for at, row in enumerate(self._rows(view)) if row.name == name), None)

    def _title(self, view: View) -> str:
        kind, name = self._target.kind, safe(self._target.name, 40)
        if kind is Kind.ITEM:
            return f"Item {name}"
        rows, place = self._rows(view), self._place(view)
        if place is None:
            return f"{kind.value.capitalize()} {name}"
        row = rows[place]
        word = row.role.value if isinstance(row, WorkerRow) else kind.value
        where = f"  {place + 1} of {len(rows)}" if len(rows) > 1 else ""
        return f"{word.capitalize()} {name}{where}"

    def _go(self, target: Target) -> None:
        self._target, self._last = target, ()
        self.sections.scroll_to(y=0, animate=False, immediate=True)
        self._show()

    def on_sections_view_followed(self, message: SectionsView.Followed) -> None:
        """Go to a writer, a reader, a queue or an item; esc comes back."""
        self._trail.append(self._target)
        self._go(message.target)

    def action_back(self) -> None:
        """Go back to what was shown before; from the first, to the dashboard."""
        if self._trail:
            self._go(self._trail.pop())
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Go back to the dashboard."""
        self.dismiss(None)

    def action_walk(self, steps: int) -> None:
        """Go to the next or the previous queue, worker or item."""
        if self._target.kind is Kind.ITEM:
            number = max(int(self._target.name) + steps, 1)
            self._go(self._target._replace(name=str(number)))
            return
        view = self._view.pictured
        place = self._place(view)
        if place is not None:
            rows = self._rows(view)
            self._go(self._target._replace(name=rows[(place + steps) % len(rows)].name))

    def action_copy(self) -> None:
        """Copy the entry under the cursor and all that is shown to the clipboard."""
        chosen = self.sections.chosen
        line = "" if chosen is None else plain(chosen.pieces).strip() + "\n\n"
        self.app.copy_to_clipboard(
            f"{line}{self._title(self._view.pictured)}\n\n{self.sections.text}"
        )
        self.app.notify(COPIED, timeout=3, markup=False)
