"""Tests that look through all objects of their process, in a process that has few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.timeout(300)
def test_what_looks_through_a_whole_process_passes_in_one_of_its_own() -> None:
    """Among the objects of a whole suite each look takes twenty times as long."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "alone", HERE],
        cwd=HERE.parents[1],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
