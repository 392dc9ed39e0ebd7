"""The line of each key of a TOML text, which tomllib does not report.

The tokens are right for any text up to the place where it stops being TOML, in time
proportional to its length; so they also serve to check a text before tomllib reads it. `Lines`
expects a text that tomllib has read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys, and numbers from 0 into lists."""

_TOKEN = re.compile(
    r'''
      (?P<blank> [ \t]++ | \#[^\n]*+ )
    | (?P<newline> \n )
    | (?P<text>
          """ (?: [^"\\] | \\. | "(?!"") )*+ "{3,5}
        | \'\'\' (?: [^'] | '(?!\'\') )*+ '{3,5}
        | (?!""") " (?: [^"\\\n] | \\[^\n] )*+ "
        | (?!\'\'\') ' [^'\n]*+ '
      )
    | (?P<open> (?: """ | \'\'\' ) .*+ | ["'] [^\n]*+ )
    | (?P<mark> [\[\]{}=,.] )
    | (?P<word> [^\[\]{}=,."'\#\s]++ )
    | (?P<other> . )
    ''',
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of the text: its kind, what stands there, and the line on which it begins."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a text whose lines end in `\\n`, without blanks and comments."""
    line = 1
    for match in _TOKEN.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        if kind != "blank":
            yield Token(kind, piece, line)
            line += piece.count("\n")


class Lines:
    """The line of every key and list element of a TOML text, from 1.

    A table that is named several times is where it is named first.
    """

    def __init__(self, text: str) -> None:
        self._known: dict[Place, int] = {(): 1}
        self._many: dict[Place, int] = {}
        self._tokens = list(tokens(text))
        self._at = 0
        self._end = Token("end", "", text.count("\n") + 1)
        self._read()

    def at(self, place: Place) -> int:
        """The line of that place, or of the nearest table or list around it that stands in
        the text."""
        while place not in self._known:
            place = place[:-1]
        return self._known[place]

    @property
    def known(self) -> dict[Place, int]:
        """Every place with its line."""
        return self._known

    @property
    def _next(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else self._end

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _takes(self, text: str) -> bool:
        if self._next.kind != "mark" or self._next.text != text:
            return False
        self._at += 1
        return True

    def _note(self, table: Place, keys: list[Token]) -> Place:
        for key in keys:
            table = (*table, _plain(key))
            self._known.setdefault(table, key.line)
        return table

    def _read(self) -> None:
        table: Place = ()
        while self._next is not self._end:
            if self._takes("["):
                is_one_of_many = self._takes("[")
                table = self._header(self._keys(), is_one_of_many=is_one_of_many)
                while self._takes("]"):
                    pass
            elif self._next.kind in ("word", "text"):
                self._pair(table)
            else:
                self._take()

    def _header(self, keys: list[Token], *, is_one_of_many: bool) -> Place:
        table: Place = ()
        for number, key in enumerate(keys, 1):
            table = self._note(table, [key])
            is_new = is_one_of_many and number == len(keys)
            if is_new:
                self._many[table] = self._many.get(table, 0) + 1
            if table in self._many:
                table = (*table, self._many[table] - 1)
                self._known.setdefault(table, key.line)
        return table

    def _keys(self) -> list[Token]:
        keys = [self._take()]
        while self._takes("."):
            keys.append(self._take())
        return keys

    def _pair(self, table: Place) -> None:
        place = self._note(table, self._keys())
        self._takes("=")
        self._value(place)

    def _value(self, place: Place) -> None:
        if self._takes("["):
            self._list(place)
        elif self._takes("{"):
            while self._next is not self._end and not self._takes("}"):
                if self._next.kind in ("word", "text"):
                    self._pair(place)
                else:
                    self._take()
        else:
            while self._next.kind in ("word", "text", "other") or self._next.text == ".":
                self._take()

    def _list(self, place: Place) -> None:
        number = 0
        while self._next is not self._end and not self._takes("]"):
            if self._next.kind == "newline" or self._next.text == ",":
                self._take()
                continue
            element = (*place, number)
            self._known[element] = self._next.line
            before = self._at
            self._value(element)
            self._at += self._at == before
            number += 1


def _plain(key: Token) -> str:
    """The key without its quotes and escapes."""
    if key.text[:1] == '"' and "\\" in key.text:
        value: str = tomllib.loads(f"key = {key.text}")["key"]
        return value
    return key.text[1:-1] if key.kind == "text" else key.text
