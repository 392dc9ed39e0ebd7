"""Text that is not TOML, or more than a person would write by hand."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.errors import Problem, ScenarioError, ScenarioFileError
from pcsim.scenario import Scenario
from pcsim.scenario.file.decode import DEEPEST, LARGEST_FILE, LONGEST_LINE
from pcsim.scenario.file.decode import read as read_toml
from pcsim.scenario.file.problems import Problems
from tests.support.cases import case
from tests.support.scenario_files import SMALL, SOUND, read, refused

NOT_CLOSED = "a text is not closed: add the quotation mark at its end"
TWICE = "is there already: keep one of the two"
BRACES = "a table in braces stands on one line, without a comma before its '}'"
ESCAPE = "'\\' in a text begins no escape of TOML: write '\\\\', or 'text' in single quotes"
REOPENED = "a table or list that was closed is added to: write it in one place"


NOT_TOML: list[Any] = [
        ("= 1", '1: not TOML: write key = value or [table], and odd keys "like this"'),
        ("\nname", "2: no '=' after the key: write key = value"),
        ("a = 1\nb = \n", '2: not a value: write a number, a "text", true or false, a [list] or a'
         " { key = value }"),
        ("a = drop_new", '1: not a value: write a number, a "text", true or false, a [list] or a'
         " { key = value }"),
        ("a = 1 2", "1: more after a value than belongs to it: begin a new line, or put"
         ' a "text" in quotation marks'),
        ("a = [1,\n2\nb = 3\n", "3: a list is not closed: add ']', or a ',' between two of its"
         " elements"),
        ("a = { b = 1 c = 2 }", "1: a table in braces is not closed: add '}', or a ',' between"
         " two of its keys, and keep it on one line"),
        ('a = "x\nb = 1', f"1: {NOT_CLOSED}"),
        ("a = 'x\nb = 1", f"1: {NOT_CLOSED}"),
        ('a = """x\n\n', f"1: {NOT_CLOSED}"),
        ('a = 1\nb = """\n\\"""\n', f"2: {NOT_CLOSED}"),
        ('a = "x\\"\nb = 1', f"1: {NOT_CLOSED}"),
        ("a = 1\n[b", "2: the name of a table is not closed: write [name]"),
        ("[[b]\n", "1: the name of a table is not closed: write [[name]]"),
        ("[]\n", '1: a key is missing, or needs quotation marks: "like this"'),
        ("a = 1\na = 2", f"2: a key of this name {TWICE}"),
        ("a = 1\na = [\n1,\n]\n", f"2: a key of this name {TWICE}"),
        ('a = 1\n\na = """\n\n"""\nb = 2', f"3: a key of this name {TWICE}"),
        ("b = 1\na = { b = 1,\nc = 2 }", f"2: {BRACES}"),
        ("a = {\nc = 2 }", f"1: {BRACES}"),
        ("a = [\n{ c = 2, },\n]", f"2: {BRACES}"),
        ("a = { = 2 }", '1: a key is missing, or needs quotation marks: "like this"'),
        ("[a]\n[b]\n[a]\n", f"3: a table of this name {TWICE}"),
        ("a = { b = 1, b = 2 }", f"1: a key of this name {TWICE}"),
        ("a = {}\na.b = 1\n", f"2: {REOPENED}"),
        ('a = "\\w"', f"1: {ESCAPE}"),
        ('a = "\\ud800"', f"1: {ESCAPE}"),
        ("a = 2026-02-30", "1: there is no such date or time of day"),
]  # fmt: skip


def check_not_toml(text: str, message: str) -> None:
    assert refused(text) == [message]


def test_what_is_not_toml_is_explained_in_plain_words() -> None:
    """With the line, and with what would be right. Python 3.15 reads TOML 1.1, in which a table in
    braces may stand on several lines."""
    for text, message in NOT_TOML:
        if sys.version_info >= (3, 15) and message.endswith(BRACES):
            assert "unknown key" in refused(text)[-1]
        else:
            check_not_toml(text, message)


def test_empty_file_is_answered_with_how_to_begin() -> None:
    """There is a command for it."""
    for text in ["", "\n", "  \n\t\n", "\ufeff"]:
        with case(text):
            message = "1: the file is empty: `pcsim new` writes one to start from"
            assert refused(text)[-1:] == [message]


def test_comments_alone_are_a_file_without_a_queue() -> None:
    """What is missing is named."""
    message = "1: the file has no queue: add [queues], and in it such as main = { capacity = 10 }"
    assert refused("# nothing yet") == [message]


def test_byte_order_mark_is_reported_beside_the_rest() -> None:
    """Reading goes on after it."""
    bom = "1: the file begins with a byte order mark: save it as UTF-8 without one"
    assert refused("\ufeff" + SMALL) == [bom]
    assert refused("\ufeff" + SMALL + "speed = 1\n") == [
        bom, "7: unknown key 'speed' of consumer 'C'; known: 'queue', 'service_time', 'max_items',"
        " 'output', 'on_error', 'count', 'selection', 'routing', …",
]  # fmt: skip


