"""A stream gets what it can carry, and is left alone once it has failed."""

from __future__ import annotations

from pathlib import Path

from pcsim.headless.output import Output


def test_ascii_stream_gets_ascii(tmp_path: Path) -> None:
    """Characters that a stream cannot carry are replaced by those it can."""
    path = tmp_path / "report"
    with path.open("w", encoding="ascii") as out:
        Output(out).write("a · b → ✓ 名\n")
    assert path.read_text("ascii") == "a - b -> v \\u540d\n"
