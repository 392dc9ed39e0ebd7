"""All errors that pcsim raises on purpose, and the close match that their messages offer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pcsim.text import plural, shown


class PcsimError(Exception):
    """The base class of all errors that are raised by pcsim on purpose: catch it to catch all.

    Each can be pickled with its attributes, but without its cause.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # By its attributes: `__init__` takes other arguments than the message in `args`.
        return _revived, (type(self), self.args), self.__dict__


class InputError(PcsimError, ValueError):
    """A value that pcsim cannot use. Raised as `ScenarioError` or `TheoryError`.

    The message is made of the attributes; programs should read those and not the message.

    Attributes:
        field: The name of the wrong key or argument, such as `"capacity"`; `""` where the
            problem is not that of one field.
        owner: What the field belongs to, such as `"queue 'orders'"`; `""` for the scenario.
        index: The position from 0 of the wrong element where the field is a list, else None.
        value: The wrong value.
        expected: What the field must be, such as `"a whole number from 1 to 1,000"`.
        problem: The problem in words where `expected` does not describe it: what follows the
            field's name, or a whole sentence where there is no field.
        known: The names or words among which the value must be, if it is one of a list.
    """

    def __init__(
        self,
        problem: str = "",
        *,
        field: str = "",
        owner: str = "",
        index: int | None = None,
        value: object = None,
        expected: str = "",
        known: Iterable[str] = (),
    ) -> None:
        self.problem = problem
        self.field = field
        self.owner = owner
        self.index = index
        self.value = value
        self.expected = expected
        self.known = tuple(known)
        name = field if index is None else f"number {index + 1} of {field}"
        super().__init__(self.message(f"{name} of {owner}" if owner else name))

    def message(self, name: str) -> str:
        """Return the message with another name for the wrong field."""
        if self.expected:
            match = close_match(self.value, self.known)
            hint = f"; did you mean {match!r}?" if match else ""
            return f"{name} must be {self.expected}, not {shown(self.value)}{hint}"
        hint = did_you_mean(str(self.value), self.known) if self.known else ""
        return f"{name} {self.problem}{hint}" if self.field else f"{self.problem}{hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        revive, arguments, state = super().__reduce__()
        if not isinstance(self.value, (str, int, float, type(None))):
            state = {**state, "value": shown(self.value)}  # another object may not be picklable
        return revive, arguments, state


class ScenarioError(InputError):
    """A description that cannot be run: a wrong capacity, time, name or connection.

    Raised where a spec, a distribution or a scenario is made, by `simulate` and by `run`.
    Correct the value that `field` and `owner` name; `expected` describes the right ones.

    Attributes:
        beside: Other fields that the problem depends on: to change one of them may help as well.
    """

    def __init__(self, problem: str = "", *, beside: tuple[str, ...] = (), **data: Any) -> None:
        super().__init__(problem, **data)
        self.beside = beside


class EndlessError(ScenarioError):
    """A scenario that would run for ever, where a run with an end is asked for.

    Raised by `simulate` before the run, and by a run in virtual time whose time stands still.
    Give the run an end (`until`, `items`), or give the workers that it names a time.

    Attributes:
        cause: Why it does not end: `"no limit"`, `"trapped items"` (in a cycle of stages),
            `"cycle in no time"` or `"producer in no time"`; `""` if that is not known.
        workers: The names of the workers concerned, as in the scenario.
    """

    def __init__(self, problem: str, *, cause: str = "", workers: tuple[str, ...] = ()) -> None:
        super().__init__(problem)
        self.cause = cause
        self.workers = workers


class TheoryError(InputError):
    """Numbers that a formula has no answer for, such as a load under which a queue grows without
    end.

    Raised by the functions of `pcsim.theory`. Correct the number that `field` names; where
    there is no steady state, reduce the load.
    """


class Problem(NamedTuple):
    """One mistake in a scenario file: its line, from 1, and the problem in words."""

    line: int
    text: str


class ScenarioFileError(ScenarioError):
    """A scenario file that cannot be run.

    Raised by `Scenario.load` and `Scenario.parse`, with all mistakes of the file at once.
    Correct them in the file; `pcsim check FILE` lists them as well.

    Attributes:
        file: The name of the file.
        problems: All mistakes, by line. The message has a line `file:line: problem` for each.
    """

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(f"{file}:{line}: {text}" for line, text in problems))
        self.file = file
        self.problems = problems


class PhaseError(PcsimError, RuntimeError):
    """A method was called in a phase of the run that does not allow it.

    Raised by the methods of a run or a system, such as by a second `start`. Look at `phase` of
    its snapshot first, or make a new run.
    """


class ScreenError(PcsimError, RuntimeError):
    """The app cannot be shown here.

    Raised by `show` of a system: the app needs a terminal, the main thread, and no event loop that
    runs there already. Call it from there, or look at `snapshot` instead.
    """


