"""What a worker reports of an error."""

from __future__ import annotations

from pcsim.engine.worker import error_text


def test_an_error_is_described_in_a_line() -> None:
    """Its type, and its text where it has one."""
    assert error_text(ValueError("wrong")) == "ValueError: wrong"
    assert error_text(ValueError()) == "ValueError"
