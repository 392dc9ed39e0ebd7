"""Programs in processes of their own, run so that they can be watched."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.threads import until

ROOT = Path(__file__).parent.parent.parent

PIPELINE = """
import queue, sys, threading

urls = queue.Queue()
done = threading.Event()

class Store:
    def __init__(self):
        self.rows = queue.Queue(2)

store = Store()

def lister():
    for number in range(5):
        urls.put(number)

def fetcher():
    while True:
        store.rows.put(urls.get())

threads = [threading.Thread(target=lister), threading.Thread(target=fetcher, daemon=True)]
for thread in threads:
    thread.start()
threads[0].join()
print("ready", flush=True)
sys.stdin.readline()
"""
"""Five URLs are listed; two rows fit into the store, and the fetcher is blocked with the third."""
TRAFFIC = """
import queue, sys, threading, time

urls = queue.Queue(3)

def lister():
    while True:
        urls.put(0)

def fetcher():
    while True:
        urls.get()
        time.sleep(0.001)

for run in (lister, fetcher, fetcher):
    threading.Thread(target=run, daemon=True).start()
print("ready", flush=True)
sys.stdin.readline()
"""
"""Two fetchers take as fast as they can what a lister puts."""


def environment(folder: Path) -> dict[str, str]:
    """An environment with a session folder of its own."""
    return {
        **os.environ,
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running(words: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has printed `ready`; it is ended afterwards."""
    process = subprocess.Popen(
        words,
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if line != "ready\n":
            _, errors = process.communicate()
            raise AssertionError(f"it printed {line!r}, and {errors}")
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def executed(source: str, folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A script that `pcsim exec` runs."""
    script = folder / "program.py"
    script.write_text(source, "utf-8")
    command = [sys.executable, "-m", "pcsim", "exec", str(script), *words]
    with running(command, folder) as process:
        yield process


def can_import(python: str, module: str) -> bool:
    """Whether an interpreter has all that a module of pcsim needs."""
    command = [python, "-c", f"import {module}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return not subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def pcsim(folder: Path, *words: str) -> Any:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pcsim", *words],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def running_pcsim(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs; it is ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pcsim", *words],
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until_file_has(file: Path, table: str) -> None:
    """Wait until a recording that is written has something in a table."""

    def seen() -> bool:
        try:
            base = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
            try:
                return bool(base.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608
            finally:
                base.close()
        except sqlite3.Error:
            return False

    until(seen)
