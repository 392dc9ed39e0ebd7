"""Numbers from a CSV file beside the scenario, and nothing from anywhere else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pcsim import validation
from pcsim.distributions import Empirical, Instants
from pcsim.scenario import Scenario
from pcsim.scenario.file import csv_column
from tests.support.scenario_files import SMALL, read, refused


def timed(csv: str, column: str = "seconds", distribution: str = "empirical") -> str:
    """A scenario whose consumer's or producer's times are in a file."""
    table = f"{{ distribution = '{distribution}', csv = '''{csv}''', column = '{column}' }}"
    if distribution == "instants":
        return SMALL.replace("[consumers", f"interval = {table}\n[consumers")
    return SMALL + f"service_time = {table}\n"


def problem(csv: str, folder: Path | None, column: str = "seconds") -> str:
    """What is wrong with that file, without where."""
    (line,) = refused(timed(csv, column), folder)
    begins = "7: service_time.csv of consumer 'C' "
    assert line.startswith(begins)
    return line.removeprefix(begins)


def test_column_is_read_by_its_name(tmp_path: Path) -> None:
    """Quoted cells, blank lines, spaces, a byte order mark and CRLF are all fine."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t.csv").write_bytes(
        b'\xef\xbb\xbfwhen, seconds \r\n1,0.5\r\n\r\n2,"1"\r\n3, 2e-1\r\n'
    )
    consumer = read(timed("sub/t.csv"), tmp_path).consumers[0]
    assert consumer.service_time == Empirical((0.5, 1.0, 0.2))
    (tmp_path / "my.toml").write_text(timed("sub/t.csv", "when", "instants"))
    assert Scenario.load(tmp_path / "my.toml").producers[0].interval == Instants((1.0, 2.0, 3.0))


def test_a_time_of_0_is_a_time(tmp_path: Path) -> None:
    """And the shortest one that is counted is read as it is written."""
    (tmp_path / "t.csv").write_text("seconds\n0\n1e-12\n")
    assert read(timed("t.csv"), tmp_path).consumers[0].service_time == Empirical((0.0, 1e-12))


PATHS_OUT_OF_THE_FOLDER: list[Any] = [
        "/etc/passwd", "../t.csv", "sub/../../t.csv", "~/t.csv", "~root/t.csv", "$HOME/t.csv",
        "%HOME%/t.csv", "C:\\t.csv", "C:t.csv", "\\\\host\\t.csv", "..\\t.csv", "//t.csv", "a\nb",
]  # fmt: skip


def check_path_out(csv: str, tmp_path: Path) -> None:
    (tmp_path.parent / "t.csv").write_text("seconds\n1\n")
    assert problem(csv, tmp_path).startswith(
        "must be a file beside the scenario, such as 'times.csv', not "
    )


