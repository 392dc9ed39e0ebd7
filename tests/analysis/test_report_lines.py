"""Lines of a report: each with its role, joined into sections, and as plain text."""

from __future__ import annotations

from pcsim.analysis.report_lines import BLANK, Line, LineRole, as_text, joined, with_role


def test_a_line_is_part_of_a_paragraph_unless_it_has_another_role() -> None:
    """Only what stands out needs a role."""
    assert Line("words").role is LineRole.TEXT


def test_all_texts_get_the_role() -> None:
    """In their order."""
    lines = with_role(LineRole.ADVICE, ["first", "second"])
    assert lines == [Line("first", LineRole.ADVICE), Line("second", LineRole.ADVICE)]
    assert with_role(LineRole.ROW, []) == []


def test_one_blank_line_stands_between_two_sections() -> None:
    """None stands before the first, after the last, or for a section without lines."""
    one, two, three = Line("one"), Line("two"), Line("three")
    assert joined([[], [one, two], [], [three], []]) == [one, two, BLANK, three]
    assert joined([[], []]) == []


def test_sections_are_left_as_they_were() -> None:
    """Joining copies their lines."""
    first, second = [Line("one")], [Line("two")]
    joined([first, second])
    assert (first, second) == ([Line("one")], [Line("two")])


def test_text_has_a_newline_after_each_line() -> None:
    """After the last one too; no lines are no text."""
    assert as_text([Line("one"), BLANK, Line("two")]) == "one\n\ntwo\n"
    assert as_text([]) == ""
