"""What Perfetto makes of a trace in JSON: a reader by the rules of its importer.

The rules are those of `src/trace_processor/importers/json` in Perfetto's sources: which events it
takes, on which track each of them lands, and what it counts as `json_parser_failure`. Its program
itself is fetched from the network when it is first used, so it does not run in tests.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, NamedTuple

IDLE = 0
"""The thread that stands for an idle processor: nothing may be on it."""


class Slice(NamedTuple):
    """A part of a track, in nanoseconds; its depth is how many others it lies in."""

    begins: int
    lasts: int
    depth: int
    name: str


class Trace:
    """A trace that was read.

    Args:
        text: The file.
    """

    def __init__(self, text: str) -> None:
        self.failures = 0
        self.threads: dict[int, str] = {}
        self.processes: dict[int, str] = {}
        self.seen_threads: set[int] = set()
        self.counters: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._begun: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        self._of_process: list[tuple[int, str]] = []
        for event in json.loads(text)["traceEvents"]:
            self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        pid = event.get("pid", 0)
        tid = event.get("tid", pid)
        self.seen_threads.add(tid)
        name, at = event.get("name", ""), _nanoseconds(event.get("ts"))
        match event["ph"]:
            case "X" if _nanoseconds(event.get("dur")) is not None and at is not None:
                self._begun[tid].append((at, event["dur"] * 1000, name))
            case "C" if isinstance(event.get("args"), dict) and at is not None:
                for key, value in event["args"].items():
                    if isinstance(value, (int, float)) and not isinstance(value, bool):
                        self.counters[f"{name} {key}"].append((at, value))
                    else:
                        self.failures += 1
            case "i" if at is not None and event.get("s", "t") == "t" and "tid" in event:
                self._begun[tid].append((at, 0, name))
            case "i" if at is not None and event.get("s") == "p" and "pid" in event:
                self._of_process.append((at, name))
            case "M" if name == "thread_name" and event["args"]["name"]:
                self.threads[tid] = event["args"]["name"]
            case "M" if name == "process_name" and event["args"]["name"]:
                self.processes[pid] = event["args"]["name"]
            case _:
                self.failures += 1

    @property
    def moments(self) -> list[tuple[int, str]]:
        """What happened to the process, in order."""
        return sorted(self._of_process)

    def slices(self, thread: int) -> list[Slice]:
        """What lies on the track of a thread, in order. A slice that begins within another one and
        ends after it is refused, as it has no place."""
        found: list[Slice] = []
        around: list[int] = []
        for begins, lasts, name in sorted(self._begun[thread], key=lambda one: (one[0], -one[1])):
            while around and (around[-1] < begins or (around[-1] == begins and lasts)):
                around.pop()
            assert not around or begins + lasts <= around[-1], (begins, lasts, name)
            found.append(Slice(begins, lasts, len(around), name))
            around.append(begins + lasts)
        return found


def _nanoseconds(value: Any) -> int | None:
    """A time of the file, which has microseconds: a number, or one as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    return round(float(value) * 1000)
