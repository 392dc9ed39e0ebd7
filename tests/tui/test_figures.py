"""A number is shown whole, in a shorter form that is true, or not at all; never cut."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim import text
from pcsim.snapshot import BlockReason, QueueRow, Role, WorkerRow, WorkerState
from pcsim.tui import cells, figures
from pcsim.tui.widgets.worker_table import why
from tests.tui.scenarios import HOSTILE_NAMES

SCALES = {
    "": 1.0, "%": 0.01, "k": 1e3, "M": 1e6, "G": 1e9,
    "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0,
    "/s": 1.0, "/m": 1 / 60, "/h": 1 / 3600, "/d": 1 / 86_400,
    "k/s": 1e3, "M/s": 1e6, "G/s": 1e9,
}  # fmt: skip
numbers = st.one_of(st.floats(0, 1e8), st.floats(0, 1.0), st.floats(0, 100.0))
widths = st.integers(0, 12)


def read(shown: str) -> tuple[float, float]:
    """The value of what is shown, and half a unit of its last digit."""
    if ":" in shown:
        parts = [int(part) for part in shown.split(":")]
        value = sum(part * 60**power for power, part in enumerate(reversed(parts)))
        return float(value), 0.5
    found = re.fullmatch(r"(\d+(?:\.(\d+))?) ?(\D*)", shown)
    assert found is not None, shown
    number, decimals, unit = found.groups()
    scale = SCALES[unit]
    # A whole number such as 1e6 may have been rounded to three digits.
    places = -len(decimals) if decimals else max(len(number) - 3, 0) if unit == "" else 0
    return float(number) * scale, 0.5 * 10.0**places * scale


def assert_true(shown: str, number: float, width: int) -> None:
    assert len(shown) <= width
    if shown not in ("", figures.NOTHING_FITS):
        value, tolerance = read(shown)
        assert math.isclose(value, number, rel_tol=1e-9, abs_tol=tolerance * (1 + 1e-9)), shown


@given(numbers, widths)
def test_a_duration_is_true_to_its_last_digit(seconds: float, width: int) -> None:
    """In whatever unit it is written."""
    assert_true(figures.duration(seconds, width), seconds, width)


@given(numbers, widths)
def test_a_rate_is_true_to_its_last_digit(per_second: float, width: int) -> None:
    """A slow one may be written by the minute, the hour or the day."""
    shown = figures.rate(per_second, width)
    if shown != text.rate(per_second):  # written with three significant digits
        assert_true(shown, per_second, width)


@given(st.integers(0, 10**12), widths)
def test_a_count_is_true_to_its_last_digit(number: int, width: int) -> None:
    """Of thousands, millions or more."""
    assert_true(figures.count(number, width), number, width)


@given(st.floats(0, 1), widths)
def test_a_share_is_true_to_its_last_digit(share: float, width: int) -> None:
    """With or without a blank."""
    assert_true(figures.percent(share, width), share, width)


@given(numbers)
def test_more_room_never_makes_a_number_less_exact(seconds: float) -> None:
    """And what fits is never left out."""
    shown = [figures.duration(seconds, width) for width in range(1, 11)]
    known = [one for one in shown if one != figures.NOTHING_FITS]
    assert shown[len(shown) - len(known) :] == known
    errors = [abs(read(one)[0] - seconds) for one in known if ":" not in one]
    assert all(before >= after - seconds * 1e-6 for before, after in pairwise(errors[:-1]))


@pytest.mark.parametrize(
    ("seconds", "forms"),
    [(80.0, ["80.0 s", "80s", "1m"]), (3725.0, ["1:02:05", "62m", "1h"]), (0.16, ["160 ms"])],
)
def test_a_duration_has_these_forms(seconds: float, forms: list[str]) -> None:
    """Each as wide as it is."""
    assert [figures.duration(seconds, len(form)) for form in forms] == forms


WORDS = (
    *HOSTILE_NAMES,
    "put 327 into",
    "after 267 ms",
    "12.3 k/s",
    "1:02:05",
    "of",
    "漢字",
    "3/10",
)


@given(st.lists(st.sampled_from(WORDS)), st.integers(0, 60))
def test_a_text_is_never_cut_inside_a_number(words: list[str], width: int) -> None:
    """The number goes with its unit."""
    whole = " ".join(map(text.safe, words))
    shown = cells.fit(whole, width).rstrip()
    if shown.endswith("…") and whole != shown:
        kept = shown[:-1]
        assert whole.startswith(kept)
        rest = whole[len(kept) :]
        assert not kept[-1:].isdigit()
        assert not re.match(r"(?:[.:]\d| ?(?:ms|%|k/s|/s)\b)", rest) or not kept.endswith(
            tuple("0123456789 ")
        )


def test_a_cut_name_keeps_the_number_at_its_end() -> None:
    """So that equal workers stay apart."""
    assert cells.fit_name("resize-small-12", 10) == "resize-…12"
    assert cells.fit_name("resize-small-12", 15) == "resize-small-12"
    assert cells.fit_name("short", 8) == "short   "
    assert cells.fit_name("w1234567890", 6) == "w…    "
    for width in range(1, 20):
        for name in ("resize-small-12", "漢字漢字-7", "a12b34", "9"):
            assert cells.width_of(cells.fit_name(name, width)) == width


@given(st.sampled_from(["q", "quarantine", "a-long-queue-7"]), st.floats(0, 1e6), widths)
def test_what_a_worker_waits_for_is_never_cut_in_its_duration(
    queue: str, seconds: float, width: int
) -> None:
    """The duration becomes shorter, then leaves; then the name is cut."""
    row = WorkerRow(
        "W", Role.STAGE, (queue,), (), WorkerState.BLOCKED, queue, BlockReason.EMPTY, since=0.0
    )
    shown = why(row, seconds, width + 6)
    name, _, waited = shown.partition("empty")
    name = name.rstrip()
    assert name in ("", queue) or name.rstrip("0123456789").endswith("…")
    if waited:
        value, tolerance = read(waited.strip())
        assert abs(value - seconds) <= max(tolerance, 0.0005) * (1 + 1e-9)


def test_the_depth_of_a_large_queue_has_room() -> None:
    """At every depth."""
    for capacity in (1, 9_999, 10_000, 20_000, 1_234_567):
        for depth in (0, 1, 999, 9_999, 12_345, 999_499):
            if depth <= capacity:
                row = QueueRow("q", capacity, depth)
                width = cells.depth_width(capacity)
                whole = f"{text.count(depth)}/{text.count(capacity)}"
                assert figures.depth(row.depth, row.capacity, width) == whole
    assert figures.depth(12_345, 20_000, 7) == "12.3 k"
