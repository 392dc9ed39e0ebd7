"""`pcsim run` in virtual time, as it is typed: results on stdout, the rest on stderr, a status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pcsim.cli import main
from pcsim.experiments import one_run
from pcsim.snapshot.exit_status import Exit
from tests.support.cases import case

TILL = """\
title = "One till"
[queues.line]
capacity = 1000
[producers.Street]
queue = "line"
interval = { distribution = "exponential", mean = 1.0 }
[consumers.Till]
queue = "line"
service_time = { distribution = "exponential", mean = 0.7 }
"""
LOOP = """\
queues = { a = { capacity = 1 }, b = { capacity = 1 } }
[producers.P]
queue = "a"
interval = 1
items = 9
[consumers]
S = { queue = "a", service_time = 1, output = "b" }
T = { queue = "b", service_time = 1, output = "a" }
"""
QUICK = """\
[queues.line]
[producers.P]
queue = "line"
interval = 0.001
[consumers.C]
queue = "line"
service_time = 0.001
"""
ENDLESS = "this run never ends by itself: add --until 1h or --items 10000"


class Done(NamedTuple):
    """A run of the command that is over: its exit status and what it wrote."""

    status: int
    out: str
    err: str


class Command:
    """The command in a folder with scenario files: in this process, or in one of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys
        self.write("till", TILL)
        self.write("loop", LOOP)
        self.write("quick", QUICK)

    def write(self, name: str, text: str) -> None:
        (self._folder / f"{name}.toml").write_text(text, "utf-8")

    def here(self, *arguments: str, name: str = "run") -> Done:
        """In this process; `name` is that of the command."""
        with pytest.raises(SystemExit) as exited:
            main([name, *arguments])
        out, err = self._capsys.readouterr()
        assert isinstance(exited.value.code, int)
        return Done(exited.value.code, out, err)

    def apart(self, *arguments: str, line: str = "") -> Done:
        """Its own process; `line` is one of a shell, in which the command is `"$@"`."""
        words = [sys.executable, "-m", "pcsim", "run", *arguments]
        done = subprocess.run(
            ["bash", "-c", line, "bash", *words] if line else words,
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path, capsys)


# In a process of its own.


def test_an_hour_of_virtual_time_is_reported(command: Command) -> None:
    """Report, theory and Little's law; the same in another process."""
    done = command.apart("till.toml", "--engine", "virtual", "--until", "1h", "--seed", "3")
    assert (done.status, done.err) == (Exit.DONE, "One till\n")
    assert done.out.startswith("One till · finished after 1:00:00 · virtual\n")
    assert "\nTheory: M/M/1 (" in done.out
    assert "\nLittle's law holds: " in done.out
    assert done.out == command.apart("till.toml", *virtual("--until", "60m", "--seed", "3")).out


def test_replications_are_reported_with_intervals(command: Command) -> None:
    """After the sentence, and with the share of comparisons that they cover; then the advice."""
    done = command.apart("till.toml", *virtual("--until", "10m", "--replications", "3"))
    assert (done.status, done.err) == (Exit.DONE, "")
    assert done.out.startswith(
        "One till · 3 replications · virtual\n\nNo bottleneck: Till was busy 7"
    )
    assert "\n\nMeans of runs from seed 0, with 95 % confidence intervals." in done.out
    assert "\n\nNext: One more Till would shorten the wait" in done.out
    assert "\nTheory: M/M/1 (" in done.out
    assert "covered\n" in done.out


def test_a_deadlock_in_virtual_time_is_3(command: Command) -> None:
    """One run has its report, several have one line."""
    single = command.apart("loop.toml", *virtual())
    assert single.status == Exit.STUCK
    assert "Deadlock: S waits for T, b is full" in single.out
    assert "Little" not in single.out
    many = command.apart("loop.toml", *virtual("--replications", "3"))
    assert (many.status, many.out) == (Exit.STUCK, "")
    assert many.err.startswith("pcsim: deadlock: ")


def test_a_pipe_that_closes_is_a_quiet_end(command: Command) -> None:
    """As for a single run; the file is large enough to fill no pipe, so `head` may be done."""
    line = '"$@" | true; exit ${PIPESTATUS[0]}'
    options = virtual("--until", "60", "--replications", "2")
    done = command.apart("till.toml", *options, line=line)
    assert done.status in (Exit.DONE, Exit.BROKEN_PIPE)
    assert done.err == ""


