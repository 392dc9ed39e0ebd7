"""What was found of limits: as text to read, as a document for programs, as JUnit's XML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from pcsim.experiments.variants.checking import Check, rows_of
from pcsim.experiments.variants.judging import Judged, Judgement, Verdict
from pcsim.experiments.variants.sweep_text import kernel_text
from pcsim.text import count, duration, paragraph, plural, safe, table

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_of_check(found: Check, name: str, width: int = 100) -> str:
    """Return what was found as text.

    Args:
        found: It.
        name: Of the file.
        width: The cells in a line, at most.
    """
    judged = found.judged
    met = sum(one.verdict is Verdict.HELD for one in judged.limits)
    number = len(judged.limits)
    head = f"{safe(name)}: {count(met)} of {count(number)} limits met"
    if found.is_interrupted:
        head += ", interrupted"
    how = f"{plural(judged.replications, 'run')} of {duration(found.scenario.end.time)}"
    if found.scenario.end.time is None:
        how = plural(judged.replications, "run")
    sure = f"with {sure_text(found.confidence)} confidence each"
    lines = paragraph(f"{head} {sure}; {how}{found.cache.words}", width)
    lines += [f"  {line}" for line in table(rows_to_read(judged), width - 2)]
    for note in filter(None, [*notes(judged), kernel_text(found.ran), found.cache.problem]):
        lines += paragraph(note, width)
    return "\n".join(lines) + "\n"


def sure_text(confidence: float) -> str:
    """A confidence: `95 %`."""
    return f"{100 * confidence:g} %"


def rows_to_read(judged: Judged) -> list[list[str]]:
    """The rows of a table: each limit, what was found of it, and what was measured."""
    head = ["limit", "is", "measured", "allowed"]
    return [head, *(_row(one, judged) for one in judged.limits)]


def _row(one: Judgement, judged: Judged) -> list[str]:
    is_measured = one.value.count and not judged.error
    measured = one.limit.text(one.value) if is_measured else "–"
    return [safe(one.limit.asked, 60), str(one.verdict), measured, one.limit.allowed]


def notes(judged: Judged) -> list[str]:
    """What stands beside the numbers, a line each."""
    found = [f"warning: {one}" for one in judged.cautions]
    if judged.growing and not judged.cautions:
        found.append(f"{safe(', '.join(judged.growing))} grows as long as it runs")
    if judged.error:
        found.append(f"failed: {safe(judged.error, 300)}")
    if Verdict.EDGE in {one.verdict for one in judged.limits} and not judged.error:
        found.append("On the edge: the runs do not show on which side of the limit it is.")
    return found


def document_of_check(found: Check, name: str) -> dict[str, Any]:
    """Return what was found as plain data for programs."""
    return {
        "file": name,
        "met": found.is_met,
        "verdict": str(found.judged.verdict),
        "confidence": found.confidence,
        **document_of_judged(found.judged),
        "interrupted": found.is_interrupted,
        "kernel": found.ran.document(),
        "from_cache": found.cache.taken,
    }


def document_of_judged(judged: Judged) -> dict[str, Any]:
    """Return what was found of limits as plain data."""
    return {
        "replications": judged.replications,
        "limits": [
            {key: None if value != value else value for key, value in row.items()}
            for row in rows_of(judged)
        ],
        "growing": list(judged.growing),
        "error": judged.error,
        "cautions": list(judged.cautions),
    }


def junit_of(checks: Sequence[tuple[str, Check]]) -> str:
    """Return what was found as JUnit's XML: a suite for each file, a case for each limit.

    Args:
        checks: The name of each file, and what was found.
    """
    root = ElementTree.Element("testsuites", name="pcsim check")
    for name, found in checks:
        judged = found.judged
        unmet = [one for one in judged.limits if one.verdict is not Verdict.HELD]
        attributes = {
            "name": _in_xml(name),
            "tests": str(len(judged.limits)),
            "failures": str(0 if judged.error else len(unmet)),
            "errors": str(len(unmet) if judged.error else 0),
            "skipped": "0",
            "time": f"{found.seconds:.3f}",
        }
        suite = ElementTree.SubElement(root, "testsuite", attributes)
        for one in judged.limits:
            _add_case(suite, name, one, found)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: ElementTree.Element, name: str, one: Judgement, found: Check) -> None:
    judged = found.judged
    seconds = f"{found.seconds / len(judged.limits):.3f}"
    names = {"classname": _in_xml(name), "name": _in_xml(one.limit.asked), "time": seconds}
    case = ElementTree.SubElement(suite, "testcase", names)
    measured = one.limit.text(one.value) if one.value.count else "nothing"
    words = f"{one.verdict}: {measured}, {one.limit.allowed} allowed"
    if judged.error:
        ElementTree.SubElement(case, "error", message=_in_xml(judged.error))
    elif one.verdict is not Verdict.HELD:
        kind = {"message": _in_xml(words), "type": str(one.verdict)}
        ElementTree.SubElement(case, "failure", kind).text = _in_xml("\n".join(notes(judged)))
    else:
        ElementTree.SubElement(case, "system-out").text = _in_xml(words)


def _in_xml(text: str) -> str:
    """The text without the characters that XML does not have."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
