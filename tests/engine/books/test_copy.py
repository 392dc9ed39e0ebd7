"""What the ledger relies on, of the interpreter: a copy of a list is of one time."""

from __future__ import annotations

import threading


def test_a_copy_of_the_cells_shows_no_effect_without_its_cause() -> None:
    """Writers go on from one cell to the next; no copy has the later write and not the earlier.

    Without a global lock this holds as each write and the copy take a lock of the list.
    """
    writers, rounds = 4, 2_000
    cells = [0] * (writers * 100)
    is_over = threading.Event()

    def write(base: int) -> None:
        first, last = base, base + 99
        for _ in range(rounds):
            cells[first] += 1
            cells[last] += 1

    def watch() -> None:
        while not is_over.is_set():
            copy = cells.copy()
            for base in range(0, len(copy), 100):
                ahead = copy[base] - copy[base + 99]
                if ahead not in (0, 1):
                    faults.append(ahead)

    faults: list[int] = []
    watcher = threading.Thread(target=watch)
    threads = [threading.Thread(target=write, args=(number * 100,)) for number in range(writers)]
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    is_over.set()
    watcher.join()
    assert not faults
    assert [cells[number * 100 + 99] for number in range(writers)] == [rounds] * writers
