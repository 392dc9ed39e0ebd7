"""Reads one change from the values of its keys, as in the table of a scenario file."""

from __future__ import annotations

from typing import Any, cast

from msgspec import Struct

from pcsim.scenario.changes import Change
from pcsim.scenario.file.convert import TableReader
from pcsim.scenario.file.csv_column import Columns
from pcsim.scenario.file.problems import Problems
from pcsim.scenario.file.types import fields


class _One(Struct):
    change: Change


def change_of(values: dict[str, Any]) -> Change:
    """Return the change that has these values.

    Args:
        values: The keys of its table, `what` among them, with their values.

    Raises:
        ScenarioFileError: They are no change.
    """
    problems = Problems("change")
    found = TableReader(problems, Columns(None)).values({"change": values}, fields(_One), ())
    problems.check()
    return cast("Change", found.by_key["change"])
