"""The kernel as a library that is loaded: its functions, with the types of what they take."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_double, c_int32, c_int64, c_void_p
from pathlib import Path
from typing import Any

from pcsim.kernel import structs
from pcsim.kernel.leaving import UnusableError
from pcsim.kernel.structs import STRUCTURES, Refill


class Library:
    """The functions of `source/kernel.c`.

    Args:
        path: The file to load.

    Raises:
        UnusableError: It is no kernel, or not that of this version.
    """

    def __init__(self, path: Path) -> None:
        try:
            library = ctypes.CDLL(str(path))
            sizes = (c_int32 * len(STRUCTURES))()
            library.pcsim_sizes(sizes)
        except (OSError, AttributeError) as error:
            raise UnusableError(f"it cannot be loaded: {error}") from None
        if list(sizes) != [ctypes.sizeof(one) for one in STRUCTURES]:
            raise UnusableError("its structures have other sizes than here")
        integers, longs = POINTER(c_int32), POINTER(c_int64)
        one = _Functions(library)
        self.new = one(
            "new", c_void_p, POINTER(structs.SystemPlan), POINTER(structs.WorkerPlan),
            POINTER(structs.QueuePlan), integers, POINTER(structs.OutputPlan),
            POINTER(structs.StreamPlan), Refill, POINTER(structs.Drawn),
        )  # fmt: skip
        self.free = one("free", None, c_void_p)
        self.drive = one("drive", c_int32, c_void_p, c_double, c_int64)
        self.next_at = one("next_at", c_double, c_void_p)
        self.now = one("now", c_double, c_void_p)
        self.in_system = one("in_system", c_int64, c_void_p)
        self.trouble = one("trouble", c_int32, c_void_p)
        self.is_draining = one("is_draining", c_int32, c_void_p)
        self.pass_time = one("pass", None, c_void_p, c_double)
        self.stop = one("stop", None, c_void_p)
        self.note_depths = one("note_depths", c_int32, c_void_p, c_double)
        self.read_depths = one(
            "read_depths", c_int32, c_void_p, POINTER(POINTER(c_double)), POINTER(c_double)
        )
        self.read = one(
            "read", None, c_void_p, POINTER(structs.WorkerBook), POINTER(structs.QueueBook),
            longs, longs, longs,
        )  # fmt: skip
        self.read_times = one(
            "read_times", None, c_void_p, c_int32, c_int32, POINTER(structs.TimesBook),
            integers, longs,
        )  # fmt: skip
        self.forget_times = one("forget_times", None, c_void_p)


class _Functions:
    """Finds functions by their names and gives them their types."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def __call__(self, name: str, result: Any, *takes: Any) -> Any:
        function = getattr(self._library, f"pcsim_{name}")
        function.restype, function.argtypes = result, list(takes)
        return function