def test_path_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Whatever it leads to, and whether it is there or not."""
    for csv in PATHS_OUT_OF_THE_FOLDER:
        check_path_out(csv, tmp_path)


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """To a file or through a folder; one that stays inside is followed."""
    folder = tmp_path / "here"
    folder.mkdir()
    (tmp_path / "t.csv").write_text("seconds\n1\n")
    (folder / "in.csv").write_text("seconds\n1\n")
    (folder / "link.csv").symlink_to(tmp_path / "t.csv")
    (folder / "up").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "fine.csv").symlink_to(folder / "in.csv")
    out = " leads out of the scenario's folder: copy the file there"
    assert problem("link.csv", folder) == f"cannot be read: 'link.csv'{out}"
    assert problem("up/t.csv", folder) == f"cannot be read: 'up/t.csv'{out}"
    assert problem("loop", folder) == "cannot be read: 'loop': a link that leads to itself"
    assert read(timed("fine.csv"), folder).consumers[0].service_time == Empirical((1.0,))


def test_text_without_a_folder_has_no_files(tmp_path: Path) -> None:
    """What was not loaded from a file cannot name one."""
    (tmp_path / "t.csv").write_text("seconds\n1\n")
    assert (
        problem("t.csv", None)
        == "cannot be read: 't.csv' has no folder: load the scenario as a file"
    )


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Folders and pipes would hang or fail later."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder", "."):
        assert problem(name, tmp_path) == f"must be a file, no folder or device, not '{name}'"
    assert (
        problem("no.csv", tmp_path)
        == "cannot be read: there is no file 'no.csv' beside the scenario"
    )
    assert problem("n" * 500, tmp_path).endswith("File name too long")


WRONG_COLUMNS: list[Any] = [
        (b"", "read: 't.csv' has no column 'seconds'"),
        (b"time,x\n1,2\n", "read: 't.csv' has no column 'seconds'; known: 'time', 'x'"),
        (b"second\n1\n", "read: 't.csv' has no column 'seconds'; did you mean 'second'?"),
        (b"seconds\n", "read: 't.csv' has no number in column 'seconds'"),
        (b"seconds,seconds\n1,2\n", "read: 't.csv' has more than one column 'seconds'"),
        (
            b"seconds\n1\n1e13\n",
            "used: line 3 of 't.csv' must be seconds,"
            " 0 or from 1e-12 to 1e12, not 10000000000000.0",
        ),
        (b"seconds\n1\n-2\n", "read: line 3 of 't.csv' must have seconds, 0 or more, not '-2'"),
        (b"seconds\nnan\n", "read: line 2 of 't.csv' must have seconds, 0 or more, not 'nan'"),
        (b"seconds\ninf\n", "read: line 2 of 't.csv' must have seconds, 0 or more, not 'inf'"),
        (b"x,seconds\n1\n", "read: line 2 of 't.csv' must have seconds, 0 or more, not ''"),
        (
            b"seconds\n\x1b[31m\n",
            "read: line 2 of 't.csv' must have seconds, 0 or more, not '\\x1b[31m'",
        ),
        (b"seconds\n\xff\n", "read: line 2 of 't.csv' is not UTF-8"),
        (
            b'seconds\n"' + b"x" * 200_000,
            "read: line 2 of 't.csv': field larger than field limit (131072)",
        ),
]  # fmt: skip


def check_wrong_column(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert problem("t.csv", tmp_path) == f"cannot be {reason}"


def test_what_is_wrong_in_it_is_reported_with_its_line(tmp_path: Path) -> None:
    """Of the CSV file, beside that of the scenario."""
    for content, reason in WRONG_COLUMNS:
        check_wrong_column(content, reason, tmp_path)


def test_rows_end_at_line_ends_alone(tmp_path: Path) -> None:
    """Not at the other characters that Unicode counts as such, nor inside of quotes."""
    (tmp_path / "t.csv").write_text(
        'seconds,note\n1,first\u2028 7,second\n2,a\x0cb\x1c\x85\n3,"two\nlines"\n', "utf-8"
    )
    assert read(timed("t.csv"), tmp_path).consumers[0].service_time == Empirical((1.0, 2.0, 3.0))


def test_times_of_a_file_never_decrease(tmp_path: Path) -> None:
    """The distribution checks them as it does in Python."""
    (tmp_path / "t.csv").write_text("seconds\n2\n1\n")
    assert refused(timed("t.csv", distribution="instants"), tmp_path) == [
        "5: interval.csv of producer 'P' cannot be used: line 3 of 't.csv' must be at least the"
        " one before, 2, not 1.0"
    ]


def test_a_log_that_is_not_sorted_is_refused_at_its_line(tmp_path: Path) -> None:
    """With all digits of both times, and blank lines counted."""
    log = "iso,epoch\na,1714557600\n\nb,1714557602.5\nc,1714557601\n"
    (tmp_path / "log.csv").write_text(log)
    (message,) = refused(timed("log.csv", "epoch", "instants"), tmp_path)
    assert message.endswith(
        "line 5 of 'log.csv' must be at least the one before, 1714557602.5, not 1714557601.0"
    )


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them, all of them together, and more numbers than a scenario needs."""
    assert csv_column.LARGEST_CSV == 16 * 1024 * 1024
    assert validation.MOST_VALUES == 1_000_000
    with (tmp_path / "t.csv").open("wb") as file:
        file.truncate(csv_column.LARGEST_CSV + 1)
    too_large = "cannot be read: 't.csv' is too large: at most 16 MiB, 64 MiB together"
    assert problem("t.csv", tmp_path) == too_large
    (tmp_path / "t.csv").write_text("seconds,x\n1,1\n2,2\n3,3\n")
    monkeypatch.setattr(csv_column, "MOST_READ", 30)
    both = timed("t.csv") + timed("t.csv", "x").split("\n", 4)[4].replace("C]", "D]")
    assert refused(both, tmp_path)[0].endswith("is too large: at most 16 MiB, 0 MiB together")
    same_file = timed("t.csv") + timed("t.csv").split("\n", 4)[4].replace("C]", "D]")
    assert len(read(same_file, tmp_path).consumers) == 2
    monkeypatch.setattr(csv_column, "MOST_VALUES", 2)
    assert problem("t.csv", tmp_path) == "cannot be read: 't.csv' has more than 2 rows"
