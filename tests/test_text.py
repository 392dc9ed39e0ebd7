"""Text comes out in the characters, the cells and the units that there are."""

from __future__ import annotations

import math
from typing import Any
from unicodedata import category

from hypothesis import given
from hypothesis import strategies as st

from pcsim.text import (
    ASCII,
    ascii_cells,
    clock_time,
    count,
    display_width,
    duration,
    encodable,
    exact_time,
    fit,
    paragraph,
    percent,
    plural,
    rate,
    safe,
    safe_value,
    three_digits,
)
from tests.support.cases import case


def test_every_ascii_replacement_is_as_wide_as_its_original() -> None:
    """So a drawing keeps its shape."""
    for original, replacement in ASCII.items():
        assert replacement.isascii()
        assert display_width(original) == len(replacement) == 1, original
    for text in ("▶ ■ ‖ ✓ ✗ ·", "╭──╮", "█▌░", "漢字", "é", "─┴0:00"):
        assert ascii_cells(text).isascii()
        assert len(ascii_cells(text)) == display_width(text), text


def test_a_stream_gets_what_its_encoding_can_carry() -> None:
    """Signs become ASCII, letters an escape; nothing changes where all can be carried."""
    text = "x → y … 48 µs ≥ 3 · 漢"
    assert encodable(text, "utf-8") == text
    assert encodable(text, "ascii") == "x -> y ... 48 us >= 3 - \\u6f22"
    assert encodable("µ", "latin-1") == "µ"
    assert encodable("…", None) == "..."
    assert encodable("L = 2, λ·W = 2 · λ", "ascii") == "L = 2, lambda*W = 2 - lambda"


def test_fitted_text_is_measured_as_the_caller_measures() -> None:
    """By default, a wide character takes two cells."""
    assert fit("漢字漢字", 5) == "漢字…"
    assert fit("漢字漢字", 4) == "漢… "
    assert fit("漢字", 5, right=True) == " 漢字"
    assert fit("漢字漢字", 4, measure=len) == "漢字漢字"
    assert fit("text", 0) == ""


def test_fit_cuts_by_what_a_terminal_shows() -> None:
    """A character two cells wide never sticks out of its column."""
    assert fit("abc", 5) == "abc  "
    assert fit("abc", 5, right=True) == "  abc"
    assert fit("abcdef", 4) == "abc…"
    assert fit("名前名前", 4) == "名… "
    assert fit("abc", 0) == ""
    assert all(display_width(line) <= 10 for line in paragraph("名" * 30, 10))


def test_lines_break_between_words_but_keep_a_number_with_its_unit() -> None:
    """A word that is too long is cut."""
    sentence = "Clerk is busy 96 % of 1.2 s, at 12 k/s: 3 more"
    assert paragraph(sentence, 17) == ["Clerk is busy", "96 % of 1.2 s, at", "12 k/s: 3 more"]
    assert paragraph("abcdefgh ij", 3) == ["abc", "def", "gh", "ij"]
    assert paragraph("", 10) == []


NUMBERS: list[Any] = [
    (duration(0), "0 s"),
    (duration(-1), "0 s"),
    (duration(None), "–"),
    (duration(math.nan), "–"),
    (duration(math.inf), "–"),
    (duration(12e-6), "12 µs"),
    (duration(0.9994e-3), "999 µs"),
    (duration(0.048), "48 ms"),
    (duration(0.9994), "999 ms"),
    (duration(1.2), "1.2 s"),
    (duration(99.94), "99.9 s"),
    (duration(125), "2:05"),
    (duration(3725), "1:02:05"),
    (clock_time(4.2), "0:04.2"),
    (clock_time(725), "12:05.0"),
    (clock_time(3725.04), "1:02:05.0"),
    (clock_time(-1), "0:00.0"),
    (exact_time(4.25), "0:04.250"),
    (exact_time(3725.000137), "1:02:05.000137"),
    (exact_time(59.9999999), "1:00.000"),
    (count(0), "0"),
    (count(9_999), "9999"),
    (count(12_300), "12.3 k"),
    (count(999_499), "999 k"),
    (count(999_500), "1 M"),
    (count(4_500_000), "4.5 M"),
    (count(1_200_000_000), "1.2 G"),
    (rate(4.9), "4.9/s"),
    (rate(0.05), "0.05/s"),
    (rate(12_300), "12.3 k/s"),
    (rate(None), "–"),
    (rate(math.inf), "–"),
    (percent(0.784), "78 %"),
    (percent(None), "–"),
    (plural(1, "item"), "1 item"),
    (plural(20_000, "item"), "20 k items"),
    (three_digits(0.05), "0.05"),
    (three_digits(480), "480"),
]


def test_numbers_are_written_as_people_read_them() -> None:
    """At most three digits, and a unit."""
    for text, shown in NUMBERS:
        with case(text, shown):
            assert text == shown


@given(st.text(max_size=300), st.integers(1, 80))
def test_safe_text_has_nothing_that_moves_a_terminal(text: str, limit: int) -> None:
    """Whatever came in, one printable line comes out."""
    shown = safe(text, limit)
    assert all(character.isprintable() or category(character) == "Zs" for character in shown)
    assert len(shown) <= max(limit * 10, 1)
    assert safe(shown, 10_000) == shown


def test_what_cannot_be_shown_is_named_by_its_type() -> None:
    """A hostile `repr` is caught, whatever it raises."""

    class Hostile:
        def __repr__(self) -> str:
            raise KeyboardInterrupt

    assert safe_value(Hostile()) == "<Hostile: repr raised KeyboardInterrupt>"
    assert safe_value("\x1b[31mred") == "\\e[31mred"
    assert len(safe_value(list(range(10_000)))) <= 60
    assert encodable("a – b → c", "ascii") == "a - b -> c"
    assert encodable("漢", "ascii") == "\\u6f22"
    assert encodable("漢", "utf-8") == "漢"
