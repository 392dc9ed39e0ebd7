"""Read a TOML text from outside safely, and report its mistakes in plain words.

tomllib takes minutes for a dotted key of 40 KB and crashes on a list nested 100,000 deep, so a
text is checked before tomllib reads it.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from pcsim.scenario.file.lines import tokens
from pcsim.scenario.file.problems import Problems

LARGEST_FILE = 256 * 1024
"""Bytes."""
LONGEST_LINE = 1024
"""Characters."""
DEEPEST = 16
"""Lists and tables inside each other, and the keys joined by dots."""

_BYTE_ORDER_MARK = "\ufeff"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_IS_THERE = "is there already: keep one of the two"
_NOT_CLOSED = "a text is not closed: add the quotation mark at its end"
_NO_KEY = 'a key is missing, or needs quotation marks: "like this"'
_IN_BRACES = "a table in braces stands on one line, without a comma before its '}'"
_ESCAPE = "'\\' in a text begins no escape of TOML: write '\\\\', or 'text' in single quotes"
_IN_WORDS = {
    "Invalid statement": 'not TOML: write key = value or [table], and odd keys "like this"',
    "Invalid initial character": _NO_KEY,
    "Expected '=' after a key": "no '=' after the key: write key = value",
    "Expected newline or end": "more after a value than belongs to it: begin a new line, or put"
    ' a "text" in quotation marks',
    "Expected ']]' at": "the name of a table is not closed: write [[name]]",
    "Expected ']' at": "the name of a table is not closed: write [name]",
    "Invalid value": 'not a value: write a number, a "text", true or false, a [list] or a'
    " { key = value }",
    "Unclosed array": "a list is not closed: add ']', or a ',' between two of its elements",
    "Unclosed inline table": "a table in braces is not closed: add '}', or a ',' between two of"
    " its keys, and keep it on one line",
    "Unterminated string": _NOT_CLOSED,
    "Illegal character": _NOT_CLOSED,
    "Found invalid character": _NOT_CLOSED,
    "Expected ": _NOT_CLOSED,
    "Unescaped": _ESCAPE,
    "Invalid hex value": _ESCAPE,
    "Escaped character is not": _ESCAPE,
    "Cannot declare": f"a table of this name {_IS_THERE}",
    "Cannot overwrite": f"a key of this name {_IS_THERE}",
    "Duplicate inline table key": f"a key of this name {_IS_THERE}",
    "Cannot mutate": "a table or list that was closed is added to: write it in one place",
    "Cannot redefine": "a table or list that was closed is added to: write it in one place",
    "Invalid date": "there is no such date or time of day",
}


def decoded(data: bytes, file: str) -> str:
    """The text of a file. Raises `ScenarioFileError` where it is too large or not UTF-8."""
    problems = Problems(file)
    if len(data) > LARGEST_FILE:
        problems.report(1, f"the file is too large: at most {LARGEST_FILE // 1024} KiB")
    else:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problems.report(line, f"byte 0x{data[error.start]:02x} is not UTF-8: save it as UTF-8")
    raise problems.error()


def read(problems: Problems) -> dict[str, Any]:
    """The tables of the text. Raises `ScenarioFileError` where it is not TOML, or more than
    anybody would write by hand; `problems.text` then has the line ends that it is read with."""
    text = problems.text.replace("\r\n", "\n")
    if text.startswith(_BYTE_ORDER_MARK):
        problems.report(1, "the file begins with a byte order mark: save it as UTF-8 without one")
        text = text.removeprefix(_BYTE_ORDER_MARK)
    problems.text = text
    if not text.strip():
        problems.report(1, "the file is empty: `pcsim new` writes one to start from")
        raise problems.error()
    if _is_harmless(text, problems):
        try:
            return tomllib.loads(text)
        except (tomllib.TOMLDecodeError, ValueError) as error:
            problems.report(*_in_words(str(error), text))
    raise problems.error()


def _is_harmless(text: str, problems: Problems) -> bool:
    if len(text) > LARGEST_FILE:
        problems.report(1, f"the file is too large: at most {LARGEST_FILE // 1024} KiB")
        return False
    is_harmless = True
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            message = f"the line is too long: {len(line):,} characters (at most {LONGEST_LINE:,})"
            problems.report(number, message)
            is_harmless = False
        if match := _CONTROL.search(line):
            message = f"control character 0x{ord(match.group()):02x}: remove it"
            problems.report(number, message)
            is_harmless = False
    return is_harmless and _is_shallow(text, problems)


def _is_shallow(text: str, problems: Problems) -> bool:
    depth = parts = 0
    for token in tokens(text):
        if token.kind == "mark" and token.text in "[{":
            depth += 1
        elif token.kind == "mark" and token.text in "]}":
            depth = max(depth - 1, 0)
        if token.kind == "mark" and token.text == ".":
            parts += 1
        elif token.kind not in ("word", "text"):
            parts = 0
        if depth > DEEPEST or parts >= DEEPEST:
            what = "lists or tables inside each other" if depth > DEEPEST else "keys joined by dots"
            problems.report(token.line, f"too many {what}: at most {DEEPEST}")
            return False
    return True


def _in_words(message: str, text: str) -> tuple[int, str]:
    """The line and the plain words for a message of tomllib.

    tomllib's errors have no kind but their message, so this is the one place that reads one.
    """
    where = _WHERE.search(message)
    line = int(where.group(1) or 0) if where else 0
    line = line or text.rstrip().count("\n") + 1
    fault = _WHERE.sub("", message)
    words = next((words for begins, words in _IN_WORDS.items() if fault.startswith(begins)), "")
    if words == _NO_KEY and _ends_in_braces(_until(text, where)):
        words = _IN_BRACES
    if fault.startswith("Cannot overwrite"):
        line = _statement(text, line)
    if words == _NOT_CLOSED:
        line = next((token.line for token in tokens(text) if token.kind == "open"), line)
    return line, words or f"not TOML: {fault}"


def _until(text: str, where: re.Match[str] | None) -> str:
    """The text before the place of a fault, if it names one; what follows there on its line must
    be no key's, but the end of the line or of a table."""
    if where is None or where.group(1) is None:
        return text
    lines = text.split("\n")
    line, column = int(where.group(1)) - 1, int(where.group(2)) - 1
    if lines[line][column : column + 1] not in ("", "#", "}"):
        return ""
    return "\n".join([*lines[:line], lines[line][:column]])


def _ends_in_braces(text: str) -> bool:
    """Whether a table in braces is open at the end of the text."""
    opened: list[str] = []
    for token in tokens(text):
        if token.kind == "mark" and token.text in "[{":
            opened.append(token.text)
        elif token.kind == "mark" and token.text in "]}" and opened:
            opened.pop()
    return opened[-1:] == ["{"]


def _statement(text: str, line: int) -> int:
    """The line on which the statement begins that has this line."""
    begins, depth, is_new = 1, 0, True
    for token in tokens(text):
        if token.line > line:
            break
        if token.kind == "newline":
            is_new = depth == 0
        elif is_new:
            begins, is_new = token.line, False
        if token.kind == "mark" and token.text in "[{":
            depth += 1
        elif token.kind == "mark" and token.text in "]}":
            depth = max(depth - 1, 0)
    return begins
