"""Functions that only prepare to run are refused where they are given, with what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem, Scenario, ScenarioError, run
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec


async def fetch(url: str) -> str:
    """A coroutine function."""
    return url


def split(page: str) -> Iterator[str]:
    """A generator function."""
    yield from page


async def stream(url: str) -> AsyncIterator[str]:
    """An async generator function."""
    yield url


class Callables:
    """Such functions as methods, and as what a call of the object calls."""

    async def __call__(self, url: str) -> str:
        return url

    async def fetch(self, url: str) -> str:
        """A method."""
        return url

    @staticmethod
    def split(page: str) -> Iterator[str]:
        """A static method."""
        yield page


class Collector:
    """A collection that has to be awaited."""

    async def append(self, item: object) -> None:
        """Add nothing until it is awaited."""


REFUSED: list[tuple[Any, str, str]] = [
    (fetch, "is a coroutine function", "asyncio.run"),
    (split, "is a generator function", "list(f(item))"),
    (stream, "is an async generator function", "returns its results"),
    (partial(partial(fetch), "a"), "is a coroutine function", "asyncio.run"),
    (Callables(), "is a coroutine function", "asyncio.run"),
    (Callables().fetch, "is a coroutine function", "asyncio.run"),
    (partial(Callables().split), "is a generator function", "list(f(item))"),
    (partial(Callables()), "is a coroutine function", "asyncio.run"),
]


@pytest.mark.parametrize("is_stage", [False, True], ids=["consumer", "stage"])
def test_a_function_of_which_a_call_runs_nothing_is_refused(is_stage: bool) -> None:
    """However it is wrapped; the message says what to give instead."""
    for function, problem, remedy in REFUSED:
        system = ProducerConsumerSystem()
        output = "out" if is_stage else None
        with pytest.raises(ScenarioError) as caught:
            system.add_consumer("C", function, queue_names="q", output=output)
        assert caught.value.field == "destination"
        assert problem in str(caught.value)
        assert remedy in str(caught.value), function


def test_a_collection_that_has_to_be_awaited_is_refused() -> None:
    """Its `append` would add nothing."""
    with pytest.raises(ScenarioError, match="is a coroutine function"):
        ProducerConsumerSystem().add_consumer("C", Collector(), queue_names="q")


def test_a_run_of_a_scenario_refuses_such_a_function_too() -> None:
    """Before anything runs."""
    scenario = Scenario(
        (QueueSpec("q"),), (ProducerSpec("P", "q", 0, 1),), (ConsumerSpec("C", "q", 0),)
    )
    with pytest.raises(ScenarioError, match="consumer 'C' is a coroutine function"):
        run(scenario, sinks={"C": fetch})


def test_what_runs_a_coroutine_is_accepted() -> None:
    """What the message advises works."""
    got: list[str] = []

    async def note(text: str) -> None:
        got.append(text)

    system = ProducerConsumerSystem()
    system.add_queue("q")
    system.add_producer("P", ["a", "b"], 0, "q")
    system.add_consumer("C", lambda item: asyncio.run(note(item)), 0, queue_names="q")
    with system:
        pass
    assert got == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (split, "is a generator function: call it"),
        (partial(split, "abc"), "is a generator function: call it"),
        (stream, "is asynchronous"),
        (stream("a"), "is asynchronous"),
        (fetch, "is asynchronous"),
        (print, "must be iterable"),
    ],
)
def test_a_source_that_gives_nothing_is_refused_with_what_to_do(
    source: Callable[..., Any], problem: str
) -> None:
    """A function that was not called, or one that no thread can read."""
    with pytest.raises(ScenarioError, match=problem):
        ProducerConsumerSystem().add_producer("P", source, queue_name="q")  # type: ignore[arg-type]