def test_a_full_disk_is_a_failure(command: Command) -> None:
    """The report could not be written, and that is reported."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    options = virtual("--until", "60", "--replications", "2")
    done = command.apart("till.toml", *options, line='"$@" > /dev/full')
    assert done.status == Exit.FAILED
    assert done.err == "pcsim: cannot write to standard output: No space left on device\n"


# In this process.


def virtual(*arguments: str) -> list[str]:
    return ["--engine", "virtual", *arguments]


def test_items_end_a_run(command: Command) -> None:
    """Once they are produced, the queues are emptied."""
    done = command.here("till.toml", *virtual("--items", "25"))
    assert done.status == Exit.DONE
    assert "Every item is accounted for: 25 produced = 25 consumed" in done.out


def test_one_seed_is_one_output(command: Command) -> None:
    """And another seed is another."""
    first, again, other = (
        command.here("till.toml", *virtual("--items", "99", "--seed", seed, "--json")).out
        for seed in ("5", "5", "6")
    )
    assert first == again != other


def document(done: Done) -> dict[str, Any]:
    """What `--json` printed: one line of ASCII."""
    assert done.out.count("\n") == 1
    assert done.out.isascii()
    report: dict[str, Any] = json.loads(done.out)
    return report


def test_json_of_a_run_has_its_result(command: Command) -> None:
    """The report and the result are one document."""
    done = command.here("till.toml", *virtual("--until", "600", "--warm-up", "1m", "--json"))
    assert done.status == Exit.DONE
    report = document(done)
    assert (report["duration"], report["exit_status"]) == (600.0, 0)
    assert report["result"]["warm_up"] == 60.0
    assert report["result"]["system"]["duration"]["mean"] == 540.0
    assert report["result"]["theory"]["model"] == "M/M/1"
    assert report["result"]["system"]["throughput"]["low"] is None


def test_json_of_replications_is_one_document(command: Command) -> None:
    """Each measure has its interval."""
    options = virtual("--until", "600", "--replications", "4", "--seed", "2", "--json")
    report = document(command.here("till.toml", *options))
    assert (report["title"], report["engine"]) == ("One till", "virtual")
    assert (report["replications"], report["seed"]) == (4, 2)
    throughput = report["system"]["throughput"]
    assert throughput["low"] < throughput["mean"] < throughput["high"]


def test_the_report_and_the_measures_after_a_warm_up_are_kept_apart(command: Command) -> None:
    """Depths and shares of the whole run do not stand beside times of its rest unexplained."""
    done = command.here("till.toml", *virtual("--until", "1h", "--warm-up", "10m"))
    assert "The report covers the whole run, except its waiting and sojourn times" in done.out
    assert "the first 10:00. All measures after the warm-up:" in done.out.replace("\n", " ")


def test_the_warm_up_is_found_for_one_run_and_for_many(command: Command) -> None:
    """`--warm-up auto` is at most half of the run."""
    for more in ([], ["--replications", "2"]):
        options = virtual("--until", "600", "--warm-up", "auto", "--json", *more)
        report = document(command.here("till.toml", *options))
        assert 0 <= report.get("result", report)["warm_up"] <= 300


def test_a_warm_up_of_the_file_can_be_taken_back(command: Command) -> None:
    """`--warm-up 0` measures from the start."""
    command.write("warm", "warm_up = 60\n" + TILL)
    reports = [
        document(command.here("warm.toml", *virtual("--until", "600", "--json", *more)))
        for more in ([], ["--warm-up", "0"])
    ]
    assert [report["result"]["warm_up"] for report in reports] == [60.0, 0.0]


def test_a_warm_up_on_threads_is_reported_as_well(command: Command) -> None:
    """The report names what its measures leave out."""
    done = command.here("quick.toml", "--until", "250ms", "--warm-up", "100ms")
    assert done.status == Exit.DONE
    assert "The report covers the whole run, except its waiting and sojourn times" in done.out


@pytest.mark.parametrize("engine", ["virtual", "threads"])
def test_a_run_over_before_its_warm_up_is_wrong_input(command: Command, engine: str) -> None:
    """As it is with replications; it is refused before the run, so there is no report."""
    options = ["--engine", engine, "--items", "5", "--warm-up", "1h"]
    done = command.here("quick.toml", *options)
    assert done.status == Exit.USAGE
    assert done.err == "pcsim: warm_up must be shorter than the run (0.006 s), not 3600.0\n"
    assert done.out == ""


@pytest.mark.parametrize("engine", ["virtual", "threads"])
def test_the_app_refuses_the_same_run_before_it_opens(command: Command, engine: str) -> None:
    """With the same line; it does not even look for a terminal."""
    options = ["--engine", engine, "--until", "5s", "--warm-up", "10s"]
    done = command.here("till.toml", *options, name="tui")
    assert done.status == Exit.USAGE
    assert done.err == "pcsim: warm_up must be shorter than the run (5 s), not 10.0\n"


def test_ranges_are_written_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    """In the help of both commands."""
    for name in ("run", "tui"):
        with pytest.raises(SystemExit):
            main([name, "--help"])
        shown = capsys.readouterr().out
        assert "x<=" not in shown
        assert "x>=" not in shown
        assert "[0 to 2^63-1]" in shown


def test_a_long_run_over_before_its_warm_up_is_refused_after_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the pilot run was given up: the report covers the run as it was, without measures
    after a warm-up."""
    monkeypatch.setattr(one_run, "MOST_PILOT_EVENTS", 2)
    options = ["--engine", "virtual", "--items", "5", "--warm-up", "1h"]
    done = command.here("quick.toml", *options)
    assert done.status == Exit.USAGE
    last = done.err.splitlines()[-1]
    assert last.startswith("pcsim: warm_up must be shorter than the run (0.0")
    assert "produced 5   consumed 5" in done.out
    assert "warm-up" not in done.out
    assert done.out.count("Little") == 1
    report = json.loads(command.here("quick.toml", *options, "--json").out)
    assert (report["exit_status"], "result" in report) == (Exit.USAGE, False)


