"""Programs that a test runs in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support.engines import GUARD

ROOT = Path(__file__).parents[2]


def run_program(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A program of its own process, run to its end."""
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
    )
