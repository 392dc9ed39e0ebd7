"""Functions whose lines stand where they were called: they do what the calls did."""

from __future__ import annotations

import gc
import importlib.util
import linecache
import traceback
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.inlining import inlined
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

LIMIT = 3


def taker(items: list[Any], log: list[int]) -> Callable[[], Any]:
    """Makes what takes the last of the items."""

    def take() -> Any:
        item: Any
        if not items:
            return None
        try:
            item = items.pop()
        except IndexError:
            return None
        total = len(log) + LIMIT
        log.append(total)
        return item

    return take


def giver(into: list[Any], full: int) -> Callable[[Any], bool]:
    """Makes what puts an item, or says that there is no room."""

    def give(thing: Any) -> bool:
        if len(into) >= full:
            return False
        into.append(1 // thing if thing == 0 else thing)
        return True

    return give


def silent(into: list[Any]) -> Callable[[Any], None]:
    """Makes what returns nothing."""

    def give(thing: Any) -> None:
        into.append(thing)

    return give


def dropper() -> Callable[[Any], bool]:
    """Makes what lets everything go."""
    nothing: list[Any] = []

    def give(thing: Any) -> bool:
        dropped = thing
        return dropped in nothing

    return give


def searcher(numbers: list[int]) -> Callable[[int], bool]:
    """Makes what returns out of a loop."""

    def give(thing: int) -> bool:
        for number in numbers:
            if number == thing:
                return True
            numbers.append(thing)
        return False

    return give


def movement(take: Callable[[], Any], give: Callable[[Any], Any]) -> Iterator[Any]:
    """Moves items one by one."""
    while True:
        item = take()
        if item is None:
            return
        was_given = give(item)
        yield item if was_given else (item, was_given)
        del item


def wrong(take: Callable[[], Any], give: Callable[[Any], Any]) -> Any:
    """Gives something else than a variable."""
    result = give(take())
    return [result]


def variables(function: Any) -> tuple[str, ...]:
    """Of a function, or of the one that was made of it."""
    code = getattr(function, "func", function).__code__
    return tuple(name for name in code.co_varnames if "__" in name)


@given(st.lists(st.integers(1, 9)), st.integers(0, 5))
def test_the_lines_do_what_the_calls_do(numbers: list[int], full: int) -> None:
    """Whatever is returned, from wherever, and whatever they change outside."""

    def moved(make: Callable[..., Any]) -> tuple[list[Any], ...]:
        source, log, into = list(numbers), list[int](), list[Any]()
        take, give = taker(source, log), giver(into, full)
        return list(make(take, give)), source, log, into

    assert moved(lambda take, give: inlined(movement, take=take, give=give)(take, give)) == moved(
        movement
    )


def test_the_lines_stand_in_the_other_function() -> None:
    """No call is left; what they refer to, a constant of their module as well, comes along."""
    take, give = taker([], []), giver([], 1)
    made = inlined(movement, take=take, give=give)
    assert set(variables(made)) == {
        "take__items", "take__log", "take__LIMIT", "take__total", "give__into", "give__full",
    }  # fmt: skip


def test_what_returns_nothing_returns_none() -> None:
    """A function may just end."""
    into: list[Any] = []
    take, give = taker([2, 1], []), silent(into)
    made = inlined(movement, take=take, give=give)
    assert list(made(take, give)) == [(1, None), (2, None)]
    assert into == [1, 2]


def test_each_has_what_its_own_closure_refers_to() -> None:
    """The same lines, compiled once, for two that take from different lists."""
    first, second = taker([1], []), taker([2], [])
    give = giver([], 9)
    runs = [inlined(movement, take=take, give=give)(take, give) for take in (first, second)]
    assert [list(run) for run in runs] == [[1], [2]]


def test_an_item_is_let_go_when_the_other_function_lets_it_go() -> None:
    """Nothing is kept in a variable of the lines."""

    class Thing:
        pass

    thing = Thing()
    dies = weakref.ref(thing)
    things = [thing, Thing()]
    del thing
    take, give = taker(things, []), dropper()
    run = inlined(movement, take=take, give=give)(take, give)
    next(run)
    next(run)
    assert dies() is not None
    assert not list(run)
    gc.collect()
    assert dies() is None


def test_a_traceback_names_the_line_of_the_call() -> None:
    """Who reads it finds the file and the line that it was written in."""
    take, give = taker([0], []), giver([], 9)
    made = inlined(movement, take=take, give=give)
    with pytest.raises(ZeroDivisionError) as caught:
        list(made(take, give))
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.name, frame.line) == ("movement", "was_given = give(item)")


