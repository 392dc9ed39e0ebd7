"""`pcsim run` and `pcsim tui` on code that is named: what is imported, run, shown and refused."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from pcsim.cli.code_names import CodeName, code_name
from pcsim.cli.own_systems import OwnSystem
from pcsim.snapshot.exit_status import Exit
from tests.support.command import call
from tests.support.documents import README, block
from tests.support.terminal import Terminal

CRAWL = """
    import sys
    from pcsim import ProducerConsumerSystem
    from pcsim.scenario import demos

    seen, argv = [], list(sys.argv)
    SHOP = demos.find("1")

    def make() -> ProducerConsumerSystem:
        system = ProducerConsumerSystem("Crawl")
        system.add_queue("urls", 2)
        system.add_producer("seeds", (f"url {n}" for n in range(5)), 0, "urls")
        system.add_consumer("fetch", seen.append, 0, None, "urls")
        return system

    def plain(): pass
    def needs(url, depth=1): pass
    def wrong(): return ["no system"]
    def boom(): return {}["no such key"]
    def half():
        system = ProducerConsumerSystem()
        system.add_queue("urls")
        return system
    async def later(): pass
    class Names: number = 3

    if __name__ == "__main__":
        raise SystemExit("run as a program")
"""
SCENARIO = """
    queues.orders = { capacity = 2 }
    producers.Shop = { queue = "orders", interval = 0 }
    consumers.Clerk = { queue = "orders", service_time = 0, count = 2, output = "bills" }
    queues.bills = { capacity = 2 }
    consumers.Post = { queue = "bills", service_time = 0 }
"""
PARTS = """
    sent, paid = [], []
    orders = ["tea", "pie"]

    def endless():
        yield from orders

    once = iter(orders)
    number = 3

    def bill(order):
        return f"{order}: paid"

    def refuse(order):
        raise ValueError("closed")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with code, in which the command is given; no module of it stays loaded."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    write(tmp_path, "my_crawl.py", CRAWL)
    write(tmp_path, "my.toml", SCENARIO)
    write(tmp_path, "my_parts.py", PARTS)
    yield tmp_path
    for name in set(sys.modules) - before:
        if "my_" in name:
            del sys.modules[name]


def write(folder: Path, name: str, text: str) -> None:
    """Write a file."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text), "utf-8")


def line_of(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that the command has written."""
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line.removeprefix("pcsim: ")


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("crawl:system", CodeName("crawl", "system")),
        ("shop.orders:make.system", CodeName("shop.orders", "make.system")),
        ("crawl:", CodeName("crawl", "")),
        ("crawl.py", CodeName("crawl.py", "")),
        ("../a b/crawl.py:system", CodeName("../a b/crawl.py", "system")),
        ("C:\\jobs\\crawl.py:system", CodeName("C:\\jobs\\crawl.py", "system")),
        ("4", None),
        ("my.toml", None),
        ("-", None),
        ("a b:c", None),
        ("crawl:a-b", None),
    ],
)
def test_words_that_name_code(word: str, code: CodeName | None) -> None:
    """A module or a script; nothing that is a demo or a scenario file."""
    assert code_name(word) == code


