"""Closes terminals with pcsim in them, and counts the processes that stay behind.

    python benchmarks/hangup.py [TRIES] [SEED]

Each try starts pcsim in a pseudo-terminal of its own, brings it into a state chosen at random,
closes the terminal or sends SIGHUP and SIGCONT while it stays open, and waits for the end. The
exit status is 1 where a process was alive after `LIMIT` seconds.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.support.terminal import Terminal, in_shell, is_alive, state_of

LIMIT = 2.0
AT_ONCE = 2
"""Tries that go on at the same time: more of them would measure the machine."""
JAM = """\
title = "A jam"
[queues.main]
capacity = 3
[producers]
P = { queue = "main", interval = 0.01, count = 20 }
[consumers]
C = { queue = "main", service_time = 1000, count = 2 }
D = { queue = "main", service_time = 0.05 }
"""
DRAWN = rb"\x1b\[\?1049h[\s\S]*quit"


class Try(NamedTuple):
    """One way to close a terminal on pcsim."""

    command: tuple[str, ...]
    state: str
    way: str

    def __str__(self) -> str:
        return f"{' '.join(self.command) or 'pcsim'}, {self.state}, {self.way}"


APP_STATES: dict[str, Callable[[Terminal], None]] = {}


def state(function: Callable[[Terminal], None]) -> Callable[[Terminal], None]:
    """Add a state in which a terminal is closed on the app."""
    APP_STATES[function.__name__.replace("_", " ")] = function
    return function


@state
def starting(_terminal: Terminal) -> None:
    """Somewhere on the way to the first picture."""
    time.sleep(random.uniform(0.0, 1.5))


@state
def ready(terminal: Terminal) -> None:
    """Before the run is started, or a moment after."""
    terminal.wait_for(DRAWN)


@state
def running(terminal: Terminal) -> None:
    """With workers that are blocked."""
    ready(terminal)
    terminal.press("s")
    terminal.wait_for(rb"\d blocked|full")


@state
def asking(terminal: Terminal) -> None:
    """In a dialog."""
    running(terminal)
    terminal.press("q")
    terminal.wait_for(rb"Quit\?")


@state
def in_the_palette(terminal: Terminal) -> None:
    """While commands are searched."""
    running(terminal)
    terminal.press("\x10")
    terminal.wait_for(b"Search for")


@state
def stopped(terminal: Terminal) -> None:
    """By ctrl+z, so that only SIGCONT lets it notice anything."""
    running(terminal)
    terminal.press("\x1a")
    terminal.wait_for(rb"\x1b\[\?1049l")


@state
def continued(terminal: Terminal) -> None:
    """After ctrl+z and fg, twice."""
    for _ in range(2):
        stopped_once(terminal)


def stopped_once(terminal: Terminal) -> None:
    """Stop it, wait until it stands, and continue it."""
    terminal.wait_for(DRAWN)
    terminal.press("\x1a")
    terminal.wait_for(rb"\x1b\[\?1049l")
    while "T" not in map(state_of, terminal.processes()):
        terminal.read(0.02)
    terminal.output = b""
    terminal.press("\n")


@state
def unread(terminal: Terminal) -> None:
    """With a terminal that takes no more output."""
    running(terminal)
    for _ in range(10):
        terminal.press("ttcc")
        time.sleep(0.2)


def run_going(terminal: Terminal) -> None:
    """A run without a screen, on its way."""
    terminal.wait_for(rb"A jam|produced|blocked")


def run_unread(terminal: Terminal) -> None:
    """The same, with a terminal that takes no more."""
    run_going(terminal)
    time.sleep(2.0)


def one_try(what: Try, into: Callable[[Terminal], None], folder: Path) -> float | None:
    """Close a terminal on pcsim; the seconds until its end, None where it stayed."""
    words = [word.replace("FILE", str(folder / "jam.toml")) for word in what.command]
    command = [sys.executable, "-m", "pcsim", *words]
    if what.way == "closed under a shell":
        command = in_shell(*command)
    with Terminal(command) as terminal:
        into(terminal)
        members = terminal.processes()
        began = time.monotonic()
        if what.way.startswith("closed"):
            terminal.close()
        else:
            terminal.send(signal.SIGHUP, signal.SIGCONT)
        while any(map(is_alive, members)):
            if time.monotonic() - began > LIMIT:
                return None
            time.sleep(0.005)
        return time.monotonic() - began


def main(tries: int, seed: int) -> int:
    """Do the tries; 1 where a process stayed behind."""
    chance = random.Random(seed)
    apps = [(), ("tui", "FILE"), ("tui", "FILE", "--engine", "virtual")]
    runs = [("run", "FILE"), ("run", "FILE", "-v")]
    runs += [("run", "FILE", "--engine", "virtual", "--until", "900h", "-v")]
    plans: list[tuple[Try, Callable[[Terminal], None]]] = []
    for _ in range(tries):
        way = chance.choice(["closed", "closed", "closed under a shell", "signals"])
        if chance.random() < 0.7:
            name, into = chance.choice(sorted(APP_STATES.items(), key=lambda entry: entry[0]))
            if name in ("stopped", "continued"):
                way = "closed under a shell"  # nothing stops where no shell could continue it
            # Without a file it is the list of what can be run, in which nothing runs yet.
            able = apps if name in ("starting", "ready") else apps[1:]
            plans.append((Try(chance.choice(able), name, way), into))
        else:
            name, into = chance.choice([("going", run_going), ("unread", run_unread)])
            plans.append((Try(chance.choice(runs), name, way), into))
    left: Counter[str] = Counter()
    times: list[float] = []
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(AT_ONCE) as pool:
        folder = Path(name)
        (folder / "jam.toml").write_text(JAM, "utf-8")
        results = pool.map(lambda plan: one_try(*plan, folder), plans)
        for number, ((what, _), seconds) in enumerate(zip(plans, results, strict=True), 1):
            if seconds is None:
                left[str(what)] += 1
                print(f"{number:4} STAYED  {what}", flush=True)
            else:
                times.append(seconds)
                print(f"{number:4} {seconds:6.2f} s  {what}", flush=True)
    longest = f"{max(times):.2f} s" if times else "-"
    print(f"{len(times)} of {tries} ended within {LIMIT:g} s, the slowest in {longest}")
    for kind, number in left.most_common():
        print(f"stayed {number}: {kind}")
    return 1 if left else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    numbers = [int(word) for word in sys.argv[1:3]]
    sys.exit(main(*(numbers + [200, 1][len(numbers) :])))
