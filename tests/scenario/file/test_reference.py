"""The reference of a scenario file's keys, and the limits and policies in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pcsim
from pcsim import validation
from pcsim.scenario import Discipline, Overflow, Routing, Scenario, Selection
from pcsim.scenario.changes import KINDS
from pcsim.scenario.file.descriptions import DESCRIPTIONS
from pcsim.scenario.file.reference import insert, main, reference
from pcsim.scenario.file.schema import schema

DOCUMENT = Path(pcsim.__file__).parent / "docs" / "scenario-file.md"


def test_the_document_has_the_reference_of_today() -> None:
    """`python -m pcsim.scenario.file.reference` writes it anew (see CONTRIBUTING)."""
    text = DOCUMENT.read_text("utf-8")
    assert insert(text) == text


def test_the_reference_has_every_key_and_every_distribution() -> None:
    """As a row with four or three cells."""
    text = reference()
    for key in DESCRIPTIONS:
        name = key.partition(".")[2]
        assert f"\n| `{name}` | " in text or f"`{name}`: " in text or name == "at", key
    for kind in KINDS:
        assert f"\n| `{kind.__struct_config__.tag}` | " in text, kind
    for name in ("uniform", "exponential", "normal", "lognormal", "gamma", "erlang",
                 "hyperexponential", "empirical", "instants"):  # fmt: skip
        assert f"\n| `{name}` | " in text, name
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5, 4}


def test_the_files_in_the_document_can_be_read() -> None:
    """As they stand."""
    files = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert files
    for text in files:
        assert Scenario.parse(text).queues


def test_the_command_writes_into_a_file_or_to_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between the two marks; what is around them stays."""
    assert main([]) == 0
    assert capsys.readouterr().out == reference()
    file = tmp_path / "a.md"
    file.write_text("before\n<!-- keys -->\nold\n<!-- end of keys -->\nafter\n")
    assert main([str(file)]) == 0
    text = file.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert reference() in text
    assert "old\n" not in text


def test_the_schema_and_the_reference_have_the_limits_of_the_checks() -> None:
    """All of them stand in `pcsim.validation`."""
    top, parts = schema()["properties"], schema()["definitions"]
    assert top["queues"]["maxProperties"] == validation.MOST_QUEUES_OF_FILE
    assert f"{validation.MOST_WORKERS_OF_FILE:,}" in top["producers"]["description"]
    capacity = parts["QueueSpec"]["properties"]["capacity"]
    assert capacity["maximum"] == validation.LARGEST_CAPACITY
    priority = parts["ProducerSpec"]["properties"]["priority"]
    assert priority["maximum"] == -priority["minimum"] == validation.LARGEST_PRIORITY
    assert parts["Retry"]["properties"]["retries"]["maximum"] == validation.MOST_RETRIES
    for limit in (validation.LARGEST_CAPACITY, validation.MOST_RETRIES, validation.MOST_VALUES):
        assert f"{limit:,}" in reference()


def test_the_schema_and_the_reference_have_every_policy_with_its_summary() -> None:
    """From the tables of the policies."""
    for kind, key in (
        (Overflow, "QueueSpec.overflow"),
        (Discipline, "QueueSpec.discipline"),
        (Routing, "ProducerSpec.routing"),
        (Routing, "ConsumerSpec.routing"),
        (Selection, "ConsumerSpec.selection"),
    ):
        for member in kind:
            phrase = f"{member.summary} ({member.value})"
            assert phrase in DESCRIPTIONS[key]
            assert phrase in reference()
