"""What a function does with which queue, by its text."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from pcsim.watch.outside.objects import Code
from pcsim.watch.outside.process import Process
from pcsim.watch.outside.source import Source, Use
from pcsim.watch.outside.stacks import At

TEXT = """
import queue

class Stage:
    def run(self):
        while True:
            self.step(self.store.inbox)

    def step(self, source):
        self.out.put(source.get())
        self.shelf["low"].get_nowait()

def fed(rows, number):
    rows[number].put(1)
    for place in range(3):
        rows[place].get()

def bound(source):
    put = source.put
    put(1)
    helper(source)

def helper(feed):
    feed = queue.Queue()
    feed.put(2)
    collected.put(3)

class Endless:
    def again(self, source):
        source.get()
        self.again(source)
"""
LINES = {line.split("(")[0].split()[1]: n for n, line in enumerate(TEXT.splitlines(), 1)
         if line.strip().startswith("def ")}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(TEXT)
    os.utime(path, (1, 1))
    return path


def uses(path: Path, qualname: str) -> set[tuple[str, At | None]]:
    name = qualname.rpartition(".")[2]
    code = Code(1, qualname, str(path), LINES[name], ())
    found = Source(Process(os.getpid())).uses(code)
    return {(".".join(use.way), use.at) for use in found if use.at is not None}


def test_methods_that_are_called_are_followed_with_what_they_are_given(file: Path) -> None:
    """`self.step(self.store.inbox)` reads what the method gets from its parameter."""
    assert uses(file, "Stage.run") == {
        ("self.store.inbox", At.GET),
        ("self.out", At.PUT),
        ("self.shelf.['low']", At.GET),
    }


def test_an_element_is_one_where_its_place_stays_the_same(file: Path) -> None:
    """A parameter that no statement changes says which; a variable of a loop may be any."""
    assert uses(file, "fed") == {("rows.[=number]", At.PUT), ("rows.[]", At.GET)}


def test_variables_of_a_function_that_is_called_are_not_those_of_its_caller(file: Path) -> None:
    """What it makes itself is nobody's queue; what is global is everybody's."""
    assert uses(file, "bound") == {("source", At.PUT), ("collected", At.PUT)}


def test_functions_that_call_themselves_are_followed_for_some_steps(file: Path) -> None:
    """There is an end to it."""
    assert uses(file, "Endless.again") == {("source", At.GET)}


def test_a_file_that_was_changed_after_the_program_began_says_nothing(file: Path) -> None:
    """Its lines are not those that run."""
    os.utime(file)
    os.utime(file, (2**33, 2**33))
    assert uses(file, "fed") == set()


@pytest.mark.parametrize("content", [b"def broken(:\n", b"\0\0", b"(" * 5000])
def test_what_is_no_python_says_nothing(tmp_path: Path, content: bytes) -> None:
    """The file is another's, and may be anything."""
    path = tmp_path / "program.py"
    path.write_bytes(content)
    os.utime(path, (1, 1))
    code = Code(1, "broken", str(path), 1, ())
    assert not Source(Process(os.getpid())).uses(code)


def test_ways_that_cannot_be_followed_are_left_out(tmp_path: Path) -> None:
    """A queue that a call returns is not looked for."""
    path = tmp_path / "program.py"
    path.write_text(
        textwrap.dedent("""
        def run():
            make().put(1)
            known.put(1)
    """)
    )
    os.utime(path, (1, 1))
    found = Source(Process(os.getpid())).uses(Code(1, "run", str(path), 2, ()))
    assert Use(("known",), At.PUT) in found
    assert [use.way for use in found if use.at] == [("known",)]