def test_a_run_cut_short_before_its_warm_up_has_a_message_of_its_own(command: Command) -> None:
    """It is not the warm-up that was wrong."""
    command.write("slow", QUICK.replace("interval = 0.001", "interval = 1000"))
    done = command.here("slow.toml", "--warm-up", "1h", "--timeout", "0.01")
    assert done.status == Exit.STUCK
    line = "pcsim: the run was over before its warm-up: nothing is left out of its measures\n"
    assert done.err.endswith(line)


def test_verbose_prints_the_events_of_virtual_time(command: Command) -> None:
    """On stderr, one line each."""
    done = command.here("till.toml", *virtual("--items", "5", "-v"))
    assert "Till            blocked, line empty" in done.err
    assert "blocked, " not in done.out


WRONG_OPTIONS: list[tuple[list[str], str]] = [
    (virtual(), f"pcsim: {ENDLESS}"),
    (virtual("--replications", "2"), f"pcsim: {ENDLESS}"),
    (["--replications", "2"], "pcsim: --replications needs --engine virtual"),
    (["--warm-up", "auto"], "pcsim: --warm-up auto needs --engine virtual"),
    (
        virtual("--until", "10", "--warm-up", "20"),
        "pcsim: warm_up must be shorter than the run (10 s), not 20",
    ),
    (
        virtual("--items", "2", "--warm-up", "1h", "--replications", "2", "--seed", "1"),
        "pcsim: warm_up must be shorter than the run (",
    ),
    (
        virtual("--until", "9", "--replications", "2", "-v"),
        "pcsim: --timeout, --verbose and --record are for a single run, not for replications",
    ),
    (
        virtual("--until", "9", "--replications", "2", "--timeout", "3"),
        "pcsim: --timeout, --verbose and --record are for a single run, not for replications",
    ),
    (
        virtual("--until", "soon"),
        "pcsim run: Invalid value for '--until': 'soon' is not a time",
    ),
    (
        virtual("--until", "0"),
        "pcsim run: Invalid value for '--until': '0' is not a time above 0",
    ),
    (
        virtual("--warm-up", "-1"),
        "pcsim run: Invalid value for '--warm-up': '-1' is not a time",
    ),
    (virtual("--items", "0"), "pcsim run: Invalid value for '--items': 0 is not in the range"),
    (virtual("--seed", "-1"), "pcsim run: Invalid value for '--seed': -1 is not in the range"),
    (virtual("--replications", "0"), "pcsim run: Invalid value for '--replications': 0 is"),
    (["--engine", "warp"], "pcsim run: Invalid value for '--engine': 'warp' is not one of"),
]


def test_a_wrong_option_is_one_line_and_2(command: Command) -> None:
    """Before anything runs, and without a traceback."""
    for arguments, line in WRONG_OPTIONS:
        with case(arguments, line):
            done = command.here("till.toml", *arguments)
            assert (done.status, done.out) == (Exit.USAGE, "")
            assert done.err.startswith(line)
            assert done.err.count("\n") == 1


