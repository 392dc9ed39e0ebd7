"""What makes every picture of the app the same on every machine."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support import idle

# Before Textual is imported: it reads these once.
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_FILTERS", "TEXTUAL"):
    os.environ.pop(name, None)

idle.install()


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """The errors inside the app, each time that one is raised."""
    from pcsim.tui.faults import Faults

    raised: list[BaseException] = []
    add = Faults.add

    def note(self: Faults, error: BaseException) -> str | None:
        raised.append(error)
        return add(self, error)

    monkeypatch.setattr(Faults, "add", note)
    return raised


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """The app goes on after an error inside it, but a test does not."""
    if "faults" in request.fixturenames:
        yield
        return
    raised: list[BaseException] = request.getfixturevalue("faults")
    yield
    if raised:
        raise raised[0]
