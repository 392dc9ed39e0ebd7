"""What the documents say is so: their examples run, their tables match the code."""

from __future__ import annotations

import ast
import hashlib
import os
import queue
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import pcsim
from pcsim.analysis import report
from pcsim.analysis.result_report import text
from pcsim.cli.commands import command
from pcsim.cli.launch import find
from pcsim.experiments.simulate import simulate
from pcsim.scenario import Scenario
from pcsim.snapshot.exit_status import Exit
from pcsim.text import quantity
from pcsim.tui.keys import BINDINGS
from tests.support.snapshots import consumer, producer, snapshot
from tests.support.snapshots import queue as queue_row

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
HOUSE = (ROOT / "pcsim" / "README.md").read_text("utf-8")


def block(name: str, text: str = README) -> str:
    """The code block after the comment of that name."""
    found = re.search(rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found, f"no block named {name!r}"
    return found[1]


def table(name: str) -> list[list[str]]:
    """The cells of the table after the comment of that name, without its head."""
    found = re.search(rf"<!-- {re.escape(name)} -->\n(\|.*?\n)\n", README, re.DOTALL)
    assert found, f"no table named {name!r}"
    rows = [line.strip("|").split("|") for line in found[1].splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def run(script: str, *arguments: str, cwd: Path) -> str:
    """What the script prints, saved to a file and run as a reader would."""
    path = cwd / "script.py"
    path.write_text(script, "utf-8")
    told = subprocess.run(
        [sys.executable, path, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (told.returncode, told.stderr) == (0, "")
    return told.stdout


def test_quick_start_runs(tmp_path: Path) -> None:
    """The first example, word for word."""
    assert "Every item is accounted for: 20 produced = 20 consumed" in run(
        block("runs as a test"), cwd=tmp_path
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files in it, and in a folder in it, one of them empty."""
    top = tmp_path / "folder"
    (top / "inner").mkdir(parents=True)
    for number in range(20):
        where = top / "inner" if number % 2 else top
        (where / f"{number}.bin").write_bytes(bytes([number]) * number * 1000)
    return top


def digests(folder: Path) -> dict[Path, str]:
    """What the example should find."""
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_hashing_a_folder_does_real_work(folder: Path, tmp_path: Path) -> None:
    """The real example gives what hashing one file after another gives."""
    lines = run(block("hash_folder.py"), str(folder), cwd=tmp_path).splitlines()
    expected = digests(folder)
    told = [f"{expected[path]} {path.relative_to(folder)}" for path in sorted(expected)]
    assert lines[:20] == told
    assert any("20 produced = 20 consumed" in line for line in lines)


@pytest.mark.parametrize("name", ["by hand", "with pcsim"])
def test_both_sides_of_the_comparison_do_the_same(name: str, folder: Path) -> None:
    """The comparison is fair: both columns run, and hash every file."""
    found: dict[Path, str] = {}

    def read(top: Path) -> Iterator[tuple[Path, bytes]]:
        for path in top.rglob("*"):
            if path.is_file():
                yield path, path.read_bytes()

    def digest(item: tuple[Path, bytes]) -> None:
        found[item[0]] = hashlib.sha256(item[1]).hexdigest()

    names = {"queue": queue, "threading": threading, "read": read, "digest": digest}
    names |= {"folder": folder, "ProducerConsumerSystem": pcsim.ProducerConsumerSystem}
    exec(block(name), names)  # noqa: S102 - the README's own code
    assert found == digests(folder)


def orders(clerks: int = 3, capacity: int = 20) -> Scenario:
    """The worked question, with another answer."""
    text = block("orders.toml").replace("count = 3", f"count = {clerks}")
    return Scenario.parse(text.replace("capacity = 20", f"capacity = {capacity}"), "orders.toml")


def test_the_worked_question_is_answered_by_what_run_prints() -> None:
    """Each row of the table, and the theory beside the first, to the last digit."""
    for clerks, capacity, *told in table("orders, answers"):
        result = simulate(orders(int(clerks), int(capacity)), replications=10)
        found = [
            quantity(result.queue("orders").loss.mean, "share"),
            quantity(result.waiting_time("orders").p95.mean, "s"),
            quantity(result.worker("clerk-1").utilization.mean, "share"),
        ]
        assert found == told
        if (clerks, capacity) == ("3", "20"):
            assert block("orders, theory") in text(result)
            assert block("orders, erlang") in text(result)


def test_simulating_from_python_runs(tmp_path: Path) -> None:
    """The example, beside its file."""
    (tmp_path / "orders.toml").write_text(block("orders.toml"), "utf-8")
    first, second = run(block("simulate"), cwd=tmp_path).splitlines()
    assert first.startswith("Interval(mean=")
    assert 0.8 < float(second) < 1


def test_documented_keys_are_the_apps() -> None:
    """Every key in the table is bound, and every key that the footer may show is in the table."""
    spelled = {"?": "question_mark", "`1`–`9`": "1", "+": "plus", "-": "minus", ".": "full_stop"}
    told = {key for row in table("keys") for key in re.findall(r"`([^`]+)`", row[0])}
    told = {spelled.get(key, key) for key in told} - {"hjkl", "enter", "ctrl+p"}
    bound = {key: binding.show for binding in BINDINGS for key in binding.key.split(",")}
    assert told <= set(bound)
    assert {key for key, shown in bound.items() if shown} - told <= {"ctrl+q", "ctrl+c"}


def test_documented_exit_statuses_are_all_there_are() -> None:
    """No status without its meaning, no meaning without its status."""
    assert [int(row[0]) for row in table("exit statuses")] == sorted(Exit)


COMMANDS = [
    words
    for shell in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    for words in re.findall(r"^(?:\.venv/bin/)?pcsim ([^#>\n]+)", shell, re.MULTILINE)
]


@pytest.mark.parametrize("line", COMMANDS, ids=str.strip)
def test_documented_commands_exist(line: str) -> None:
    """Each can be typed as it stands."""
    words = shlex.split(line)
    with command.make_context("pcsim", list(words)) as context:
        if context.params["demo"] is not None:
            find(context.params["demo"])
            return
        name, found, rest = command.resolve_command(context, words)
        assert found is not None
        with found.make_context(name, rest, parent=context) as inner:
            if "demo" in inner.params:
                find(inner.params["demo"])


def test_shown_report_has_the_shape_of_a_real_one() -> None:
    """The same sections, headers and rows, whatever the numbers."""
    run_of_demo_3 = snapshot(
        queue_row(full=0.5),
        producer("FastProducer", held=0.5),
        consumer("SlowConsumer"),
        title="Fast producer, slow consumer",
    )
    heads = re.compile(r"^(?:Queues|Producers|Consumers).*|^  \w+|^Every item", re.MULTILINE)
    shown, real = (
        [" ".join(line.split()) for line in heads.findall(text)]
        for text in (block("report"), report.text(run_of_demo_3))
    )
    assert shown == real


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "pcsim/README.md"])
def test_links_and_pictures_are_there(document: str) -> None:
    """Whatever is linked inside the project exists."""
    path = ROOT / document
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def summary(module: Path) -> str:
    """The first sentence of a module's docstring, as it stands in the tree."""
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def test_tree_of_the_house_is_true() -> None:
    """Each module is in the drawing, with the first sentence of its docstring, and no other."""
    package = ROOT / "pcsim"
    drawn: dict[str, str] = {}
    folders = [package]
    for line in block("tree", HOUSE).splitlines()[1:]:
        depth = (len(line) - len(line.lstrip())) // 2
        name, _, told = line.strip().partition(" ")
        path = folders[depth - 1] / name
        folders[depth:] = [path]
        drawn[str(path.relative_to(package))] = told.strip()
    modules = package.rglob("*.py")
    there = {
        str(
            (
                path.parent if path.name == "__init__.py" and path.parent != package else path
            ).relative_to(package)
        ): summary(path)
        for path in modules
    }
    assert drawn == there


def test_layers_of_the_house_are_those_that_are_enforced() -> None:
    """The drawing has the layers of the first contract, in their order."""
    layers = (re.split("  +", line.strip())[0] for line in block("layers", HOUSE).splitlines())
    drawn = [re.split(" *[│:] *", layer) for layer in layers]
    contract = PROJECT["tool"]["importlinter"]["contracts"][0]
    enforced = [re.split(r" *[|:] *", layer) for layer in contract["layers"]]
    assert drawn == enforced[1:]


def test_setup_commands_are_one_line_each() -> None:
    """What has to be pasted is one line, which makes its own environment."""
    for name in ("the app", "the tests"):
        line = block(name)
        assert line.count("\n") == 1
        assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_scenario_file_is_demo_4_and_check_says_what_is_told(tmp_path: Path) -> None:
    """The file, what is wrong with it after two slips, and what it is warned about."""
    text = block("demo 4")
    assert text == (ROOT / "pcsim" / "scenario" / "demos" / "4-round-robin.toml").read_text()
    path = tmp_path / "my.toml"
    command = [sys.executable, "-m", "pcsim", "check", "my.toml"]
    wrong = text.replace("capacity = 5", "capacity = 0", 1).replace('"orders"', '"oders"', 1)
    for content, name in ((wrong, "what check says"), (text, "what check warns of")):
        path.write_text(content)
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert told.stderr == block(name)
