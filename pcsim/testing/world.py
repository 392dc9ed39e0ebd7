"""A second copy of pcsim, and of the modules under test, that runs on simulated threads.

The copy is loaded from the same files, with switch points in it. It lives beside the real modules,
which stay as they are. Its `pcsim.runtime` has simulated locks, threads and clocks; the modules
under test see simulated `threading`, `time` and `queue`.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import queue
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from pcsim.testing import histories, primitives, standard
from pcsim.testing.switch_points import Grain, with_points

_WITH_POINTS = (
    "pcsim.queue",
    "pcsim.engine",
    "pcsim.runtime",
    "pcsim.system",
    "pcsim.snapshot.shutdown",
)
_SHARED = "pcsim.testing"
_QUEUE = "pcsim.queue"
_KNOWN = frozenset(
    f"{_QUEUE}.{name}"
    for name in (
        "attributes", "core", "domains", "handing", "in_hand", "interrupted", "lock_domain",
        "queue", "sealed", "select", "serving", "slow_path", "tasks", "waiting",
    )
)  # fmt: skip
"""Modules whose code shares nothing but deques, counters and attributes of its own objects. The
others of the queue work under its lock, with what is inside the queue and anything else's."""


def _is_below(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


class World:
    """The copy, for the modules of some tests."""

    def __init__(
        self,
        modules: Sequence[str],
        grain: Grain,
        helpers: Sequence[str] = (),
        *,
        follows: bool = False,
    ) -> None:
        self.follows = follows
        """Whether threads have histories: see `pcsim.testing.histories`."""
        self._copied = ("pcsim", *modules, *helpers)
        self._own = (*modules, *helpers)
        self._with_points = (*_WITH_POINTS, *modules)
        self._grain = grain
        self._modules: dict[str, types.ModuleType] = {}
        self._builtins = {**vars(builtins), "__import__": self._import}
        primitives.supply_point(self._builtins)
        self._builtins_outside = dict(self._builtins)
        primitives.supply_point(self._builtins_outside, is_outside=True)
        self._standard = {
            "threading": standard.simulated_threading,
            "time": standard.simulated_time,
        }
        self._standard["queue"] = self._simulated_queue()
        with self.in_place():
            _supply(importlib.import_module("pcsim.runtime"), grain, follows)

    def load(self, name: str) -> types.ModuleType:
        """Return the copy of a module."""
        with self.in_place():
            return importlib.import_module(name)

    def load_file(self, name: str, path: str) -> types.ModuleType:
        """Return the copy of the module that was imported by that name from that file."""
        if name not in self._modules:
            loader = _Loader(name, path, self)
            spec = importlib.util.spec_from_file_location(name, path, loader=loader)
            if spec is None:
                raise ImportError(f"{name} cannot be loaded from {path}")
            module = importlib.util.module_from_spec(spec)
            with self.in_place():
                sys.modules[name] = module
                loader.exec_module(module)
        return self._modules[name]

    def has(self, name: str) -> bool:
        """Whether a module of that name is copied, and not shared."""
        return _is_below(name, self._copied) and not _is_below(name, (_SHARED,))

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Meanwhile, the copies are what is imported, wherever that is asked for."""
        real = {name: sys.modules.pop(name) for name in list(sys.modules) if self.has(name)}
        shared = {
            name: module for name, module in sys.modules.items() if _is_below(name, (_SHARED,))
        }
        attributes = self._exchanged_attributes()
        finder = _Finder(self)
        sys.modules.update(self._modules)
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            for parent, child, module in attributes:
                if module is None:
                    vars(parent).pop(child, None)
                else:
                    setattr(parent, child, module)
            sys.meta_path.remove(finder)
            self._modules = {
                name: sys.modules.pop(name) for name in list(sys.modules) if self.has(name)
            }
            sys.modules.update(real)
            sys.modules.update(shared)

    def _exchanged_attributes(self) -> list[tuple[types.ModuleType, str, Any]]:
        """Let packages that are not copied have the copies of their modules as attributes.

        Returns:
            The package, the name and the module that was there before, of each.
        """
        before = []
        for name in self._own:
            package, _, child = name.rpartition(".")
            parent = sys.modules.get(package)
            if parent is None or self.has(package):
                continue
            before.append((parent, child, vars(parent).pop(child, None)))
            if name in self._modules:
                setattr(parent, child, self._modules[name])
        return before

    def _import(self, name: str, *others: Any, **keywords: Any) -> Any:
        """What `import` does in a copy."""
        scope = others[0] if others else keywords.get("globals")
        level = others[3] if len(others) > 3 else keywords.get("level", 0)
        if not level and name in self._standard and self._is_under_test(scope):
            return self._standard[name]
        with primitives.quiet():
            return builtins.__import__(name, *others, **keywords)

    def _is_under_test(self, scope: Any) -> bool:
        return scope is not None and _is_below(scope.get("__name__", ""), self._own)

    def prepare(self, module: types.ModuleType) -> None:
        """Before its code runs: let a copy import copies, and know the switch point."""
        is_known = module.__name__ in _KNOWN
        vars(module)["__builtins__"] = self._builtins if is_known else self._builtins_outside

    def settle(self, module: types.ModuleType) -> None:
        """After its code has run: follow what its objects share."""
        if self.follows and _is_below(module.__name__, (_QUEUE,)):
            histories.follow(module, "_pcsim_")

    def code(self, data: bytes, path: str, name: str) -> types.CodeType:
        """Compile the source of a copy."""
        if _is_below(name, self._with_points):
            return _compiled(data, path, self._grain, self.follows and name not in _KNOWN)
        return _plain(data, path)

    def _simulated_queue(self) -> types.ModuleType:
        """The standard library's `queue`, its Python code on simulated locks."""
        module = types.ModuleType("queue", queue.__doc__)
        scope = vars(module)
        source = inspect.getsource(queue).encode()
        real = builtins.__import__

        def load(name: str, *others: Any, **keywords: Any) -> Any:
            return (
                self._standard[name] if name in self._standard else real(name, *others, **keywords)
            )

        scope["__builtins__"] = {**self._builtins, "__import__": load}
        primitives.supply_point(scope["__builtins__"], is_outside=True)
        scope["__name__"] = "queue"
        code = _compiled(source, str(queue.__file__), self._grain, self.follows)
        exec(code, scope)  # noqa: S102 - the standard library's
        scope.update(
            Empty=queue.Empty,
            Full=queue.Full,
            SimpleQueue=scope["_PySimpleQueue"],
            time=primitives.clock,
        )
        if hasattr(queue, "ShutDown"):
            scope["ShutDown"] = queue.ShutDown
        return module


@cache
def _compiled(data: bytes, path: str, grain: Grain, marked: bool) -> types.CodeType:
    tree = with_points(data, path, grain, marked=marked)
    return compile(tree, path, "exec", dont_inherit=True)


@cache
def _plain(data: bytes, path: str) -> types.CodeType:
    return compile(data, path, "exec", dont_inherit=True)


def _supply(runtime: types.ModuleType, grain: Grain, follows: bool) -> None:
    """Give the copy of `pcsim.runtime` what is simulated."""
    if follows:
        vars(runtime).update(deque=histories.Deque, count=histories.Count)
    vars(runtime).update(
        clock=primitives.clock,
        thread_clock=lambda: 0.0,
        process_clock=lambda: 0.0,
        CoreWait=_NoCoreWait,
        thread_cpu_time=_nothing,
        thread_core_wait_time=_nothing,
        Lock=primitives.Lock,
        RLock=primitives.RLock,
        Condition=standard.simulated_threading.Condition,
        Thread=primitives.Thread,
        current_thread=primitives.current_thread,
        get_ident=primitives.get_ident,
        get_native_id=primitives.get_ident,
        has_interpreter_lock=lambda: grain.has_global_lock,
        sleep=primitives.sleep,
        yield_thread=lambda: primitives.sleep(0),
        call_at_exit=_nothing,
    )


class _NoCoreWait:
    """A simulated thread waits for no core."""

    def read(self) -> float:
        """Return the seconds so far."""
        return 0.0

    def close(self) -> None:
        """It holds nothing."""


def _nothing(_: object) -> None:
    """A simulated thread has no clock of its own, and no exit to wait for."""


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, world: World) -> None:
        self._world = world

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not self._world.has(fullname):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path, self._world)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, world: World) -> None:
        super().__init__(fullname, path)
        self._world = world

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        return self._world.code(self.get_data(path), path, fullname)

    def exec_module(self, module: types.ModuleType) -> None:
        self._world.prepare(module)
        super().exec_module(module)
        self._world.settle(module)
