"""The JSON Schema accepts and refuses the files that the reader does."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from msgspec.structs import fields

from pcsim import scenario
from pcsim.scenario import demos
from pcsim.scenario.file import starter
from pcsim.scenario.file.descriptions import DESCRIPTIONS, TABLES
from pcsim.scenario.file.schema import DIALECT, schema
from tests.support.cases import case
from tests.support.scenario_files import SMALL, SOUND, WHOLE, demo_text, on_producer, on_queue

SCHEMA = schema()
TIMES = {
    "interval", "service_time", "put_timeout", "warm_up", "time", "on", "off", "mean", "sd", "low",
    "high", "values", "at",
}  # fmt: skip
KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
}


def fits(value: Any, part: dict[str, Any]) -> bool:
    """Whether the value is as that part of the schema wants it; what it does not know fails."""
    unknown = set(part) - {
        "$ref", "anyOf", "enum", "type", "properties", "additionalProperties", "required", "items",
        "minimum", "exclusiveMinimum", "maximum", "minItems", "maxItems", "minProperties",
        "maxProperties", "title", "description", "default", "$schema", "definitions", "allOf",
        "uniqueItems",
    }  # fmt: skip
    assert not unknown
    if "$ref" in part:
        assert len(part) == 1
        return fits(value, SCHEMA["definitions"][part["$ref"].removeprefix("#/definitions/")])
    if not all(fits(value, one) for one in part.get("allOf", [])):
        return False
    if "anyOf" in part and not any(fits(value, one) for one in part["anyOf"]):
        return False
    if "enum" in part and value not in part["enum"]:
        return False
    if "type" in part and (not isinstance(value, KINDS[part["type"]]) or (isinstance(value, bool))):
        return False
    if isinstance(value, dict):
        return _fits_table(value, part)
    if isinstance(value, list):
        if part.get("uniqueItems") and len(set(map(str, value))) < len(value):
            return False
        return part.get("minItems", 0) <= len(value) and all(
            fits(one, part.get("items", {})) for one in value
        )
    return not isinstance(value, (int, float)) or (
        part.get("minimum", value) <= value <= part.get("maximum", value)
        and not value <= part.get("exclusiveMinimum", value - 1)
    )


def _fits_table(table: dict[str, Any], part: dict[str, Any]) -> bool:
    known, more = part.get("properties", {}), part.get("additionalProperties", {})
    if not set(part.get("required", [])) <= set(table):
        return False
    if len(table) < part.get("minProperties", 0):
        return False
    return all(
        fits(value, known[key]) if key in known else more is not False and fits(value, more)
        for key, value in table.items()
    )


VALID_FILES: list[str] = [SMALL, SOUND, WHOLE, starter(), *map(demo_text, demos.NAMES)]


def test_valid_files_fit_the_schema() -> None:
    """The demos, what `new` writes, and one with every key."""
    for text in VALID_FILES:
        with case(text):
            assert fits(tomllib.loads(text), SCHEMA)


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
]  # fmt: skip


def test_recorded_arrivals_fit_the_interval_of_a_producer() -> None:
    """Only there: the reader refuses them elsewhere."""
    text = on_producer("interval = { distribution = 'instants', at = [1, 2] }")
    assert fits(tomllib.loads(text), SCHEMA)


def check_wrong_file(text: str) -> None:
    assert not fits(tomllib.loads(text), SCHEMA)


def test_files_that_are_wrong_do_not() -> None:
    """So an editor shows it while one writes."""
    for text in WRONG_FILES:
        check_wrong_file(text)


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
            scenario.Bursts, scenario.Retry, scenario.End,
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
