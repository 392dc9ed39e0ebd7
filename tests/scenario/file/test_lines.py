"""The line of every key, in any TOML text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pcsim.scenario.file.lines import Lines, Place, tokens

BARE = st.text("abcXYZ019_-", min_size=1, max_size=5)
TEXTS = st.text(st.characters(exclude_characters="\r", exclude_categories=("Cs", "Cc")), max_size=9)
SCALARS = ["1", "-1.5e3", "0xff", "true", "inf", "1979-05-27", "1979-05-27 07:32:00.5", "07:32:00"]
TRICKY = [
    '"""\n[no]\nx = 1 # no\n"""',
    "'''\n\"\"\" a = [\n'''",
    '"""a""""',
    '"""\\"""\\\n  x"""',
    '"a # [b] = \\" {"',
    "'c:\\ # [x'",
    "''",
    '""',
    "''''quoted'''''",
]


def basic(text: str) -> str:
    """The text as a basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def values(draw: st.DrawFn, depth: int = 0) -> str:
    """The text of any value, over several lines where TOML allows it."""
    kind = draw(st.integers(0, 3 if depth < 3 else 1))
    if kind == 0:
        return draw(st.sampled_from(SCALARS + TRICKY))
    if kind == 1:
        return basic(draw(TEXTS))
    inner = draw(st.lists(values(depth + 1), max_size=3))
    if kind == 2:
        gap = draw(st.sampled_from(["", " ", "\n", " # , ] }\n  "]))
        return "[" + ",".join(gap + one + gap for one in inner) + "]"
    keys = draw(st.lists(keyed(), min_size=len(inner), max_size=len(inner), unique_by=tomlled))
    pairs = zip(keys, inner, strict=True)
    return "{" + ", ".join(f"{key} = {one}" for key, one in pairs) + "}"


@st.composite
def keyed(draw: st.DrawFn) -> str:
    """The text of a key: bare, or in either kind of quotation marks."""
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return draw(BARE)
    return basic(draw(TEXTS)) if kind == 1 else f"'{draw(BARE)} . ['"


def tomlled(key: str) -> str:
    """The key as TOML has it."""
    name: str = next(iter(tomllib.loads(f"{key} = 1")))
    return name


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[Place, int]]:
    """A document, and the line of each of its tables and their keys."""
    text = ""
    lines: dict[Place, int] = {}
    names = draw(st.lists(keyed(), max_size=4, unique_by=tomlled))
    for number, name in enumerate(["", *names]):
        text += draw(st.sampled_from(["", "\n", "# [x]\n", '  # """\n']))
        place: Place = (f"t{number}", tomlled(name)) if name else ()
        for count in range(draw(st.integers(1, 2)) if name else 1):
            table = place
            if name:
                lines.setdefault(place[:1], text.count("\n") + 1)
                lines.setdefault(place, text.count("\n") + 1)
                table = (*place, count)
                lines[table] = text.count("\n") + 1
                text += f"[[ t{number} . {name} ]] # c\n"
            for at, key in enumerate(draw(st.lists(keyed(), max_size=4, unique_by=tomlled))):
                line = text.count("\n") + 1
                lines[(*table, f"k{at}")] = lines[(*table, f"k{at}", tomlled(key))] = line
                text += f"k{at}.{key} = {draw(values())}\n"
    return text, lines


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Every place of a document."""
    yield place
    inner: dict[Any, Any] = value if isinstance(value, dict) else {}
    if isinstance(value, list):
        inner = dict(enumerate(value))
    for key, one in inner.items():
        yield from places(one, (*place, key))


@given(documents())
def test_every_key_is_found_on_its_line(document: tuple[str, dict[Place, int]]) -> None:
    """Whatever stands between, the lines are those on which the keys were written."""
    text, lines = document
    located = Lines(text)
    assert {place: located.at(place) for place in lines} == lines


@given(documents())
def test_places_are_those_of_tomllib(document: tuple[str, dict[Place, int]]) -> None:
    """Nothing is missed and nothing made up."""
    text, _ = document
    assert set(Lines(text).known) == set(places(tomllib.loads(text)))


def test_layouts_of_toml_by_hand() -> None:
    """Tables, dotted headers, lists of tables, quoted keys, values over several lines."""
    text = (
        'a.b = 1\n"c d" = """\nx = 1\n[no]\n"""\n[t]\nx = [1,\n  2, {y = 3, z = [\n 4]}]\n'
        '[[m]]\nq = 1\n[[m]]\nq = 2\n[m.sub]\n\'k"\' = 0\n"\\u0041".z = 1\n'
    )
    located = Lines(text)
    by_hand: dict[Place, int] = {
        ("a", "b"): 1, ("c d",): 2, ("t",): 6, ("t", "x"): 7, ("t", "x", 0): 7, ("t", "x", 1): 8,
        ("t", "x", 2, "z"): 8, ("t", "x", 2, "z", 0): 9, ("m",): 10, ("m", 0, "q"): 11,
        ("m", 1): 12, ("m", 1, "q"): 13, ("m", 1, "sub"): 14, ("m", 1, "sub", 'k"'): 15,
        ("m", 1, "sub", "A", "z"): 16,
    }  # fmt: skip
    assert {place: located.at(place) for place in by_hand} == by_hand


def test_what_is_not_there_is_where_it_would_be() -> None:
    """A missing key has the line of its table, and a missing table the first."""
    located = Lines("\n[t]\nx = 1\n")
    assert located.at(("t", "y", 3)) == 2
    assert located.at(("u",)) == 1


@given(st.text(max_size=60) | st.text("\"'\\#[]{}=,.\n a", max_size=60))
def test_any_text_is_cut_without_loss(text: str) -> None:
    """Tokens are the text, whether it is TOML or not."""
    joined = "".join(token.text for token in tokens(text))
    assert set(joined) <= set(text)
    assert [t.line for t in tokens(text)] == sorted(t.line for t in tokens(text))
    assert joined.count("\n") <= text.count("\n")
