"""The JSON Schema of a scenario file, for editors: made from the specs, in the file's layout."""

from __future__ import annotations

from typing import Any

import msgspec

from pcsim.scenario import Scenario
from pcsim.scenario.file.descriptions import DESCRIPTIONS, TABLES
from pcsim.scenario.file.messages import KINDS
from pcsim.scenario.file.schema_rules import narrow
from pcsim.validation import MOST_QUEUES_OF_FILE

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that editors of TOML know. It ignores all beside a `$ref`, hence `allOf`."""

INSTANTS = {"$ref": "#/definitions/Instants"}
"""Recorded arrival times, which are for the interval of a producer alone."""
TIMES_WITHOUT_INSTANTS = (
    ("ConsumerSpec", "service_time"), ("Bursts", "on"), ("Bursts", "off"),
    ("SetInterval", "interval"), ("SetServiceTime", "service_time"),
)  # fmt: skip
TAGS = {"distribution": "The kind of distribution.", "what": "What is changed."}
"""Keys that say what a table is."""


def schema() -> dict[str, Any]:
    """The JSON Schema, as a document."""
    _, parts = msgspec.json.schema_components([Scenario], ref_template="#/definitions/{name}")
    parts = {name: _plain(part) for name, part in parts.items()}
    for name, description in TABLES.items():
        parts[name].pop("description", None)  # the docstring, which `python -OO` does not have
        parts[name]["description"] = description
    for key, description in DESCRIPTIONS.items():
        spec, _, field = key.partition(".")
        parts[spec]["properties"][field]["description"] = description
    for spec in ("Scenario", "QueueSpec", "ProducerSpec", "ConsumerSpec"):
        del parts[spec]["properties"]["name"]
        parts[spec]["required"] = [key for key in parts[spec]["required"] if key != "name"]
    for part in parts.values():
        for key, field in part.get("properties", {}).items():
            if key in TAGS:
                field["description"] = TAGS[key]
            if "$ref" in field:
                field["allOf"] = [{"$ref": field.pop("$ref")}]
    for spec, key in TIMES_WITHOUT_INSTANTS:
        parts[spec]["properties"][key]["anyOf"][1]["anyOf"].remove(INSTANTS)
    narrow(parts)
    top = parts.pop("Scenario")
    for kind in KINDS:
        named = top["properties"][kind]
        named |= {"type": "object", "additionalProperties": named.pop("items")}
        named.pop("default", None)
    top["properties"]["queues"] |= {"minProperties": 1, "maxProperties": MOST_QUEUES_OF_FILE}
    top["required"] = ["queues", "consumers"]
    titles = {"title": "A scenario of pcsim", "description": "A producer-consumer system."}
    keys = {key: value for key, value in top.items() if key not in titles}
    return {"$schema": DIALECT, **titles, **keys, "definitions": parts}


def _plain(part: Any) -> Any:
    """The part of a schema for TOML, which has no null: only keys of JSON Schema are left."""
    if isinstance(part, (list, tuple)):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "anyOf" in part:
        kinds = [kind for kind in part["anyOf"] if kind != {"type": "null"}]
        rest = {key: value for key, value in part.items() if key != "anyOf"}
        part = {**rest, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}
    plain = {key: _plain(value) for key, value in part.items() if key != "discriminator"}
    if "default" in plain and (plain["default"] is None or isinstance(plain["default"], dict)):
        del plain["default"]
    return plain
