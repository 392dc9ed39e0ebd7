"""What if: the questions that people ask about a run, the best first, and one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.widget import Widget

from pcsim.analysis.advice import AGAIN, Advice, AdviceRow, interval_text, sentence
from pcsim.scenario import Change
from pcsim.text import safe
from pcsim.tui import cells
from pcsim.tui.advising import Advisor
from pcsim.tui.pages.advice_lines import as_text
from pcsim.tui.pages.advice_table import AdviceTable
from pcsim.tui.pages.page import Box, Page, look_again
from pcsim.tui.view import View
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextLine, TextView

PAIRED = (
    "Every row has the same random arrivals and times, so a difference is surer than the values"
    " that it is one of."
)
EXAMPLE = "i asks a question of your own:"
FROM_OUTSIDE = (
    "What a change of this program would do is not known while it is watched from outside: its"
    " items are not seen one by one."
)
ATTACHES = "a starts pcsim's agent in it, which sees them."
FROM_WITHIN = "Start it with pcsim exec, or let it call pcsim.watch.allow()."
OF_THE_PAST = "Advice is about what goes on: b goes back to now."
OF_A_RECORDING = "Nothing advises about this recording."
NO_ADVICE = "Nothing advises about this run."


class WhatIfPage(Page):
    """The table, how sure it is, and the question of one's own."""

    def __init__(self) -> None:
        super().__init__(id="what-if-page")
        self.table = AdviceTable(id="advice")
        self._panel = Panel("What if", self.table, id="advice-panel")
        self._words = TextView(id="advice-words")
        self._words.can_focus = False
        self._sure = TextView(id="advice-sure")
        self._own = TextView(id="advice-own")
        self._view: View | None = None
        self._advice = Advice()
        self._span = ""

    def compose(self) -> ComposeResult:
        """Yield what helps most, the table, how sure it is, and one's own question."""
        yield self._words
        yield self._panel
        with Box(id="below-advice"):
            yield Panel("How sure", self._sure, id="advice-sure-panel")
            yield Panel("A question of your own", self._own, id="advice-own-panel")

    @property
    def for_focus(self) -> Sequence[Widget]:
        """The table."""
        return (self.table,)

    def shows(self, view: View) -> Sequence[Callable[[], None]]:
        """Return what shows the view, part by part."""
        self._view = view
        return (self._fill,)

    def span(self, view: View, /) -> str:
        """From which runs it is."""
        return self._span

    def start_over(self) -> None:
        """Forget what was known of the previous run."""
        self._advice, self._span = Advice(), ""
        self.table.start_over()

    def on_advice_table_wanted(self, message: AdviceTable.Wanted) -> None:
        """Do what a key asks for."""
        message.stop()
        actions = {
            "try": self._try,
            "measure": self.table.next_measure,
            "more": lambda: self._more(1),
            "fewer": lambda: self._more(-1),
            "ask": self._ask,
            "verify": self._verify,
            "copy": self._copy,
        }
        actions[message.what]()
        self._fill()

    def ask(self, text: str) -> None:
        """Ask this question of one's own."""
        advisor = self._advisor
        problem = "" if advisor is None else advisor.ask(text)
        if problem:
            self._say(problem)
        self._fill()

    @property
    def _advisor(self) -> Advisor | None:
        return None if self._view is None else self._view.advising.advisor

    def _try(self) -> None:
        row = self.table.chosen
        if row is None:
            return
        if row.changes and not self._advice.is_old:
            self.wanted = row.changes
            self.call_later(self.app.run_action, "steer('page')")
        elif row.not_live:
            self._say(row.not_live)

    def _more(self, steps: int) -> None:
        if self._advisor is not None:
            self._advisor.more(steps)

    def _ask(self) -> None:
        from pcsim.tui.widgets.ask_line import AskLine

        asked = self._advice.asked
        if self._advisor is None:
            return
        self.post_message(self.LineWanted(AskLine("" if asked is None else asked.text, self.ask,
                                                  example(self._advice), self.table)))  # fmt: skip

    def _verify(self) -> None:
        row = self.table.chosen
        if self._advisor is not None:
            self._say(self._advisor.verify("" if row is None else row.label))

    def _copy(self) -> None:
        if self._advice.rows:
            self.app.copy_to_clipboard(as_text(self._advice))
            self._say("Copied as text.")

    def _say(self, text: str) -> None:
        if text:
            self.app.notify(text, markup=False, timeout=4.0)

    def _fill(self) -> None:
        view = self._view
        if view is None or not self.is_made:
            return
        advice = self._look(view)
        self._advice = advice
        is_new = self.table.show(advice)
        if advice.span != self._span:
            self._span = advice.span
            self.post_message(self.Rearranged())  # the line of tabs says it
        width = max(self.table.size.width - 2, 20)
        words = advice.why_not or sentence(advice, self.table.measure_name or "throughput")
        lines = cells.wrap(words, width, 4)
        if len(lines) != self._words.line_count:
            self._words.styles.height = len(lines)
        self._words.show_lines([[(text, "strong")] for text in lines])
        if is_new or not self._own.line_count:
            self._panel.redraw()  # its headings
            self._show_below(advice)

    def _show_below(self, advice: Advice) -> None:
        name = self.table.measure_name
        counts = f"best first   m {safe(name)}" if name else ""
        if advice.is_old:
            counts += f"   {AGAIN}"
        self._panel.set_counts((("dim", counts),) if counts else ())
        width = max(self._sure.size.width - 2, 20)
        self._sure.show_lines([[(text, "text")] for text in sure_lines(advice, width)])
        width = max(self._own.size.width - 2, 20)
        self._own.show_lines(own_lines(advice, width))

    def _look(self, view: View) -> Advice:
        """What is known by now."""
        if view.frozen:
            return self._advice
        why_not = why_no_advice(view)
        if why_not:
            return Advice(why_not=why_not)
        was_waiting = view.advising.is_waiting
        advice = view.advising.look(view.snapshot)
        if advice is None:
            return Advice(why_not=NO_ADVICE)
        if view.advising.is_waiting and not was_waiting:
            look_again(self.app)
        return advice


