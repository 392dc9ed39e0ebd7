"""The JSON Schema accepts and refuses the files that the reader does."""

from __future__ import annotations

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import fastjsonschema
from msgspec.structs import fields

from pcsim import scenario
from pcsim.errors import ScenarioFileError
from pcsim.scenario import demos
from pcsim.scenario.changes import KINDS as KINDS_OF_CHANGES
from pcsim.scenario.file import starter
from pcsim.scenario.file.check import check_text
from pcsim.scenario.file.descriptions import DESCRIPTIONS, TABLES
from pcsim.scenario.file.schema import DIALECT, schema
from tests.support.cases import case
from tests.support.random_files import random_file, toml_of
from tests.support.scenario_files import SMALL, SOUND, WHOLE, demo_text, on_producer, on_queue

SCHEMA = schema()
TIMES = {
    "interval", "service_time", "put_timeout", "warm_up", "time", "on", "off", "mean", "sd", "low",
    "high", "values", "at",
}  # fmt: skip
VALIDATE = fastjsonschema.compile(SCHEMA)


def fits(file: dict[str, Any]) -> bool:
    """Whether a file is as the schema wants it."""
    try:
        VALIDATE(copy.deepcopy(file))  # it puts defaults where nothing is
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


VALID_FILES: list[str] = [SMALL, SOUND, WHOLE, starter(), *map(demo_text, demos.NAMES)]


def test_valid_files_fit_the_schema() -> None:
    """The demos, what `new` writes, and one with every key."""
    for text in VALID_FILES:
        with case(text):
            assert fits(tomllib.loads(text))


WRONG_FILES: list[Any] = [
        "", "sed = 1\n" + SMALL, "seed = -1\n" + SMALL, "warm_up = 'aut'\n" + SMALL,
        "end = { time = 0 }\n" + SMALL, "[queues]\n", "queues = 1", on_queue("capacity = 0"),
        on_queue("capacity = 2.5"), on_queue("capacity = true"), on_queue("overflow = 'drop'"),
        on_queue("name = 'x'"), on_producer("interval = -1"), on_producer("weights = ['a']"),
        on_producer("interval = { distribution = 'exponential' }"),
        on_producer("interval = { distribution = 'exponental', mean = 1 }"),
        on_producer("interval = { distribution = 'exponential', mean = 0 }"),
        on_producer("interval = { distribution = 'exponential', mean = 1, cv = 1 }"),
        SMALL.replace('queue = "main"\n', "", 1), SMALL + "failure_probability = 1.5",
        SMALL + "on_error = { retries = 1 }", SMALL + "output = 5",
        SMALL.replace('"main"', '["main", "main"]'), on_producer("priority = 99999999999"),
        on_producer("bursts = { on = 0, off = 1 }"),
        SMALL + "service_time = { distribution = 'instants', at = [1, 2] }",
        on_producer("bursts = { on = { distribution = 'instants', at = [1, 2] }, off = 1 }"),
        on_producer("bursts = { on = 1, off = { distribution = 'instants', at = [1, 2] } }"),
        on_producer("interval = 0\nbursts = { on = 1, off = 1 }"),
        on_producer("weights = [1]"), on_producer("routing = 'random'\nweights = [0, 0]"),
        on_producer("interval = { distribution = 'empirical', values = [] }"),
        on_producer("interval = { distribution = 'empirical', values = [1], csv = 'a.csv' }"),
        on_producer("interval = { distribution = 'empirical', csv = '../a.csv', column = 'x' }"),
        on_producer("interval = 1e-13"), on_producer("interval = inf"), on_producer("count = 1001"),
        SMALL.replace('"main"', "[]"), SMALL.replace('"main"', '" "'), SMALL + "weights = [1]",
]  # fmt: skip


def test_recorded_arrivals_fit_the_interval_of_a_producer() -> None:
    """Only there: the reader refuses them elsewhere."""
    text = on_producer("interval = { distribution = 'instants', at = [1, 2] }")
    assert fits(tomllib.loads(text))


def check_wrong_file(text: str) -> None:
    assert not fits(tomllib.loads(text))


def test_files_that_are_wrong_do_not() -> None:
    """So an editor shows it while one writes."""
    for text in WRONG_FILES:
        check_wrong_file(text)


LEFT_TO_THE_CHECK = (
    "has no producer", "has no consumer", "unknown queue", "too many workers", "not nan",
    "must be at least the one before", "must be at most high", "names must differ",
    "one for each", "must be shorter than the run", "more than 1,000,000 bursts", ".0", "1e+12",
)  # fmt: skip
"""What a message has in it about a mistake for which JSON Schema has no words: how parts belong
together, what is no number in it, and whole numbers that are written with a fraction."""


def test_the_schema_accepts_what_the_check_does_and_nothing_else(tmp_path: Path) -> None:
    """Six hundred random files, with values at the ends of their ranges and beyond."""
    (tmp_path / "times.csv").write_text("seconds\n1\n2\n")
    accepted = 0
    for seed in range(600):
        file = random_file(seed)
        text = toml_of(file)
        try:
            check_text(text, "file", tmp_path)
        except ScenarioFileError as error:
            if fits(file):
                for line in str(error).splitlines():
                    assert any(words in line for words in LEFT_TO_THE_CHECK), (seed, line)
        else:
            accepted += 1
            assert fits(file), (seed, text)
    assert accepted > 60


def test_every_key_is_described_with_its_unit() -> None:
    """An editor shows it; times are seconds."""
    parts = {"": SCHEMA, **SCHEMA["definitions"]}
    for name, part in parts.items():
        for key, field in part.get("properties", {}).items():
            assert field.get("description"), f"{name}.{key}"
            if key in TIMES:
                assert "econds" in field["description"], f"{name}.{key}"


def test_each_table_and_policy_has_a_description() -> None:
    """One of its own, since Python may run without docstrings."""
    definitions = {name: part["description"] for name, part in SCHEMA["definitions"].items()}
    assert definitions == TABLES


def test_descriptions_are_of_keys_that_are_there() -> None:
    """A key that goes takes its description along."""
    known = {
        f"{spec.__name__}.{field.encode_name}"
        for spec in (
            scenario.Scenario, scenario.QueueSpec, scenario.ProducerSpec, scenario.ConsumerSpec,
            scenario.Bursts, scenario.Retry, scenario.End, *KINDS_OF_CHANGES,
        )
        for field in fields(spec)
        if field.encode_name != "name"
    }  # fmt: skip
    assert set(DESCRIPTIONS) == known


def test_schema_is_a_document_of_its_own() -> None:
    """Every reference leads somewhere, nothing may be null, and it is JSON."""
    text = json.dumps(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT
    assert "null" not in text
    assert json.loads(text) == SCHEMA
    for name in text.split('"#/definitions/')[1:]:
        assert name.split('"')[0] in SCHEMA["definitions"]
