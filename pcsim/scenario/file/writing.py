"""Write a scenario as the text of a scenario file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario


def text_of_scenario(scenario: Scenario) -> str:
    """Return the TOML text of a scenario; what has its default is left out.

    Args:
        scenario: What to write. It may have more queues, workers and numbers than can be read
            from a file again.

    >>> from pcsim.scenario import demos
    >>> print(text_of_scenario(demos.find("basic")).splitlines()[0])
    title = "One producer, one queue, one consumer"
    """
    import tomli_w

    tables = {name: value for name, value in _plain(scenario).items() if name not in _PARTS}
    tables.pop("name", None)  # that of the file
    for key in _PARTS:
        tables[key] = {spec.name: _without_name(spec) for spec in getattr(scenario, key)}
    return tomli_w.dumps({key: value for key, value in tables.items() if value != {}})


_PARTS = ("queues", "producers", "consumers")


def _without_name(spec: QueueSpec | ProducerSpec | ConsumerSpec) -> dict[str, Any]:
    table = _plain(spec)
    del table["name"]
    return table


def _plain(part: msgspec.Struct) -> dict[str, Any]:
    """A part as builtin values, without those that are the default."""
    fields = msgspec.structs.fields(part)
    kept = {}
    for field in fields:
        value = getattr(part, field.name)
        if field.required or value != field.default:
            kept[field.encode_name] = value
    plain: dict[str, Any] = {name: _builtin(value) for name, value in kept.items()}
    tag = part.__struct_config__.tag
    return plain if tag is None else {str(part.__struct_config__.tag_field): tag, **plain}


def _builtin(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _plain(value)
    if isinstance(value, tuple):
        return [_builtin(each) for each in value]
    return str(value) if isinstance(value, str) else value
