"""What the picker offers: lessons, scenario files and recordings here and below, programs."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.analysis import topology
from pcsim.launch import around
from pcsim.lessons import LESSONS, Lesson, find
from pcsim.scenario import Scenario, WorkerSpec
from pcsim.text import count, duration, paragraph, plural, safe
from pcsim.tui.picker.entries import Entry, Section

if TYPE_CHECKING:
    from pcsim.tui.widgets.text_view import TextLine

FROM_OUTSIDE_EVERY = 10.0
"""Seconds between two looks at programs that let nobody in: each of them costs time."""
MOST_LINES = 12
"""Queues in the drawing of a preview."""


class Offer:
    """What there is to open.

    Args:
        folder: Where to look for files.
        done: The names of the lessons whose question was answered right.
    """

    def __init__(self, folder: Path, done: Collection[str] = ()) -> None:
        self._folder = folder
        self._done = done
        self._found: dict[str, around.Around] = {}
        self._programs: tuple[Entry, ...] = ()
        self._looked_at = -FROM_OUTSIDE_EVERY

    def first(self) -> Sequence[Entry]:
        """The lessons: they are known without looking anywhere."""
        return tuple(
            Entry(
                Section.LESSONS,
                str(number),
                f"{number} {lesson.demo}",
                lesson.scenario.title,
                is_done=lesson.demo in self._done,
            )
            for number, lesson in enumerate(LESSONS, 1)
        )

    def entries(self) -> Sequence[Entry]:
        """Look around, and return everything."""
        files, recordings = around.files(self._folder)
        self._found = {str(one.path): one for one in (*files, *recordings)}
        shown = [self._file(one) for one in files]
        shown += [self._recording(one) for one in recordings]
        return (*self.first(), *shown, *self._running())

    def _file(self, found: around.Around) -> Entry:
        read = around.read(self._folder / found.path, found)
        scenario = read.scenario
        path = str(found.path)
        if scenario is None:
            return Entry(Section.FILES, path, safe(path), "", safe(read.problem, 80), is_wrong=True)
        queues, workers = len(scenario.queues), len(scenario.workers)
        text = f"{plural(queues, 'queue')}, {plural(workers, 'worker')}"
        return Entry(Section.FILES, path, safe(path), text, age(found.changed_at))

    def _recording(self, found: around.Around) -> Entry:
        path = str(found.path)
        megabytes = f"{found.size / 1e6:.1f} MB"
        return Entry(Section.RECORDINGS, path, safe(path), megabytes, age(found.changed_at))

    def _running(self) -> tuple[Entry, ...]:
        """The programs; those that are read from outside not at every look."""
        now = time.monotonic()
        if now - self._looked_at >= FROM_OUTSIDE_EVERY:
            self._looked_at = now
            self._programs = tuple(_programs())
        return self._programs

    def preview(self, entry: Entry, width: int) -> Sequence[TextLine]:
        """What is shown of an entry beside the list.

        Args:
            entry: The entry.
            width: The cells of a line.
        """
        if entry.section is Section.LESSONS:
            lesson = find(entry.key)
            return [*_of_scenario(lesson.scenario, width), *_of_lesson(lesson, width)]
        if entry.section is Section.FILES:
            return self._of_file(entry, width)
        if entry.section is Section.RECORDINGS:
            return self._of_recording(entry, width)
        lines: list[TextLine] = [*_paragraph(entry.name, width, "strong"), []]
        known = "; ".join(filter(None, (entry.text, entry.note)))
        lines += _paragraph(f"Process {entry.key}: {known}.", width)
        lines += [[], *_paragraph("It is shown live; nothing is done to it.", width)]
        return lines

    def _of_file(self, entry: Entry, width: int) -> list[TextLine]:
        found = self._found.get(entry.key)
        if found is None:
            return []
        read = around.read(self._folder / found.path, found)
        if read.scenario is None:
            return [
                [(entry.name, "strong")],
                [],
                *_paragraph(f"It cannot be run: {safe(read.problem, 400)}", width, "failed"),
                [],
                *_paragraph(f"pcsim check {entry.name} lists all that is wrong.", width),
            ]
        lines = _of_scenario(read.scenario, width)
        for text in read.cautions:
            lines += [[], *_paragraph(f"Forecast: {text}", width)]
        return lines

    def _of_recording(self, entry: Entry, width: int) -> list[TextLine]:
        from pcsim.recording.container import RecordingError
        from pcsim.recording.reader import Reader

        try:
            reader = Reader(self._folder / entry.key)
        except RecordingError as error:
            return _paragraph(safe(str(error), 400), width, "failed")
        try:
            ending = reader.ending()
        finally:
            reader.close()
        totals = ending.totals
        said = (
            f"{duration(ending.at)}, {ending.engine}: {count(totals.produced)} produced, "
            f"{count(totals.consumed)} consumed, {ending.phase.value}."
        )
        title = safe(ending.title) or entry.name
        return [[(title, "strong")], [], *_paragraph(said, width)]


def age(changed_at: float) -> str:
    """How long ago something was written: `now`, `2 min ago`.

    Args:
        changed_at: When, in seconds since 1970.
    """
    seconds = time.time() - changed_at
    for unit, size in (("day", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= size:
            number = int(seconds // size)
            return f"{plural(number, 'day') if unit == 'day' else f'{number} {unit}'} ago"
    return "now"


def _programs() -> Iterator[Entry]:
    from pcsim.watch.programs import FROM_OUTSIDE, found_programs

    for one in found_programs():
        if not one.queues and one.way == FROM_OUTSIDE:
            continue
        text = safe(one.way) if one.queues is None else plural(one.queues, "queue")
        yield Entry(
            Section.PROGRAMS,
            str(one.pid),
            f"{one.pid} {safe(one.name)}",
            text,
            "" if one.queues is None else f"Python {one.python}",
        )


def _paragraph(text: str, width: int, style: str = "text") -> list[TextLine]:
    return [[(line, style)] for line in paragraph(text, width)]


def _of_scenario(scenario: Scenario, width: int) -> list[TextLine]:
    title = safe(scenario.title or scenario.name or "without a title")
    lines: list[TextLine] = [[(title, "strong")], [], *_drawing(scenario)]
    for text in (scenario.description, scenario.watch and f"Watch {scenario.watch}"):
        if text:
            lines += [[], *_paragraph(safe(text, 800), width)]
    return lines


def _of_lesson(lesson: Lesson, width: int) -> list[TextLine]:
    lines: list[TextLine] = [[], *_paragraph(f"Question: {lesson.question}", width, "strong")]
    lines += [[(f"  {choice.letter}  ", "key"), (choice.text, "text")] for choice in lesson.choices]
    lines += [[("It is asked before the run starts.", "dim")]]
    lines += [[], *_paragraph(f"Try: {lesson.try_it}", width)]
    lines += [[], *_paragraph(f"Task: {lesson.task}", width)]
    return lines


def _drawing(scenario: Scenario) -> list[TextLine]:
    """One line for each queue: who feeds it, its capacity, who reads it."""
    declared: tuple[WorkerSpec, ...] = (*scenario.producers, *scenario.consumers)
    ports = [topology.Ports(_crew(spec), spec.inputs, spec.outputs) for spec in declared]
    links = topology.links(scenario.queue_names, ports, MOST_LINES)
    lines: list[TextLine] = []
    for link in links:
        queue = scenario.queues[link.queue]
        feeders, readers = (safe(", ".join(names), 40) for names in (link.feeders, link.readers))
        lines.append(
            [
                (f"  {feeders}", "text"),
                (" ━▶ ", "dim"),
                (safe(queue.name, 30), "strong"),
                (f" {queue.capacity}", "dim"),
                (" ━▶ ", "dim"),
                (readers, "text"),
            ]
        )
    more = len(scenario.queues) - len(links)
    return [*lines, [(f"  … and {plural(more, 'more queue')}", "dim")]] if more else lines


def _crew(spec: WorkerSpec) -> str:
    return spec.name if spec.count == 1 else f"{spec.name} ×{spec.count}"
