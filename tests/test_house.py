"""The house keeps its own rules: layers, sizes, docstrings, plain words, nothing compiled."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "pcsim").rglob("*.py"))
TREES = {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in MODULES}

MOST_LOOSE_MODULES = 8
MOST_LINES = 400
AGENT = Path("pcsim/watch/agent.py")
"""The one module that may be longer: it runs where pcsim is not installed, and so is one file."""
MOST_LINES_OF_A_FUNCTION = 60
MOST_METHODS = 40
MOST_ATTRIBUTES = 25


def test_few_modules_lie_loose() -> None:
    """Everything else has a room."""
    loose = [path.name for path in (ROOT / "pcsim").glob("*.py")]
    assert len(loose) <= MOST_LOOSE_MODULES, loose


def test_layers_are_kept() -> None:
    """import-linter finds no import that goes up, and no circle."""
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_import_is_excused_from_the_layers() -> None:
    """The only imports that a contract passes over are those of the libraries it is about."""
    settings = (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.importlinter]")[2]
    excused = re.findall(r'"(\S+) -> (\S+)"', settings)
    known = {"textual", "rich", "click", "aiohttp", "dask", "distributed"}
    assert {to for _, to in excused} == known


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every function, however deep, and its lines without those of functions inside it."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = sum(lines(inner) for inner in node.body if isinstance(inner, ast.FunctionDef))
            yield node.name, lines(node) - inside


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From its `def` to its end, without its docstring, which may explain each argument."""
    size = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        size -= (first.end_lineno or 0) - first.lineno + 1
    return size


def test_modules_and_functions_are_of_a_size_that_can_be_read() -> None:
    """Each module says what it is for, and is twice as long as is aimed at, at most."""
    for path, tree in TREES.items():
        assert ast.get_docstring(tree), f"{path} has no docstring"
        length = (ROOT / path).read_text("utf-8").count("\n")
        assert length <= MOST_LINES or path == AGENT, f"{path} has {length} lines"
        long = [name for name, size in functions(tree) if size > MOST_LINES_OF_A_FUNCTION]
        assert not long, f"{path}: {long} have more than {MOST_LINES_OF_A_FUNCTION} lines"


def classes() -> Iterator[type]:
    """Every class of the package."""
    for path in TREES:
        if path.name == "__main__.py":
            continue
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == name:
                yield value


def own(kind: type) -> list[type]:
    """The classes of the package that it is made of: what it inherits is its own as well."""
    return [one for one in kind.__mro__ if one.__module__.startswith("pcsim")]


def methods(kind: type) -> set[str]:
    """The names of its functions and properties."""
    return {
        name
        for one in own(kind)
        for name, value in vars(one).items()
        if inspect.isfunction(value) or isinstance(value, (property, classmethod, staticmethod))
    }


def attributes(kind: type) -> set[str]:
    """The names that its methods assign to on `self`."""
    names: set[str] = set()
    for one in own(kind):
        if "__init__" not in vars(one) and not vars(one).get("__slots__"):
            continue  # a tuple or a Struct, whose fields are data
        source = inspect.getsource(one)
        names.update(re.findall(r"\bself\.(\w+)(?::[^=\n]+)? = ", source))
        names.update(re.findall(r"\bself\.(\w+)(?:, self\.\w+)+ = ", source))
    return names - methods(kind)


def test_classes_are_one_thing() -> None:
    """Few methods and attributes, inherited ones included: a chain of classes is one class."""
    for kind in classes():
        name = f"{kind.__module__}.{kind.__qualname__}"
        assert len(methods(kind)) <= MOST_METHODS, f"{name} has {len(methods(kind))} methods"
        held = sorted(attributes(kind))
        assert len(held) <= MOST_ATTRIBUTES, f"{name} has {len(held)} attributes: {held}"


def test_nothing_is_compiled_from_source_at_run_time() -> None:
    """What runs is what is written: breakpoints, coverage and tracebacks see every line."""
    banned = {"compile", "exec", "eval", "FunctionType", "CodeType", "getsource", "getlines"}
    for path, tree in TREES.items():
        if path.parts[:2] == ("pcsim", "testing"):
            continue  # it loads copies of modules with switch points in them, for tests
        called = {
            node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
        }
        used = called & banned
        if path == Path("pcsim", "watch", "agent.py"):
            used -= {"FunctionType"}  # of a function of pcsim that it counts: the same code, kept
        if used == {"compile"} and re.search(r"\bre\.compile\(", (ROOT / path).read_text("utf-8")):
            used = set()
        assert not used, f"{path} calls {used}"


BANNED_WORDS = re.compile(
    r"\b(told|tells?|whoever|so many|so long as|so often|be it|but for)\b", re.IGNORECASE
)
"""Words that make the text foreign, in code and in prose: report, show, raise; a thread, a caller;
N, at most; say what it is instead."""


def texts() -> Iterator[Path]:
    """Every file that is written by hand, but for this one."""
    folders = ("pcsim", "tests", "benchmarks", "screenshots")
    for path in [
        *ROOT.glob("*.md"),
        *(p for folder in folders for p in (ROOT / folder).rglob("*")),
    ]:
        if path.suffix in {".py", ".md", ".toml", ".tcss"} and path != Path(__file__).resolve():
            yield path


def test_words_are_plain() -> None:
    """The glossary's banned words are in no name, comment, message or page."""
    for path in texts():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            words = BANNED_WORDS.findall(line)
            assert not words, f"{path.relative_to(ROOT)}:{number}: {words}"
