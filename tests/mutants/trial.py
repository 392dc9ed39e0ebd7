"""Runs of tests, each in a process of its own, in which one module may have a mistake.

A process is a fork of one that has loaded the libraries, but nothing of pcsim. The module with the
mistake is loaded from its changed text, everything else as always: no project is copied.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import multiprocessing
import multiprocessing.connection
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutants.mistakes import INTERLEAVINGS, ROOT, Mutant

LIBRARIES = [
    "asyncio", "hypothesis", "msgspec", "numpy", "pytest", "scipy.stats", "textual.app",
    "unittest.mock", "xml.etree.ElementTree",
]  # fmt: skip
"""What is loaded only once, for all runs."""
LONGEST_TEST = 60
LONGEST = 300.0
"""Seconds after which a test, and all of a run, count as failed: what hangs is noticed."""
GUARDS = {
    ("tests.support.threads", "GUARD"): 3.0,
    ("tests.support.engines", "GUARD"): 3.0,
    ("tests.conftest", "PATIENCE"): 0.5,
}
"""Seconds for which tests wait here for what never comes, by where they have them: many mistakes
are noticed by a thread that hangs."""
MOST_SCHEDULES = 2_000
"""Of each test that explores interleavings, to find a mistake."""
FEW_SCHEDULES = 20
"""The same where there is no mistake to be found."""
NOT_RUN, NOT_LOADED = 70, 71
"""Exit codes of a run that breaks off, and of one that never loads the module with the mistake."""

_processes = multiprocessing.get_context("forkserver")


class Trial(NamedTuple):
    """Tests that are to run, with a mistake or without one."""

    tests: Sequence[str]
    """Arguments of pytest."""
    mutant: Mutant | None = None


class Outcome(NamedTuple):
    """What a run came to."""

    trial: Trial
    seconds: float
    failed: str
    """The test that failed, or why the run ended; empty where all passed."""


class _Run:
    """A run on its way."""

    def __init__(self, trial: Trial, output: Path) -> None:
        self.trial = trial
        self._output = output
        self._began = time.monotonic()
        mutant = trial.mutant
        change = None if mutant is None else (str(mutant.path), mutant.text().encode())
        self._process = _processes.Process(target=_test, args=(trial.tests, change, output))
        self._process.start()
        self.sentinel = self._process.sentinel

    @property
    def remaining(self) -> float:
        """Seconds that it may still take."""
        return max(self._began + LONGEST - time.monotonic(), 0.0)

    def outcome(self) -> Outcome | None:
        """What it came to; None while it may go on.

        Raises:
            RuntimeError: The tests cannot be run, or do not load the module with the mistake.
        """
        if self._process.is_alive() and self.remaining:
            return None
        self.end()
        code = self._process.exitcode
        if code not in (0, 1, -signal.SIGKILL):
            name = "no mistake" if self.trial.mutant is None else self.trial.mutant.name
            reason = "its tests do not load its file" if code == NOT_LOADED else f"exit {code}"
            raise RuntimeError(f"{name}: {reason}\n{self._output.read_text()[-4_000:]}")
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", self._output.read_text(), re.MULTILINE)
        reason = failed[1] if failed else "" if code == 0 else f"after {LONGEST:.0f} s"
        return Outcome(self.trial, time.monotonic() - self._began, reason)

    def end(self) -> None:
        """End it, and what it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        self._process.kill()  # where it has no group of its own yet
        self._process.join()


