"""Draws of a distribution, and the ranges of its parameters, for the tests."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy
from hypothesis import strategies as st

from pcsim.distributions import Time, draws
from pcsim.distributions.streams import stream

MEASURED = (0.0, 0.1, 0.1, 0.4, 2.5)
POSITIVE_TIMES = st.floats(1e-12, 1e12)
TIMES = st.just(0.0) | POSITIVE_TIMES


def sample(time: Time, number: int, seed: int = 1) -> Any:
    """The first `number` draws, as an array."""
    return numpy.fromiter(islice(draws(time, stream(seed, 0, "C", "draws")), number), float)
