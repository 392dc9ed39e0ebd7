"""Plain values as bytes, also where a text is one that UTF-8 does not have.

A name or an item of a program may have half of a surrogate pair in it, as what a file system
returns for bytes that are no text. It is kept as its escape, `\\ud800`.
"""

from __future__ import annotations

from typing import Any

import msgspec

_encode = msgspec.msgpack.Encoder().encode


def encoded(value: Any) -> bytes:
    """Return a plain value as bytes.

    Args:
        value: Texts, numbers, and lists, tuples and tables of such.

    >>> msgspec.msgpack.decode(encoded(["text", chr(0xD800)]))
    ['text', '\\\\ud800']
    """
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return _encode(storable(value))


def storable(value: Any) -> Any:
    """Return a plain value of which every text can be stored.

    Args:
        value: Texts, numbers, and lists, tuples and tables of such.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, (list, tuple)):
        return [storable(one) for one in value]
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    return value
