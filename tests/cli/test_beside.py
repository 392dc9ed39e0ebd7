"""A program beside the app: what it writes waits until the app is left, and nothing else does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pcsim.cli import beside
from pcsim.cli.beside import Kept
from tests.support import watched
from tests.support.threads import until


def test_output_is_kept_and_then_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it in order, as far as there is room; what comes later comes at once."""
    monkeypatch.setattr(beside, "MOST_KEPT", 10)
    reader, writer = os.pipe()
    written: list[bytes] = []
    with os.fdopen(reader, "rb") as source:
        kept = Kept(source, written.append)
        for number, chunk in enumerate((b"first", b"second", b"last"), 1):
            os.write(writer, chunk)
            until(lambda number=number: sum(map(len, kept._kept)) + kept.lost >= 4 * number)  # type: ignore[misc]
        until(lambda: kept.lost == 5)
        assert written == []
        kept.pass_on()
        assert b"".join(written) == b"secondlast"
        os.write(writer, b"more")
        until(lambda: b"".join(written) == b"secondlastmore")
        os.close(writer)
        kept.join()


def test_without_a_terminal_it_is_refused(tmp_path: Path) -> None:
    """Before anything is run."""
    script = tmp_path / "program.py"
    script.write_text("print('ran')", "utf-8")
    done = watched.pcsim(tmp_path, "exec", "--tui", str(script))
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr
