"""The memory of another process, read without stopping it: many places in one call.

By `process_vm_readv`, which copies between processes; where a container forbids that call, by
`/proc/PID/mem`, which asks for the same rights. Bytes that are read may have been changed between
one place and the next.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Sequence
from itertools import chain

from pcsim.watch.outside.refusals import TornError
from pcsim.watch.wire import GoneError

MOST_PLACES = 512
"""Of one call: half of what the system allows."""
ROOM = 1 << 20
"""Bytes of one call."""
HIGHEST = 1 << 47
LOWEST = 0x1000
POINTER = struct.Struct("<Q")


class Memory:
    """The memory of one process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.calls = 0
        """How often the system was asked."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = -1
        self._room = ctypes.create_string_buffer(ROOM)
        self._here = (ctypes.c_uint64 * 2)(ctypes.addressof(self._room), 0)
        self._there = ctypes.create_string_buffer(16 * MOST_PLACES)
        self._has_call = all(
            hasattr(self._libc, name) for name in ("process_vm_readv", "process_vm_writev")
        )
        if self._has_call:
            wide = [ctypes.c_int, *[ctypes.c_void_p, ctypes.c_ulong] * 2, ctypes.c_ulong]
            for name in ("process_vm_readv", "process_vm_writev"):
                call = getattr(self._libc, name)
                call.argtypes, call.restype = wide, ctypes.c_ssize_t

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def read(self, at: int, size: int) -> bytes:
        """Read one place. Raises `TornError` where there is no memory, `GoneError`, and
        `PermissionError`."""
        raw = self.read_many([(at, size)])[0]
        if raw is None:
            raise TornError(f"nothing can be read at {at:#x}")
        return raw

    def pointer(self, at: int) -> int:
        """Read an address."""
        return int.from_bytes(self.read(at, 8), "little")

    def read_many(self, places: Sequence[tuple[int, int]]) -> list[bytes | None]:
        """Read many places, each as address and size of at most `ROOM`.

        Returns:
            The bytes of each; None where there is no memory.

        Raises:
            GoneError: There is no such process any more.
            PermissionError: It may not be read.
        """
        found: list[bytes | None] = []
        start = 0
        while start < len(places):
            end, total = start, 0
            while end < len(places) and end - start < MOST_PLACES:
                size = places[end][1]
                if size > ROOM:
                    raise TornError(f"nothing has {size} bytes")
                if total + size > ROOM:
                    break
                total += size
                end += 1
            found += self._read_batch(places[start:end], total)
            start = end
        return found

    def _read_batch(self, places: Sequence[tuple[int, int]], total: int) -> list[bytes | None]:
        """Read as many as fit into one call. A place that cannot be read ends a call, so
        that the next begins after it."""
        if not self._has_call:
            return [self._from_file(*place) for place in places]
        done: list[bytes | None] = []
        while len(done) < len(places):
            rest = places[len(done) :] if done else places
            got = self._call(rest, total)
            if got < 0:
                return [self._from_file(*place) for place in places]
            raw, at = ctypes.string_at(self._room, got), 0
            for _, size in rest:
                end = at + size
                if end > got:
                    done.append(None)
                    break
                done.append(raw[at:end])
                at = end
        return done

    def _call(self, places: Sequence[tuple[int, int]], total: int) -> int:
        """How many bytes were read; -1 where the call is forbidden but the file may not be."""
        self.calls += 1
        flat = list(chain.from_iterable(places))
        try:
            struct.pack_into(f"<{len(flat)}Q", self._there, 0, *flat)
        except struct.error:  # an address that is none: nothing is at 0 either
            flat = [number if 0 <= number < 1 << 64 else 0 for number in flat]
            struct.pack_into(f"<{len(flat)}Q", self._there, 0, *flat)
        self._here[1] = total
        got = int(self._libc.process_vm_readv(self.pid, self._here, 1, self._there, len(places), 0))
        if got >= 0:
            return got
        number = ctypes.get_errno()
        if number == errno.EFAULT:
            return 0
        if number == errno.ESRCH:
            raise GoneError(f"process {self.pid} has ended")
        if number in (errno.EPERM, errno.ENOSYS, errno.EACCES):
            self._has_call = False
            return -1
        raise OSError(number, os.strerror(number))

    def _from_file(self, at: int, size: int) -> bytes | None:
        if not _is_usable(at, size):
            return None
        self.calls += 1
        try:
            if self._file < 0:
                self._file = os.open(f"/proc/{self.pid}/mem", os.O_RDONLY)
            raw = os.pread(self._file, size, at)
        except FileNotFoundError as error:
            raise GoneError(f"process {self.pid} has ended") from error
        except PermissionError:
            raise
        except OSError as error:
            if error.errno in (errno.EIO, errno.EFAULT):
                return None
            raise
        if not raw and size:
            raise GoneError(f"process {self.pid} has ended")
        return raw if len(raw) == size else None

    def write(self, at: int, data: bytes) -> None:
        """Write into the process. Raises `TornError`, `GoneError` and `PermissionError`."""
        buffer = ctypes.create_string_buffer(data, len(data))
        here = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), len(data))
        there = (ctypes.c_uint64 * 2)(at, len(data))
        got = int(self._libc.process_vm_writev(self.pid, here, 1, there, 1, 0))
        if got == len(data):
            return
        number = ctypes.get_errno()
        if number == errno.ESRCH:
            raise GoneError(f"process {self.pid} has ended")
        if number in (errno.EPERM, errno.EACCES, errno.ENOSYS):
            raise PermissionError(number, os.strerror(number))
        raise TornError(f"nothing can be written at {at:#x}")


def _is_usable(at: int, size: int) -> bool:
    """Whether a place can be memory of a program at all."""
    return LOWEST <= at < HIGHEST - size and 0 <= size <= ROOM
