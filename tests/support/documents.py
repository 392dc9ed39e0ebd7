"""The documents, and what their examples print. Run as a program it pastes the outputs anew.

`python -m tests.support.documents` runs every example of README and of `pcsim/docs/`, and writes
what they print today into the blocks that show it. The tests compare the same two.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pcsim.analysis.result import Result
from pcsim.analysis.result_report import text
from pcsim.experiments.simulate import simulate
from pcsim.scenario import Scenario

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "pcsim" / "docs").glob("*.md")))
"""What is written for users."""

_BLOCK = re.compile(r"^<!-- ([^\n]+) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^<!-- ([^\n]+) -->\n((?:\|.*\n)+)", re.MULTILINE)

REPORT_PARTS = 6
"""README shows the report as far as its tables go: six parts with a blank line between them."""
ORDERS = ((3, 20), (3, 50), (4, 10), (4, 20))
"""The clerks and the capacity of each row of the table of orders."""
REPLICATIONS = 20


class Block(NamedTuple):
    """A code block with a name: the comment before it."""

    language: str
    body: str


def blocks(page: Path) -> dict[str, Block]:
    """Return the named code blocks of a page."""
    found = _BLOCK.finditer(page.read_text("utf-8"))
    return {match[1]: Block(match[2], match[3]) for match in found}


def block(name: str, page: Path = README) -> str:
    """Return the code block after the comment of that name."""
    return blocks(page)[name].body


def table(name: str, page: Path = README) -> list[list[str]]:
    """Return the cells of the table after the comment of that name, without its head."""
    tables = {match[1]: match[2] for match in _TABLE.finditer(page.read_text("utf-8"))}
    rows = [line.strip("|").split("|") for line in tables[name].splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def run(*command: object, cwd: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments and this checkout's pcsim; it must exit with that status."""
    done = subprocess.run(
        [sys.executable, *(str(word) for word in command)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def run_example(name: str, page: Path, folder: Path, *arguments: str) -> str:
    """Run an example as a reader would, beside the page's files, and return what it prints."""
    for file, (_, body) in blocks(page).items():
        if file.endswith(".toml"):
            (folder / file).write_text(body, "utf-8")
    script = folder / "example.py"
    script.write_text(block(name, page), "utf-8")
    done = run(script, *arguments, cwd=folder)
    assert done.stderr == ""
    return done.stdout


def examples_with_output() -> list[tuple[Path, str]]:
    """List the Python examples that are followed by what they print."""
    return [
        (page, name)
        for page in PAGES
        for name, (language, _) in blocks(page).items()
        if language == "python" and f"{name}, output" in blocks(page)
    ]


def readme_outputs(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each block of README that is an output, or a file of the project, as it is today."""
    demo = (ROOT / "pcsim" / "scenario" / "demos" / "4-round-robin.toml").read_text("utf-8")
    yield "demo 4", demo
    report = run("-m", "pcsim", "run", "3", "--engine", "virtual", cwd=folder).stdout
    yield "report", "\n\n".join(report.split("\n\n")[:REPORT_PARTS]) + "\n"
    wrong = demo.replace("capacity = 5", "capacity = 0", 1).replace('"orders"', '"oders"', 1)
    for name, content, status in (("reports", wrong, 2), ("warns of", demo, 0)):
        (folder / "my.toml").write_text(content, "utf-8")
        check = run("-m", "pcsim", "check", "my.toml", cwd=folder, status=status)
        yield f"what check {name}", check.stderr


def orders_results(page: Path) -> list[Result]:
    """Simulate the worked question, once for each row of its table."""
    question = block("orders.toml", page)
    return [
        simulate(
            Scenario.parse(
                question.replace("count = 3", f"count = {clerks}").replace(
                    "capacity = 20", f"capacity = {capacity}"
                ),
                "orders.toml",
            ),
            replications=REPLICATIONS,
        )
        for clerks, capacity in ORDERS
    ]


def orders_output(results: list[Result]) -> str:
    """Return what `pcsim run` prints of the first row."""
    return text(results[0])


def orders_table(results: list[Result]) -> list[list[str]]:
    """Return the rows of the table: each measure with its interval, and the formula's value."""
    rows = []
    for (clerks, capacity), result in zip(ORDERS, results, strict=True):
        compared = {one.name: one for one in result.comparisons}
        cells = [str(clerks), str(capacity)]
        for name, factor, unit in (("loss", 100, "%"), ("waiting p95", 1, "s"), ("busy", 100, "%")):
            one = compared[name]
            assert one.measured.half_width is not None
            mean, half = one.measured.mean * factor, one.measured.half_width * factor
            # Two digits of the half width; a mean has no more digits than its error allows.
            digits = max(1 - math.floor(math.log10(half)), 0)
            theory = one.predicted * factor
            cells += [
                f"{mean:.{digits}f} ± {half:.{digits}f} {unit}",
                f"{theory:.{digits}f} {unit}",
            ]
        rows.append(cells)
    return rows


def _paste(page: Path, contents: dict[str, str]) -> None:
    def of_block(match: re.Match[str]) -> str:
        name, language, old = match.groups()
        return f"<!-- {name} -->\n```{language}\n{contents.get(name, old)}```"

    page.write_text(_BLOCK.sub(of_block, page.read_text("utf-8")), "utf-8")


def _paste_rows(page: Path, name: str, rows: list[list[str]]) -> None:
    def of_table(match: re.Match[str]) -> str:
        if match[1] != name:
            return match[0]
        head = match[2].splitlines()[:2]
        lines = (f"| {' | '.join(row)} |" for row in rows)
        return "\n".join((f"<!-- {name} -->", *head, *lines, ""))

    page.write_text(_TABLE.sub(of_table, page.read_text("utf-8")), "utf-8")


def main() -> None:
    """Paste every output anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _paste(README, dict(readme_outputs(folder)))
        for page, example in examples_with_output():
            _paste(page, {f"{example}, output": run_example(example, page, folder)})
        page = ROOT / "pcsim" / "docs" / "virtual-time.md"
        results = orders_results(page)
        _paste(page, {"orders, output": orders_output(results)})
        _paste_rows(page, "orders, answers", orders_table(results))


if __name__ == "__main__":
    main()