class QueueOverflowError(PcsimError):
    """An item came to a full queue whose overflow policy is `fail`.

    It is the cause of the `WorkerError` that is raised at the end of the run. Make the queue
    larger, its consumers faster, or choose another policy.
    """


class SimulatedFailure(PcsimError):
    """An item failed by the `failure_probability` of its consumer.

    It is the cause of the `WorkerError` that is raised at the end of the run. With `on_error`
    a consumer skips such items or tries them again.
    """


class LazyResultError(PcsimError, TypeError):
    """A function of the system returned a coroutine or a generator: nothing of it has run.

    It is an error of the item that the function was called with, so it is the cause of the
    `WorkerError` that is raised at the end of the run, unless the consumer skips such items. Return
    the result itself: run the coroutine with `asyncio.run`, make a list of the generator.

    Attributes:
        kind: What was returned: `"coroutine"`, `"generator"` or `"async generator"`.
    """

    def __init__(self, kind: str) -> None:
        remedy = "make a list of it" if kind == "generator" else "run it with asyncio.run"
        article = "an" if kind[0] == "a" else "a"
        super().__init__(f"the function returned {article} {kind}, so nothing has run: {remedy}")
        self.kind = kind


class WorkerError(PcsimError):
    """A worker failed and ended the run: its source, sink, or function raised an exception.

    Raised by `join`, `wait_for_completion` and `run`, for the first failure of a run. Correct
    what raised the `__cause__`, or let the consumer skip or retry such items (`on_error`).

    Attributes:
        worker: The name of the worker.
        item_number: The number of the item in the system, from 1: the same in snapshots, events
            and reports. 0 where no item failed: the source raised.
        payload: The data of the item as a short text that is safe to show; `""` where the system
            has no data of its own.
        producer: The name of the worker that produced the item.
        items_before: Where the source raised, the number of items that it gave before; else None.
    """

    def __init__(
        self,
        worker: str,
        item_number: int,
        message: str,
        payload: str = "",
        producer: str = "",
        items_before: int | None = None,
    ) -> None:
        by = "" if producer == worker else producer
        place = place_of_failure(item_number, payload, by, items_before)
        super().__init__(f"{worker} failed {place}: {message}")
        self.worker = worker
        self.item_number = item_number
        self.payload = payload
        self.producer = producer
        self.items_before = items_before


class Wait(NamedTuple):
    """A worker that waits at queues, as part of a deadlock."""

    worker: str
    queues: tuple[str, ...]
    """One that is full, or all of its inputs, which are empty."""
    reason: str
    """`full` or `empty`."""


class DeadlockError(PcsimError):
    """Workers wait for each other, and nothing can release them.

    Raised by `join` and `run` when a cycle of stages has filled up. Let one queue of the cycle
    drop what does not fit, give a stage a `put_timeout`, or make the queues larger than the
    number of items that go round.

    Attributes:
        waits: One `Wait` for each of the workers.
    """

    def __init__(self, waits: tuple[Wait, ...]) -> None:
        lines = (f"{one.worker} waits on {'/'.join(one.queues)} ({one.reason})" for one in waits)
        super().__init__(f"deadlock: {'; '.join(lines)}")
        self.waits = waits


def place_of_failure(
    item_number: int, payload: str = "", producer: str = "", items_before: int | None = None
) -> str:
    """Where a worker failed: `on item 18 (a.txt) from Reader`, or `after 2 items` of a source."""
    if item_number:
        return f"on {item_text(item_number, payload, producer)}"
    if items_before:
        return f"after {plural(items_before, 'item')}"
    return "before its first item"


def item_text(number: int, payload: str = "", producer: str = "") -> str:
    """An item by its number, its payload and its producer: `item 18 (a.txt) from Reader`."""
    data = f" ({payload})" if payload else ""
    return f"item {number}{data}{f' from {producer}' if producer else ''}"


def _revived(kind: type[PcsimError], arguments: tuple[Any, ...]) -> PcsimError:
    return kind.__new__(kind, *arguments)


def close_match(word: object, known: Iterable[str]) -> str | None:
    """Return the known name that is most like the word, ignoring case, or None."""
    from difflib import get_close_matches

    if not isinstance(word, str) or len(word) >= 50:
        return None
    # A comparison takes time that grows with the square of the length: skip the long names.
    short = [name for name in known if abs(len(name) - len(word)) <= 4]
    by_lower_case = {name.lower(): name for name in reversed(short[:100])}
    matches = get_close_matches(word.lower(), by_lower_case, n=1)
    return by_lower_case[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a message: `"; did you mean 'main'?"`, else the known names, if any."""
    names = list(known)
    if match := close_match(word, names):
        return f"; did you mean {match!r}?"
    if names:
        return f"; known: {', '.join(map(repr, names[:8]))}{', …' if len(names) > 8 else ''}"
    return ""
