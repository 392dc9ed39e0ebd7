"""Names of queues, threads and groups."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from pcsim.watch.agent import Agent
from pcsim.watch.names import Sources, Unique, group_name, queue_name

SOURCE = """\
urls = queue.Queue()
lanes = [queue.Queue() for _ in range(2)]
class Store:
    def __init__(self):
        self.rows = queue.Queue(
            maxsize=50
        )
        self.by: dict[str, Any] = {"a": queue.Queue()}
boxes["x"] = queue.Queue()
use(queue.Queue())
one = queue.Queue(); other = queue.Queue()
if True: only = queue.Queue()
"""


@pytest.mark.parametrize(
    ("line", "function", "expected"),
    [
        (1, "<module>", "urls"),
        (2, "<module>.<listcomp>", "lanes[]"),
        (6, "Store.__init__", "Store.rows"),
        (8, "Store.__init__", "Store.by[]"),
        (9, "<module>", "boxes['x']"),
        (10, "<module>", "Queue of program.py:10"),
        (11, "<module>", "Queue of program.py:11"),
        (12, "<module>", "only"),
        (99, "<module>", "Queue of program.py:99"),
    ],
)
def test_a_queue_has_the_name_that_its_source_gives_it(
    tmp_path: Path, line: int, function: str, expected: str
) -> None:
    """A variable, an attribute of its class, an element; else the place where it was made."""
    (tmp_path / "program.py").write_text(SOURCE, "utf-8")
    row = {"kind": "Queue", "found": None, "site": ["program.py", line, function, "__main__", -1]}
    assert queue_name(row, Sources(str(tmp_path))) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("one = queue.Queue(); other = queue.Queue(8)", ["one", "other"]),
        ("one, Box.other = queue.Queue(), queue.Queue(8)", ["one", "other"]),
        ("é, other = (queue.Queue(),\n queue.LifoQueue())", ["é", "other"]),
        ("a, b = [queue.Queue() for _ in range(2)]", ["Queue of program.py:3"] * 2),
    ],
)
def test_two_queues_of_one_line_have_each_its_name(
    tmp_path: Path, source: str, expected: list[str]
) -> None:
    """The agent knows the column in which each was made."""
    path = tmp_path / "program.py"
    path.write_text(f"import queue\nclass Box: pass\n{source}\n", "utf-8")
    agent, sources = Agent("exec"), Sources(str(tmp_path))
    agent.begin(finds=False)
    try:
        kept = runpy.run_path(str(path), run_name="__main__")
        rows = [row for row in agent.names({})["queues"] if row["site"][0] == str(path)]
        assert [queue_name(row | {"site": list(row["site"])}, sources) for row in rows] == expected
        del kept
    finally:
        agent.restore()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["global", "__main__", "urls"], "urls"),
        (["global", "crawl.web", "urls"], "crawl.web.urls"),
        (["attribute", "crawl.Store", "rows"], "Store.rows"),
        (["local", "main", "todo"], "todo"),
    ],
)
def test_a_queue_that_was_found_has_the_name_by_which_it_is_reached(
    found: list[str], expected: str
) -> None:
    """As the program writes it."""
    row = {"kind": "Queue", "found": found, "site": None}
    assert queue_name(row, Sources(".")) == expected


def test_a_source_that_cannot_be_read_is_no_error(tmp_path: Path) -> None:
    """Missing, a folder, or not Python."""
    (tmp_path / "bad.py").write_text("def (", "utf-8")
    sources = Sources(str(tmp_path))
    assert [sources.target_at(name, 1) for name in ("none.py", ".", "bad.py", "\0")] == [""] * 4


def test_names_are_unique_and_stay() -> None:
    """However often one is asked for; those of what is gone are free again."""
    names = Unique()
    assert [names.name(key, "q") for key in "abca"] == ["q", "q-2", "q-3", "q"]
    assert [names.name(key, "l[]") for key in (1, 2)] == ["l[0]", "l[1]"]
    names.keep("b")
    assert names.name("d", "q") == "q"
    assert names.name("b", "other") == "q-2"


def test_a_name_from_outside_is_safe() -> None:
    """It has no control characters, and is short."""
    assert Unique().name(1, "a\x1b[2J" + "b" * 100).startswith("a\\e[2J")
    assert len(Unique().name(1, "b" * 1000)) <= 60


def test_a_group_is_called_by_what_its_threads_run() -> None:
    """Or by how their names begin, or by what the first of them runs."""
    assert group_name(["f", "f"], ["x", "y"]) == "f"
    assert group_name(["f", "g"], ["pool_0", "pool_1"]) == "pool"
    assert group_name(["f", "g"], ["x", "y"]) == "f"
    assert group_name(["", ""], ["x", "y"]) == "threads"
