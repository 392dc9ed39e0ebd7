"""Whatever a source or sink raises is put into words, and never in the way."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pcsim.analysis.event_text import describe
from pcsim.engine.raised import (
    LONGEST_TEXT,
    LONGEST_TRACEBACK,
    error_text,
    is_a,
    original,
    traceback_text,
)
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase
from tests.support.engines import GUARD


def test_an_error_is_described_in_a_line() -> None:
    """Its type, and its text where it has one."""
    assert error_text(ValueError("wrong")) == "ValueError: wrong"
    assert error_text(ValueError()) == "ValueError"


def _raises(_: object, *__: object) -> Any:
    raise ZeroDivisionError


class _Endless:
    """An attribute that is another such exception whenever it is looked at."""

    def __get__(self, instance: object, _: object) -> object:
        return _hostile("__cause__", _Endless())


class _Text(str):
    """A text that cannot be used."""

    __slots__ = ()
    __len__ = __getitem__ = __format__ = __add__ = _raises

    def __bool__(self) -> bool:
        raise ZeroDivisionError


class _Meta(type):
    """A class whose own name cannot be read."""

    __name__ = property(_raises)


def _hostile(name: str, value: object, base: type[BaseException] = Exception) -> Any:
    return type("Hostile", (base,), {name: value})()


def _with_cause(cause: BaseException) -> BaseException:
    error = ValueError("plain")
    error.__cause__ = cause
    return error


def _group() -> BaseException:
    one: type[Any] = type("Hostile", (ExceptionGroup,), {"exceptions": property(_raises)})
    return one("group", [ValueError()])  # type: ignore[no-any-return]


HOSTILE: dict[str, Callable[[], BaseException]] = {
    **{
        name: lambda name=name: _hostile(name, property(_raises))  # type: ignore[misc]
        for name in (
            "__cause__", "__context__", "__suppress_context__", "__traceback__", "__notes__",
            "__class__", "__dict__", "args", "add_note", "with_traceback",
        )
    },
    **{
        name: lambda name=name: _hostile(name, _raises)  # type: ignore[misc]
        for name in ("__str__", "__repr__", "__getattribute__", "__eq__", "__hash__", "__bool__")
    },
    "a RuntimeError": lambda: _hostile("__cause__", property(_raises), RuntimeError),
    "not even an Exception": lambda: _hostile("__class__", property(_raises), BaseException),
    "a text that is none": lambda: _hostile("__str__", lambda _: 3),
    "a hostile text": lambda: _hostile("__str__", lambda _: _Text("text")),
    "a class without a name": lambda: _Meta("Hostile", (Exception,), {})(),
    "an endless chain": lambda: _hostile("__cause__", _Endless()),
    "a hostile cause": lambda: _with_cause(_hostile("__context__", property(_raises))),
    "an endless cause": lambda: _with_cause(_hostile("__cause__", _Endless())),
    "a hostile group": _group,
    "one in a group": lambda: ExceptionGroup(
        "group", [_hostile("__cause__", _Endless())]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_exception_is_put_into_words(name: str) -> None:
    """Its real type and its frames can always be stated."""
    error = HOSTILE[name]()
    assert original(error) is error
    assert is_a(error, BaseException)
    assert not is_a(error, StopIteration)
    assert error_text(error).isprintable()
    with suppress(BaseException):
        raise error
    assert traceback_text(error)


@pytest.mark.parametrize("kind", [ThreadsEngine, VirtualEngine], ids=["threads", "virtual"])
@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_a_hostile_exception_ends_its_run_as_any_other(kind: Any, on_error: Any) -> None:
    """Each of them, on either engine: the item has failed, and nothing hangs."""
    for name, make in HOSTILE.items():
        error = make()

        def sink(item: int, error: BaseException = error) -> None:
            if item == 2:
                raise error

        engine = kind(
            Scenario(
                (QueueSpec("q", 2),),
                (ProducerSpec("P", "q", 0, 4),),
                (ConsumerSpec("C", "q", 0, on_error=on_error),),
            ),
            {},
            {"C": sink},
        )
        engine.start()
        assert engine.join(GUARD), name
        end = engine.snapshot()
        assert end.totals.failed == 1, name
        assert end.totals.in_system == 0, name
        is_skipped = on_error == "skip" and is_a(error, Exception)
        assert end.phase is (Phase.FINISHED if is_skipped else Phase.FAILED), name
        assert all(describe(event).isprintable() for event in engine.events().events), name


def test_the_text_of_an_error_is_bounded() -> None:
    """A log of 2,000 events must not keep 2,000 response bodies."""
    error = ValueError("x" * 500_000)
    assert len(error_text(error)) == LONGEST_TEXT
    assert error_text(error).endswith("x…")
    assert len(traceback_text(error)) == LONGEST_TRACEBACK


def test_a_traceback_has_the_frames_of_its_causes() -> None:
    """As Python prints it."""

    def fail() -> None:
        try:
            raise ValueError("first")
        except ValueError as first:
            raise OSError("second") from first

    with pytest.raises(OSError, match="second") as caught:
        fail()
    text = traceback_text(caught.value)
    assert text == "".join(traceback.format_exception(caught.value))
    assert text.index("first") < text.index("second")
