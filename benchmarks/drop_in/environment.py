"""A project's sources and a virtual environment for it, made once and kept in a cache folder."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
from pathlib import Path
from typing import NamedTuple

INSIDE = Path(__file__).parent / "inside"
PCSIM = Path(__file__).parent.parent.parent / "pcsim"


class Project(NamedTuple):
    """A project whose tests are run; `projects.toml` has them all."""

    name: str
    version: str
    needs: list[str]
    """What its tests need, with exact versions."""
    arguments: list[str]
    """For pytest: which tests, and how."""
    differs: dict[str, str]
    """Tests whose outcome is known to differ with ours, and why."""


class Environment:
    """Where the tests of one project run.

    Args:
        project: The project.
        cache: The folder in which everything is kept.
    """

    def __init__(self, project: Project, cache: Path) -> None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        self.project = project
        self.folder = cache / f"{project.name}-{project.version}-py{version}"
        self.python = self.folder / "venv" / "bin" / "python"

    @property
    def sources(self) -> Path:
        """The unpacked sdist."""
        return next(one for one in (self.folder / "sources").iterdir() if one.is_dir())

    def make(self) -> None:
        """Make it, if it is not there. Raises `RuntimeError` with pip's output."""
        done, needs = self.folder / "done", "\n".join(self.project.needs)
        if not done.exists() or done.read_text("utf-8") != needs:
            self.folder.mkdir(parents=True, exist_ok=True)
            venv.create(self.folder / "venv", with_pip=True, clear=True)
            self._unpack()
            self._pip("install", "--quiet", *self.project.needs, str(self.sources))
            done.write_text(needs, "utf-8")
        self._add_ours()

    def _unpack(self) -> None:
        project, downloads = self.project, self.folder / "sdist"
        name = f"{project.name}=={project.version}"
        self._pip("download", "--quiet", "--no-binary", ":all:", "--no-deps",
                  "--dest", str(downloads), name)  # fmt: skip
        with tarfile.open(next(downloads.glob("*.tar.gz"))) as archive:
            archive.extractall(self.folder / "sources", filter="data")

    def _pip(self, *arguments: str) -> None:
        command = [str(self.python), "-m", "pip", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pip {arguments[0]} failed\n{done.stdout}{done.stderr}")

    def _add_ours(self) -> None:
        """The queue as it is now, and what puts it in place."""
        library = next((self.folder / "venv" / "lib").glob("python*/site-packages"))
        for path in (PCSIM, *INSIDE.glob("*.py")):
            link = library / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(path)
        (library / "pcsim_as_queue.pth").write_text("import pcsim_as_queue\n", "ascii")
