"""The committed screenshots are what the script makes."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import case

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / "make.py"))


NAMES = (
    "ready", "running", "blocked", "finished", "small", "virtual", "stepped", "own", "watched",
    "deadlocked", "once", "picker", "replay", "past", "diff", "timeline",
    "waits", "what-if", "sizing",
)  # fmt: skip


def test_every_picture_is_committed_and_no_other(script: dict[str, Any]) -> None:
    """In both themes."""
    names = {f"{name}-{shade}" for name in NAMES for shade in script["THEMES"]}
    kinds = (
        "PICTURES", "VIRTUAL", "OWN", "WATCHED", "ONCE", "PICKER", "REPLAY", "PAST", "FLOWS",
        "DIFF", "WHAT_IF", "SIZING",
    )  # fmt: skip
    assert {name for kind in kinds for name in script[kind]} == {*NAMES}
    assert {path.stem for path in FOLDER.glob("*.svg")} == names


@pytest.mark.parametrize("name", NAMES)
async def test_the_committed_picture_is_current(name: str, script: dict[str, Any]) -> None:
    """Byte for byte in both themes, and without fonts from elsewhere."""
    for file, made in (await script["picture"](name)).items():
        with case(file):
            assert (FOLDER / file).read_text(encoding="utf-8") == made
            assert "@font-face" not in made
            assert "url(http" not in made
