"""`explore`: the decorator that turns a test into one of all its interleavings."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, TypeVar

from pcsim.testing.exploring import Found, Outcome, Settings, explored, run_schedule, warm_up
from pcsim.testing.schedule import as_text, parsed
from pcsim.testing.strategies import Replay
from pcsim.testing.switch_points import Grain
from pcsim.testing.world import World

SCHEDULE = "PCSIM_SCHEDULE"
"""The environment variable with the one schedule to run."""
SCHEDULES = "PCSIM_SCHEDULES"
"""The environment variable with the number of schedules that each test runs at most."""
SECONDS = "PCSIM_EXPLORE_SECONDS"
"""The environment variable with the seconds for which each test is explored."""
USUAL_SCHEDULES = 1_000
STORE = "schedules"
"""The folder, beside a test, with the schedules that once failed."""

Function = TypeVar("Function", bound=Callable[..., object])


def explore(
    schedules: int | None = None,
    *,
    preemptions: int | None = None,
    seed: int = 0,
    modules: tuple[str, ...] = (),
    helpers: tuple[str, ...] = (),
    grain: str = "statements",
    most_steps: int = 50_000,
) -> Callable[[Function], Function]:
    """Run a test under many interleavings of its threads, on simulated threads and virtual time.

    The test, what it imports from pcsim and the named modules run as copies in which threads
    change only at switch points: before each statement and after each call. `threading`, `time`
    and `queue` are simulated there. The rest of the program is as it is: what waits there waits
    in real time.

    A failing schedule is shrunk, stored in the folder `schedules` beside the test, and run first
    from then on. The error has a note with the command that runs it again.

    Args:
        schedules: How many schedules to run, at most; None for 1,000, or for all of them where
            `preemptions` says which.
        preemptions: Run every schedule in which at most this many threads are stopped where they
            could go on, but one alone of those in which all threads see the same; None to draw
            schedules at random (random walks and PCT in turn).
        seed: Of the random schedules.
        modules: The names of more modules to run on simulated threads, with those below them.
        helpers: The names of modules that use those, and in which no other thread has a turn. What
            threads share there must not matter to what they do, such as lists of results.
        grain: `statements`, or `calls` for the places alone where CPython with its global lock
            lets another thread run, or `looks` for those of an interpreter without that lock:
            after each look at an attribute or an element as well.
        most_steps: A schedule with more switch points than that fails as endless.

    Returns:
        A decorator of functions at the top level of a module.

    Raises:
        ValueError: `grain` is none of the three.

    >>> import pcsim
    >>> from pcsim import testing
    >>> @testing.explore(schedules=100)
    ... def test_every_item_arrives():
    ...     queue = pcsim.Queue(1)
    ...     _, item = testing.threads(lambda: queue.put("item"), queue.get)
    ...     assert item == "item"
    """
    if schedules is None:
        schedules = USUAL_SCHEDULES if preemptions is None else sys.maxsize
    follows = preemptions is not None
    settings = Settings(schedules, seed, preemptions, None, most_steps, follows)
    points = Grain(grain)

    def decorate(function: Function) -> Function:
        if "<locals>" in function.__qualname__:
            raise ValueError(f"{function.__qualname__} is not at the top level of its module")

        @wraps(function)
        def test(*arguments: Any, **keywords: Any) -> None:
            world = _world((function.__module__, *modules), points, helpers, follows)
            copy = _copy(world, function)
            with world.in_place():
                _explore(function, partial(copy, *arguments, **keywords), settings)

        test.explored = function  # type: ignore[attr-defined]
        return test  # type: ignore[return-value]

    return decorate


@cache
def _world(
    modules: tuple[str, ...], grain: Grain, helpers: tuple[str, ...], follows: bool
) -> World:
    return World(modules, grain, helpers, follows=follows)


def _copy(world: World, function: Callable[..., object]) -> Callable[..., object]:
    """The same function in the copy of its module."""
    path = function.__code__.co_filename
    found: Any = world.load_file(function.__module__, path)
    for name in function.__qualname__.split("."):
        found = getattr(found, name)
    copy: Callable[..., object] = found.explored
    return copy


def _explore(
    function: Callable[..., object], body: Callable[[], object], settings: Settings
) -> None:
    schedule = os.environ.get(SCHEDULE)
    if schedule:
        warm_up(body, settings.most_steps)
        outcome = run_schedule(body, Replay(parsed(schedule)), settings.most_steps, traced=True)
        if outcome.error is not None:
            raise _explained(outcome, "the schedule fails")
        return
    store = _Store(function)
    stored = store.schedules()
    if stored:
        warm_up(body, settings.most_steps)
    for number, text in enumerate(stored):
        outcome = run_schedule(body, Replay(parsed(text)), settings.most_steps, traced=True)
        if outcome.error is not None:
            raise _explained(outcome, f"stored schedule {number + 1} fails ({store.path})")
    if (seconds := os.environ.get(SECONDS)) is not None:
        settings = settings._replace(seconds=float(seconds), schedules=sys.maxsize)
    if (schedules := os.environ.get(SCHEDULES)) is not None:
        settings = settings._replace(schedules=min(int(schedules), settings.schedules))
    found = explored(body, settings)
    if found.failure is not None:
        store.add(found.failure)
        raise _explained(found.failure, _count(found, settings))


def _count(found: Found, settings: Settings) -> str:
    kind = "random" if settings.preemptions is None else f"up to {settings.preemptions} preemptions"
    return f"schedule {found.schedules:,} fails ({kind})"


def _explained(outcome: Outcome, head: str) -> BaseException:
    """The error of a schedule, with a note of how it came to be and how to see it again."""
    error = outcome.error
    if error is None:
        raise ValueError("the schedule has no error")
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rsplit(" ", 1)[0]
    command = f"{SCHEDULE}={shlex.quote(as_text(outcome.decisions))} python -m pytest"
    lines = [f"pcsim: {head}. What was decided:", *(f"  {line}" for line in outcome.lines)]
    lines += ["Run it again:", f"  {command} {shlex.quote(test)}".rstrip()]
    error.add_note("\n".join(lines))
    return error


class _Store:
    """The schedules of one test that once failed, one a line."""

    def __init__(self, function: Callable[..., object]) -> None:
        path = Path(function.__code__.co_filename)
        self.path = path.parent / STORE / f"{path.stem}.{function.__qualname__}.txt"

    def schedules(self) -> list[str]:
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    def add(self, failure: Outcome) -> None:
        text = as_text(failure.decisions)
        if text in self.schedules():
            return
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"# {type(failure.error).__name__}\n{text}\n")