@pytest.mark.parametrize(
    "word", ["my_crawl:make", "my_crawl.py:make", "my_crawl.py", "./my_crawl.py", "my_crawl:"]
)
def test_function_that_makes_a_system_is_called(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it says by its annotation that it makes one, it need not be named. The module has its
    own name, and does not see the words of the command."""
    assert call("run", word, "--json") == Exit.DONE
    document = json.loads(capsys.readouterr().out)
    assert (document["title"], document["totals"]["consumed"]) == ("Crawl", 5)
    module = sys.modules["my_crawl"]
    assert module.seen == [f"url {number}" for number in range(5)]
    assert module.argv == [word.partition(":")[0]]


def test_example_of_readme_is_found(folder: Path) -> None:
    """By its script alone, and it can be made again."""
    (folder / "my_example.py").write_text(block("crawl.py", README), "utf-8")
    system = OwnSystem(CodeName("my_example.py", ""))
    assert system.engine.scenario.title == "Crawler"
    assert system.can_restart


def test_module_in_a_package_and_object_in_a_class(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dots lead to it on both sides."""
    write(folder, "my_package/__init__.py", "")
    write(
        folder,
        "my_package/crawl.py",
        "from my_crawl import make\nclass Held:\n    system = make()\n",
    )
    assert call("run", "my_package.crawl:Held.system", "--json") == Exit.DONE
    assert json.loads(capsys.readouterr().out)["totals"]["consumed"] == 5


def test_script_named_as_a_module_of_python_takes_nothing_from_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is imported under another name where its own is taken."""
    queue = sys.modules["queue"]
    write(folder, "queue.py", "from my_crawl import make")
    assert call("run", "queue.py:make") == Exit.DONE
    assert sys.modules["queue"] is queue
    assert "5 produced = 5 consumed" in capsys.readouterr().out


def test_several_systems_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One by two names is one."""
    write(folder, "my_two.py", "from my_crawl import make\na = make()\nb = make()\nc = a\n")
    assert call("run", "my_two.py") == Exit.USAGE
    assert line_of(capsys) == "my_two.py has 2 systems: a, b; choose one, as in my_two.py:a"


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("my_crawl:mak", "my_crawl has no 'mak'; did you mean 'make'?"),
        ("my_crawl:Names.num", "my_crawl.Names has no 'num'; did you mean 'number'?"),
        ("my_crawl:seen", "my_crawl:seen is [], not a ProducerConsumerSystem or a function that"
         " makes one"),
        ("my_crawl:SHOP", "my_crawl:SHOP is a Scenario: run it from Python, with pcsim.run or"
         " simulate"),
        ("my_crawl:needs", "my_crawl:needs needs arguments (url); what makes a system is called"
         " without any"),
        ("my_crawl:wrong", "my_crawl:wrong returned ['no system'], not a ProducerConsumerSystem"),
        ("my_crawl:later", "my_crawl:later is a coroutine function: use a plain one"),
        ("my_crawl:half", "my_crawl:half: queue 'urls' "),
        ("my_parts.py", "my_parts.py has no system at its top level; of its functions, endless"
         " could make one; name one, as in my_parts.py:endless"),
        ("my_nothing:make", "no module 'my_nothing' in this folder or on Python's path"),
        ("my_crawl.more:make", "no module 'my_crawl.more' in this folder or on Python's path"),
        ("my_nothing.py", "cannot read 'my_nothing.py': No such file or directory"),
    ],
)  # fmt: skip
def test_what_is_no_system_is_one_line(
    word: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what there is, or what would be right."""
    assert call("run", word) == Exit.USAGE
    assert line_of(capsys).startswith(line)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("def f():\n    return {}['key']\nf()\n", "Traceback (most recent call last):",
         "KeyError: 'key'"),
        ("import my_missing\n", "Traceback (most recent call last):",
         "ModuleNotFoundError: No module named 'my_missing'"),
        ("def f(:\n", '  File "', "SyntaxError: "),
    ],
)  # fmt: skip
def test_error_in_code_is_shown_with_its_frames(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, first: str, last: str
) -> None:
    """As Python shows it, without frames of pcsim, and then in one line."""
    write(folder, "my_broken.py", text)
    assert call("run", "my_broken.py") == Exit.USAGE
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert lines[0].startswith(first)
    assert "my_broken.py" in err
    assert "importing.py" not in err
    assert "importlib" not in err
    assert lines[-2].startswith(last)
    assert lines[-1].startswith(f"pcsim: cannot import my_broken.py: {last}")
    assert "my_broken" not in sys.modules


def test_error_of_a_function_is_shown_with_its_frames(capsys: pytest.CaptureFixture[str]) -> None:
    """The same, of what is to make the system."""
    assert call("run", "my_crawl:boom") == Exit.USAGE
    err = capsys.readouterr().err
    assert 'my_crawl.py", line' in err
    assert "importing.py" not in err
    assert err.endswith("pcsim: my_crawl:boom failed: KeyError: 'no such key'\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import sys\nsys.exit(3)\n",
         "cannot import my_program.py: it called sys.exit(); what ends a program"),
        ("from my_crawl import make\ns = make()\ns.start()\ns.wait_for_completion()\n",
         "my_program.py:s was started while it was imported; what starts it"),
    ],
)  # fmt: skip
def test_program_that_runs_when_it_is_imported(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, line: str
) -> None:
    """Where such code goes is said."""
    write(folder, "my_program.py", text)
    assert call("run", "my_program.py") == Exit.USAGE
    assert line_of(capsys) == f'{line} goes under: if __name__ == "__main__":'


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("--engine virtual", "--engine virtual is for scenarios: code of your own takes real time"),
        ("--until 3s", "--until is for scenarios: a system of your own code runs as it is"),
        ("--warm-up 1s", "--warm-up is for scenarios: a system of your own code runs as it is"),
        ("--replications 3", "--replications is for scenarios: a system of your own code runs as"
         " it is"),
        ("--sink a=b:c", "--sink is for scenarios: a system of your own code runs as it is"),
    ],
)  # fmt: skip
def test_options_of_scenarios_are_refused(
    options: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is imported."""
    assert call("run", "my_crawl:make", *options.split()) == Exit.USAGE
    assert line_of(capsys) == line
    assert "my_crawl" not in sys.modules


def test_failing_system_has_the_status_of_a_failed_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As that of a demo; `-v` prints the traceback."""
    write(
        folder,
        "my_failing.py",
        """
        from pcsim import ProducerConsumerSystem
        system = ProducerConsumerSystem()
        system.add_queue("q")
        system.add_producer("P", [1], 0, "q")
        system.add_consumer("C", lambda item: item / 0, 0, None, "q")
        """,
    )
    assert call("run", "my_failing.py", "-v") == Exit.FAILED
    out, err = capsys.readouterr()
    assert "C failed on item 1 (1) from P: ZeroDivisionError" in out
    assert "item / 0" in err


def test_app_without_a_terminal_is_refused_with_a_hint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line has the command that works without one; nothing is imported for it."""
    assert call("tui", "my_crawl.py:make") == Exit.USAGE
    assert line_of(capsys) == (
        "the app needs a terminal; without one, try: pcsim run my_crawl.py:make"
    )
    assert "my_crawl" not in sys.modules


def test_function_is_called_again_in_the_app(folder: Path) -> None:
    """By `r`; what it prints comes after the app, and the last run is reported."""
    write(
        folder,
        "my_times.py",
        """
        from pcsim import ProducerConsumerSystem
        times = []
        def make() -> ProducerConsumerSystem:
            times.append(1)
            system = ProducerConsumerSystem(f"Number {len(times)}")
            system.add_queue("q")
            system.add_producer("P", [1, 2], 0, "q")
            system.add_consumer("C", lambda item: print("did", item), 0, None, "q")
            return system
        """,
    )
    command = [sys.executable, "-m", "pcsim", "tui", str(folder / "my_times.py"), "--start"]
    with Terminal(command) as terminal:
        terminal.wait_for(b"finished")
        terminal.press("r")
        terminal.wait_for(b"Press s to start")
        terminal.press("s")
        terminal.wait_for(b"Number 2 \xc2\xb7 finished after")  # as the report begins
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        after = terminal.output.rpartition(b"\x1b[?1049l")[2].decode()
    assert after.count("did 1") == 2
    assert "Number 2 · finished" in after


# Sources and sinks of a scenario.


def test_scenario_gets_sources_and_sinks(capsys: pytest.CaptureFixture[str]) -> None:
    """Iterables and functions that make one; functions and lists; those of a stage as well."""
    assert call(
        "run", "my.toml", "--json", "--source", "Shop=my_parts:endless",
        "--sink", "Clerk=my_parts.py:bill", "--sink", "Post=my_parts:sent",
    ) == Exit.DONE  # fmt: skip
    document = json.loads(capsys.readouterr().out)
    assert document["totals"]["consumed"] == 2
    assert sorted(sys.modules["my_parts"].sent) == ["pie: paid", "tea: paid"]


def test_failing_sink_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Its item has the data of the source."""
    sink = ["--sink", "Post=my_parts:refuse"]
    assert call("run", "my.toml", "--source", "Shop=my_parts:once", *sink) == Exit.FAILED
    out = capsys.readouterr().out
    assert "Post failed on item" in out
    assert "ValueError: closed" in out


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("--source Shp=my_parts:orders",
         "--source names an unknown producer 'Shp'; did you mean 'Shop'?"),
        ("--sink Boss=my_parts:bill", "--sink names an unknown consumer 'Boss'; known: "),
        ("--sink Clerk=my_parts:sent",
         "--sink of consumer 'Clerk' must be a function, not []"),
        ("--source Shop=my_parts:number", "--source of producer 'Shop' must be iterable, not 3"),
        ("--sink Post=my_parts:endless",
         "--sink of consumer 'Post' is a generator function: to call it runs nothing; "),
        ("--source Shop=my_parts:ordes", "my_parts has no 'ordes'; did you mean 'orders'?"),
        ("--source my_parts:orders",
         "--source must be NAME=module:thing or NAME=script.py:thing, not 'my_parts:orders'"),
        ("--source Shop=my_parts.py",
         "--source must be NAME=module:thing or NAME=script.py:thing, not 'Shop=my_parts.py'"),
        ("--source Shop=my_parts:orders --source Shop=my_parts:once",
         "--source is given twice for 'Shop'"),
        ("--source Shop=my_parts:orders --engine virtual --items 3",
         "--source and --sink need real time: leave out --engine virtual"),
    ],
)  # fmt: skip
def test_wrong_sources_and_sinks_are_one_line(
    options: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the workers that there are, or what would be right."""
    assert call("run", "my.toml", *options.split()) == Exit.USAGE
    assert line_of(capsys).startswith(line)


def test_scenario_file_still_names_no_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that comes from elsewhere runs nothing."""
    text = (folder / "my.toml").read_text("utf-8")
    (folder / "my.toml").write_text(text.replace("interval = 0", 'source = "my_parts:orders"'))
    assert call("run", "my.toml") == Exit.USAGE
    assert "unknown key 'source'" in capsys.readouterr().err
    assert "my_parts" not in sys.modules
