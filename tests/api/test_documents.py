"""The documents are true: their examples run, and their outputs and tables are today's."""

from __future__ import annotations

import hashlib
import queue
import re
import shlex
import threading
import tomllib
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import pytest

import pcsim
from pcsim import errors
from pcsim.cli.commands import command
from pcsim.cli.scenarios import find
from pcsim.snapshot.exit_status import Exit
from pcsim.tui.keys import BINDINGS, KEYS
from pcsim.tui.pages.table import PAGES as TABLE_OF_PAGES
from tests.support.documents import (
    PAGES,
    README,
    ROOT,
    block,
    blocks,
    examples_with_output,
    orders_output,
    orders_results,
    orders_table,
    readme_outputs,
    run_example,
    table,
)

DOCUMENTS = (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "pcsim" / "README.md")
STALE = "not what is printed today; `python -m tests.support.documents` pastes it anew"
VIRTUAL_TIME = ROOT / "pcsim" / "docs" / "virtual-time.md"
COMPARISONS = ROOT / "pcsim" / "docs" / "comparisons.md"
PYTHON = ROOT / "pcsim" / "docs" / "python.md"
TESTED_BY_THEMSELVES = {
    "quick start",
    "crawl.py",
    "etl.py",
    "hash_folder.py",
    "by hand",
    "with pcsim",
    "a test of threads",
}


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


# Examples.


def test_every_python_example_is_run_by_a_test() -> None:
    """None stands in a page without a name, or without what it prints."""
    compared = {name for _, name in examples_with_output()}
    for page in PAGES:
        named = [name for name, (language, _) in blocks(page).items() if language == "python"]
        assert page.read_text("utf-8").count("```python") == len(named), page.name
        assert set(named) <= compared | TESTED_BY_THEMSELVES, page.name


def test_every_toml_example_is_a_sound_scenario() -> None:
    """It can be read as it stands."""
    for page in PAGES:
        for text in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            assert pcsim.Scenario.parse(text, page.name).queues


def test_examples_print_what_is_shown(tmp_path: Path) -> None:
    """Each as a program of its own, beside the files of its page."""
    for page, name in examples_with_output():
        shown = block(f"{name}, output", page)
        assert shown == run_example(name, page, tmp_path), f"{page.name}, {name}: {STALE}"


def test_readme_shows_what_the_command_prints(tmp_path: Path) -> None:
    """A demo's file, the report of a run, and what `check` reports of a file with two slips."""
    for name, today in readme_outputs(tmp_path):
        assert block(name) == today, f"{name}: {STALE}"


def test_worked_question_is_answered_by_what_run_prints() -> None:
    """Every digit of the output and of the table; every interval covers the formula's value."""
    results = orders_results(VIRTUAL_TIME)
    assert block("orders, output", VIRTUAL_TIME) == orders_output(results), STALE
    assert table("orders, answers", VIRTUAL_TIME) == orders_table(results), STALE
    for result in results:
        shown = [one for one in result.comparisons if one.name in ("loss", "waiting p95", "busy")]
        assert [one.agrees for one in shown] == [True, True, True]