def test_a_run_that_fails_is_1(command: Command) -> None:
    """One run or several: the worker and the item are named."""
    command.write("fails", TILL + "failure_probability = 1\n")
    for more in ([], ["--replications", "2"]):
        done = command.here("fails.toml", *virtual("--items", "3", *more))
        assert done.status == Exit.FAILED
        assert "Till failed on item 1" in done.out + done.err


def test_an_interrupt_between_replications_is_130(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, no traceback."""

    def simulate(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pcsim.experiments.simulate.simulate", simulate)
    done = command.here("till.toml", *virtual("--until", "9", "--replications", "2"))
    assert done == (Exit.INTERRUPTED, "", "pcsim: interrupted\n")


CROWDED = """
end = { time = 500 }
[queues]
q = { capacity = 100000 }
[producers.p]
queue = "q"
interval = { distribution = "exponential", mean = 0.5 }
[consumers.c]
queue = "q"
service_time = { distribution = "exponential", mean = 1.0 }
"""


def test_what_has_no_long_run_is_said_before_any_number(command: Command) -> None:
    """Of one run and of several, and in their documents."""
    command.write("crowded", CROWDED)
    caution = "queue 'q' is unstable (load 2): 2/s arrive, its consumer handles 1/s; it grows as"
    several = ("--replications", "3")
    for more in ((), several):
        done = command.here("crowded.toml", *virtual(*more))
        assert done.status == Exit.DONE
        assert done.out.splitlines()[2].startswith("⚠ queue 'q' is unstable (load 2): ")
    data = json.loads(command.here("crowded.toml", *virtual(*several, "--json")).out)
    assert data["schema_version"] == 1
    assert data["cautions"][0].startswith(caution)
    assert data["growing"] == ["q"]
    assert data["waiting_times"]["q"]["mean"]["low"] is None
    assert data["system"]["throughput"]["low"] > 0.8


def test_replications_have_what_a_single_run_has_in_their_document(command: Command) -> None:
    """The diagnosis and its words, warnings, rates."""
    losing = CROWDED.replace("capacity = 100000", 'capacity = 5, overflow = "drop_new"')
    command.write("losing", losing)
    data = json.loads(command.here("losing.toml", *virtual("--replications", "3", "--json")).out)
    assert data["diagnosis"]["verdict"] == "workers"
    assert data["bottleneck"] == "c"
    assert data["sentence"].startswith("c was the bottleneck: busy 9")
    assert "of what came to q was lost" in data["sentence"]
    assert data["advice"].startswith("One more c would bring")
    assert "items of each run dropped by full queues" in data["warnings"][0]
    assert data["workers"]["c"]["throughput"]["low"] > 0.8


CHANGED = """
queues = { q = { capacity = 5 } }
producers.P = { queue = "q", interval = 0.05 }
consumers.C = { queue = "q", service_time = 0.1 }

[[changes]]
at = 1.2
what = "add"
worker = "C"
"""


@pytest.mark.parametrize("engine", ["virtual", "threads"])
def test_what_changes_did_is_reported(command: Command, engine: str) -> None:
    """In words and in the document, with intervals; the report of a recording has the same."""
    command.write("changed", CHANGED)
    options = ("changed.toml", "--engine", engine, "--until", "2.4")
    report = document(command.here(*options, "--json", "--record", "x.rec"))
    (made,) = report["changes"]
    assert (made["at"], made["what"], made["subject"]) == (pytest.approx(1.2, abs=0.1), "add", "C")
    assert (made["was"], made["now"]) == ("1", "2")
    sides = made["throughput"]
    assert sides["before"]["low"] < 10.5 < 15 < sides["after"]["high"]
    assert sides["differs"] is True
    kept = command.here("x.rec", "--json", name="report")
    assert json.loads(kept.out)["changes"] == report["changes"]
    if engine == "virtual":
        text = command.here(*options).out
        assert "Changes, each with what was measured before it and after" in text
        assert "0:01.2  C  workers 1 → 2\n          consumed " in text


def test_what_changes_did_is_reported_over_replications(command: Command) -> None:
    """In words and in the document; the interval is that of the means."""
    command.write("changed", CHANGED.replace("= 0.05", '= { distribution="exponential", mean=1 }'))
    options = ("changed.toml", *virtual("--until", "400", "--replications", "4"))
    (made,) = document(command.here(*options, "--json"))["changes"]
    assert made["throughput"]["before"]["low"] < made["throughput"]["before"]["high"]
    assert "  C  workers 1 → 2\n" in command.here(*options).out