def test_windows_line_ends_are_read_and_counted() -> None:
    """CRLF is TOML like any other."""
    windows = SOUND.replace("\n", "\r\n")
    assert read(windows) == read(SOUND)
    assert refused(windows + "colour = 1\r\n")[0].startswith("18: unknown key 'colour'")


def test_control_characters_are_reported_by_their_code() -> None:
    """None of them reaches a terminal, and each is found on its line."""
    for code in [0, 7, 0x0B, 0x0D, 0x1B, 0x7F]:
        with case(code):
            assert refused(SMALL + f"# {chr(code)}x\n") == [
                f"7: control character 0x{code:02x}: remove it"
            ]


def test_bytes_that_are_not_utf_8_are_reported(tmp_path: Path) -> None:
    """The first of them, with its line."""
    path = tmp_path / "my.toml"
    path.write_bytes(b"a = 1\r\nb = '\xe9'\n")
    with pytest.raises(ScenarioFileError) as caught:
        Scenario.load(path)
    assert caught.value.problems == (Problem(2, "byte 0xe9 is not UTF-8: save it as UTF-8"),)
    assert str(caught.value) == f"{path}:2: byte 0xe9 is not UTF-8: save it as UTF-8"


def test_file_above_the_limit_is_refused_unread(tmp_path: Path) -> None:
    """A device without end as well: no more is read than the limit."""
    assert refused("#\n" * LARGEST_FILE) == ["1: the file is too large: at most 256 KiB"]
    for path in (tmp_path / "large.toml", Path("/dev/zero")):
        if path.name == "large.toml":
            path.write_text("#\n" * LARGEST_FILE)
        with pytest.raises(ScenarioFileError) as caught:
            Scenario.load(path)
        assert caught.value.problems == (Problem(1, "the file is too large: at most 256 KiB"),)


def test_file_of_the_limit_is_read(tmp_path: Path) -> None:
    """The limit belongs to what is allowed; one byte more does not."""
    path = tmp_path / "large.toml"
    room = LARGEST_FILE - len(SMALL.encode())
    path.write_text(SMALL + "#\n" * (room // 2) + "\n" * (room % 2))
    assert path.stat().st_size == LARGEST_FILE
    assert Scenario.load(path).name == "large"
    with path.open("a") as file:
        file.write("\n")
    with pytest.raises(ScenarioFileError, match="too large"):
        Scenario.load(path)


def test_all_long_lines_are_reported() -> None:
    """Each with its length; one of the limit is read."""
    text = SMALL + "#" * LONGEST_LINE + "\n" + "#" * 1025 + "\n\n" + "a." * 20_000 + "a = 1"
    assert refused(text) == [
        "8: the line is too long: 1,025 characters (at most 1,024)",
        "10: the line is too long: 40,005 characters (at most 1,024)",
    ]
    assert read(SMALL + "#" * LONGEST_LINE).name == "my"


TOO_DEEP: list[tuple[str, str]] = [
    ("a = " + "[" * 1_000, "1: too many lists or tables inside each other: at most 16"),
    ("a = " + "[\n" * 100_000, "17: too many lists or tables inside each other: at most 16"),
    ("a = " + "{a=" * 300, "1: too many lists or tables inside each other: at most 16"),
    ("a = [\n'''\n]''', " + "[{a=" * 20, "3: too many lists or tables inside each other:"
     " at most 16"),
    ("." .join("a" * 17) + " = 1", "1: too many keys joined by dots: at most 16"),
    ("[" + " . ".join('"a"' for _ in range(17)) + "]", "1: too many keys joined by dots:"
     " at most 16"),
]  # fmt: skip


def test_depth_is_refused_before_tomllib_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would die of it, or take for ever."""
    monkeypatch.delattr(tomllib, "loads")
    for text, message in TOO_DEEP:
        with case(text, message):
            assert refused(text) == [message]


def test_depth_in_texts_and_comments_is_none() -> None:
    """Brackets there are characters like any other."""
    many = "[{" * 100 + "." * 100
    text = f'title = "{many}"\nwatch = """\n{many}\n"""\ndescription = \'{many}\' # {many}\n'
    assert read(text + SMALL).title == many


@given(st.text("\"'\\#[]{}=,.\n ab1", max_size=200))
def test_whatever_passes_is_shallow_enough_for_tomllib(text: str) -> None:
    """No text is thought to be flat by us and found deep by tomllib."""
    problems = Problems("my.toml", text)
    try:
        tables = read_toml(problems)
    except ScenarioFileError:
        return
    assert _depth(tables) <= 4 * DEEPEST


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def test_error_is_a_scenario_error_with_the_file_shown_safely() -> None:
    """Both `except ScenarioError` and `except ValueError` catch it; a hostile name is escaped."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.parse("x", "\x1b[31m.toml", None)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value) == "\\e[31m.toml:1: no '=' after the key: write key = value"


def test_many_problems_are_reported_up_to_a_hundred() -> None:
    """A reader needs no more, and a hostile file costs no more."""
    lines = refused(SMALL + "".join(f"k{number} = 1\n" for number in range(5_000)))
    assert len(lines) == 101
    assert lines[-1] == "107: more is wrong: these are the first 100"


def test_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """As any other."""
    with pytest.raises(FileNotFoundError):
        Scenario.load(tmp_path / "no.toml")
