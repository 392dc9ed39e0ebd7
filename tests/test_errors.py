"""Errors about a description are data: the field, its owner, the value and what is expected."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pcsim.distributions import Gamma, Instants
from pcsim.errors import (
    DeadlockError,
    InputError,
    Problem,
    ScenarioError,
    ScenarioFileError,
    TheoryError,
    Wait,
    WorkerError,
    close_match,
    did_you_mean,
)
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    End,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)
from pcsim.theory.queues import mm1
from tests.support.cases import case

wrong: Any = "wrong"
Q, P, C = QueueSpec("q"), ProducerSpec("P", "q"), ConsumerSpec("C", "q")

CASES: list[tuple[Callable[[], object], str, str, object]] = [
    (lambda: QueueSpec("q", 0), "capacity", "queue 'q'", 0),
    (lambda: QueueSpec("q", overflow=wrong), "overflow", "queue 'q'", "wrong"),
    (lambda: QueueSpec(" "), "name", "a queue", " "),
    (lambda: ProducerSpec("P", ()), "queue", "producer 'P'", ()),
    (lambda: ProducerSpec("P", "q", -1), "interval", "producer 'P'", -1),
    (lambda: ProducerSpec("P", "q", weights=(1.0,)), "weights", "producer 'P'", (1.0,)),
    (lambda: ProducerSpec("P", "q", 0, bursts=Bursts(1, 1)), "bursts", "producer 'P'",
     Bursts(1, 1)),
    (lambda: ConsumerSpec("C", "q", Instants((1.0,))), "service_time", "consumer 'C'",
     Instants((1.0,))),
    (lambda: ConsumerSpec("C", "q", on_error=wrong), "on_error", "consumer 'C'", "wrong"),
    (lambda: ConsumerSpec("C", "q", failure_probability=2), "failure_probability",
     "consumer 'C'", 2),
    (lambda: Bursts(0, 1), "on", "bursts", 0),
    (lambda: Retry(-1, "q"), "retries", "on_error", -1),
    (lambda: End(time=0), "time", "end", 0),
    (lambda: Gamma(1.0, 0), "cv", "distribution 'gamma'", 0),
    (lambda: Scenario((Q,), (P,), (C,), seed=-1), "seed", "", -1),
    (lambda: Scenario((Q,), (P,), (ConsumerSpec("C", "p"),)), "queue", "consumer 'C'", "p"),
    (lambda: mm1(-1, 2), "arrival_rate", "", -1),
    (lambda: mm1(3, 2), "load", "M/M/1", 1.5),
]  # fmt: skip


def test_an_error_has_the_field_its_owner_and_the_value() -> None:
    """A program reads those, and never the message."""
    for make, field, owner, value in CASES:
        with pytest.raises(InputError) as caught:
            make()
        error = caught.value
        assert (error.field, error.owner, error.value) == (field, owner, value), str(error)
        assert str(error).startswith(f"{field} of {owner}" if owner else field)


def test_an_element_of_a_list_has_its_position() -> None:
    """Counted from 0, as in the list; the message counts from 1."""
    with pytest.raises(ScenarioError, match=r"^number 2 of weights of producer 'P' must") as caught:
        ProducerSpec("P", ("a", "b"), routing=Routing.RANDOM, weights=(1.0, -1.0))
    assert (caught.value.field, caught.value.index, caught.value.value) == ("weights", 1, -1.0)


def test_an_error_names_the_fields_on_which_it_depends() -> None:
    """To change one of them may help as well."""
    with pytest.raises(ScenarioError) as caught:
        ProducerSpec("P", "q", weights=(1.0,))
    assert caught.value.beside == ("routing",)


def test_the_message_has_the_value_the_expected_ones_and_a_close_match() -> None:
    """In one sentence, made of the data."""
    error = ScenarioError(
        field="overflow", owner="queue 'q'", value="drop_nw", expected="'block' or 'drop_new'",
        known=("block", "drop_new"),
    )  # fmt: skip
    hint = "; did you mean 'drop_new'?"
    assert str(error) == f"overflow of queue 'q' must be 'block' or 'drop_new', not 'drop_nw'{hint}"
    assert error.message("it") == f"it must be 'block' or 'drop_new', not 'drop_nw'{hint}"


def test_a_close_match_is_a_known_name_or_none() -> None:
    """Data, for programs that decide by it."""
    assert close_match("mian", ["main", "other"]) == "main"
    assert close_match("zzz", ["main"]) is None
    assert close_match(5, ["main"]) is None


def test_errors_can_be_pickled_whatever_the_value_is() -> None:
    """As a pool of processes brings them; an object stays behind as its text."""
    for error in (
        ScenarioError(field="x", value=3, expected="more"),
        TheoryError(field="load", value=1.5),
    ):
        twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
        assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
    error = ScenarioError(field="x", value=lambda: None, expected="a number")
    assert isinstance(pickle.loads(pickle.dumps(error)).value, str)  # noqa: S301 - made here


ERRORS: list[Any] = [
    WorkerError("C", 3, "ValueError: bad"),
    DeadlockError((Wait("A", ("q",), "full"), Wait("B", ("r",), "full"))),
    ScenarioFileError("my.toml", (Problem(3, "no such key"),)),
    ScenarioError("wrong"),
]


def test_errors_come_whole_out_of_another_process() -> None:
    """As a pool of processes brings them."""
    for error in ERRORS:
        with case(error):
            twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
            assert type(twin) is type(error)
            assert (str(twin), vars(twin)) == (str(error), vars(error))


def test_a_close_match_is_offered_or_what_there_is() -> None:
    """The end of an error's line."""
    assert did_you_mean("mian", ["main", "other"]) == "; did you mean 'main'?"
    assert did_you_mean("MAIN", ["main", "Other"]) == "; did you mean 'main'?"
    assert did_you_mean("other", ["main", "Other"]) == "; did you mean 'Other'?"
    assert did_you_mean("zzz", ["a", "b"]) == "; known: 'a', 'b'"
    assert did_you_mean("zzz", map(str, range(9))).endswith("'7', …")
    assert did_you_mean("zzz", []) == ""
