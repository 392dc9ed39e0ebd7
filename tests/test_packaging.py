"""What is installed from a wheel has all that it needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
import zipapp
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def output(*command: object, cwd: Path) -> str:
    """What the command prints; it must end well."""
    told = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the project's own backend."""
    folder = tmp_path_factory.mktemp("wheel")
    output(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_has_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    """Styles, the type marker and the guide are files like any other."""
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "pcsim").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    there = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert there == here
    assert {"pcsim/py.typed", "pcsim/tui/app.tcss"} <= there


def test_installed_wheel_runs_by_itself(wheel: Path, tmp_path: Path) -> None:
    """In a fresh environment, away from the checkout, the command and the app can be loaded."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    output(
        *(sys.executable, "-m", "pip", "--python", python, "install"),
        *("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", wheel),
        cwd=tmp_path,
    )
    # click and Textual are borrowed, so that nothing is downloaded.
    site = Path(output(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=tmp_path)
                .strip())  # fmt: skip
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    told = output(tmp_path / "venv" / "bin" / "pcsim", "demos", cwd=tmp_path)
    assert told.startswith("1  basic")
    code = "import pcsim.tui.app as app; print(app.__file__, 'Dashboard' in app.PcsimApp.CSS)"
    assert output(python, "-I", "-c", code, cwd=tmp_path).split() == [
        str(site / "pcsim" / "tui" / "app.py"),
        "True",
    ]


APP_IN_A_ZIP = """
import asyncio
from pcsim.cli.launch import launch
from pcsim.scenario.demos import DEMOS
from pcsim.tui.app import PcsimApp

async def main():
    app = PcsimApp(launch, DEMOS[0])
    async with app.run_test(size=(80, 24)):
        print(app.dashboard.queues_panel.size.height, app.dashboard.header.size.height)

asyncio.run(main())
"""


def test_app_starts_from_a_zip(tmp_path: Path) -> None:
    """Demos and style sheet are read from the package, wherever that is."""
    source, archive = tmp_path / "source", tmp_path / "pcsim.pyz"
    shutil.copytree(ROOT / "pcsim", source / "pcsim", ignore=shutil.ignore_patterns("__pycache__"))
    zipapp.create_archive(source, archive, main="pcsim.cli:main")
    assert output(sys.executable, archive, "demos", cwd=tmp_path).startswith("1  basic")
    code = f"import sys; sys.path.insert(0, {str(archive)!r})\n{APP_IN_A_ZIP}"
    assert output(sys.executable, "-I", "-c", code, cwd=tmp_path).split() == ["3", "1"]