@pytest.mark.parametrize("give", [searcher([1]), print, lambda thing: thing, lambda *_: True])
def test_what_cannot_stand_elsewhere_stays_a_call(give: Callable[..., Any]) -> None:
    """It is called as before, and the other is inlined all the same."""
    take = taker([1], [])
    made = inlined(movement, take=take, give=give)
    assert all(name.startswith("take__") for name in variables(made))
    assert len(list(made(take, give))) == 1


def test_with_nothing_to_inline_it_is_the_same_function() -> None:
    """There is no third one."""
    assert inlined(movement, take=len, give=print) is movement


def test_lines_can_be_given_variables_alone() -> None:
    """An argument that has to be worked out would be worked out as often as it is named."""
    with pytest.raises(ValueError, match="give is to be inlined: it can be given variables alone"):
        inlined(wrong, give=giver([], 1))


def module_of(path: Path, text: str) -> ModuleType:
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("lines", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("after", [None, "", "x = 1\n", "def act(a):\n    return a + 2\n", "def ("])
def test_a_source_that_has_changed_or_gone_is_not_used(tmp_path: Path, after: str | None) -> None:
    """A newer version may be installed while a program runs: it goes on with its own."""
    path = tmp_path / "lines.py"
    both = "def outer(act, b):\n    c = act(b)\n    return c\n"
    module = module_of(path, "def act(a):\n    return a + 1\n\n\n" + both)
    if after is None:
        path.unlink()
    else:
        path.write_text(after)
    linecache.checkcache(str(path))
    assert inlined(module.outer, act=module.act) is module.outer


def test_a_source_as_it_was_read_is_used(tmp_path: Path) -> None:
    """The counterpart of the above."""
    both = "def outer(act, b):\n    c = act(b)\n    return c\n"
    module = module_of(tmp_path / "lines.py", "def act(a):\n    return a + 3\n\n\n" + both)
    made = inlined(module.outer, act=module.act)
    assert made is not module.outer
    assert made(None, 4) == 7


@pytest.mark.parametrize("engine", [ThreadsEngine, VirtualEngine])
def test_workers_of_one_way_have_the_lines_of_their_ports(engine: Any) -> None:
    """In either engine, whose speed rests on it."""
    run = engine(
        Scenario(
            queues=(QueueSpec("a", 1), QueueSpec("b", 1)),
            producers=(ProducerSpec("P", "a", 1.0),),
            consumers=(ConsumerSpec("S", ("a",), 1.0, output="b"), ConsumerSpec("C", ("b",), 1.0)),
        )
    )
    found = {
        worker.name: {name.partition("__")[0] for name in worker._behaviour.gi_code.co_varnames}
        & {"try_put", "try_get"}
        for worker in run.workers
    }
    lent = {"P": {"try_put"}, "S": {"try_put", "try_get"}, "C": {"try_get"}}
    assert found == lent
    for worker in run.workers:
        names = worker._behaviour.gi_code.co_varnames
        assert {f"{way}__queue" for way in lent[worker.name]} <= set(names)
    run.abort()


def test_a_bound_method_stays_a_call() -> None:
    """Only functions have lines of their own."""
    into: list[Any] = []
    assert not isinstance(into.append, FunctionType)
    take = taker([1], [])
    assert list(inlined(movement, take=take, give=into.append)(take, into.append)) == [(1, None)]
