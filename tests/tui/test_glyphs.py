"""A terminal gets no character that it cannot show."""

from __future__ import annotations

import pytest

from pcsim.tui.glyphs import ascii_only


@pytest.mark.parametrize(
    ("encoding", "environment", "expected"),
    [
        ("utf-8", {"LANG": "en_US.UTF-8", "TERM": "xterm"}, False),
        ("utf-8", {"LANG": "C.UTF-8"}, False),
        ("utf-8", {}, False),
        ("utf-8", {"LANG": "C"}, True),
        ("utf-8", {"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, True),
        ("utf-8", {"TERM": "dumb"}, True),
        ("ascii", {}, True),
        ("latin-1", {}, True),
        ("no such encoding", {}, True),
        (None, {}, True),
    ],
)
def test_terminals_that_show_only_ascii_are_recognised(
    encoding: str | None, environment: dict[str, str], expected: bool
) -> None:
    """By their type, their locale or their encoding."""
    assert ascii_only(encoding, environment) is expected
