"""What is queued, as `Queue.queue` shows it: like a deque, but changes of it keep the slots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence
from typing import Any, TypeVar

from pcsim import runtime
from pcsim.queue.core import QueueCore
from pcsim.queue.mutex import Mutex
from pcsim.queue.serving import serve

T = TypeVar("T")


class DequeView(MutableSequence[T]):
    """The items of a queue, the next to go first.

    For code that reaches inside, as in `with queue.mutex: queue.queue.clear()`. An item that is
    removed frees its slot, and a thread that waits for one is let in. An item that is inserted
    goes beyond the capacity if it must, as with the standard class.
    """

    __slots__ = ("_mutex", "_owner")
    maxlen = None

    def __init__(self, owner: QueueCore[T], mutex: Mutex) -> None:
        self._owner = owner
        self._mutex = mutex

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
            self._free_slots(1)

    def __eq__(self, other: object) -> bool:
        return self._owner._items == (other.copy() if isinstance(other, DequeView) else other)

    __hash__ = None  # type: ignore[assignment]  # like a deque: it changes

    def __repr__(self) -> str:
        return repr(self._owner._items)

    def copy(self) -> runtime.deque[T]:
        """A deque of the items that belongs to no queue."""
        return self._owner._items.copy()

    def insert(self, index: int, item: T) -> None:
        """Insert an item before that position, even where the queue is full."""
        owner = self._owner
        with owner._mutex:
            owner._force_slot()
            owner._items.insert(index, item)
            self._serve()

    def appendleft(self, item: T) -> None:
        """Insert an item that goes next."""
        self.insert(0, item)

    def extendleft(self, items: Iterable[T]) -> None:
        """Insert several items; the last of them goes next."""
        for item in items:
            self.insert(0, item)

    def pop(self, index: int = -1) -> T:
        """Remove and return the item at that position. Raises `IndexError` for none."""
        owner = self._owner
        with owner._mutex:
            if index == -1:
                item = owner._items.pop()
            else:
                item = owner._items[index]
                del owner._items[index]
            self._free_slots(1)
        return item

    def popleft(self) -> T:
        """Remove and return the item that would go next. Raises `IndexError` for none."""
        owner = self._owner
        with owner._mutex:
            item = owner._items.popleft()
            self._free_slots(1)
        return item

    def clear(self) -> None:
        """Remove all items."""
        owner = self._owner
        with owner._mutex:
            number = 0
            while owner._items:
                try:
                    owner._items.popleft()
                except IndexError:  # a getter on its fast path was quicker
                    break
                number += 1
            self._free_slots(number)

    def replace(self, items: Iterable[T]) -> None:
        """Remove all items and insert these, more than the capacity allows if need be."""
        owner = self._owner
        with self._mutex:  # no thread is served before all of them are there
            items, old = list(items), owner._items.copy()
            owner._items.clear()
            owner._free.extend([None] * len(old))
            for item in items:
                owner._force_slot()
                owner._items.append(item)
        del old  # outside the mutex: what dies may use the queue

    def rotate(self, steps: int = 1) -> None:
        """Move that many items from the end to the front."""
        self._owner._items.rotate(steps)

    def _free_slots(self, number: int) -> None:
        self._owner._free.extend([None] * number)
        self._serve()

    def _serve(self) -> None:
        """Serve waiting threads, unless this thread owns the mutex: then its release does."""
        if not self._mutex.is_mine:
            serve(self._owner)