def test_quick_start_runs(tmp_path: Path) -> None:
    """The first example, word for word: all of its items arrive."""
    assert "20 produced = 20 consumed" in run_example("quick start", README, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files in it, and in a folder in it, one of them empty."""
    top = tmp_path / "folder"
    (top / "inner").mkdir(parents=True)
    for number in range(20):
        place = top / "inner" if number % 2 else top
        (place / f"{number}.bin").write_bytes(bytes([number]) * number * 1000)
    return top


def digests(folder: Path) -> dict[Path, str]:
    """The digest of every file, one file after the other."""
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_hashing_a_folder_does_real_work(folder: Path, tmp_path: Path) -> None:
    """The real example gives what hashing one file after another gives."""
    lines = run_example("hash_folder.py", PYTHON, tmp_path, str(folder)).splitlines()
    expected = digests(folder)
    assert lines[:20] == [f"{expected[p]} {p.relative_to(folder)}" for p in sorted(expected)]
    assert any("20 produced = 20 consumed" in line for line in lines)


@pytest.mark.parametrize("name", ["by hand", "with pcsim"])
def test_both_sides_of_the_comparison_do_the_same(name: str, folder: Path) -> None:
    """The comparison is fair: both columns run, and hash every file."""
    hashed: dict[Path, str] = {}

    def read(top: Path) -> Iterator[tuple[Path, bytes]]:
        for path in top.rglob("*"):
            if path.is_file():
                yield path, path.read_bytes()

    def digest(item: tuple[Path, bytes]) -> None:
        hashed[item[0]] = hashlib.sha256(item[1]).hexdigest()

    names = {"queue": queue, "threading": threading, "read": read, "digest": digest}
    names |= {"folder": folder, "ProducerConsumerSystem": pcsim.ProducerConsumerSystem}
    exec(block(name, COMPARISONS), names)  # noqa: S102 - the page's own code
    assert hashed == digests(folder)


# Tables.


def test_documented_keys_are_the_apps() -> None:
    """Every key in the table is bound, and every key that the footer may show is in the table."""
    spelled = {"?": "question_mark", "`1`–`9`": "1", "+": "plus", "-": "minus", ".": "full_stop",
               ",": "comma", "/": "slash", ":": "colon"}  # fmt: skip
    shown = {key for row in table("keys") for key in re.findall(r"`([^`]+)`", row[0])}
    in_pages = {key.shown for page in TABLE_OF_PAGES for key in page.keys}  # which bind them
    in_pages |= {key.shown for key in KEYS if not key.action}  # so do windows and tables
    bound = {key: binding.show for binding in BINDINGS for key in binding.key.split(",")}
    shown = {spelled.get(key, key) for key in shown if key in bound or key not in in_pages}
    shown -= {"hjkl", "enter", "ctrl+p"}
    assert shown <= set(bound)
    assert {key for key, in_footer in bound.items() if in_footer} - shown <= {"ctrl+q", "ctrl+c"}


def test_documented_exit_statuses_are_all_there_are() -> None:
    """No status without its meaning, no meaning without its status."""
    assert [int(row[0]) for row in table("exit statuses")] == sorted(Exit)


def test_documented_errors_are_all_there_are() -> None:
    """Each error that pcsim exports has a row, and each row but the last has what to do."""
    rows = {row[0].strip("`"): row for row in table("errors")}
    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.PcsimError)
    }
    assert set(rows) | {"PcsimError"} == public
    assert public <= set(pcsim.__all__)
    assert [name for name, row in rows.items() if not all(row)] == ["InputError"]


def test_documented_attributes_of_errors_exist() -> None:
    """An attribute that the table names is one that the error's docstring describes."""
    described = {"ScenarioError": ("field", "owner", "expected"), "EndlessError": ("workers",)}
    described |= {"WorkerError": ("worker", "item_number"), "DeadlockError": ("waits",)}
    described |= {"ScenarioFileError": ("problems",)}
    rows = {row[0].strip("`"): " ".join(row[1:]) for row in table("errors")}
    for name, attributes in described.items():
        kinds = getattr(pcsim, name).__mro__
        # From 3.13 on Python stores docstrings without their indentation.
        docstrings = "".join(cleandoc(kind.__doc__ or "") for kind in kinds)
        for attribute in attributes:
            assert f"`{attribute}`" in rows[name], (name, attribute)
            assert f"    {attribute}:" in docstrings, (name, attribute)


# Commands.


def documented_commands() -> Iterator[str]:
    """The arguments of each `pcsim` in the pages' shell blocks."""
    for page in PAGES:
        for shell in re.findall(r"```bash\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            lines = shell.replace("\\\n", "")  # a line that goes on in the next one
            yield from re.findall(r"^(?:\.venv/bin/)?pcsim ([^#>\n]+)", lines, re.MULTILINE)


def test_documented_commands_exist() -> None:
    """Each can be typed as it stands."""
    lines = list(documented_commands())
    assert len(lines) > 10
    for line in lines:
        words = shlex.split(line)
        with command.make_context("pcsim", list(words)) as context:
            if context.params["demo"] is not None:
                find(context.params["demo"])
                continue
            name, subcommand, rest = command.resolve_command(context, words)
            assert subcommand is not None, line
            with subcommand.make_context(name, rest, parent=context) as inner:
                assert inner.command is subcommand, line


def test_setup_commands_are_one_line_each() -> None:
    """What has to be pasted is one line, which makes its own environment."""
    for name in ("the app", "the tests"):
        line = block(name)
        assert line.count("\n") == 1
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_python_versions_are_those_of_the_package() -> None:
    """README, the guide for developers and the package's own description name the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = [
        text.rsplit(" ", 1)[-1] for text in project["classifiers"] if "Python :: 3." in text
    ]
    oldest, newest = versions[0], versions[-1]
    assert project["requires-python"] == f">={oldest}"
    assert f"Python {oldest} or later" in README.read_text("utf-8")
    assert f"Python {oldest} to {newest}" in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


# Links.


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def test_links_and_pictures_lead_somewhere() -> None:
    """A file that exists, and in it a heading of that name."""
    for page in DOCUMENTS:
        for target in re.findall(r"\]\(([^):]+)\)", prose(page)):
            file, _, anchor = target.partition("#")
            linked = (page.parent / file).resolve() if file else page
            assert linked.exists(), f"{page.name}: {target}"
            assert not anchor or anchor in anchors(linked), f"{page.name}: {target}"


def test_files_that_the_documents_name_exist() -> None:
    """A path in the text is one from the clone's folder or from the package's."""
    for page in DOCUMENTS:
        for path in re.findall(r"`([\w-][\w./-]*/[\w.-]*)`", prose(page)):
            places = (ROOT, ROOT / "pcsim", page.parent)
            assert any((place / path).exists() for place in places), f"{page.name}: {path}"


def test_every_page_is_linked_from_readme() -> None:
    """A reader finds it."""
    for page in PAGES[1:]:
        assert f"](pcsim/docs/{page.name})" in README.read_text("utf-8"), page.name


def test_table_of_contents_has_every_section() -> None:
    """In README and in each page that begins with one."""
    for page in PAGES:
        contents = re.findall(r"^- \[.*\]\(#(.+)\)$", prose(page), re.MULTILINE)
        sections = re.findall(r"^## (.+)$", prose(page), re.MULTILINE)
        if contents or page == README:
            targets = [re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in sections]
            assert contents == targets, page.name
