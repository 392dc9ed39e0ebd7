"""Text comes out in the characters and the cells that there are."""

from __future__ import annotations

from pcsim.text import ASCII, ascii_cells, display_width, encodable, fit, paragraph


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
    told = "Clerk is busy 96 % of 1.2 s, at 12 k/s: 3 more"
    assert paragraph(told, 17) == ["Clerk is busy", "96 % of 1.2 s, at", "12 k/s: 3 more"]
    assert paragraph("abcdefgh ij", 3) == ["abc", "def", "gh", "ij"]
    assert paragraph("", 10) == []
