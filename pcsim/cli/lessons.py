"""The command `pcsim lesson`: lists the lessons, opens one in the app, grades answers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pcsim.cli import scenario_files
from pcsim.cli.streams import write_result
from pcsim.lessons import LESSONS, Lesson, find
from pcsim.scenario import Scenario
from pcsim.snapshot.exit_status import Exit
from pcsim.text import fit, paragraph, safe

WIDTH = 80


def complete_lesson(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    """Complete the number of a lesson, with the title of its demo."""
    from click.shell_completion import CompletionItem

    numbered = [(str(number), lesson) for number, lesson in enumerate(LESSONS, 1)]
    return [
        CompletionItem(number, help=lesson.scenario.title)
        for number, lesson in numbered
        if number.startswith(incomplete)
    ]


@click.command("lesson")
@click.argument("number", metavar="[N]", required=False, shell_complete=complete_lesson)
@click.option("--check", is_flag=True, help="Grade without a screen; exit status 1 if it is wrong.")
@click.option("--answer", metavar="LETTER", help="The answer to grade; without, a line of stdin.")
@click.option(
    "--solution",
    metavar="FILE",
    help="A scenario file to grade, which solves the lesson's task.",
)
def lesson_command(
    number: str | None, check: bool, answer: str | None, solution: str | None
) -> int:
    """Take lesson N: a demo with a question before it starts.

    Without N it lists the lessons. With --check it grades an answer, or a scenario file that
    solves the lesson's task, by a run in virtual time.

    \b
    Examples:
      pcsim lesson 5
      pcsim lesson 5 --check --answer b
      echo b | pcsim lesson 5 --check
      pcsim lesson 5 --check --solution my.toml
    """
    if number is None:
        if check or answer is not None or solution is not None:
            raise click.UsageError("which lesson? As in: pcsim lesson 5 --check --answer b")
        write_result("".join(_listed()))
        return Exit.DONE
    try:
        lesson = find(number)
    except KeyError:
        problem = f"no lesson '{safe(number, 40)}' (1 to {len(LESSONS)})"
        raise click.UsageError(problem) from None
    if not check:
        if answer is not None or solution is not None:
            raise click.UsageError("--answer and --solution go with --check")
        return _open(lesson)
    if answer is not None and solution is not None:
        raise click.UsageError("--answer or --solution, not both")
    if solution is not None:
        return _grade_solution(lesson, solution)
    return _grade_answer(lesson, _from_stdin(lesson) if answer is None else answer)


def _listed() -> list[str]:
    return [
        f"{number}  {fit(lesson.demo, 14)} {lesson.scenario.title}\n"
        for number, lesson in enumerate(LESSONS, 1)
    ]


def page(lesson: Lesson) -> str:
    """Return the lesson as text: what it is, its question, what to try, and its task.

    Args:
        lesson: The lesson.
    """
    scenario = lesson.scenario
    number = LESSONS.index(lesson) + 1
    watch = f"Watch {scenario.watch}"
    lines = [f"Lesson {number}: {scenario.title}", ""]
    lines += [*paragraph(scenario.description, WIDTH), "", *paragraph(watch, WIDTH), ""]
    lines += paragraph(f"Question: {lesson.question}", WIDTH)
    lines += [f"  {choice.letter}  {choice.text}" for choice in lesson.choices]
    lines += ["", *paragraph(f"Try: {lesson.try_it}", WIDTH)]
    lines += paragraph(f"Task: {lesson.task}", WIDTH)
    return "".join(f"{line}\n" for line in lines)


def _open(lesson: Lesson) -> int:
    from pcsim.launch.app import has_terminal, run_app

    if not has_terminal():
        write_result(page(lesson))
        return Exit.DONE
    return run_app(lesson.scenario, lesson=lesson)


def _from_stdin(lesson: Lesson) -> str:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError(
            f"which answer? As in: pcsim lesson {LESSONS.index(lesson) + 1} --check --answer a"
        )
    return sys.stdin.readline()


def _grade_answer(lesson: Lesson, answer: str) -> int:
    from pcsim.experiments.lesson_runs import end_of

    try:
        grade = lesson.grade(answer, end_of(lesson.scenario))
    except ValueError as error:
        raise click.UsageError(f"'{safe(answer.strip(), 40)}': {error}") from None
    write_result(f"{grade.text}\n")
    return Exit.DONE if grade.is_right else Exit.FAILED


def _grade_solution(lesson: Lesson, file: str) -> int:
    from pcsim.errors import ScenarioError
    from pcsim.experiments.lesson_runs import end_of

    scenario = scenario_files.read(file, lambda path: Scenario.load(Path(path)))
    try:
        grade = lesson.grade_solution(scenario, end_of(scenario))
    except ScenarioError as error:
        raise scenario_files.UsageError(f"{safe(file, 100)}: {error}") from None
    write_result(f"{grade.text}\n")
    return Exit.DONE if grade.is_right else Exit.FAILED