def outcomes(trials: Iterable[Trial], jobs: int) -> Iterator[Outcome]:
    """Run tests, some at the same time, and yield what each run came to as soon as it has ended.

    Args:
        trials: What to run.
        jobs: How many at the same time.

    Raises:
        RuntimeError: Tests cannot be run.
        ValueError: A mistake cannot be made.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # threads would not be there in the forks
    multiprocessing.set_forkserver_preload(LIBRARIES)
    waiting = list(trials)[::-1]
    runs: list[_Run] = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        try:
            while waiting or runs:
                while waiting and len(runs) < jobs:
                    runs.append(_Run(waiting.pop(), Path(folder) / str(len(waiting))))
                patience = min(run.remaining for run in runs)
                multiprocessing.connection.wait([run.sentinel for run in runs], patience)
                for run in runs.copy():
                    outcome = run.outcome()
                    if outcome is not None:
                        runs.remove(run)
                        yield outcome
        finally:
            for run in runs:
                run.end()


def _test(tests: Sequence[str], change: tuple[str, bytes] | None, output: Path) -> None:
    """In the process: run the tests, and exit as pytest does."""
    os.setsid()
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.chdir(ROOT)
    os.environ["PCSIM_SCHEDULES"] = str(MOST_SCHEDULES if change else FEW_SCHEDULES)
    code = NOT_RUN
    try:
        module = None if change is None else _changed(*change, Path(f"{output}-kernel"))
        for (name, guard), seconds in GUARDS.items():
            setattr(importlib.import_module(name), guard, seconds)
        _settle_for_any_example()
        if any(test.startswith(INTERLEAVINGS) for test in tests):
            # Schedules that show a mistake are none of those that are kept to be tried for ever.
            decorator: Any = importlib.import_module("pcsim.testing.decorator")
            decorator.STORE = f"{output}-schedules"
        code = importlib.import_module("pytest").main(
            ["-q", "-x", "-m", "", "-p", "no:xdist", "-p", "no:cacheprovider",
             "-p", "no:textual-snapshot", "-p", "no:syrupy",
             "-W", "ignore::pytest.PytestAssertRewriteWarning",
             "-o", f"timeout={LONGEST_TEST}", *_base(change, output), *tests]
        )  # fmt: skip
        if module is not None and not module.is_loaded:
            code = NOT_LOADED
    except BaseException:  # noqa: BLE001 - it is read by the process that waits
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _changed(path: str, text: bytes, folder: Path) -> _ChangedModule | _ChangedKernel:
    is_python = path.endswith(".py")
    return _ChangedModule(path, text) if is_python else _ChangedKernel(Path(path), text, folder)


def _base(change: tuple[str, bytes] | None, output: Path) -> list[str]:
    """Where a kernel with a mistake is built: it is gone when all is over."""
    is_of_kernel = change is not None and not change[0].endswith(".py")
    return [f"--basetemp={output}-kernel/base"] if is_of_kernel else []


def _settle_for_any_example() -> None:
    """Let hypothesis look for no simpler example than the first that fails."""
    from hypothesis import Phase, settings

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mistakes", settings.get_profile("same"), phases=phases)
    settings.load_profile("mistakes")


class _ChangedModule:
    """A module that is loaded from another text than that of its file."""

    def __init__(self, path: str, text: bytes) -> None:
        self.is_loaded = False
        loader: Any = importlib.machinery.SourceFileLoader
        data_of, facts_of = loader.get_data, loader.path_stats

        def get_data(this: object, name: str) -> object:
            if name != path:
                return data_of(this, name)
            self.is_loaded = True
            return text

        def path_stats(this: object, name: str) -> object:
            if name == path:
                raise OSError("its bytecode is that of the file")
            return facts_of(this, name)

        loader.get_data, loader.path_stats = get_data, path_stats


class _ChangedKernel:
    """The kernel, which is built of other sources. It is not compared with the Python engine before
    it is used: the tests are to notice the mistake."""

    def __init__(self, path: Path, text: bytes, folder: Path) -> None:
        self.is_loaded = False
        sources = folder / "source"
        shutil.copytree(path.parent, sources)
        (sources / path.name).write_bytes(text)
        targets: Any = importlib.import_module("pcsim.kernel.targets")
        building: Any = importlib.import_module("pcsim.kernel.building")
        choice: Any = importlib.import_module("pcsim.kernel.choice")
        targets.SOURCES = sources
        choice._difference = lambda _library: ""
        build_it = building.build

        def build(library: Path) -> None:
            build_it(library)
            self.is_loaded = True

        building.build = build
