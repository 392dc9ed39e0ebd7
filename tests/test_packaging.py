"""pcsim runs from wherever it is: a wheel, a zip, without its sources, under -O and -OO."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipapp
import zipfile
from pathlib import Path

import pytest

from pcsim.kernel import targets

ROOT = Path(__file__).parent.parent


def output(*command: object, cwd: Path) -> str:
    """What the command prints; it must end well."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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
    assert {"pcsim/py.typed", "pcsim/tui/app.tcss", "pcsim/tui/pages.tcss"} <= there


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
    listed = output(tmp_path / "venv" / "bin" / "pcsim", "demos", cwd=tmp_path)
    assert listed.startswith("1  basic")
    code = "import pcsim.tui.app as app; print(app.__file__, 'Dashboard' in app.PcsimApp.CSS)"
    assert output(python, "-I", "-c", code, cwd=tmp_path).split() == [
        str(site / "pcsim" / "tui" / "app.py"),
        "True",
    ]


ZIG = """
import pathlib, sys
(made,) = (word.removeprefix("-femit-bin=") for word in sys.argv if word.startswith("-femit-bin="))
pathlib.Path(made).write_text(sys.argv[sys.argv.index("-target") + 1])
"""
"""In place of zig: what it builds is the name of the machine for which it is."""


def test_a_wheel_gets_the_kernels_binaries_where_it_is_asked_for(tmp_path: Path) -> None:
    """One for each kind of machine, by one wheel for all of them; in the clone nothing is left."""
    zig = tmp_path / "ziglang"
    zig.mkdir()
    (zig / "__main__.py").write_text(ZIG)
    hooks = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    (pin,) = hooks["targets"]["wheel"]["hooks"]["custom"]["dependencies"]
    version = pin.removeprefix("ziglang==")
    known = tmp_path / f"ziglang-{version}.dist-info"
    known.mkdir()
    (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ziglang\nVersion: {version}\n")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT,
        env={**environment(tmp_path), "HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (tmp_path / "dist").glob("*-py3-none-any.whl")
    files = zipfile.ZipFile(built)
    names = {name for name in files.namelist() if name.startswith("pcsim/kernel/binaries/")}
    assert {name: files.read(name).decode() for name in names} == {
        f"pcsim/kernel/binaries/{targets.library_name(machine)}": target.triple
        for machine, target in targets.TARGETS.items()
    }
    assert not targets.SHIPPED.exists()


def environment(path: Path) -> dict[str, str]:
    """Python finds pcsim there, and nowhere before."""
    return {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}


TOUR = """
import contextlib, io, pathlib, sys, pcsim
from pcsim.cli import main

assert pcsim.__file__.startswith(sys.argv[1]), pcsim.__file__

def output(*arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main(arguments)
    return out.getvalue()

print(output("demos"), output("schema"), output("new"), output("--help"))
print(output("run", "4", "--engine", "virtual", "--json"))
scenario = pcsim.Scenario.parse(output("new"))
print(pcsim.simulate(scenario, items=300))
system = pcsim.ProducerConsumerSystem()
system.add_queue("q", 2)
system.add_producer("P", range(50), 0.0, "q")
system.add_consumer("C", destination := [], 0.0, queue_names="q")
system.start()
system.wait_for_completion()
print(destination)

import asyncio
from pcsim.launch.runs import launch
from pcsim.scenario.demos import DEMOS
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs

async def show():
    app = PcsimApp(Runs(launch, DEMOS[0]))
    async with app.run_test(size=(80, 24)):
        print(app.dashboard.tables.queues_panel.size.height, app.dashboard.header.size.height)

asyncio.run(show())
"""
"""The files that come with pcsim are read, both engines run, the app starts."""


def tour(folder: Path, path: Path, *options: str) -> str:
    """What Python with these options prints on the tour, with pcsim from that path."""
    command = [sys.executable, *options, "-c", TOUR, str(path)]
    done = subprocess.run(
        command, cwd=folder, env=environment(path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the tour prints from the sources."""
    printed = tour(tmp_path_factory.mktemp("sources"), ROOT)
    assert printed.endswith("\n3 1\n")
    return printed


def test_it_runs_from_a_wheel_on_the_path(wheel: Path, tmp_path: Path, expected: str) -> None:
    """Its data files are read out of the zip."""
    assert tour(tmp_path, wheel) == expected


def test_it_runs_as_a_zipapp(wheel: Path, tmp_path: Path, expected: str) -> None:
    """`python -m zipapp` makes one file of it, which is the command and can be imported from."""
    folder = tmp_path / "app"
    zipfile.ZipFile(wheel).extractall(folder)
    zipapp.create_archive(folder, tmp_path / "pcsim.pyz", main="pcsim.cli:main")
    assert tour(tmp_path, tmp_path / "pcsim.pyz") == expected
    listed = output(sys.executable, tmp_path / "pcsim.pyz", "demos", cwd=tmp_path)
    assert listed.startswith("1  basic")


def test_it_runs_without_its_sources(wheel: Path, tmp_path: Path, expected: str) -> None:
    """Nothing reads the lines of a function."""
    folder = tmp_path / "compiled"
    zipfile.ZipFile(wheel).extractall(folder)
    assert compileall.compile_dir(folder, legacy=True, quiet=1)
    for source in folder.rglob("*.py"):
        source.unlink()
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    assert tour(tmp_path, folder) == expected


def test_it_runs_without_asserts_and_docstrings(tmp_path: Path, expected: str) -> None:
    """Neither is part of what it does."""
    assert tour(tmp_path, ROOT, "-O") == expected
    assert tour(tmp_path, ROOT, "-OO") == expected
