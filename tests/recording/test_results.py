"""Results of replications, compared: in pairs where the seeds are the same."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from pcsim.analysis.comparison import Basis
from pcsim.analysis.comparison_text import document, text
from pcsim.analysis.result_report import report_document
from pcsim.distributions import Exponential
from pcsim.experiments.simulate import simulate
from pcsim.recording.comparison import compare
from pcsim.recording.container import RecordingError
from pcsim.recording.reader import Reader
from pcsim.recording.results import Results, read_results
from pcsim.theory.statistics import confidence_interval
from tests.recording.runs import record
from tests.support.command import call
from tests.support.small_scenarios import one_queue


def shop(service: float = 0.7, seed: int = 1):  # type: ignore[no-untyped-def]
    """A minute of too many customers."""
    return one_queue(Exponential(0.5), Exponential(service), capacity=10, until=60.0, seed=seed)


def results(path: Path, service: float = 0.7, *, seed: int = 1, number: int = 5) -> Results:
    found = simulate(shop(service, seed), replications=number)
    path.write_text(json.dumps(report_document(found)), "utf-8")
    return read_results(path)


def test_replications_of_one_seed_are_compared_in_pairs(tmp_path: Path) -> None:
    """The interval is that of their differences, far narrower than of what is independent."""
    a, b = results(tmp_path / "a"), results(tmp_path / "b", 0.5)
    found = compare(a, b)
    assert (found.basis, found.replications) == (Basis.PAIRS, (5, 5))
    row = next(row for row in found.rows if row.measure.key == "out")
    one, other = (next(v for m, v in each.runs.items() if m.key == "out") for each in (a, b))
    wanted = confidence_interval(y - x for x, y in zip(one, other, strict=True))
    assert (row.difference, row.half_width) == pytest.approx((wanted.mean, wanted.half_width))
    assert row.verdict == "better"
    apart = compare(a, results(tmp_path / "c", 0.5, seed=2, number=4))
    assert (apart.basis, apart.replications) == (Basis.REPLICATIONS, (5, 4))
    wide = next(row for row in apart.rows if row.measure.key == "out")
    assert wide.half_width is not None
    assert row.half_width is not None
    assert wide.half_width > row.half_width


def test_what_is_in_the_file_is_what_was_measured(tmp_path: Path) -> None:
    """The mean and the interval of each measure are those of the result."""
    found = simulate(shop(), replications=5)
    (tmp_path / "a").write_text(json.dumps(report_document(found)), "utf-8")
    values = {measure.key: value for measure, value in read_results(tmp_path / "a").values.items()}
    for key, of in (
        ("out", found.system.throughput),
        ("mean_time", found.sojourn_time.mean),
        ("queues.q.full", found.queue("q").full_share),
        ("workers.C.busy", found.worker("C").utilization),
        ("workers.P.blocked", found.worker("P").blocked_full),
    ):
        assert (values[key].mean, values[key].half_width) == pytest.approx(
            (of.mean, of.half_width)
        ), key


def test_of_pairs_of_other_numbers_those_that_are_there_are_compared(tmp_path: Path) -> None:
    """The first three of each had the same random numbers."""
    found = compare(results(tmp_path / "a"), results(tmp_path / "b", number=3))
    assert found.replications == (3, 3)
    assert all(row.difference == 0 for row in found.rows if math.isfinite(row.difference))


def test_a_recording_is_compared_with_replications(tmp_path: Path) -> None:
    """What both have; the words say that the intervals come from different things."""
    record(tmp_path / "x.rec", shop(), step=0.5)
    reader = Reader(tmp_path / "x.rec")
    found = compare(reader, results(tmp_path / "b", 0.3))
    assert found.basis is Basis.MIXED
    assert "replications on one side" in text(found, ("x", "b"))
    assert document(found, ("x", "b"))["basis"] == "mixed"
    assert next(row for row in found.rows if row.measure.key == "out").verdict == "better"
    reader.close()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither a recording nor the JSON"),
        (b"\xff\xfe", "neither a recording nor the JSON"),
        (b"[" * 100_000, "neither a recording nor the JSON"),
        (b"[1]", "is not the JSON of results of pcsim"),
        (b'{"pcsim_version": "1"}', "has no replications"),
        (b'{"pcsim_version": "1", "runs": {"out": 3}}', "is damaged"),
        (b'{"pcsim_version": "1", "runs": {"out": [1, 2], "in": [1]}}', "is damaged"),
    ],
)
def test_what_is_no_result_is_one_line(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it is, and what makes one; exit 2."""
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        read_results(path)
    assert call("diff", str(path), str(path)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in " ".join(err.split())
