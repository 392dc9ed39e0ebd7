"""Every file ends as a scenario or as a clean error, whatever was done to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.errors import ScenarioFileError
from pcsim.scenario import Scenario
from pcsim.scenario.file import starter
from pcsim.scenario.file.decode import LARGEST_FILE
from pcsim.scenario.forecast import forecast
from tests.support.scenario_files import SMALL, SOUND, WHOLE

FILES = [SMALL, SOUND, WHOLE, starter()]
PIECES = [
    *("[", "]", "{", "}", "=", ",", ".", '"', "'", '"""', "'''", "#", "\\", "\n", "\r\n", "\t"),
    *("\x00", "\ufeff", "\u202e", "nan", "inf", "-1", "0", "1e400", "2.5", "true", "9" * 400),
    *("0x" + "f" * 30, "1" + "0" * 18, "2026-01-01", "12:00:00", "[]", "{}", "[1, 2]", '"x"', '""'),
    *("[[", "]]", "queue", "output", "count", "weights", "count = 1000\n", "\n[queues]\n"),
    *("\n[producers.P]\n", "\n[[consumers]]\n", 'queue = ["main", "main"]\n'),
    "{ distribution = 'gamma', mean = 1, cv = 0.5 }",
    "{ distribution = 'empirical', csv = '/x' }",
    "{ distribution = 'instants', at = [1] }",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A file that held, after a few careless or wicked hands."""
    text = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        until = min(at + draw(st.integers(0, 12)), len(text))
        how = draw(st.integers(0, 3))
        if how == 0:
            text = text[:at] + text[until:]
        elif how == 1:
            text = text[:at] + draw(st.sampled_from(PIECES)) + text[until:]
        elif how == 2:
            text = text[:at] + text[at:until] * 2 + text[until:]
        else:
            words = text.split(" ")
            place = draw(st.integers(0, len(words) - 1))
            words[place] = draw(st.sampled_from(PIECES))
            text = " ".join(words)
    return text


def ends_well(text: str) -> None:
    """A scenario that can be foreseen, or problems that can be shown, on lines that are there."""
    try:
        scenario = Scenario.parse(text, "my.toml")
    except ScenarioFileError as error:
        can_be_shown(error, text.count("\n") + 1)
    else:
        assert isinstance(scenario, Scenario)
        assert all(caution.text.isprintable() for caution in forecast(scenario))
        assert len(scenario.workers) <= 1_000


def can_be_shown(error: ScenarioFileError, lines: int) -> None:
    """At least one problem, in the order of their lines, all of them there and printable."""
    numbers = [problem.line for problem in error.problems]
    assert numbers
    assert numbers == sorted(numbers)
    assert 1 <= numbers[0] <= numbers[-1] <= lines
    assert all(problem.text and problem.text.isprintable() for problem in error.problems)


@given(mutated())
def test_mutated_files_end_in_a_clean_error_or_a_scenario(text: str) -> None:
    """No other exception, whatever was cut, repeated or put in."""
    ends_well(text)


@given(st.text(max_size=80))
def test_any_text_ends_in_a_clean_error(text: str) -> None:
    """Most are no TOML."""
    ends_well(text)


@given(st.binary(max_size=80) | st.sampled_from(FILES).map(lambda text: text.encode("utf-16")))
def test_any_bytes_end_in_a_clean_error(data: bytes) -> None:
    """Most are no UTF-8."""
    path = Path("/dev/null").with_name("pcsim-fuzz")  # never opened
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "open", lambda *_: _Bytes(data))
        try:
            Scenario.load(path)
        except ScenarioFileError as error:
            can_be_shown(error, data.count(b"\n") + 1)


class _Bytes:
    """A file that has these bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __enter__(self) -> _Bytes:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self, size: int) -> bytes:
        return self._data[:size]


TOML_VALUES = st.recursive(
    st.sampled_from(["1", "-1", "0.5", "nan", "true", "'x'", "'main'", "2026-01-01", "1e308"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]")
        | st.dictionaries(
            st.sampled_from(["distribution", "mean", "cv", "retries", "on", "time", "csv"]),
            inner,
            max_size=3,
        ).map(lambda v: "{ " + ", ".join(f"{k} = {one}" for k, one in v.items()) + " }")
    ),
    max_leaves=5,
)
KEYS = st.sampled_from(
    ["queue", "interval", "items", "count", "routing", "weights", "put_timeout", "bursts",
     "priority", "service_time", "max_items", "output", "on_error", "selection",
     "failure_probability", "capacity", "overflow", "discipline", "name", "qeue"]
)  # fmt: skip


@given(
    st.dictionaries(KEYS, TOML_VALUES, max_size=5),
    st.dictionaries(KEYS, TOML_VALUES, max_size=5),
    st.dictionaries(KEYS, TOML_VALUES, max_size=3),
)
def test_any_value_for_any_key_ends_well(
    producer: dict[str, str], consumer: dict[str, str], queue: dict[str, str]
) -> None:
    """Types and nesting of every kind, where they belong and where they do not."""
    tables = {"producers.P": producer, "consumers.C": consumer, "queues.main": queue}
    ends_well(
        "\n".join(
            f"[{name}]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items())
            for name, keys in tables.items()
        )
    )


HOSTILE = {
    "many tables": "".join(f"[consumers.C{n}]\nqueue = 'q'\n" for n in range(9_000)),
    "similar names": "[queues]\n"
    + "".join(f"{'a' * 45}{n} = {{}}\n" for n in range(255))
    + "".join(f"[producers.P{n}]\nqueue = '{'a' * 44}b{n}'\n" for n in range(900)),
    "unknown keys": SMALL + "".join(f"quxue{n} = 1\n" for n in range(15_000)),
    "open texts": '"""\\' * 60_000,
    "quotes in lines": '"\n' * 120_000,
    "brackets in lines": "[\n" * 120_000,
    "dotted": ".".join("a" * 12).join(["\n", " = 1"]) * 8_000,
    "long list": SMALL + "service_time = { distribution = 'empirical', values = [\n"
    + "1,\n" * 80_000 + "] }",
    "wrong list": SMALL + "service_time = { distribution = 'empirical', values = [\n"
    + "-1,\n" * 60_000 + "] }",
    "all to all": "[queues]\n"
    + "".join(f"q{n} = {{}}\n" for n in range(250))
    + "".join(
        f"[{kind}.{kind[0]}{n}]\nqueue = [\n" + ",\n".join(f"'q{q}'" for q in range(250)) + "]\n"
        for kind in ("producers", "consumers")
        for n in range(55)
    ),
}  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_soon(name: str) -> None:
    """Nothing grows with the square of what a file may hold: each takes a second or two."""
    ends_well(HOSTILE[name][:LARGEST_FILE])
