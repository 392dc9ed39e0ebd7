"""Python's objects in the memory of another process: strings, numbers, classes, dicts, attributes.

Nothing here can be relied on alone: an object may go while it is read, and its memory may be
another's then. So every length has a limit, and what does not fit raises `TornError`.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from pcsim.watch.outside import tables
from pcsim.watch.outside.memory import POINTER
from pcsim.watch.outside.opening import Interpreter
from pcsim.watch.outside.refusals import TornError

LONGEST_TEXT = 2_000
MOST_KEYS, MOST_ITEMS, MOST_VARIABLES = 20_000, 1_000, 500
MOST_DIGITS = 5
UNTAGGED = ~7
"""References on a stack keep marks in their lowest bits."""


class Kind(NamedTuple):
    """A class: its name as it was written, its flags, the size of its instances, its bases."""

    at: int
    name: str
    flags: int
    basic_size: int
    bases: tuple[int, ...]


class Code(NamedTuple):
    """The code of a function."""

    at: int
    qualname: str
    filename: str
    first_line: int
    variables: tuple[str, ...]


class Keys(NamedTuple):
    """A table of keys: the names, or numbers, in order; where its entries begin, and their size."""

    names: tuple[str | int | None, ...]
    entries: int
    size: int


class Values(NamedTuple):
    """Where the values of an object's attributes are: one place, in which each has its own."""

    place: tuple[int, int]
    stride: int
    first: int
    names: tuple[str | int | None, ...]
    before: bytes
    """What stood before the object: as long as that is the same, so is the place."""

    def at(self, name: str) -> int:
        """Where in the place a name's value is. Raises `TornError` where there is none."""
        try:
            return self.first + self.stride * self.names.index(name)
        except ValueError as error:
            raise TornError(f"no attribute {name}") from error

    def named(self, raw: bytes) -> dict[str, int]:
        """The values by their names, from what was read at the place."""
        found = {}
        for number, name in enumerate(self.names):
            value = POINTER.unpack_from(raw, self.first + self.stride * number)[0]
            if value and isinstance(name, str):
                found[name] = value
        return found


