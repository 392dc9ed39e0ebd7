"""What the specs check of their values and the types do not say, in the words of JSON Schema.

What it has no words for is left to `pcsim check`: that a name is that of a queue, that each queue
has a producer and a consumer, that no two workers have one name, that there are as many weights as
outputs, that `low` is at most `high`, that a warm-up is shorter than the run, that recorded
instants are in order, that a CSV file is there, sums and means over several keys, and that a whole
number is not written as `1.0`.
"""

from __future__ import annotations

from typing import Any

from pcsim.scenario.changes import KINDS
from pcsim.validation import (
    LARGEST_COUNT,
    LARGEST_NUMBER,
    LONGEST,
    LONGEST_NAME,
    MOST_WORKERS_OF_FILE,
    SHORTEST,
)

Part = dict[str, Any]

NAME: Part = {"minLength": 1, "maxLength": LONGEST_NAME, "pattern": "\\S"}
"""A name: neither blank nor long."""
NO_FRACTION_OF_SHORTEST: Part = {"not": {"exclusiveMinimum": 0, "exclusiveMaximum": SHORTEST}}
"""A time is 0 or at least the shortest one."""
_PLAIN = "[^\\u0024%\\u0000-\\u001f\\u007f-\\u009f]*"
PATH = (
    "^(?![/~\\\\])(?![A-Za-z]:)"  # not from the root, a home, or a drive
    "(?!(.*[/\\\\])?\\.\\.([/\\\\]|$))"  # not up
    f"{_PLAIN}\\S{_PLAIN}$"  # nothing that a shell replaces, and not blank
)
"""A file beside the scenario, or in a folder there."""
TIMES = {
    "Scenario": ["warm_up"],
    "ProducerSpec": ["interval", "put_timeout"],
    "ConsumerSpec": ["service_time", "put_timeout"],
    "Bursts": ["on", "off"],
    **{kind.__name__: ["at"] for kind in KINDS},
    "SetInterval": ["at", "interval"],
    "SetServiceTime": ["at", "service_time"],
}
"""Keys that are a number of seconds, or may be one."""
COUNTS = {
    "ProducerSpec": {"items": LARGEST_COUNT, "count": MOST_WORKERS_OF_FILE},
    "ConsumerSpec": {"max_items": LARGEST_COUNT, "count": MOST_WORKERS_OF_FILE},
    "End": {"items": LARGEST_COUNT},
    "Scenario": {"seed": LARGEST_NUMBER},
}
"""The greatest value of keys that are whole numbers."""


def narrow(parts: dict[str, Part]) -> None:
    """Narrow the parts of a schema, by the name of their spec, to what the specs accept."""
    _limit_numbers(parts)
    for spec in ("ProducerSpec", "ConsumerSpec"):
        _narrow_names(parts[spec]["properties"])
    parts["Retry"]["properties"]["dead_letter"] |= NAME
    _narrow_weights(parts["ProducerSpec"], needs=["routing"])
    _narrow_weights(parts["ConsumerSpec"], needs=["routing", "output"])
    _narrow_bursts(parts)
    for spec, parameter in (("Empirical", "values"), ("Instants", "at")):
        _one_source(parts[spec], parameter)
    for kind in ("queues", "producers", "consumers"):
        parts["Scenario"]["properties"][kind]["propertyNames"] = dict(NAME)
    parts["Scenario"]["properties"]["consumers"]["minProperties"] = 1
    for change in KINDS:
        parts[change.__name__]["required"].append("at")


def _limit_numbers(parts: dict[str, Part]) -> None:
    for spec, keys in TIMES.items():
        for key in keys:
            _limit_time(_number(parts[spec]["properties"][key]))
    for spec in ("Uniform", "Empirical", "Instants"):
        for key, field in parts[spec]["properties"].items():
            if key != "distribution" and field["type"] != "string":
                _limit_time(field.get("items", field))
    positive = {"minimum": SHORTEST, "maximum": LONGEST}
    for number in (parts["Bursts"]["properties"]["on"], parts["End"]["properties"]["time"]):
        part = _number(number)
        for key in ("exclusiveMinimum", "not"):
            part.pop(key, None)
        part |= positive
    for spec, limits in COUNTS.items():
        for key, most in limits.items():
            parts[spec]["properties"][key]["maximum"] = most


def _number(field: Part) -> Part:
    """The number among the kinds of values that a key may have."""
    kinds: list[Part] = field.get("anyOf", [field])
    return next(kind for kind in kinds if kind.get("type") == "number")


def _limit_time(number: Part) -> None:
    number |= {"minimum": 0, "maximum": LONGEST, **NO_FRACTION_OF_SHORTEST}


def _narrow_names(properties: dict[str, Part]) -> None:
    """The names of queues: each may be one, and a list has one at least."""
    for key in ("queue", "output"):
        for kind in properties.get(key, {}).get("anyOf", []):
            if kind["type"] == "array":
                kind |= {"minItems": 1, "items": {"type": "string", **NAME}}
            else:
                kind |= NAME


def _narrow_weights(spec: Part, needs: list[str]) -> None:
    """Weights are for random routing, and not all of them are 0."""
    weights = spec["properties"]["weights"]
    weights["items"] |= {"minimum": 0, "maximum": LONGEST}
    weights["anyOf"] = [{"maxItems": 0}, {"contains": {"exclusiveMinimum": 0}}]
    spec["allOf"] = [
        {
            "if": {"required": ["weights"], "properties": {"weights": {"minItems": 1}}},
            "then": {"required": needs, "properties": {"routing": {"const": "random"}}},
        }
    ]


def _narrow_bursts(parts: dict[str, Part]) -> None:
    """A time on, and the interval of a producer with bursts, is more than 0 on average."""
    is_zero = {
        "anyOf": [
            {"const": 0},
            _table(high={"const": 0}),
            _table(values={"items": {"const": 0}}),
        ]
    }
    parts["Bursts"]["properties"]["on"]["not"] = is_zero
    recorded = _table(distribution={"const": "instants"})
    wrong = {"anyOf": [*is_zero["anyOf"], recorded]}
    parts["ProducerSpec"]["allOf"].append(
        {"if": {"required": ["bursts"]}, "then": {"properties": {"interval": {"not": wrong}}}}
    )


def _table(**keys: Part) -> Part:
    """A table that has these keys, as they are here."""
    return {"type": "object", "required": list(keys), "properties": dict(keys)}


def _one_source(spec: Part, parameter: str) -> None:
    """Recorded numbers stand in the file, or in a column of another one, and not in both."""
    spec["properties"]["csv"]["pattern"] = PATH
    spec["properties"]["column"]["pattern"] = "\\S"
    beside = [{"required": ["csv"]}, {"required": ["column"]}]
    spec["oneOf"] = [
        {"required": [parameter], "not": {"anyOf": beside}},
        {"required": ["csv", "column"], "not": {"required": [parameter]}},
    ]
