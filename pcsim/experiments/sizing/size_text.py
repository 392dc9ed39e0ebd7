"""The answer to a question of sizing: as text to read, as a document and rows for programs."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

from pcsim.analysis.phrases import listed
from pcsim.experiments.sizing.answer import Candidate, Sizing, label_of
from pcsim.experiments.variants.check_text import (
    document_of_judged,
    notes,
    rows_to_read,
    sure_text,
)
from pcsim.experiments.variants.judging import Verdict
from pcsim.experiments.variants.sweep_text import kernel_text
from pcsim.text import count, duration, paragraph, plural, quantity, safe, table


def text_of_sizing(found: Sizing, width: int = 100) -> str:
    """Return the answer as text.

    Args:
        found: It.
        width: The cells in a line, at most.
    """
    lines = [_headline(found), ""]
    if found.answer is None:
        lines += paragraph(_nothing(found), width)
        nearest = _nearest(found)
        if nearest:
            lines += ["", "The nearest that were tried:", *_candidates(nearest, width)]
    else:
        lines += paragraph(_answer(found, found.answer), width)
        lines += [f"  {line}" for line in table(rows_to_read(found.answer.judged), width - 2)]
        for note in notes(found.answer.judged):
            lines += paragraph(note, width)
        if found.neighbours:
            lines += ["", "Cheaper by one step, with the same random numbers:"]
            lines += _candidates(found.neighbours, width, found.answer)
        lines += ["", *paragraph(_beside(found), width)]
    for note in (kernel_text(found.ran), found.cache.problem):
        lines += paragraph(note, width)
    return "\n".join(lines) + "\n"


def document_of_sizing(found: Sizing) -> dict[str, Any]:
    """Return the answer as plain data for programs."""
    return {
        "answer": _document(found.answer),
        "neighbours": [_document(one) for one in found.neighbours],
        "runner_up": _document(found.runner_up),
        "binding": [one.asked for one in found.binding],
        "tried": [_document(one) for one in found.tried],
        "limits": [one.asked for one in found.limits],
        "variants": found.variants,
        "confidence": found.confidence,
        "runs": found.runs,
        "from_cache": found.cache.taken,
        "interrupted": found.is_interrupted,
        "kernel": found.ran.document(),
    }


def csv_of_sizing(found: Sizing) -> str:
    """Return all that was simulated as the text of a CSV file."""
    rows = found.as_rows()
    out = io.StringIO()
    heads = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(out, heads, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _headline(found: Sizing) -> str:
    title = safe(found.scenario.title or found.scenario.name or "scenario")
    tried = f"{count(len(found.tried))} of {plural(found.variants, 'variant')} simulated"
    runs = f"{plural(found.runs, 'run')}{found.cache.words}"
    return f"{title} · {tried} · {runs} · {duration(found.seconds)}"


def _answer(found: Sizing, answer: Candidate) -> str:
    cost = f"{answer.label}, cost {_number(answer.cost)}"
    if not answer.is_certified:
        why = "interrupted before it was certified" if found.is_interrupted else "not certified"
        return f"The cheapest found by now: {cost} ({why})."
    sure = f"with {sure_text(found.confidence)} confidence"
    runs = plural(answer.judged.replications, "run")
    return f"The cheapest that meets all limits {sure}: {cost}. Certified by {runs} of its own:"


def _nothing(found: Sizing) -> str:
    if found.is_interrupted:
        return "Interrupted before a variant was found that meets all limits."
    return f"None of {plural(found.variants, 'variant')} meets all limits."


def _beside(found: Sizing) -> str:
    """What binds, and what comes next."""
    texts = []
    if found.binding:
        texts.append(f"What binds: {safe(listed([one.asked for one in found.binding]), 200)}.")
    elif not found.neighbours and not found.is_interrupted:
        texts.append("No variant one step away costs less.")
    if found.runner_up is not None:
        cost = _number(found.runner_up.cost)
        texts.append(f"The next that meets them: {found.runner_up.label}, cost {cost}.")
    texts.append("± is half of a 95 % interval.")
    return " ".join(texts)


def _nearest(found: Sizing) -> tuple[Candidate, ...]:
    """Those that break the fewest limits, three at most."""
    order = sorted(found.tried, key=lambda one: (len(one.broken), one.cost))
    return tuple(order[:3])


def _candidates(
    those: tuple[Candidate, ...], width: int, answer: Candidate | None = None
) -> list[str]:
    """A table: each variant, its cost, and each limit with what was measured; of a variant only
    what is another than in the answer."""
    head = ["variant", "cost", *(safe(one.limit.asked, 40) for one in those[0].judged.limits)]
    same = () if answer is None else answer.settings
    labels = [label_of([each for each in one.settings if each not in same]) for one in those]
    rows = [
        [label, _number(one.cost), *_cells(one)] for label, one in zip(labels, those, strict=True)
    ]
    return [f"  {line}" for line in table([head, *rows], width - 2)]


def _cells(one: Candidate) -> list[str]:
    if one.judged.error:
        return [f"failed: {safe(one.judged.error, 60)}", *[""] * (len(one.judged.limits) - 1)]
    if one.judged.growing and not one.judged.replications:
        return ["grows" for _ in one.judged.limits]
    signs = {Verdict.HELD: "held", Verdict.BROKEN: "broken", Verdict.EDGE: "edge"}
    return [
        f"{found.limit.measure.interval_text(found.value)}  {signs[found.verdict]:<6}".rstrip()
        for found in one.judged.limits
    ]


def _number(cost: float) -> str:
    return quantity(cost, "items")


def _document(one: Candidate | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "settings": dict(one.settings),
        "cost": one.cost if math.isfinite(one.cost) else None,
        "verdict": str(one.verdict),
        "certified": one.is_certified,
        **document_of_judged(one.judged),
    }
