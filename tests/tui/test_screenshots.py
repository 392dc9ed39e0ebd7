"""The committed screenshots are what the script makes."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"


@pytest.fixture(scope="module")
def script() -> dict[str, object]:
    return runpy.run_path(str(FOLDER / "make.py"))


def test_every_picture_is_committed_and_no_other() -> None:
    names = {
        f"{n}-{s}" for n in ("ready", "running", "blocked", "finished") for s in ("dark", "light")
    }
    assert {path.stem for path in FOLDER.glob("*.svg")} == names


@pytest.mark.parametrize("name", ["ready", "running", "blocked", "finished"])
@pytest.mark.parametrize("shade", ["dark", "light"])
async def test_the_committed_picture_is_current(
    name: str, shade: str, script: dict[str, object]
) -> None:
    demo, at = script["PICTURES"][name]  # type: ignore[index]
    theme = script["THEMES"][shade]  # type: ignore[index]
    made = await script["picture"](demo, at, theme)  # type: ignore[operator]
    assert (FOLDER / f"{name}-{shade}.svg").read_text(encoding="utf-8") == made
    assert "@font-face" not in made
    assert "url(http" not in made
