"""A fit, its self-check and its answers in words."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pcsim.text import duration, paragraph, percent, plural, rate, safe, table
from pcsim.watch.checking import AGREES, SelfCheck
from pcsim.watch.fitting import Fit, Group
from pcsim.watch.what_if import Answer, Limit

CAVEAT = (
    "Services as recorded include waits for what pcsim does not see, such as a database: another"
    " worker may make those longer."
)


def text_of_fit(fitted: Fit, check: SelfCheck, width: int) -> str:
    """Return what was fitted and whether it repeats what was recorded.

    Args:
        fitted: What was fitted.
        check: Its self-check.
        width: Of the lines, in cells.
    """
    program = fitted.recording.program
    python = f", Python {safe(program.python, 20)}" if program.python else ""
    head = f"{safe(program.name)}{python}: {plural(len(fitted.recording.items), 'item')}"
    lines = [*paragraph(f"{head} in {duration(fitted.seconds)}", width), ""]
    rows: list[tuple[str, ...]] = [
        ("group", "threads", "items", "time", "busy", "takes from", "puts into")
    ]
    rows += [_group_row(fitted, group) for group in fitted.groups]
    lines += table(rows, width)
    lines += ["", "Self-check: the same simulated", ""]
    rows = [("queue", "recorded", "simulated", "", "wait", "simulated", "")]
    for each in check.queues:
        throughput = rate(each.throughput), rate(each.simulated_throughput)
        waits = duration(each.wait), duration(each.simulated_wait)
        rows.append(
            (
                safe(each.queue, 30),
                *throughput,
                _error(each.throughput_error, agrees=each.throughput_agrees),
                *waits,
                _error(each.wait_error, agrees=each.wait_agrees),
            )
        )
    lines += [*table(rows, width), "", *paragraph(verdict(check), width)]
    return "\n".join(lines) + "\n"


def text_of_answer(answer: Answer, width: int) -> str:
    """Return what a change would do.

    Args:
        answer: The answer.
        width: Of the lines, in cells.
    """
    name = safe(answer.question.name, 60)
    before = "no limit" if answer.before is None else f"{answer.before:,}"
    change = answer.throughput / answer.recorded - 1 if answer.recorded else 0.0
    words = (
        f"With {name} = {answer.question.number:,} instead of {before}:"
        f" {rate(answer.throughput)} instead of {rate(answer.recorded)} ({_signed(change)})."
    )
    parts = [words, _limit_words(answer)]
    if answer.limit is Limit.SYSTEM:
        waits = [
            f"{safe(queue, 30)} {duration(times.mean.mean)} (95 % at most"
            f" {duration(times.p95.mean)})"
            for queue, times in answer.result.measured.waiting_times.items()
            if not math.isnan(times.mean.mean)
        ]
        parts.append(f"Mean waits: {', '.join(waits)}.")
    return "\n".join(line for part in parts for line in paragraph(part, width)) + "\n"


def _limit_words(answer: Answer) -> str:
    bounds = {
        Limit.SYSTEM: answer.simulated,
        Limit.LOCK: answer.by_lock,
        Limit.CORES: answer.by_cores,
    }
    others = [
        f"{limit} would allow {rate(bound)}"
        for limit, bound in bounds.items()
        if limit is not answer.limit and math.isfinite(bound)
    ]
    if answer.limit is Limit.SYSTEM:
        first = "The system itself is the limit"
    else:
        first = f"The limit is {answer.limit}, which all threads share"
    return f"{first}: {' and '.join(others)}." if others else f"{first}."


def _group_row(fitted: Fit, group: Group) -> tuple[str, ...]:
    worked = math.fsum(group.times) if group.inputs else 0.0
    busy = percent(min(worked / (fitted.seconds * len(group.threads)), 1.0))
    return (
        safe(group.name, 30),
        str(len(group.threads)),
        f"{group.items:,}",
        duration(group.mean_time) if group.times else "–",
        busy if group.inputs else "–",
        safe(", ".join(group.inputs), 30) or "–",
        safe(", ".join(group.outputs), 30) or "–",
    )


def closeness(check: SelfCheck) -> str:
    """Return how near a scenario that repeats what was recorded comes to that.

    Args:
        check: Its self-check.
    """
    parts = []
    if check.queues:
        parts.append(f"throughputs within {_worst(one.throughput_error for one in check.queues)}")
    waits = [one.wait_error for one in check.queues if not one.wait_is_near]
    parts.append(f"mean waits within {_worst(waits)}" if waits else "mean waits as they were")
    return f"Simulated, it repeats what was recorded: {', '.join(parts)}."


def _worst(errors: Iterable[float]) -> str:
    worst = max(abs(error) for error in errors)
    return percent(max(worst, 0.01))


def verdict(check: SelfCheck) -> str:
    """Return whether the scenario repeats what was recorded, and where it does not.

    Args:
        check: Its self-check.
    """
    if check.agrees:
        return "The scenario repeats what was recorded."
    wrong = [
        f"{safe(each.queue, 30)} ({what})"
        for each in check.queues
        for what, agrees in (
            ("throughput", each.throughput_agrees),
            ("wait", each.wait_agrees),
        )
        if not agrees
    ]
    return (
        f"The scenario does not repeat what was recorded: {', '.join(wrong)} is off by more than"
        f" {AGREES:.0%} and than chance makes. It answers no what-if."
    )


def _error(error: float, *, agrees: bool) -> str:
    text = "–" if math.isinf(error) else _signed(error)
    return text if agrees else f"{text} !"


def _signed(share: float) -> str:
    return f"{share:+.0%}".replace("%", " %").replace("-", "−")
