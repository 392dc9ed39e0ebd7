"""`ProducerConsumerSystem`: what can be a source, and what can be a destination."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pcsim.snapshot import Phase
from tests.support.engines import GUARD, Gate, line, stands_at_full, until


@pytest.mark.parametrize("make", [list, deque])
def test_a_destination_with_append_receives_the_same_objects(make: Callable[[], Any]) -> None:
    """What arrives is what was given, by identity."""
    source = [object() for _ in range(10)]
    dest = make()
    with line(source, dest):
        pass
    assert all(got is given for got, given in zip(dest, source, strict=True))


def test_a_function_is_called_with_the_same_objects() -> None:
    """A destination may be a function, and its result is ignored."""
    source = [object() for _ in range(10)]
    dest: list[object] = []

    def keep(item: object) -> str:
        dest.append(item)
        return "ignored"

    with line(source, keep):
        pass
    assert all(got is given for got, given in zip(dest, source, strict=True))


def test_a_consumer_without_a_destination_ignores_items() -> None:
    """None is a destination."""
    system = line(range(5), None)
    with system:
        pass
    assert system.snapshot().totals.consumed == 5


def test_a_generator_is_read_one_item_at_a_time() -> None:
    """Never more is pulled than fits queue and hands, and nothing before the start."""
    pulled = 0

    def source() -> Iterator[int]:
        nonlocal pulled
        for number in range(50):
            pulled += 1
            yield number

    gate = Gate()
    system = line(source(), gate, capacity=3)
    assert system.snapshot().phase is Phase.CREATED
    assert pulled == 0
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[0].depth == 3 and stands_at_full(s, "P"))
    assert pulled == 5
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == list(range(50))


def test_a_file_is_read_lazily_and_stays_open(tmp_path: Path) -> None:
    """A file gives its lines, and is its owner's to close."""
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"line {i}\n" for i in range(30)), encoding="utf-8")
    dest: list[str] = []
    with path.open(encoding="utf-8") as file:
        with line(file, dest):
            pass
        assert not file.closed
    assert dest == [f"line {i}\n" for i in range(30)]


class Cursor:
    """An iterator that is its own, with a `close` that means more than the end of a loop."""

    def __init__(self) -> None:
        self.rows = iter(range(9))
        self.closed = 0

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        return next(self.rows)

    def close(self) -> None:
        """Be closed."""
        self.closed += 1


class Table:
    """Gives its cursor, which it goes on using."""

    def __init__(self) -> None:
        self.cursor = Cursor()

    def __iter__(self) -> Iterator[int]:
        return iter(self.cursor)


class Keeping(list[Any]):
    """A destination with a `close`."""

    closed = 0

    def close(self) -> None:
        """Be closed."""
        self.closed += 1


@pytest.mark.parametrize("limit", [None, 3])
def test_what_is_no_generator_is_its_owners_to_close(limit: int | None, tmp_path: Path) -> None:
    """Source or destination: a cursor, what hands one out, a file of any kind. To the end of the
    source, and where the run ends earlier."""
    path = tmp_path / "lines.txt"
    path.write_text("a\nb\nc\nd\n", encoding="utf-8")
    cursor, table, kept = Cursor(), Table(), Keeping()
    with codecs.getreader("utf-8")(path.open("rb")) as file:
        for source in (cursor, table, file):
            with line(source, kept, max_items=limit):
                pass
        assert not file.closed
    assert (cursor.closed, table.cursor.closed, kept.closed) == (0, 0, 0)


@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("is_made", [False, True])
def test_a_generator_is_closed_once_at_the_end(limit: int | None, is_made: bool) -> None:
    """One that was handed in, and one that `iter` makes of the source: its `finally` has run when
    the run is over, however early."""
    closed: list[str] = []

    class Rows:
        def __iter__(self) -> Iterator[int]:
            try:
                yield from range(9)
            finally:
                closed.append("closed")

    with line(Rows() if is_made else iter(Rows()), None, max_items=limit):
        pass
    assert closed == ["closed"]


def test_a_source_may_only_have_getitem() -> None:
    """The oldest kind of sequence is a source as well."""

    class Old:
        def __getitem__(self, index: int) -> int:
            if index == 3:
                raise IndexError
            return index

    dest: list[int] = []
    old: Any = Old()
    with line(old, dest):
        pass
    assert dest == [0, 1, 2]


def test_a_source_that_has_more_than_its_length_gives_all() -> None:
    """The length serves the progress bar; the source alone decides when it ends."""

    class Modest(list[int]):
        def __len__(self) -> int:
            return 2

    dest: list[int] = []
    with line(Modest([1, 2, 3, 4]), dest):
        pass
    assert dest == [1, 2, 3, 4]


@pytest.mark.parametrize("error", [KeyError("gone"), OSError("no length"), RecursionError()])
def test_a_source_whose_length_cannot_be_had_gives_all(error: Exception) -> None:
    """The length is only shown; where it raises, the size of the source is unknown."""

    class Lazy(list[int]):
        def __len__(self) -> int:
            raise error

    dest: list[int] = []
    system = line(Lazy([1, 2, 3]), dest)
    assert system.snapshot().workers[0].source_size is None
    with system:
        pass
    assert dest == [1, 2, 3]


def test_a_source_that_grows_before_the_start_gives_all() -> None:
    """A list is read when its turn comes, not when it was described."""
    source = [1, 2]
    dest: list[int] = []
    system = line(source, dest)
    assert system.snapshot().workers[0].source_size == 2
    source += [3, 4, 5]
    with system:
        pass
    assert dest == [1, 2, 3, 4, 5]
