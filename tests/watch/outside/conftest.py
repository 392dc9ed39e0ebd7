"""Programs of other processes, for tests that look at them from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PROGRAMS = Path(__file__).parent / "programs"
PYTHONS = [sys.executable, *os.environ.get("PCSIM_PYTHONS", "").split()]
"""The interpreters whose programs are looked at: more are named in that variable."""


class Program(NamedTuple):
    process: subprocess.Popen[str]
    said: Any

    @property
    def pid(self) -> int:
        return self.process.pid

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def errors_at_end(self) -> str:
        """End it, and return all that it has written to stderr."""
        self.kill()
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Start = Callable[..., Program]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start one of the programs, which says its first line when it is ready."""
    if sys.platform != "linux":
        pytest.skip("programs can be read from outside on Linux only")
    programs: list[Program] = []

    def begin(
        file: str, python: str = sys.executable, *words: str, options: Sequence[str] = ()
    ) -> Program:
        process = subprocess.Popen(
            [python, *options, str(PROGRAMS / file), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        programs.append(Program(process, None))
        line = programs[-1].hear()
        said = json.loads(line) if line.startswith("{") else line
        programs[-1] = Program(process, said)
        return programs[-1]

    yield begin
    for program in programs:
        program.kill()
        process = program.process
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()
