"""The scenarios of recordings: how those of two differ, key by key."""

from __future__ import annotations

import tomllib
from typing import Any

from pcsim.analysis.comparison import CHANGES, ScenarioChange
from pcsim.text import clock_time


def changes_between(a: str, b: str) -> tuple[ScenarioChange, ...]:
    """Return how two scenarios differ.

    Args:
        a: The text of a scenario file; one that is none has no keys.
        b: The same.

    >>> changes_between("[queues.q]\\ncapacity = 2", "[queues.q]\\ncapacity = 5")
    (ScenarioChange(key='queues.q.capacity', a='2', b='5'),)
    """
    flat_a, flat_b = _flat(_tables(a)), _flat(_tables(b))
    return tuple(
        ScenarioChange(key, flat_a.get(key, ""), flat_b.get(key, ""))
        for key in {**flat_a, **flat_b}
        if flat_a.get(key) != flat_b.get(key)
    )


def change_at(at: float, words: str, *, is_of_a: bool) -> ScenarioChange:
    """Return something that was done to one of two runs alone.

    Args:
        at: When, in seconds since the start.
        words: What.
        is_of_a: Whether it was done to the first.
    """
    key = f"{CHANGES}.{clock_time(at)}"
    return ScenarioChange(key, words, "") if is_of_a else ScenarioChange(key, "", words)


def warm_up_of(text: str) -> float | None:
    """Return the seconds that a scenario leaves out of its measures; None where it says nothing.

    Args:
        text: The text of a scenario file.
    """
    value = _tables(text).get("warm_up")
    return float(value) if isinstance(value, (int, float)) and value else None


def _tables(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _flat(table: dict[str, Any], path: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{path}{key}."))
        elif key == CHANGES and not path and isinstance(value, list):
            for at, words in map(_in_words, value):
                place = f"{CHANGES}.{at}"
                flat[place] = f"{flat[place]}, {words}" if place in flat else words
        else:
            flat[f"{path}{key}"] = str(value)
    return flat


def _in_words(table: Any) -> tuple[str, str]:
    """The time of a change, and the change in words."""
    from pcsim.errors import ScenarioError
    from pcsim.scenario.change_text import in_words
    from pcsim.scenario.file.changes import change_of

    try:
        change = change_of(table)
    except ScenarioError:
        return "?", str(table)
    return clock_time(change.at or 0.0), in_words(change)