def why_no_advice(view: View) -> str:
    """Return why nothing is known of what is shown, as a sentence; "" where something may be."""
    if view.past is not None and view.past.now is not None:
        return OF_THE_PAST
    if view.advising.advisor is not None:
        return ""
    if view.past is not None:
        return OF_A_RECORDING
    if view.is_watched:
        return f"{FROM_OUTSIDE} {FROM_WITHIN if 'a' in view.idle_keys else ATTACHES}"
    return ""


def example(advice: Advice) -> str:
    """Return a question that may be asked of this system."""
    for row in advice.rows:
        for change in row.changes:
            found = _setting(change)
            if found:
                return found
    return advice.example


def _setting(change: Change) -> str:
    capacity = getattr(change, "capacity", None)
    if capacity is not None:
        return f"{safe(change.subject, 40)}.capacity = {capacity}"
    return f"{safe(change.subject, 40)}.count = 2" if change.what == "add" else ""


def sure_lines(advice: Advice, width: int) -> list[str]:
    """Return how sure it is, in words."""
    if not advice.rows:
        return []
    if advice.fit:
        texts = [advice.fit, advice.caution, PAIRED]
        return [line for text in texts for line in cells.wrap(text, width, 6)]
    times = "as they were measured of this run" if advice.is_measured else "as they are described"
    texts = [PAIRED, f"The times are {times}.", advice.caution]
    return [line for text in texts if text for line in cells.wrap(text, width, 4)]


def own_lines(advice: Advice, width: int) -> list[TextLine]:
    """Return one's own question, and what was run on threads."""
    lines: list[TextLine] = []
    asked = advice.asked
    if asked is None:
        if advice.rows:
            lines.append([(f"{EXAMPLE} ", "dim"), (example(advice), "text")])
    else:
        lines.append([(safe(asked.text), "accent")])
        lines += [
            [(text, "text")] for row in asked.rows[:3] for text in _answer(row, advice, width)
        ]
    if advice.verified is not None:
        lines += [[(text, "text")] for text in cells.wrap(advice.verified.text, width, 3)]
    elif advice.fit:
        lines.append([("v measures it anew, and fits again", "dim")])
    elif advice.rows and not advice.is_measured:
        lines.append([("v runs the chosen row on threads, for comparison", "dim")])
    return lines


def _answer(row: AdviceRow, advice: Advice, width: int) -> list[str]:
    if not row.values:
        return [row.note or "…"]
    parts = [
        f"{one.name} {interval_text(row.values[one.name], one)}"
        for one in advice.measures
        if one.name in row.values
    ]
    return cells.wrap("   ".join(parts), width, 3)
