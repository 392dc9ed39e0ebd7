"""A program shows its system in a terminal, and goes on when the app has been left."""

from __future__ import annotations

import re
import signal
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.documents import README, block
from tests.support.terminal import Terminal

LEFT = b"\x1b[?1049l"
"""What brings a terminal back to its lines of text."""
PROGRAM = """
import logging, sys, threading
from pcsim import ProducerConsumerSystem

logging.basicConfig(format="log %(message)s")
may = threading.Event()

def store(item):
    if item == "last":
        may.wait()
    print("stored", item)
    logging.warning("of %s", item)
    if item == "bad":
        raise ValueError("no such item")

system = ProducerConsumerSystem("Mine")
system.add_queue("items", 5)
system.add_producer("reader", sys.argv[1:], 0, queue_name="items")
system.add_consumer("store", store, 0, queue_names="items")
system.show(start=True)
print("left:", system.snapshot().phase.value)
may.set()
system.wait_for_completion()
print("end:", system.get_statistics()["total_consumed"])
"""


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts the program on items."""
    script = tmp_path / "mine.py"
    script.write_text(textwrap.dedent(PROGRAM), "utf-8")
    opened: list[Terminal] = []

    def start(*items: str) -> Terminal:
        command = [sys.executable, str(script), *items]
        if len(items) > 1 and items[-2].endswith(">"):
            command = ["bash", "-c", " ".join(command)]
        terminal = Terminal(command)
        opened.append(terminal)
        return terminal

    yield start
    for terminal in opened:
        with terminal:
            pass


def after(terminal: Terminal) -> str:
    """What stands on the terminal after the app has been left, without colours and modes."""
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", terminal.output.rpartition(LEFT)[2].decode())


def test_program_goes_on_after_the_app(show: Callable[..., Terminal]) -> None:
    """What its code has printed and logged meanwhile stands above what it prints then, and not in
    the app."""
    terminal = show("a", "b")
    terminal.wait_for(b"finished")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    lines = after(terminal).split()
    assert " ".join(lines).endswith("left: finished end: 2")
    assert "stored a log of a stored b log of b left:" in " ".join(lines)
    assert b"log of a" not in terminal.output.rpartition(LEFT)[0]


def test_run_that_is_left_goes_on(show: Callable[..., Terminal]) -> None:
    """Its program waits for it as for any other."""
    terminal = show("a", "last")
    terminal.wait_for(b"running")
    terminal.wait_for(b"item 2")
    terminal.press("q")
    terminal.wait_for(b"leave: the run goes on")
    terminal.press("l")
    assert terminal.wait_for_end() == 0
    assert " ".join(after(terminal).split()).endswith(
        "left: running stored last log of last end: 2"
    )


@pytest.mark.parametrize(
    ("redirected", "elsewhere", "here"),
    [(">", ["stored a", "left: finished", "end: 1"], ["log of a"]),
     ("2>", ["log of a"], ["stored a", "left: finished", "end: 1"])],
)  # fmt: skip
def test_output_that_goes_elsewhere_goes_there(
    show: Callable[..., Terminal], tmp_path: Path, redirected: str, elsewhere: list[str],
    here: list[str],
) -> None:  # fmt: skip
    """The app needs one of both, and draws on that."""
    output = tmp_path / "output"
    terminal = show("a", redirected, str(output))
    terminal.wait_for(b"finished")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert output.read_text().splitlines() == elsewhere
    assert after(terminal).split("\r\n") == [*here, ""]


def test_error_of_the_run_is_shown_and_raised(show: Callable[..., Terminal]) -> None:
    """In the app, and by `show` when it has been left."""
    terminal = show("a", "bad")
    terminal.wait_for(b"failed")
    terminal.wait_for(rb"ValueError: no such item")
    terminal.press("q")
    assert terminal.wait_for_end() == 1
    text = after(terminal)
    assert "ValueError: no such item" in text
    assert "WorkerError: store failed on item 2 (bad) from reader" in text
    assert "left:" not in text


def test_example_of_readme_shows_its_system(tmp_path: Path) -> None:
    """The program as it stands there."""
    script = tmp_path / "crawl.py"
    script.write_text(block("crawl.py", README), "utf-8")
    with Terminal([sys.executable, str(script)]) as terminal:
        terminal.wait_for(rb"pages full")
        terminal.press("q")
        terminal.wait_for(b"leave: the run goes on")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert b"Traceback" not in terminal.output


def test_terminate_ends_the_program_as_it_would_without_the_app(
    show: Callable[..., Terminal],
) -> None:
    """The run is drained and the terminal restored before."""
    terminal = show("a")
    terminal.wait_for(b"finished")
    terminal.send(signal.SIGTERM)
    assert terminal.wait_for_end() == -signal.SIGTERM
    assert "stored a" in after(terminal)
    assert "left:" not in after(terminal)
