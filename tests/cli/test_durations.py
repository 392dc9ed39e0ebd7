"""Spans of time as they are typed."""

from __future__ import annotations

import click
import pytest

from pcsim.cli.durations import Span, parsed


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("90", 90.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("250ms", 0.25),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        ("2d", 172800.0),
        ("1m250ms", 60.25),
        ("30m1h", 5400.0),
        (" 10S ", 10.0),
        ("0", 0.0),
    ],
)
def test_a_span_is_its_seconds(typed: str, seconds: float) -> None:
    assert parsed(typed) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "h",
        "1x",
        "1h 30m",
        "1h30",
        "ms",
        "-5",
        "+5",
        "nan",
        "inf",
        "1_000",
        "1,5",
        "٣",
        "1e",
        ".",
    ],
)
def test_what_is_no_span_is_none(typed: str) -> None:
    assert parsed(typed) is None


@pytest.mark.parametrize("typed", ["0", "0s", "-1", "soon", "9" * 400 + "d", "1e999", "auto"])
def test_a_wrong_span_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        Span().convert(typed, None, None)
    told = refused.value.message
    assert told.endswith("is no time above 0, such as 90, 250ms or 1h30m")
    assert len(told) < 120


def test_a_warm_up_may_be_a_word_or_none() -> None:
    warm_up = Span("auto", or_none=True)
    assert [warm_up.convert(typed, None, None) for typed in ("auto", "0", "1m")] == ["auto", 0, 60]
    with pytest.raises(click.BadParameter, match=r"0 or more, such as 90, .*, or auto"):
        warm_up.convert("soon", None, None)


def test_a_span_from_outside_is_shown_safely() -> None:
    with pytest.raises(click.BadParameter) as refused:
        Span().convert("\x1b[2J\u202e", None, None)
    assert refused.value.message.startswith("'\\e[2J\\u202e' is no time")
