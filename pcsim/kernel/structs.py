"""What Python and the kernel hand each other: the structures of `source/plans.h`."""

from __future__ import annotations

from ctypes import CFUNCTYPE, Structure, c_double, c_int32, c_int64, c_void_p
from typing import Any, TypeAlias

NONE = -1
"""No stream, no limit, all priorities."""

DUE_LATER, MORE_TO_DO, OVER, IN_TROUBLE = range(4)
"""Why a drive has come back."""
NO_TROUBLE, RUN_FAILS, NUMBERS_FAILED, OUT_OF_MEMORY = range(4)
"""What the kernel leaves to Python."""
RUNNING, BLOCKED, ENDED = range(3)
"""States of a worker."""
CALM, EMPTY, FULL = range(3)
"""Why a worker waits."""
MOST_BUCKETS = 2**15
"""Buckets into which measured times may fall."""

Field: TypeAlias = tuple[str, Any]


def _int32(names: str) -> list[Field]:
    return [(name, c_int32) for name in names.split()]


def _int64(names: str) -> list[Field]:
    return [(name, c_int64) for name in names.split()]


def _double(names: str) -> list[Field]:
    return [(name, c_double) for name in names.split()]


class SystemPlan(Structure):
    """A whole system."""

    _fields_ = [
        *_int32("workers queues inputs outputs streams priorities by_priority unused"),
        *_int64("items"),
    ]


class WorkerPlan(Structure):
    """A worker; of its streams each is a position among the streams of the system."""

    _fields_ = [
        *_int32("role routing selection on_error first_input inputs first_output outputs ways"),
        *_int32("takes_time priority retries dead_letter times on_times off_times chances choices"),
        *_int64("most"),
        *_double("patience failure_probability"),
    ]


class QueuePlan(Structure):
    """A queue."""

    _fields_ = [*_int64("capacity"), *_int32("overflow discipline")]


class OutputPlan(Structure):
    """A worker's way into a queue."""

    _fields_ = _int32("queue is_way")


class StreamPlan(Structure):
    """Numbers for a worker: a constant, or (below 0) drawn ones."""

    _fields_ = [*_double("constant"), *_int32("is_schedule unused")]


class WorkerBook(Structure):
    """What a worker has done."""

    _fields_ = [
        *_int64("produced done failed discarded copied"),
        *_double("since full_time empty_time ended_at"),
        *_int32("state reason queue cause"),
    ]


class QueueBook(Structure):
    """What has happened in a queue."""

    _fields_ = [
        *_double("departures_minus_arrivals full_time full_since empty_time empty_since oldest"),
        *_int64("dropped discarded depth peak"),
        *_int32("is_closed is_open"),
    ]


class TimesBook(Structure):
    """Measured times, beside the counts of their buckets."""

    _fields_ = [*_double("sum longest"), *_int64("number"), *_int32("buckets was_used")]


class Drawn(Structure):
    """The next numbers of a stream: 0 of them at its end, fewer where they cannot be drawn."""

    _fields_ = [("numbers", c_void_p), *_int64("many")]


STRUCTURES: tuple[type[Structure], ...] = (
    SystemPlan, WorkerPlan, QueuePlan, OutputPlan, StreamPlan, WorkerBook, QueueBook, TimesBook,
    Drawn,
)  # fmt: skip
"""In the order of `pcsim_sizes`."""

Refill = CFUNCTYPE(None, c_int32)
"""Puts the next numbers of a stream into `Drawn`."""
