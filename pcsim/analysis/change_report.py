"""The changes of a run in its report: as lines to read, and as data for programs."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.change_effect import Effect, MadeChange
from pcsim.analysis.event_text import describe
from pcsim.analysis.report_lines import Line, LineRole, with_role
from pcsim.text import clock_time, fit, paragraph, plural, safe
from pcsim.theory.statistics import Interval

MOST_LISTED = 20
"""Changes that the text lists at most: the latest; the document has them all."""
INDENT = 10


def lines(changes: Sequence[MadeChange], width: int) -> list[Line]:
    """Return the lines about changes: none, where nothing was changed.

    Args:
        changes: The changes of a run, in their order.
        width: Cells of a line.
    """
    if not changes:
        return []
    listed = changes[-MOST_LISTED:]
    head = "Changes, each with what was measured before it and after, and 95 % intervals"
    made = [Line(fit(head, width).rstrip(), LineRole.HEADING)]
    if len(listed) < len(changes):
        earlier = f"  {plural(len(changes) - len(listed), 'earlier change')}: --json lists all"
        made.append(Line(earlier, LineRole.ROW))
    for one in listed:
        what = f"{safe(one.subject)}  {safe(describe(one.event))}"
        head = f"{clock_time(one.at):>{INDENT - 2}}  {what}"
        made.append(Line(fit(head, width).rstrip(), LineRole.ROW))
        effects = (
            text for part in _effects(one.effect) for text in paragraph(part, width - INDENT)
        )
        made += with_role(LineRole.ROW, (" " * INDENT + text for text in effects))
    return made


def _effects(effect: Effect) -> list[str]:
    if not effect.is_measured:
        return ["its effect is not known: one side is too short"]
    return [text for text in (effect.text, effect.waits_text) if text]


def documents(changes: Sequence[MadeChange]) -> list[dict[str, object]]:
    """Return changes as data that can be written as JSON, in their order.

    Args:
        changes: The changes of a run.
    """
    return [
        {
            "at": one.at,
            "what": one.what,
            "subject": one.subject,
            "was": one.was,
            "now": one.now,
            **{
                name: {
                    "before": _document(sides.before),
                    "after": _document(sides.after),
                    "differs": sides.differs if sides.is_measured else None,
                }
                for name, sides in one.effect._asdict().items()
            },
        }
        for one in changes
    ]


def _document(side: Interval | None) -> dict[str, object] | None:
    return None if side is None else {"mean": side.mean, "low": side.low, "high": side.high}