class Objects:
    """Objects of one process. What does not change there is kept."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.memory = interpreter.memory
        self.layout = interpreter.layout
        self.minor = interpreter.minor
        self._kinds: dict[int, Kind] = {}
        self._codes: dict[int, Code] = {}
        self._texts: dict[int, str] = {}
        self._keys: dict[tuple[int, int], Keys] = {}

    def forget(self) -> None:
        """Forget what is kept: classes and functions may go, and others take their places."""
        for kept in (self._kinds, self._codes, self._texts, self._keys):
            kept.clear()

    # Strings and numbers.

    def text(self, at: int) -> str:
        """Read a string, of which at most `LONGEST_TEXT` characters are read."""
        known = self._texts.get(at)
        if known is not None:
            return known
        head = self.memory.read(at, self.layout.compact_size)
        length, state = (
            POINTER.unpack_from(head, tables.UNICODE_LENGTH)[0],
            head[tables.UNICODE_STATE],
        )
        width = state >> tables.UNICODE_KIND_SHIFT & 7
        if width not in (1, 2, 4) or not state & tables.UNICODE_COMPACT or length > 1 << 31:
            raise TornError(f"no string at {at:#x}")
        is_ascii = state & tables.UNICODE_ASCII
        begin = self.layout.ascii_size if is_ascii else self.layout.compact_size
        raw = self.memory.read(at + begin, min(length, LONGEST_TEXT) * width) if length else b""
        encoding = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}[width]
        text = raw.decode(encoding, "replace")
        self._texts[at] = text
        return text

    def number(self, at: int) -> int:
        """Read a whole number."""
        raw = self.memory.read(at, tables.LONG_DIGITS + 4 * MOST_DIGITS)
        return self.number_in(raw)

    def number_in(self, raw: bytes) -> int:
        """The whole number whose object has these bytes."""
        if self.minor == 11:
            size = struct.unpack_from("<q", raw, tables.OB_SIZE)[0]
            digits, sign = abs(size), -1 if size < 0 else 1
        else:
            tag = POINTER.unpack_from(raw, tables.OB_SIZE)[0]
            digits, sign = tag >> 3, 1 - (tag & 3)
        if digits > MOST_DIGITS or tables.LONG_DIGITS + 4 * digits > len(raw):
            raise TornError("no number")
        found = struct.unpack_from(f"<{digits}I", raw, tables.LONG_DIGITS)
        return int(sign * sum(digit << 30 * place for place, digit in enumerate(found)))

    # Classes.

    def kind_of(self, at: int) -> Kind:
        """The class of an object."""
        if at & 7 or not at:
            raise TornError(f"no object at {at:#x}")
        return self.kind(self.memory.pointer(at + tables.OB_TYPE))

    def kind(self, at: int) -> Kind:
        """A class."""
        known = self._kinds.get(at)
        if known is not None:
            return known
        raw = self.memory.read(at, tables.TYPE_MRO + 8)
        name_at, size, flags = (
            POINTER.unpack_from(raw, place)[0]
            for place in (tables.TYPE_NAME, tables.TYPE_BASIC_SIZE, tables.TYPE_FLAGS)
        )
        bases_at = POINTER.unpack_from(raw, tables.TYPE_MRO)[0]
        name = self._c_text(name_at)
        if not 16 <= size < 1 << 16:
            raise TornError(f"no class at {at:#x}")
        bases = tuple(self.items(bases_at, checked=False)) if bases_at else ()
        found = self._kinds[at] = Kind(at, name.rpartition(".")[2], flags, size, bases)
        return found

    def _c_text(self, at: int) -> str:
        size = min(256, 0x1000 - (at & 0xFFF))
        raw = self.memory.read(at, size)
        if b"\0" not in raw:
            raw += self.memory.read(at + size, 256)
        text, end, _ = raw.partition(b"\0")
        if not end:
            raise TornError("no name")
        return text.decode("utf-8", "replace")

    # Containers.

    def items(self, at: int, limit: int = MOST_ITEMS, *, checked: bool = True) -> tuple[int, ...]:
        """The addresses of what a tuple or a list has, `limit` at most."""
        name = self.kind_of(at).name if checked else "tuple"
        head = self.memory.read(at, tables.LIST_ITEMS + 8)
        size = min(POINTER.unpack_from(head, tables.OB_SIZE)[0], limit)
        if name not in ("tuple", "list"):
            raise TornError(f"no list at {at:#x}")
        begin = self.layout.tuple_items + at
        if name == "list":
            begin = POINTER.unpack_from(head, tables.LIST_ITEMS)[0]
        return self._pointers(begin, size)

    def _pointers(self, at: int, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}Q", self.memory.read(at, 8 * count)) if count else ()

    def keys(self, at: int, limit: int = MOST_KEYS) -> Keys:
        """A table of keys, of which the first `limit` are read."""
        head = self.memory.read(at, tables.KEYS_INDICES)
        count = POINTER.unpack_from(head, tables.KEYS_ENTRIES)[0]
        if count > 1 << 32:
            raise TornError(f"no keys at {at:#x}")
        count = min(count, limit)
        known = self._keys.get((at, count))
        if known is not None:
            return known
        index_bytes, kind = head[tables.KEYS_INDEX_BYTES], head[tables.KEYS_KIND]
        if kind > 2 or index_bytes > 24:
            raise TornError(f"no keys at {at:#x}")
        size, place = (24, 8) if kind == tables.GENERAL_KEYS else (16, 0)
        begin = at + tables.KEYS_INDICES + (1 << index_bytes)
        raw = self.memory.read(begin, size * count) if count else b""
        places = [POINTER.unpack_from(raw, size * one + place)[0] for one in range(count)]
        found = Keys(tuple(self._key_names(places)), begin, size)
        self._keys[at, count] = found
        return found

    def _key_names(self, places: list[int]) -> Iterator[str | int | None]:
        heads = self.memory.read_many([(at + tables.OB_TYPE, 8) for at in places])
        for at, head in zip(places, heads, strict=True):
            name: str | int | None = None
            if head is not None:
                try:
                    kind = self.kind(POINTER.unpack(head)[0]).name
                    if kind == "str":
                        name = self.text(at)
                    elif kind == "int":
                        name = self.number(at)
                except TornError:
                    name = None
            yield name

    def entries(self, at: int, limit: int = MOST_KEYS) -> dict[str | int, int]:
        """What a dict has under its strings and numbers, of the first `limit` of its keys."""
        head = self.memory.read(at, tables.DICT_VALUES + 8)
        keys_at, values_at = struct.unpack_from("<QQ", head, tables.DICT_KEYS)
        keys = self.keys(keys_at, limit)
        count = len(keys.names)
        if values_at:
            values = self._pointers(values_at + self.layout.values_skip, count)
        else:
            raw = self.memory.read(keys.entries, keys.size * count) if count else b""
            values = tuple(
                POINTER.unpack_from(raw, keys.size * (one + 1) - 8)[0] for one in range(count)
            )
        return {
            name: value
            for name, value in zip(keys.names, values, strict=True)
            if name is not None and value
        }

    def holders(self, at: int, wanted: Collection[int]) -> list[tuple[str | int, int]]:
        """Under which keys a dict has one of some objects: only these keys are read."""
        head = self.memory.read(at, tables.DICT_VALUES + 8)
        keys_at, values_at = struct.unpack_from("<QQ", head, tables.DICT_KEYS)
        head = self.memory.read(keys_at, tables.KEYS_INDICES)
        count = POINTER.unpack_from(head, tables.KEYS_ENTRIES)[0]
        if values_at:
            return [(key, one) for key, one in self.entries(at).items() if one in wanted]
        if count > MOST_KEYS:
            raise TornError("too many keys")
        width, place = (3, 1) if head[tables.KEYS_KIND] == tables.GENERAL_KEYS else (2, 0)
        begin = keys_at + tables.KEYS_INDICES + (1 << head[tables.KEYS_INDEX_BYTES])
        words = self._pointers(begin, width * count)
        found = []
        for number in range(width - 1, len(words), width):
            if words[number] in wanted:
                key = words[number - width + 1 + place]
                found += [
                    (name, words[number]) for name in self._key_names([key]) if name is not None
                ]
        return found

    # Attributes.

    def attributes(self, at: int) -> dict[str, int]:
        """The attributes of an object, each with the address of its value."""
        values = self.values_of(at)
        if values is None or not values.place[1]:
            return {}
        return values.named(self.memory.read(*values.place))

    def attribute(self, at: int, name: str) -> int:
        """The address of one attribute of an object. Raises `TornError` where it has none."""
        found = self.attributes(at).get(name)
        if found is None:
            raise TornError(f"no attribute {name}")
        return found

    def values_of(self, at: int) -> Values | None:
        """Where the attributes of an object are; None where it has none of its own."""
        kind = self.kind_of(at)
        if not kind.flags & tables.FLAG_MANAGED_DICT:
            return None
        before = self.memory.read(at - tables.VALUES_BEFORE, 16)
        values, found = struct.unpack("<QQ", before)
        if self.minor == 12 and found & 1:
            values, found = found + 1, 0
        elif self.minor != 11:
            values = 0
        if self.minor > 12 and not found and kind.flags & tables.FLAG_INLINE_VALUES:
            inline = at + kind.basic_size
            values = inline if self.memory.read(inline, 4)[3] else 0
        if values and not found:
            keys = self.keys(self.memory.pointer(kind.at + self.layout.cached_keys))
            return self._in_values(values, keys, before)
        if not found:
            return None
        keys_at, values = struct.unpack("<QQ", self.memory.read(found + tables.DICT_KEYS, 16))
        keys = self.keys(keys_at)
        if values:
            return self._in_values(values, keys, before)
        size = keys.size
        return Values((keys.entries, size * len(keys.names)), size, size - 8, keys.names, before)

    def _in_values(self, at: int, keys: Keys, before: bytes) -> Values:
        place = (at + self.layout.values_skip, 8 * len(keys.names))
        return Values(place, 8, 0, keys.names, before)

    # Modules, functions, code.

    def module_names(self, at: int) -> dict[str, int]:
        """What a module has by name."""
        if self.kind_of(at).name != "module":
            return {}
        found = self.entries(self.memory.pointer(at + tables.MODULE_DICT))
        return {name: value for name, value in found.items() if isinstance(name, str)}

    def code(self, at: int) -> Code:
        """The code of a function. Raises `TornError` where it is none."""
        known = self._codes.get(at)
        if known is not None:
            return known
        if self.kind_of(at).name != "code":
            raise TornError(f"no code at {at:#x}")
        layout = self.layout
        raw = self.memory.read(at, layout.code_size)
        qualname, filename, variables = (
            POINTER.unpack_from(raw, place)[0]
            for place in (layout.code_qualname, layout.code_filename, layout.code_variables)
        )
        names = tuple(self.text(one) for one in self.items(variables, MOST_VARIABLES))
        first_line = struct.unpack_from("<i", raw, layout.code_first_line)[0]
        found = Code(at, self.text(qualname), self.text(filename), first_line, names)
        self._codes[at] = found
        return found

    def size_in(self, raw: bytes, name: str) -> int:
        """How many items a container has, by the bytes of it and the name of its class."""
        place = tables.SET_USED if name in ("set", "frozenset") else tables.OB_SIZE
        return int(struct.unpack_from("<q", raw, place)[0])

    def pointers_in(self, raws: Iterable[bytes | None]) -> list[int]:
        """The first address in each."""
        return [0 if raw is None else POINTER.unpack_from(raw)[0] for raw in raws]
