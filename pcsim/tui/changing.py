"""What the keys for changes do: open the form on the chosen row, add or remove, undo, save."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget

from pcsim.analysis.change_effect import MadeChange
from pcsim.scenario.changes import AddWorkers, RemoveWorkers
from pcsim.snapshot import QueueRow, WorkerRow, WorkerState
from pcsim.tui.form import Form, form_of
from pcsim.tui.screens.dashboard import Dashboard
from pcsim.tui.steering import Steering
from pcsim.tui.view import View
from pcsim.tui.watcher import Watcher
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.steering_view import SteeringView

ENDED = (WorkerState.DONE, WorkerState.FAILED)
CHOOSE = "Choose a queue or a worker in a table first."


class Changing:
    """Opens the form beside the page, and does what its keys ask for.

    Args:
        dashboard: Where the form is shown.
        watcher: The run.
        steering: Makes the changes.
        notify: Shows a short message.
    """

    def __init__(
        self,
        dashboard: Dashboard,
        watcher: Watcher,
        steering: Steering,
        notify: Callable[[str], None],
    ) -> None:
        self._dashboard = dashboard
        self._watcher = watcher
        self._steering = steering
        self._notify = notify
        self._panel: ChangesPanel | None = None
        self._from: Widget | None = None
        """What had the focus before the form."""
        self._name = ""
        """What the form is of: a queue, or the spec of workers."""

    def do(self, what: str) -> None:
        """Do what a key asks for.

        Args:
            what: `form`, `more` or `fewer` workers, `undo`, `redo`, `save`; `page` for what
                the view asks for that is seen.
        """
        actions = {
            "form": self._toggle_form,
            "more": lambda: self._change_number(1),
            "fewer": lambda: self._change_number(-1),
            "page": self._make_those_of_page,
            "undo": self._steering.undo,
            "redo": self._steering.redo,
            "save": self._steering.save,
        }
        actions[what]()
        self._renew()

    def _make_those_of_page(self) -> None:
        before = len(self._steering.made)
        self._steering.make_all(self._dashboard.page.wanted)
        if len(self._steering.made) > before:
            self._notify("Changed; u takes it back.")

    def _toggle_form(self) -> None:
        if self._panel is not None:
            self.close()
            return
        if self._steering.roster is None:
            self._notify(self._steering.why_not)
            return
        row = self._dashboard.chosen_row
        form = None if row is None else self._form_of(_subject(row))
        if row is None or form is None:
            self._notify(CHOOSE)
            return
        self._name, self._from = _subject(row), self._dashboard.focused
        self._panel = ChangesPanel(self)
        self._panel.open(form, self._steering.moment)
        self._dashboard.mount(self._panel, after="#pages")
        self._dashboard.add_class("-changing")
        self._dashboard.beside.append(self._panel.shows)
        self._dashboard.call_after_refresh(self._focus)

    def _focus(self) -> None:
        if self._panel is not None:
            self._dashboard.set_focus(self._panel.form)
            self._watcher.poll_now(force=True)

    def _change_number(self, by: int) -> None:
        row = self._dashboard.chosen_row
        if not isinstance(row, WorkerRow):
            self._notify("Choose a worker in a table first.")
            return
        name = _subject(row)
        self._steering.make(AddWorkers(name) if by > 0 else RemoveWorkers(name))

    def _renew(self) -> None:
        """Show the form as the system is by now."""
        if self._panel is not None:
            form = self._form_of(self._name)
            if form is None:
                self.close()
            else:
                self._panel.open(form, self._steering.moment)

    def refresh(self) -> None:
        """Show the form anew where the system was changed beside it."""
        if self._panel is None or self._panel.form.form is None:
            return
        form, shown = self._form_of(self._name), self._panel.form.form
        if form is None or _was(form) != _was(shown):
            self._renew()
        if self._panel is not None:
            asked = self._panel.form.asked
            found = self._steering.outlook(asked)
            self._panel.form.predict(asked, "" if found is None else found.text)

    def _form_of(self, name: str) -> Form | None:
        roster = self._steering.roster
        rows = self._watcher.session.view.snapshot.workers
        workers = sum(row.group == name and row.state not in ENDED for row in rows)
        return None if roster is None else form_of(name, roster, workers)

    def predicted(self, change: MadeChange) -> str:
        """What was predicted of a change that was made; "" for nothing."""
        return self._steering.predicted(change)

    def apply(self, message: SteeringView.Applied) -> None:
        """Make the changes that the form asks for."""
        self._steering.make_all(message.changes)
        self._renew()

    def back(self) -> bool:
        """Close the form, whatever has the focus; whether it was open."""
        was_open = self._panel is not None
        self.close()
        return was_open

    def close(self) -> None:
        """Close the form."""
        panel, self._panel = self._panel, None
        if panel is not None:
            self._dashboard.beside.clear()
            self._dashboard.remove_class("-changing")
            panel.remove()
            self._dashboard.call_after_refresh(self._dashboard.settle_focus, self._from)


class ChangesPanel(Panel):
    """The form in its frame, with the name of what it changes.

    Args:
        changing: What does what the form asks for.
    """

    def __init__(self, changing: Changing) -> None:
        self.form = SteeringView(changing.predicted, id="steering")
        super().__init__("Change", self.form, id="steering-panel")
        self._changing = changing

    def open(self, form: Form, moment: str) -> None:
        """Show this form.

        Args:
            form: What can be changed.
            moment: The moment in the past from which on; "" for now.
        """
        self.form.open(form)
        if moment:
            self.set_title(f"Branch at {moment}: {form.title}")
            self.set_counts((("dim", "↑↓ ←→ choose   enter goes on from there   esc close"),))
        else:
            self.set_title(f"Change {form.title}")
            keys = "↑↓ ←→ choose   enter apply   esc close   u U undo   S save"
            self.set_counts((("dim", keys),))

    def shows(self, view: View) -> Callable[[], None]:
        """Return what shows the changes of a view."""

        def show() -> None:
            self._changing.refresh()
            self.form.show(view)

        return show

    def on_steering_view_applied(self, message: SteeringView.Applied) -> None:
        """Make the changes."""
        message.stop()
        self._changing.apply(message)

    def on_steering_view_closed(self, message: SteeringView.Closed) -> None:
        """Close the form."""
        message.stop()
        self._changing.close()


def _was(form: Form) -> list[object]:
    """The values as they were when the form was made."""
    return [field.was for field in form.fields]


def _subject(row: QueueRow | WorkerRow) -> str:
    if isinstance(row, WorkerRow):
        return row.group or row.name
    return row.name
