"""The JSON Schema of a scenario file, for editors: made of the specs, laid out as the file is."""

from __future__ import annotations

from typing import Any

import msgspec

from pcsim.scenario import Scenario
from pcsim.scenario.file.messages import KINDS
from pcsim.validation import MOST_QUEUES_OF_FILE, MOST_WORKERS_OF_FILE

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The one that editors of TOML know; it takes nothing beside a `$ref`, hence `allOf`."""
DESCRIPTIONS = {
    "Scenario.queues": f"The queues: a table of keys for each name, at most {MOST_QUEUES_OF_FILE}.",
    "Scenario.producers": "The workers that make items: a table of keys for each name. With"
    f" the consumers at most {MOST_WORKERS_OF_FILE:,}, counts included.",
    "Scenario.consumers": "The workers that take items, those with an output being stages: a"
    " table of keys for each name.",
    "Scenario.title": "What the system is called, in a line.",
    "Scenario.description": "What it is, or what it teaches, in a sentence or two.",
    "Scenario.watch": "What to look at while it runs.",
    "Scenario.seed": "Where its random numbers begin: the same seed, the same run in virtual"
    " time. A whole number.",
    "Scenario.end": "When a run ends by itself. Without: when all input has been dealt with.",
    "Scenario.warm_up": "Seconds from the start that are left out of a simulation's measures;"
    ' "auto" finds them by MSER-5.',
    "QueueSpec.capacity": "How many items find room: whole, 1 or more.",
    "QueueSpec.overflow": "What it does with an item that comes while it is full: its producer"
    " waits (block), the item that comes is dropped (drop_new), or the one that waits longest"
    " (drop_old), or the run fails (fail).",
    "QueueSpec.discipline": "Which item it gives first: the oldest (fifo), the newest (lifo),"
    " or that of the producer with the smallest priority.",
    "ProducerSpec.queue": "The name of the queue it puts into, or a list of names; then its"
    " routing says which.",
    "ProducerSpec.interval": "Seconds from one item to the next: a number (0: full speed), or a"
    " table with a distribution.",
    "ProducerSpec.items": "How many items it makes; without, it is endless. A whole number.",
    "ProducerSpec.count": "How many producers of this kind there are: NAME-1, NAME-2, and so on.",
    "ProducerSpec.routing": "Which of several queues an item goes to: each in turn"
    " (round_robin), one by chance (random), where the fewest wait (shortest), or a copy to each"
    " (broadcast).",
    "ProducerSpec.weights": "With random routing: how much of the items each of the queues"
    " gets, in proportion.",
    "ProducerSpec.put_timeout": "Seconds that an item waits for room before it is dropped;"
    " without, it waits for ever.",
    "ProducerSpec.bursts": "Times in which it is active and silent, by turns.",
    "ProducerSpec.priority": "Of its items in a queue with that discipline: the smallest number"
    " goes first.",
    "ConsumerSpec.queue": "The name of the queue it takes from, or a list of names; then its"
    " selection says which.",
    "ConsumerSpec.service_time": "Seconds of work on each item: a number, or a table with a"
    " distribution.",
    "ConsumerSpec.max_items": "It ends after so many items; without, when its queues are closed"
    " and empty. A whole number.",
    "ConsumerSpec.output": "Makes it a stage: the name of the queue that its items go on to, or"
    " a list of names; then its routing says which.",
    "ConsumerSpec.on_error": "What becomes of an item that fails: it ends the run (fail), is"
    " counted and skipped (skip), or is tried again.",
    "ConsumerSpec.count": "How many consumers of this kind there are: NAME-1, NAME-2, and so on.",
    "ConsumerSpec.selection": "Which of several queues it takes from: each in turn"
    " (round_robin), the one with the most items (longest), or the first listed that has one"
    " (priority).",
    "ConsumerSpec.routing": "Which of several outputs an item goes to: each in turn"
    " (round_robin), one by chance (random), where the fewest wait (shortest), or a copy to each"
    " (broadcast).",
    "ConsumerSpec.weights": "With random routing: how much of the items each of the outputs"
    " gets, in proportion.",
    "ConsumerSpec.put_timeout": "Seconds that an item waits for room in an output before it is"
    " dropped; without, it waits for ever.",
    "ConsumerSpec.failure_probability": "The share of items that fail, from 0 to 1.",
    "Bursts.on": "Seconds for which it is active: a number, or a table with a distribution.",
    "Bursts.off": "Seconds for which it is silent: a number, or a table with a distribution.",
    "Retry.retries": "So often an item that failed is worked on again: 1 to 1,000.",
    "Retry.dead_letter": "The name of the queue for items that failed every time.",
    "End.time": "Seconds from the start.",
    "End.items": "So many items produced in all, and dealt with. A whole number.",
}
"""Of every key of the specs, with its unit; those of a distribution have theirs with them."""


def schema() -> dict[str, Any]:
    """The JSON Schema, as a document."""
    _, parts = msgspec.json.schema_components([Scenario], ref_template="#/definitions/{name}")
    parts = {name: _plain(part) for name, part in parts.items()}
    for key, description in DESCRIPTIONS.items():
        spec, _, field = key.partition(".")
        parts[spec]["properties"][field]["description"] = description
    for spec in ("Scenario", "QueueSpec", "ProducerSpec", "ConsumerSpec"):
        del parts[spec]["properties"]["name"]
        parts[spec]["required"] = [key for key in parts[spec]["required"] if key != "name"]
    for part in parts.values():
        for key, field in part.get("properties", {}).items():
            if key == "distribution":
                field["description"] = "How its times are spread."
            if "$ref" in field:
                field["allOf"] = [{"$ref": field.pop("$ref")}]
    number = parts["Bursts"]["properties"]["on"]["anyOf"][0]
    number["exclusiveMinimum"] = number.pop("minimum")
    top = parts.pop("Scenario")
    for kind in KINDS:
        named = top["properties"][kind]
        named |= {"type": "object", "additionalProperties": named.pop("items")}
        named.pop("default", None)
    top["properties"]["queues"] |= {"minProperties": 1, "maxProperties": MOST_QUEUES_OF_FILE}
    top["required"] = ["queues"]
    told = {"title": "A scenario of pcsim", "description": "A producer-consumer system."}
    return {"$schema": DIALECT, **top, **told, "definitions": parts}


def _plain(part: Any) -> Any:
    """Without null, which TOML does not have, and what is no JSON Schema; of a description the
    first paragraph, on one line."""
    if isinstance(part, (list, tuple)):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "anyOf" in part:
        kinds = [kind for kind in part["anyOf"] if kind != {"type": "null"}]
        rest = {key: value for key, value in part.items() if key != "anyOf"}
        part = {**rest, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})}
    plain = {key: _plain(value) for key, value in part.items() if key != "discriminator"}
    if isinstance(plain.get("description"), str):
        plain["description"] = " ".join(plain["description"].split("\n\n")[0].split())
    if "default" in plain and (plain["default"] is None or isinstance(plain["default"], dict)):
        del plain["default"]
    return plain
