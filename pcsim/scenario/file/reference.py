"""The reference of a scenario file's keys, as Markdown tables made from the specs.

`python -m pcsim.scenario.file.reference FILE.md` writes it into a file, between its two marks.
"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path

from msgspec import NODEFAULT, Struct
from msgspec.inspect import Field

from pcsim import distributions
from pcsim.distributions import Distribution
from pcsim.scenario import Bursts, ConsumerSpec, End, ProducerSpec, QueueSpec, Retry, Scenario
from pcsim.scenario.changes import KINDS as KINDS_OF_CHANGES
from pcsim.scenario.file.descriptions import DESCRIPTIONS, TABLES
from pcsim.scenario.file.messages import KINDS, expected
from pcsim.scenario.file.types import fields

BEGIN, END = "<!-- keys -->\n", "<!-- end of keys -->\n"
"""The marks in a document between which the reference stands."""

_TABLES: dict[str, type[Struct]] = {
    "The whole file": Scenario,
    "`[queues.NAME]`": QueueSpec,
    "`[producers.NAME]`": ProducerSpec,
    "`[consumers.NAME]`": ConsumerSpec,
    "`end`": End,
    "`bursts` of a producer": Bursts,
    "`on_error` of a consumer": Retry,
}
_HEAD = "| key | values | default | meaning |\n|---|---|---|---|\n"


def reference() -> str:
    """Return the reference: a Markdown table for each table of a scenario file."""
    parts = [f"### {title}\n\n{_table(kind)}" for title, kind in _TABLES.items()]
    parts.append(f"### `[[changes]]`\n\n{_changes()}")
    parts.append(f"### A time with a `distribution`\n\n{_distributions()}")
    return "\n".join(parts)


def insert(document: str) -> str:
    """Return the document with the reference between its marks.

    Raises:
        ValueError: A mark is missing.
    """
    before, rest = document[: document.index(BEGIN)], document[document.index(END) :]
    return f"{before}{BEGIN}\n{reference()}\n{rest}"


def _table(kind: type[Struct]) -> str:
    rows = [
        _row(
            f"`{key}`",
            _values(key, field),
            "required" if key == "queues" else _default(field),
            DESCRIPTIONS[f"{kind.__name__}.{key}"],
        )
        for key, field in fields(kind).items()
        if key != "name"
    ]
    return _HEAD + "".join(rows)


def _distributions() -> str:
    kinds = [kind for kind in map(distributions.__dict__.get, distributions.__all__) if kind]
    rows = [
        _row(f"`{kind.__struct_config__.tag}`", _parameters(kind), _summary(kind))
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, Distribution) and kind is not Distribution
    ]
    return "| distribution | keys | meaning |\n|---|---|---|\n" + "".join(rows)


def _changes() -> str:
    rows = [
        _row(f"`{kind.__struct_config__.tag}`", _parameters(kind), TABLES[kind.__name__])
        for kind in KINDS_OF_CHANGES
    ]
    text = (
        "Each has `at`, seconds from the start of the run, `what` is changed, and these keys:\n\n"
    )
    return text + "| what | keys | meaning |\n|---|---|---|\n" + "".join(rows)


def _parameters(kind: type[Struct]) -> str:
    keys = {key: field for key, field in fields(kind).items() if key != "at"}
    return "<br>".join(f"`{key}`: {expected(field.type)}" for key, field in keys.items())


def _summary(kind: type[Distribution]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def _values(key: str, field: Field) -> str:
    if key == "changes":
        return "tables, `[[changes]]`"
    return f"tables, `[{key}.NAME]`" if key in KINDS else expected(field.type)


def _default(field: Field) -> str:
    if field.required:
        return "required"
    value = field.default
    if isinstance(value, float):
        return f"`{value:g}`"
    if isinstance(value, Enum):
        return f"`{value.value!r}`"
    if value in (NODEFAULT, None, "", ()) or isinstance(value, Struct):
        return "–"
    return f"`{value!r}`"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def main(arguments: list[str]) -> int:
    """Write the reference into the file, or, without one, to stdout; return the exit status."""
    if not arguments:
        sys.stdout.write(reference())
        return 0
    path = Path(arguments[0])
    path.write_text(insert(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
