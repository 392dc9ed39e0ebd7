"""Puts the kernel's binaries, built by zig for each kind of machine, into a wheel.

Only where it is asked for (`HATCH_BUILD_HOOK_ENABLE_CUSTOM=true`): to install from a clone needs no
zig.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BinariesHook(BuildHookInterface[Any]):
    """One library for each machine of `pcsim.kernel.targets`, in the folder that it names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build them where a wheel is built, and not where a clone is installed editable."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="pcsim-binaries-")
        targets = runpy.run_path(str(Path(self.root, "pcsim", "kernel", "targets.py")))
        there = Path(targets["SHIPPED"]).relative_to(self.root)
        for machine in targets["TARGETS"]:
            library = Path(self._folder.name, targets["library_name"](machine))
            for command in targets["zig_commands"](machine, library):
                self._run(command)
            build_data["force_include"][str(library)] = (there / library.name).as_posix()

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """They are in the wheel."""
        if version != "editable":
            self._folder.cleanup()

    def _run(self, command: list[str]) -> None:
        """Run a command in the folder, where zig also keeps what it needs on the way."""
        name = self._folder.name
        environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": name, "ZIG_LOCAL_CACHE_DIR": name}
        self.app.display_info(" ".join(command))
        subprocess.run(command, cwd=name, env=environment, check=True)  # noqa: S603 - zig
