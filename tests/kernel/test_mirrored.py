"""The modules of the Python engine that have a second form in C have not changed behind its back.

After a change of one of them: look whether `pcsim/kernel/source` has to change as well, compare
(`python -m tests.kernel.comparing 0 2000`), and store the digests that
`python -m tests.kernel.test_mirrored` prints.
"""

from __future__ import annotations

import ast
import sys
from hashlib import blake2b
from pathlib import Path

import pcsim.engine

ENGINE = Path(pcsim.engine.__file__).parent

DIGESTS: dict[str, str] = {
    "behaviours.py": "d14a01a1f5f2",
    "connections.py": "5830d8e4ad07",
    "endable.py": "d56a6bbe8f77",
    "intervals.py": "2940712a36b3",
    "kit.py": "0e88f95ca142",
    "numbering.py": "78346f9a5529",
    "policies.py": "c75deb258f49",
    "run.py": "e021b0d0a780",
    "worker.py": "81db0d5f0af2",
    "assembly.py": "50d4922bc061",
    "books/histogram.py": "e29778b90d49",
    "books/item_times.py": "b4614bbf9a3a",
    "virtual/agenda.py": "b686f75ea878",
    "virtual/engine.py": "ad5bdf35ea16",
    "virtual/noting_port.py": "00a64705d62c",
    "virtual/ports.py": "427cbc60d9ba",
    "virtual/queue.py": "dc04d5aac55c",
    "virtual/state_timer.py": "8c58bd0d7a2a",
    "virtual/tie_order.py": "25029c7aa782",
    "virtual/worker.py": "b1e72a1997cf",
}


def written(node: object) -> str:
    """A syntax tree as a text that is the same under every Python: without docstrings, places and
    fields that are empty."""
    if isinstance(node, list):
        return "[" + ",".join(map(written, node)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if value not in (None, [], "")}
    fields.pop("is_lazy", None)  # of an import, from Python 3.15 on
    body = fields.get("body")
    if isinstance(body, list):
        fields["body"] = [one for one in body if not is_text(one)]
    return type(node).__name__ + str({name: written(of) for name, of in fields.items()})


def is_text(node: ast.AST) -> bool:
    """Whether it is a docstring."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def digest_of(module: str) -> str:
    """Of what a module says, without its comments and docstrings."""
    tree = ast.parse((ENGINE / module).read_text(encoding="utf-8"))
    return blake2b(written(tree).encode(), digest_size=6).hexdigest()


def test_what_the_kernel_mirrors_is_as_it_was() -> None:
    """Else the kernel is looked at: see above."""
    changed = [module for module, digest in DIGESTS.items() if digest_of(module) != digest]
    assert changed == []


def test_a_comment_changes_no_digest() -> None:
    """Nor does a docstring; a statement does."""
    plain = written(ast.parse("def f(x):\n    return x + 1\n"))
    assert written(ast.parse('def f(x):\n    """Add."""\n    return x + 1  # one\n')) == plain
    assert written(ast.parse("def f(x):\n    return x + 2\n")) != plain


if __name__ == "__main__":
    for name in DIGESTS:
        sys.stdout.write(f'    "{name}": "{digest_of(name)}",\n')
