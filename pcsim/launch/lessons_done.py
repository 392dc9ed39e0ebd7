"""The lessons whose question this user has answered right, kept from one time to the next."""

from __future__ import annotations

import json
from pathlib import Path

from pcsim.lessons import LESSONS

MOST = 100_000
"""Bytes of the file that are read."""


def _path() -> Path:
    from platformdirs import user_state_path

    return user_state_path("pcsim", appauthor=False) / "lessons.json"


def lessons_done() -> frozenset[str]:
    """Return the names of the lessons; none where that cannot be read."""
    try:
        with _path().open("rb") as file:
            kept = json.loads(file.read(MOST))
    except (OSError, ValueError):
        return frozenset()
    names = kept.get("done") if isinstance(kept, dict) else None
    if not isinstance(names, list):
        return frozenset()
    return frozenset(lesson.demo for lesson in LESSONS if lesson.demo in names)


def keep_done(name: str) -> None:
    """Add a lesson. Where it cannot be kept, it is not: nothing else depends on it.

    Args:
        name: The name of its demo.
    """
    path = _path()
    done = sorted(lessons_done() | {name})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: two apps may end at the same time.
        new = path.with_suffix(".new")
        new.write_text(json.dumps({"done": done}) + "\n", encoding="utf-8")
        new.replace(path)
    except OSError:
        return
