"""A cost is arithmetic over keys that are varied, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.errors import ScenarioError
from pcsim.experiments.sizing.costs import Cost

PATHS = ["clerk.count", "order-desk 2.capacity"]

numbers = st.integers(0, 99).map(str) | st.sampled_from(["0.5", "1e3", ".25"])
expressions = st.recursive(
    numbers | st.sampled_from(PATHS),
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from(["+", "-", "*"]), parts).map(" ".join),
        parts.map("({})".format),
        parts.map("-{}".format),
    ),
    max_leaves=8,
)


@given(expressions, st.integers(1, 9), st.integers(1, 99))
def test_it_is_what_arithmetic_says(text: str, count: int, capacity: int) -> None:
    """Whatever the expression; names may have spaces and signs in them."""
    plain = text.replace(PATHS[0], str(count)).replace(PATHS[1], str(capacity))
    expected = eval(plain, {"__builtins__": {}})  # noqa: S307 - the oracle; made above
    found = Cost(text, PATHS).of({PATHS[0]: count, PATHS[1]: capacity})
    assert found == pytest.approx(expected)


def test_arrays_are_taken_at_once() -> None:
    """As a grid has them."""
    counts, capacities = np.array([[1.0], [2.0]]), np.array([[10.0, 20.0]])
    found = Cost("clerk.count*30 + order-desk 2.capacity/10", PATHS).of(
        {PATHS[0]: counts, PATHS[1]: capacities}
    )
    assert found.tolist() == [[31.0, 32.0], [61.0, 62.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1 to 400 characters"),
        ("1+" * 300 + "1", "1 to 400 characters"),
        ("clerk.count +", "an expression such as"),
        ("((1)", "an expression such as"),
        ("1\x00", "an expression such as"),
        ("clerk.cnt*3", "'clerk.cnt' is no number and no key"),
        ("clerk.count**9**9**9", r"'clerk.count \*\* 9"),
        ("clerk.count.real", "is no number and no key"),
        ("__import__('os').system('true')", "is no number and no key"),
        ("(lambda: 1)()", "is no number and no key"),
        ("[1][0]", "is no number and no key"),
        ("'a'*3", "is no number and no key"),
        ("True", "is no number and no key"),
        ("1j", "is no number and no key"),
        ("key_0_", "is no number and no key"),
        ("9" * 300, "larger than"),
        ("clerk.count if 1 else 2", "is no number and no key"),
    ],
)
def test_all_else_is_refused(text: str, message: str) -> None:
    """In one line, and nothing of it is run."""
    with pytest.raises(ScenarioError, match=message) as refused:
        Cost(text, PATHS)
    assert "\n" not in str(refused.value)
