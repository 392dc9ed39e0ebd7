"""Each worker and purpose has numbers of its own, the same everywhere and always."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.distributions.streams import LARGEST_REPLICATION, stream
from pcsim.errors import ScenarioError
from pcsim.validation import LARGEST_NUMBER
from tests.support.cases import case

RAW_DIGEST = "462e6089b968a8b55a1df3c62deaafbc8a8e1d653076eb1467d4013af2bec442"
DRAWN_DIGEST = "dc659836b00f1b15e3f93a2fdbefe915ce2b7dc6936f8e0000c6b2839d937391"


def first(seed: int, replication: int, name: str, purpose: str) -> tuple[int, ...]:
    """The first ten raw numbers of a stream."""
    raw = stream(seed, replication, name, purpose).bit_generator.random_raw(10)
    return tuple(map(int, raw))


def test_the_numbers_of_a_stream_never_change() -> None:
    """Neither with a version of pcsim or numpy nor with the machine: these are stored."""
    numbers = repr(first(1, 0, "C1", "service_time"))
    assert sha256(numbers.encode()).hexdigest() == RAW_DIGEST


def test_uniform_numbers_of_a_stream_never_change() -> None:
    """numpy makes them from the raw ones by a shift and a product, which are exact."""
    drawn = stream(1, 0, "C1", "service_time").random(10).tolist()
    assert sha256(repr(drawn).encode()).hexdigest() == DRAWN_DIGEST


def test_another_process_has_the_same_numbers() -> None:
    """The names are not mixed by `hash`, which differs from one process to the next."""
    code = (
        "from pcsim.distributions.streams import stream\n"
        "print(*stream(7, 3, 'Ä', 'interval').bit_generator.random_raw(10))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert tuple(map(int, printed.split())) == first(7, 3, "Ä", "interval")


def test_a_stream_is_independent_of_others() -> None:
    """Streams that are made and drawn from before and in between shift no other numbers."""
    alone = stream(1, 0, "P", "interval").random(2000).tolist()
    stream(1, 0, "C0", "service_time").random(99)
    watched = stream(1, 0, "P", "interval")
    drawn: list[float] = []
    for number in range(4):
        stream(1, 0, f"C{number}", "service_time").exponential(size=number)
        drawn += watched.random(500).tolist()
    assert drawn == alone


def test_each_of_the_four_makes_another_stream() -> None:
    """Seed, replication, name and purpose count one by one."""
    keys = list(product((0, 1, 2**32), (0, 1), ("a", "b", "ab"), ("x", "y", "bx")))
    assert len({first(*key) for key in keys}) == len(keys)


def test_names_do_not_run_into_each_other() -> None:
    """Moving a letter from the one to the other makes another stream."""
    assert first(0, 0, "ab", "c") != first(0, 0, "a", "bc")
    assert first(0, 0, "", "1:a") != first(0, 0, "1:a", "")
    assert first(0, 0, "a\0", "b") != first(0, 0, "a", "\0b")


def test_streams_are_not_correlated() -> None:
    """Neighbours in each of the four have no more in common than chance allows (5 sigma)."""
    import numpy

    keys = [(s, r, n, p) for s in (0, 1) for r in (0, 1) for n in ("C1", "C2") for p in "ab"]
    drawn = numpy.array([stream(*key).random(10_000) for key in keys])
    common = numpy.corrcoef(drawn) - numpy.eye(len(keys))
    assert abs(common).max() < 5 / 100


@given(st.integers(0, LARGEST_NUMBER), st.integers(0, LARGEST_REPLICATION), st.text(), st.text())
def test_any_seed_and_any_names_will_do(seed: int, replication: int, name: str, use: str) -> None:
    """Surrogates from a broken file name included; the same key is the same stream."""
    assert first(seed, replication, name, use) == first(seed, replication, name, use)
    assert first(seed, replication, name + "\ud800", use) != first(seed, replication, name, use)


WRONG_SEEDS: list[Any] = [-1, 2**63, 1.0, True, "1", None]


def test_a_wrong_seed_is_refused() -> None:
    """With the value and what would be right."""
    for wrong in WRONG_SEEDS:
        with (
            case(wrong),
            pytest.raises(
                ScenarioError, match=r"seed must be a whole number from 0 to 9,223,[\d,]+, not "
            ),
        ):
            stream(wrong, 0, "P", "interval")


WRONG_REPLICATIONS: list[Any] = [-1, 2**32, 0.5, False]


def test_a_wrong_replication_is_refused() -> None:
    """Likewise."""
    for wrong in WRONG_REPLICATIONS:
        with (
            case(wrong),
            pytest.raises(ScenarioError, match="replication must be a whole number from 0 to"),
        ):
            stream(0, wrong, "P", "interval")


def test_numpy_is_loaded_by_the_first_stream_alone() -> None:
    """A program that draws nothing does not wait for it."""
    code = "import sys, pcsim.distributions.streams; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
