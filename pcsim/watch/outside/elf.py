"""Where things are in a program's file, of the format that Linux has: sections and symbols.

The file is another's: everything in it is checked, and what does not fit raises `NotElfError`.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pcsim.errors import PcsimError

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
SECTION = struct.Struct("<IIQQQQIIQQ")
SEGMENT = struct.Struct("<IIQQQQQQ")
SYMBOL = struct.Struct("<IBBHQQ")
LOADED, DYNAMIC_SYMBOLS, ALL_SYMBOLS = 1, 11, 2
MACHINES = {62: "x86_64", 183: "aarch64"}
MOST_SECTIONS, MOST_SYMBOLS = 200, 200_000
PAGE = 0xFFF


class NotElfError(PcsimError):
    """A file that is no program of a 64-bit machine that is known, or a broken one."""

    def __init__(self, problem: str, *, bits: int = 64) -> None:
        self.bits = bits
        super().__init__(problem)


class _Section(NamedTuple):
    name: bytes
    kind: int
    address: int
    offset: int
    size: int
    link: int


class Elf:
    """One file: its sections, and its symbols by name. Addresses count from its first byte."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        raw = self._read(0, HEADER.size)
        if raw[:4] != b"\x7fELF":
            raise NotElfError("not a program")
        if raw[4] != 2:
            raise NotElfError("a 32-bit program", bits=32)
        (_, _, machine, _, _, segments, sections, _, _, size, count, wide, many, names) = (
            HEADER.unpack(raw)
        )
        if raw[5] != 1 or machine not in MACHINES:
            raise NotElfError("a program for another kind of machine")
        if size != SEGMENT.size or (many and wide != SECTION.size) or many > MOST_SECTIONS:
            raise NotElfError("a program with unknown tables")
        self.lowest = self._lowest(self._read(segments, size * count))
        self._sections = self._find_sections(self._read(sections, wide * many), names)

    def _read(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        raw = self._file.read(size)
        if len(raw) != size:
            raise NotElfError("a program that is cut off")
        return raw

    @staticmethod
    def _lowest(raw: bytes) -> int:
        loaded = [one[3] & ~PAGE for one in SEGMENT.iter_unpack(raw) if one[0] == LOADED]
        if not loaded:
            raise NotElfError("a program that loads nothing")
        return int(min(loaded))

    def _find_sections(self, raw: bytes, names: int) -> list[_Section]:
        rows = list(SECTION.iter_unpack(raw))
        if names >= len(rows):
            return []
        texts = self._read(rows[names][4], min(rows[names][5], 1 << 16))
        return [
            _Section(_text(texts, row[0]), row[1], row[3], row[4], row[5], row[6]) for row in rows
        ]

    def section(self, name: bytes) -> int | None:
        """Return where a section begins; None where there is none."""
        for one in self._sections:
            if one.name == name:
                return one.address - self.lowest
        return None

    def symbol(self, name: bytes) -> int | None:
        """Return where a symbol is; None where there is none."""
        for table in self._sections:
            if table.kind not in (DYNAMIC_SYMBOLS, ALL_SYMBOLS) or table.link >= len(
                self._sections
            ):
                continue
            texts = self._sections[table.link]
            strings = self._read(texts.offset, texts.size)
            place = strings.find(b"\0" + name + b"\0") + 1
            if not place:
                continue
            raw = self._read(table.offset, min(table.size, MOST_SYMBOLS * SYMBOL.size))
            for row in SYMBOL.iter_unpack(raw[: len(raw) // SYMBOL.size * SYMBOL.size]):
                if row[0] == place and row[3]:
                    return int(row[4]) - self.lowest
        return None


def open_elf(path: Path) -> tuple[Elf, BinaryIO]:
    """Open a file. Raises `NotElfError` and `OSError`."""
    file = path.open("rb")
    try:
        return Elf(file), file
    except struct.error as error:
        file.close()
        raise NotElfError("a broken program") from error
    except BaseException:
        file.close()
        raise


def _text(texts: bytes, at: int) -> bytes:
    return texts[at : texts.find(b"\0", at)] if at < len(texts) else b""
