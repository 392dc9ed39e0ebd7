"""What a wheel with binaries of the kernel has to be, looked at before it is released.

`python -m tests.kernel.shipping dist/pcsim-*.whl` says of each binary for which machine it is, how
large, what it asks its system for, and exits with 1 where something is wrong. A second wheel, built
elsewhere from the same sources, must have the same bytes.
"""

from __future__ import annotations

import re
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pcsim.kernel.targets import SOURCES, TARGETS, library_name

KINDS = {
    "linux-x86_64": ("ELF", 62),
    "linux-aarch64": ("ELF", 183),
    "darwin-x86_64": ("Mach-O", 0x0100_0007),
    "darwin-arm64": ("Mach-O", 0x0100_000C),
    "win-amd64": ("PE", 0x8664),
    "win-arm64": ("PE", 0xAA64),
}
"""By machine the format, and its number of the processor."""
LARGEST = 100_000
"""Bytes."""
NEWEST_GLIBC = (2, 17)
NEEDS = re.compile(rb"lib[\w.]+\.so\.\d+|/usr/lib/[\w.]+\.dylib|[\w.-]+\.dll", re.IGNORECASE)
"""How the names of other libraries look, in all three."""
MAY_NEED = {b"libc.so.6", b"/usr/lib/libSystem.B.dylib", b"ucrtbase.dll"}
PATHS = re.compile(rb"(?<![\w./@])(?:/[\w.+-]+){2,}|[A-Z]:[\\/][\w.\\/-]+")


def exports() -> list[str]:
    """The functions that `kernel.c` exports."""
    text = (SOURCES / "kernel.c").read_text(encoding="utf-8")
    return re.findall(r"^EXPORT .*?(pcsim_\w+)\(", text, re.MULTILINE)


def kind_of(binary: bytes) -> tuple[str, int]:
    """Its format and the number of its processor; ("", 0) for what is no library."""
    if binary[:4] == b"\x7fELF" and binary[16] == 3:
        return "ELF", struct.unpack_from("<H", binary, 18)[0]
    if binary[:4] == b"\xcf\xfa\xed\xfe" and binary[12] == 6:
        return "Mach-O", struct.unpack_from("<I", binary, 4)[0]
    if binary[:2] == b"MZ":
        (at,) = struct.unpack_from("<I", binary, 0x3C)
        machine, flags = struct.unpack_from("<4xH16xH", binary, at)
        if binary[at : at + 4] == b"PE\0\0" and flags & 0x2000:
            return "PE", machine
    return "", 0


def problems(machine: str, binary: bytes) -> Iterator[str]:
    """What is wrong with the binary for a machine."""
    if kind_of(binary) != KINDS[machine]:
        yield f"is {kind_of(binary)} and not {KINDS[machine]}"
    if len(binary) > LARGEST:
        yield f"has {len(binary):,} bytes"
    for name in exports():
        if name.encode() + b"\0" not in binary:
            yield f"does not export {name}"
    for needed in set(NEEDS.findall(binary)) - MAY_NEED - {library_name(machine).encode()}:
        yield f"needs {needed.decode()}"
    for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", binary):
        if (int(major), int(minor)) > NEWEST_GLIBC:
            yield f"needs glibc {major.decode()}.{minor.decode()}"
    for path in PATHS.findall(binary):
        if not path.startswith(b"/usr/lib/"):
            yield f"has a path in it: {path.decode()}"


def binaries(wheel: Path) -> dict[str, bytes]:
    """Those of a wheel by machine; empty where it has none."""
    with zipfile.ZipFile(wheel) as files:
        names = {machine: f"pcsim/kernel/binaries/{library_name(machine)}" for machine in TARGETS}
        there = set(files.namelist())
        return {machine: files.read(name) if name in there else b""
                for machine, name in names.items()}  # fmt: skip


def main(*wheels: str) -> int:
    wrong = 0
    first, *others = (binaries(Path(wheel)) for wheel in wheels)
    for machine, binary in first.items():
        found = list(problems(machine, binary))
        found += [
            "has other bytes in another wheel" for other in others if other[machine] != binary
        ]
        wrong += len(found)
        asks = ", ".join(sorted(name.decode() for name in set(NEEDS.findall(binary)) & MAY_NEED))
        sys.stdout.write(
            f"{machine:14} {len(binary):6,} bytes, {asks}: {'; '.join(found) or 'ok'}\n"
        )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
