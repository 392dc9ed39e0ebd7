"""How a measured value grows over time: the slope of a line through it, with an interval."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from pcsim.theory.statistics import student_t_quantile

GROUPS = 20
"""Values near each other depend on each other: the line goes through the means of groups."""

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in other C libraries
"""Looked up once: each `CDLL` has a class of its own, which a free-threaded Python keeps."""


class Slope(NamedTuple):
    """How much a value grows in an hour, with the half width of its 95 % interval."""

    per_hour: float
    half_width: float


class Usage(NamedTuple):
    """What the process has."""

    memory: float
    """Resident, in MB, when the C library has given back what is free; see `give_back`."""
    blocks: int
    """Pieces of memory that Python objects have; 0 where Python leaves them to the C library."""
    threads: int
    descriptors: int
    objects: int
    """Those that the collector of garbage knows."""


def usage() -> Usage:
    """What the process has now, after a collection of garbage."""
    gc.collect()
    give_back()
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:  # not on Linux
        pages = 0
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return Usage(
        memory,
        sys.getallocatedblocks(),
        thread_count(),
        open_descriptors(),
        len(gc.get_objects()),
    )


def objects_by_type() -> Counter[str]:
    """How many of the objects that the collector of garbage knows are of each type."""
    gc.collect()
    return Counter(map(_name_of, map(type, gc.get_objects())))


def _name_of(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def grown(before: Counter[str], after: Counter[str], most: int = 6) -> str:
    """The types of which there are more than before, those that grew most first, in words."""
    more = (after - before).most_common(most)
    return ", ".join(f"{name} {number:+,}" for name, number in more) or "none"


def give_back() -> None:
    """Have glibc give back the pages that are free.

    It keeps those between pieces that are in use. With threads that come and go, which allocate
    side by side, there are more of them for hours: resident memory grows though nothing is kept.
    """
    if _trim is not None:
        _trim(0)


def thread_count() -> int:
    """How many threads have started. An interrupt of `Thread.start` may leave one in the list that
    was never made, or that waits for ever for a lock inside `threading` before it begins."""
    return sum(thread.is_alive() for thread in threading.enumerate())


def open_descriptors() -> int:
    """How many files are open; 0 where it is not known."""
    try:
        return len(list(Path("/proc/self/fd").iterdir())) - 1  # one is for listing them
    except OSError:  # not on Linux
        return 0


def slope(values: list[tuple[float, float]]) -> Slope | None:
    """The slope of `(seconds, value)` by least squares; None of less than three values."""
    size = max(len(values) // GROUPS, 1)
    groups = [values[at : at + size] for at in range(0, len(values) - size + 1, size)]
    points = [
        (sum(x for x, _ in group) / len(group) / 3600, sum(y for _, y in group) / len(group))
        for group in groups
    ]
    number = len(points)
    if number < 3:
        return None
    mean_x, mean_y = sum(x for x, _ in points) / number, sum(y for _, y in points) / number
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    per_hour = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = sum((y - mean_y - per_hour * (x - mean_x)) ** 2 for x, y in points)
    error = (rest / (number - 2) / spread) ** 0.5
    return Slope(per_hour, student_t_quantile(0.975, number - 2) * error)
