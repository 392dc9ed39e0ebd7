"""Imports the code that a command names; what goes wrong in it is shown as Python shows it.

A module is imported under its own name, from the folder where the command was given or from
Python's path, and a script from its folder: what stands under `if __name__ == "__main__"` is not
run.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pcsim.cli.code_names import CodeName
from pcsim.cli.scenario_files import UsageError
from pcsim.errors import did_you_mean
from pcsim.text import safe

Returned = TypeVar("Returned")


def look_up(code: CodeName) -> Any:
    """Import the place, and return what has the name in it.

    Raises:
        UsageError: There is no such place or name, or the import raised an error, which is on
            stderr then.
    """
    found: Any = load(code)
    for number, part in enumerate(code.name.split(".")):
        try:
            found = getattr(found, part)
        except AttributeError:
            where = ".".join([code.place, *code.name.split(".")[:number]])
            known = sorted(name for name in dir(found) if not name.startswith("_"))
            hint = did_you_mean(part, known)
            raise UsageError(safe(f"{where} has no '{part}'{hint}", 400)) from None
    return found


def load(code: CodeName) -> ModuleType:
    """Import the place that code is in.

    Raises:
        UsageError: There is none, or the import raised an error, which is on stderr then.
    """
    place = code.place
    if code.is_script:
        path = Path(place)
        if not path.is_file():
            cause = "Is a directory" if path.is_dir() else "No such file or directory"
            raise UsageError(f"cannot read '{safe(place, 100)}': {cause}")
        return called(lambda: _script(path.resolve()), f"cannot import {place}", place)
    return called(lambda: _module(place), f"cannot import {place}", place)


def called(function: Callable[[], Returned], failing: str, place: str) -> Returned:
    """Call code from outside; an error in it is shown with its frames, and those of pcsim are not.

    Args:
        function: What is called.
        failing: How the line about an error begins.
        place: What is in `sys.argv` meanwhile: the words of the command are not for that code.

    Raises:
        UsageError: It raised an error.
    """
    from pcsim.engine.raised import error_text
    from pcsim.headless.output import Output

    try:
        with _arguments(place):
            return function()
    except KeyboardInterrupt:
        raise
    except SystemExit:
        raise UsageError(
            f"{safe(failing, 200)}: it called sys.exit(); what ends a program {_UNDER_MAIN}"
        ) from None
    except UsageError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is theirs
        lines = traceback.format_exception(type(error), error, _own_frames(error))
        text = "".join(lines).rstrip("\n").split("\n")
        Output(sys.stderr).write("\n".join(safe(line, 400) for line in text) + "\n")
        raise UsageError(safe(f"{failing}: {error_text(error)}", 400)) from None


_UNDER_MAIN = 'goes under: if __name__ == "__main__":'


def _module(name: str) -> ModuleType:
    """Import a module by its name, from this folder before others."""
    _prefer(Path.cwd())
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or f"{name}.".startswith(f"{error.name}."):
            where = "in this folder or on Python's path"
            raise UsageError(f"no module '{safe(name, 100)}' {where}") from None
        raise  # it is one that the module itself imports


def _script(path: Path) -> ModuleType:
    """Import a script under the name of its file."""
    name = path.stem
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    _prefer(path.parent)
    if known is not None:  # Python's own or pcsim's, which others use by this name
        name = f"{name} ({path})"
        if name in sys.modules:
            return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python script")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _prefer(folder: Path) -> None:
    """Look for modules in the folder first, as Python does for a script in it."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@contextlib.contextmanager
def _arguments(place: str) -> Iterator[None]:
    before = sys.argv
    sys.argv = [place]
    try:
        yield
    finally:
        sys.argv = before


def _own_frames(error: BaseException) -> Any:
    """The frames of an error without those that lead to code from outside."""
    machinery = (__file__, str(Path(importlib.__file__).parent), "<frozen importlib")
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename.startswith(machinery):
        frame = frame.tb_next
    return frame
