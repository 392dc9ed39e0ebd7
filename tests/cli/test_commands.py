"""What the command answers to a request for help, and to a typing error."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click
import pytest

from pcsim import __version__
from pcsim.cli.commands import command
from pcsim.cli.completion import complete_scenario
from pcsim.cli.help_text import HELP
from pcsim.launch.app import NO_TERMINAL
from pcsim.launch.runs import launcher
from pcsim.scenario import End, Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot.control import VirtualControl
from pcsim.snapshot.exit_status import Exit
from tests.support.cases import case
from tests.support.command import call


def test_kept_help_is_what_click_would_print(capsys: pytest.CaptureFixture[str]) -> None:
    """The kept text and the real options cannot drift apart."""
    with command.make_context("pcsim", [], resilient_parsing=True, terminal_width=80) as context:
        assert command.get_help(context) + "\n" == HELP
    for asking in ("--help", "-h"):
        assert call(asking) == 0
        assert capsys.readouterr() == (HELP, "")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """One line with the package's version, however it is asked for."""
    assert call("--version") == 0
    assert capsys.readouterr() == (f"pcsim {__version__}\n", "")


def test_each_command_has_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for help is no error, and goes to stdout."""
    for name in ["run", "tui", "demos", "lesson", "serve", "new", "check", "schema", "fit"]:
        with case(name):
            assert call(name, "--help") == 0
            out, err = capsys.readouterr()
            assert out.startswith(f"Usage: pcsim {name}")
            assert err == ""


def test_demos_are_listed_by_number_and_name(capsys: pytest.CaptureFixture[str]) -> None:
    """What is listed is what `run` takes."""
    assert call("demos") == 0
    lines = capsys.readouterr().out.splitlines()
    listed = [(line.split()[:2], line.split(maxsplit=2)[2]) for line in lines]
    assert listed == [([str(i), demo.name], demo.title) for i, demo in enumerate(DEMOS, 1)]


WRONG_USAGE: list[tuple[list[str], str]] = [
    (["run"], "Missing argument 'SCENARIO'"),
    (["run", "10"], "no demo '10' (1 to 9); known: 'basic'"),
    (["run", "0"], "no demo '0'"),
    (["run", "-1"], "No such option"),
    (
        ["--demo", "4", "--engine", "virtual"],
        "--engine goes after a command, as in: pcsim run SCENARIO --engine",
    ),
    (["--speed", "4"], "--speed goes after a command, as in: pcsim tui SCENARIO --speed"),
    (["--nonsense"], "No such option"),
    (["run", ""], "no demo ''"),
    (["run", "bassic"], "no demo 'bassic' (1 to 9); did you mean 'basic'?"),
    (["run", "\x1b[31m"], "no demo '\\e[31m'"),
    (["run", "1", "2"], "unexpected extra argument"),
    (["--demo"], "requires an argument"),
    (["--demo", "x"], "no demo 'x'"),
    (["--demo", "1", "run", "2"], "leave out 'run'"),
    (["rum", "1"], "no command 'rum'; did you mean 'run'?"),
    (["basic"], "no command 'basic'; for a demo: pcsim run basic"),
    (["4"], "no command '4'; for a demo: pcsim run 4"),
    (["--jsn"], "--json"),
    (["--json"], "go with --demo"),
    (["-v", "run", "1"], "go with --demo"),
    (["run", "1", "--timeout", "nan"], "'nan' is not a time; try 90, 250ms or 1h30m"),
    (["run", "1", "--timeout", "inf"], "'inf' is not a time"),
    (["run", "1", "--timeout", "0"], "'0' is not a time above 0"),
    (["run", "1", "--timeout", "-2"], "'-2' is not a time"),
    (["run", "1", "--timeout", "soon"], "'soon' is not a time"),
    (["tui", "-"], "the app reads its keys from stdin"),
    (["tui", "1", "--until", "soon"], "'soon' is not a time"),
    (["tui", "1", "--warm-up", "auto"], "--warm-up auto needs --engine virtual"),
    (["tui", "1", "--theme", "pink"], "is not one of 'dark', 'light'"),
    (["tui", "nope"], "no demo 'nope'"),
    (["demos", "all"], "unexpected extra argument"),
    (["run", "no/such"], "cannot read 'no/such': No such file or directory"),
    (["tui", "no.toml"], "cannot read 'no.toml': No such file or directory"),
    (["run", "."], "no demo '.'"),
    (["run", "/"], "cannot read '/': Is a directory"),
    (["run", "./\x1b"], "cannot read './\\e'"),
    (["my.toml"], "no command 'my.toml'; for a file: pcsim run my.toml"),
    (["check"], "Missing argument 'FILE...'"),
    (["check", "1"], "cannot read '1': No such file or directory"),
    (["check", "a\0b"], "cannot read 'a\\x00b': embedded null byte"),
    (["new", "/"], "already exists"),
    (["new", "no/such/file.toml"], "cannot write 'no/such/file.toml': No such file"),
    (["schema", "x"], "unexpected extra argument"),
]


def test_wrong_usage_is_one_clear_line_and_two(capsys: pytest.CaptureFixture[str]) -> None:
    """The line states what is wrong, suggests what was meant, and there is no traceback."""
    for arguments, message in WRONG_USAGE:
        with case(arguments, message):
            assert call(*arguments) == Exit.USAGE
            out, err = capsys.readouterr()
            assert out == ""
            assert message in err
            assert err.startswith("pcsim")
            assert err.count("\n") == 1
            assert err.rstrip("\n").isprintable()


WRONG_SPEEDS: list[tuple[list[str], str]] = [
    (["--speed", "10"], "--speed goes with --engine virtual"),
    (["--speed", "10", "--engine", "threads"], "--speed goes with --engine virtual"),
    (["--engine", "virtual", "--speed", "0"], "'0' is not 0.1 to 1000, or max"),
    (["--engine", "virtual", "--speed", "1001"], "'1001' is not 0.1 to 1000, or max"),
    (["--engine", "virtual", "--speed", "nan"], "'nan' is not 0.1 to 1000, or max"),
    (["--engine", "virtual", "--speed", "fast"], "'fast' is not 0.1 to 1000, or max"),
    (["--engine", "real"], "'real' is not one of"),
]


def test_speed_out_of_range_is_refused_with_the_range(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, before the app is opened."""
    for arguments, message in WRONG_SPEEDS:
        with case(arguments, message):
            assert call("tui", "1", *arguments) == Exit.USAGE
            out, err = capsys.readouterr()
            assert out == ""
            assert message in err
            assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "speed"),
    [([], 1.0), (["--speed", "0.1"], 0.1), (["--speed", "20x"], 20.0), (["--speed", "max"], None)],
)
def test_app_gets_runs_at_the_speed_that_was_asked_for(
    options: list[str], speed: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On either side of `--engine`."""
    launched: list[object] = []

    def run_app(_scenario: object, *how: object, **_: object) -> int:
        launched.append(how)
        return Exit.DONE

    monkeypatch.setattr("pcsim.cli.commands.run_app", run_app)
    assert call("tui", "1", "--engine", "virtual", *options) == Exit.DONE
    assert call("tui", *options, "--engine", "virtual", "1") == Exit.DONE
    assert launched == [("virtual", speed)] * 2
    run = launcher("virtual", speed)(DEMOS[0])
    assert isinstance(run, VirtualControl)
    assert run.speed == speed
    assert not isinstance(launcher("threads", 1.0)(DEMOS[0]), VirtualControl)


@pytest.mark.parametrize("arguments", [[], ["tui", "1"]], ids=["pcsim", "pcsim tui 1"])
def test_app_without_a_terminal_is_refused_with_a_hint(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The line has the command that works without one, before Textual is even loaded."""
    assert call(*arguments) == Exit.USAGE
    assert capsys.readouterr() == ("", f"pcsim: {NO_TERMINAL}\n")


@pytest.mark.parametrize("redirected", ["stdin", "stdout", "stderr"])
def test_app_needs_all_three_streams_to_be_a_terminal(
    redirected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys come from stdin, the report goes to stdout, and the app is drawn on stderr."""
    for name in {"stdin", "stdout", "stderr"} - {redirected}:
        monkeypatch.setattr(getattr(sys, name), "isatty", lambda: True)
    assert call("tui", "1") == Exit.USAGE
    assert capsys.readouterr() == ("", f"pcsim: {NO_TERMINAL}\n")


def test_closed_streams_do_not_show_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has no stdout and no stderr where they were closed before its start."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert call("--help") == 0
    assert call("demos") == 0
    assert call("run", "x") == Exit.USAGE
    assert call() == Exit.USAGE


def test_full_stdout_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing that cannot be written is an error with its reason."""
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    for arguments in (["demos"], ["--help"], ["run", "--help"], ["schema"], ["new"]):
        with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
            monkeypatch.setattr(sys, "stdout", full)
            assert call(*arguments) == Exit.FAILED
        assert err.getvalue().splitlines()[-1] == "pcsim: No space left on device"


def test_a_timeout_is_written_like_any_other_time(capsys: pytest.CaptureFixture[str]) -> None:
    """With a unit, or as seconds."""
    for time in ("60s", "1m", "60"):
        assert call("run", "basic", "--engine", "virtual", "--timeout", time) == 0
        capsys.readouterr()


def test_completion_offers_demos_and_the_scenario_files_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no demo begins like that, the shell completes any file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "belt.toml").touch()
    (tmp_path / "notes.txt").touch()
    context = click.Context(command)
    parameter = command.params[0]
    every = [item.value for item in complete_scenario(context, parameter, "")]
    assert every[:4] == ["1", "2", "3", "4"]
    assert every[-1] == "belt.toml"
    assert "notes.txt" not in every
    begun = [item.value for item in complete_scenario(context, parameter, "b")]
    assert begun == ["basic", "back-pressure", "bursts", "belt.toml"]
    (rest,) = complete_scenario(context, parameter, "sub/")
    assert (rest.value, rest.type) == ("sub/", "file")


def test_the_app_takes_the_options_that_change_a_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `run` does; and it starts at once, in the colours asked for."""
    opened: list[tuple[Scenario, dict[str, object]]] = []

    def open_app(scenario: Scenario, *_: object, **options: object) -> int:
        opened.append((scenario, options))
        return 0

    monkeypatch.setattr("pcsim.cli.commands.run_app", open_app)
    words = "--seed 7 --until 1h --items 50 --warm-up 1s --start --theme light"
    assert call("tui", "2", *words.split()) == 0
    ((scenario, options),) = opened
    assert (scenario.seed, scenario.end, scenario.warm_up) == (7, End(3600.0, 50), 1.0)
    assert options.items() >= {"start": True, "theme": "light"}.items()
