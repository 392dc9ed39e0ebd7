"""Functions that only prepare to run, and what they return: coroutines and generators.

To call a coroutine function or a generator function runs nothing of it. So a consumer of such a
function would count items as consumed that nobody has dealt with.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import NoReturn

from pcsim.errors import LazyResultError, ScenarioError

LAZY = frozenset({CoroutineType, GeneratorType, AsyncGeneratorType})
"""The types of results of which nothing has run."""
_NAMES = {
    CoroutineType: "coroutine",
    GeneratorType: "generator",
    AsyncGeneratorType: "async generator",
}


def refuse(result: object) -> NoReturn:
    """Close a result of a type in `LAZY`, so that Python does not warn of it, and raise.

    Raises:
        LazyResultError: Always.
    """
    if isinstance(result, CoroutineType | GeneratorType):
        result.close()
    raise LazyResultError(_NAMES[type(result)])


def check_runs(function: object, owner: str) -> None:
    """Check that a consumer's function does its work when it is called.

    Raises:
        ScenarioError: It is a coroutine function or a generator function.
    """
    if kind := lazy_kind(function):
        article = "an" if kind[0] == "a" else "a"
        problem = f"is {article} {kind}: to call it runs nothing; {_REMEDIES[kind]}"
        raise ScenarioError(problem, field="destination", owner=owner, value=function)


def check_source(source: object, owner: str) -> None:
    """Check that a producer can take items from its source.

    Raises:
        ScenarioError: It cannot be iterated over, or only by asynchronous code.
    """
    kind = lazy_kind(source)
    if hasattr(source, "__aiter__") or kind in ("coroutine function", "async generator function"):
        problem = "is asynchronous: give an iterable that a thread can read, such as a generator"
        raise ScenarioError(problem, field="source", owner=owner, value=source)
    if isinstance(source, Iterable) or hasattr(source, "__getitem__"):
        return
    if kind == "generator function":
        problem = "is a generator function: call it, and give the generator that it returns"
        raise ScenarioError(problem, field="source", owner=owner, value=source)
    raise ScenarioError(field="source", owner=owner, value=source, expected="iterable")


_REMEDIES = {
    "coroutine function": "give a function that runs it, such as lambda item: asyncio.run(f(item))",
    "generator function": "give a function that returns its results together, such as "
    "lambda item: list(f(item))",
    "async generator function": "give a function that does the work, and returns its results",
}


def lazy_kind(function: object) -> str:
    """What a function is that runs nothing when it is called; empty for any other.

    Methods, `functools.partial` and objects with such a `__call__` count as what they call.

    >>> async def ask(): ...
    >>> lazy_kind(ask), lazy_kind(print)
    ('coroutine function', '')
    """
    import functools  # not needed for runs of a scenario
    import inspect

    while isinstance(function, functools.partial):
        function = function.func
    for one in (function, getattr(type(function), "__call__", None)):  # noqa: B004 - the class's own
        if inspect.iscoroutinefunction(one):
            return "coroutine function"
        if inspect.isgeneratorfunction(one):
            return "generator function"
        if inspect.isasyncgenfunction(one):
            return "async generator function"
    return ""
