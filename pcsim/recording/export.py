"""Recordings in formats that other programs read: Perfetto, CSV, Parquet, lines of JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pcsim.recording.container import RecordingError, name_of
from pcsim.recording.reader import Reader
from pcsim.recording.tables import TABLES, columns, rows
from pcsim.recording.trace import trace

ROWS_AT_ONCE = 50_000
"""Rows of a table that are in memory while Parquet is written."""
NO_ARROW = "Parquet needs the package pyarrow: pip install 'pcsim[parquet]'; or try --to csv"


class Format(StrEnum):
    """A format to export to."""

    PERFETTO = "perfetto"
    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


def export(reader: Reader, to: Format, base: Path) -> list[Path]:
    """Write a recording in another format, into new files.

    Args:
        reader: The recording.
        to: The format.
        base: The name of the files without what is added to it: `-queues.csv`, `.jsonl`.

    Returns:
        The files that were written: for CSV and Parquet one for each table.

    Raises:
        RecordingError: A file is there already or cannot be written, the recording is damaged, or
            a package is missing.
    """
    if to is Format.PARQUET:
        _pyarrow()
    whole = {Format.PERFETTO: ".perfetto.json", Format.JSONL: ".jsonl"}.get(to)
    endings = [whole] if whole else [f"-{table}.{to}" for table in TABLES]
    paths = [base.with_name(base.name + ending) for ending in endings]
    written: list[Path] = []
    try:
        for path, table in zip(paths, TABLES, strict=False):
            with path.open("x" if to is not Format.PARQUET else "xb") as file:
                written.append(path)
                _write(reader, to, table, file)
    except (OSError, RecordingError) as error:
        for path in written:
            path.unlink(missing_ok=True)
        if isinstance(error, RecordingError):
            raise
        where = name_of(Path(error.filename or paths[0]))
        words = "is there already" if isinstance(error, FileExistsError) else error.strerror
        raise RecordingError(f"{where}: {words}") from None
    return written


def _write(reader: Reader, to: Format, table: str, file: IO[Any]) -> None:
    if to is Format.PERFETTO:
        file.write('{"traceEvents":[\n')
        for number, event in enumerate(trace(reader)):
            file.write((",\n" if number else "") + json.dumps(event))
        file.write("\n]}\n")
    elif to is Format.JSONL:
        for record in records(reader):
            file.write(json.dumps(record) + "\n")
    elif to is Format.CSV:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns(table))
        writer.writerows(rows(reader, table))
    else:
        _write_parquet(reader, table, file)


def records(reader: Reader) -> Iterator[dict[str, Any]]:
    """Yield all that is recorded as records: what it is of, then each table's rows.

    Args:
        reader: The recording.
    """
    about = reader.about._asdict()
    del about["report"], about["document"]
    yield {"type": "about", **about}
    for mark in reader.notes.marks():
        yield {"type": "mark", "at": mark.at, "kind": str(mark.kind), "name": mark.name}
    for table in TABLES:
        names = columns(table)
        for row in rows(reader, table):
            known = {n: value for n, value in zip(names, row, strict=True) if value is not None}
            yield {"type": table.rstrip("s") if table != "totals" else table, **known}


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise RecordingError(NO_ARROW) from None
    return pyarrow


def _write_parquet(reader: Reader, table: str, file: IO[bytes]) -> None:
    arrow = _pyarrow()
    names = columns(table)
    found = rows(reader, table)
    writer: Any = None
    schema = arrow.schema([(name, _arrow_type(arrow, table, name)) for name in names])
    try:
        writer = arrow.parquet.ParquetWriter(file, schema)
        while part := list(islice(found, ROWS_AT_ONCE)):
            arrays = [
                arrow.array(values, type=field.type)
                for values, field in zip(zip(*part, strict=True), schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
    finally:
        if writer is not None:
            writer.close()


def _arrow_type(arrow: Any, table: str, name: str) -> Any:
    """The type of a column, by the type of its field."""
    kind = column_type(table, name)
    types = {int: arrow.int64, float: arrow.float64, bool: arrow.bool_, str: arrow.string}
    return types[kind]()


def column_type(table: str, name: str) -> type:
    """Return the type of a column: int, float, bool or str.

    Args:
        table: One of `TABLES`.
        name: The column.
    """
    from typing import get_args, get_type_hints

    from pcsim.snapshot import Event, QueueRow, Totals, WorkerRow

    if name == "at":
        return float
    if any(name.startswith(prefix) for prefix in ("waiting_time_", "sojourn_time_")):
        return int if name.endswith("_count") else float
    kind = {"queues": QueueRow, "workers": WorkerRow, "events": Event, "totals": Totals}[table]
    if name == "producing":
        return bool
    hint = get_type_hints(kind).get(name, str)
    found = (*get_args(hint), hint)
    return next((one for one in (bool, int, float) if one in found), str)
