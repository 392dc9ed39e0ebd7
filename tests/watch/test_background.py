"""A thread that does one thing when it is asked for."""

from __future__ import annotations

import threading

import pytest

from pcsim.watch.background import Background


def test_what_is_wanted_while_it_is_done_is_done_once_more() -> None:
    """Nobody waits for it, and it is never done twice at a time."""
    begun, go_on, calls = threading.Semaphore(0), threading.Semaphore(0), []

    def call() -> None:
        begun.release()
        go_on.acquire()
        calls.append(threading.get_ident())

    background = Background(call)
    background.want()
    begun.acquire()
    background.want()
    background.want()
    go_on.release(2)
    begun.acquire()
    while len(calls) < 2:
        pass

    background.close()
    assert len(calls) == 2
    assert len(set(calls)) == 1
    assert threading.get_ident() not in calls


def insist(background: Background) -> None:
    while True:
        background.want()


def test_what_it_raises_is_raised_to_the_one_who_wants_it_next() -> None:
    """An error in the background is seen, once, and it goes on."""
    done = threading.Semaphore(0)
    errors = [ValueError("first")]

    def call() -> None:
        done.release()
        if errors:
            raise errors.pop()

    background = Background(call)
    background.want()
    done.acquire()
    with pytest.raises(ValueError, match="first"):
        insist(background)
    background.want()
    done.acquire()
    background.close()
