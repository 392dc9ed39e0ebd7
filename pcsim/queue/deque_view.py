"""What is queued, as `Queue.queue` shows it: like a deque, but who changes it keeps the slots."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, MutableSequence
from typing import Any, TypeVar

from pcsim.queue.waiting import QueueCore

T = TypeVar("T")


class DequeView(MutableSequence[T]):
    """The items of a queue, the next to go first.

    For code that reaches inside, as in `with queue.mutex: queue.queue.clear()`. What is taken
    out frees its slot, and lets in who waits for one; what is put in goes beyond the capacity
    where need be, as with the standard class.
    """

    __slots__ = ("_owner",)
    maxlen = None

    def __init__(self, owner: QueueCore[T]) -> None:
        self._owner = owner

    def __len__(self) -> int:
        return len(self._owner._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._owner._items)

    def __getitem__(self, index: Any) -> Any:
        return self._owner._items[index]

    def __setitem__(self, index: Any, item: Any) -> None:
        self._owner._items[index] = item

    def __delitem__(self, index: Any) -> None:
        owner = self._owner
        with owner._mutex:
            del owner._items[index]
            self._freed(1)

    def __eq__(self, other: object) -> bool:
        return self._owner._items == (other.copy() if isinstance(other, DequeView) else other)

    __hash__ = None  # type: ignore[assignment]  # like a deque: it changes

    def __repr__(self) -> str:
        return repr(self._owner._items)

    def copy(self) -> deque[T]:
        """A deque of them, which is nobody's queue."""
        return self._owner._items.copy()

    def insert(self, index: int, item: T) -> None:
        """Squeeze an item in before that position."""
        owner = self._owner
        with owner._mutex:
            owner._make_room()
            owner._items.insert(index, item)
            self._changed()

    def appendleft(self, item: T) -> None:
        """Squeeze in an item to go next."""
        self.insert(0, item)

    def extendleft(self, items: Iterable[T]) -> None:
        """The same for several: the last of them goes next."""
        for item in items:
            self.insert(0, item)

    def pop(self, index: int = -1) -> T:
        """Take the item at that position, the last one put. Raises `IndexError` for none."""
        owner = self._owner
        with owner._mutex:
            if index == -1:
                item = owner._items.pop()
            else:
                item = owner._items[index]
                del owner._items[index]
            self._freed(1)
        return item

    def popleft(self) -> T:
        """Take the item that would go next. Raises `IndexError` for none."""
        owner = self._owner
        with owner._mutex:
            item = owner._items.popleft()
            self._freed(1)
        return item

    def clear(self) -> None:
        """Throw them all away."""
        owner = self._owner
        with owner._mutex:
            number = 0
            while owner._items:
                try:
                    owner._items.popleft()
                except IndexError:  # a getter on its fast path was quicker
                    break
                number += 1
            self._freed(number)

    def become(self, items: Iterable[T]) -> None:
        """Throw them all away and have these instead, more than fit where need be."""
        owner = self._owner
        with owner.mutex:  # nobody is served before all of them are there
            items, old = list(items), owner._items.copy()
            owner._items.clear()
            owner._free.extend([None] * len(old))
            for item in items:
                owner._make_room()
                owner._items.append(item)
        del old  # outside the mutex: what dies may use the queue

    def rotate(self, steps: int = 1) -> None:
        """Move that many from the end to the front."""
        self._owner._items.rotate(steps)

    def _freed(self, number: int) -> None:
        self._owner._free.extend([None] * number)
        self._changed()

    def _changed(self) -> None:
        """Serve who waits; for who holds the queue it stays as it is left, until it is let go."""
        if not self._owner.mutex.is_mine:
            self._owner._serve()
