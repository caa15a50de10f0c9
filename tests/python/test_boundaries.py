"""What only one place may do, for which import-linter has no words."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from tests.python.plugin.support import SOURCES

STARTING = {
    "multiprocessing",
    "pty",
    "subprocess",
    *(f"os.{name}" for name in ("fork", "forkpty", "popen", "posix_spawn", "startfile", "system")),
    *(f"os.exec{letters}" for letters in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    *(f"os.spawn{letters}" for letters in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    *(f"asyncio.create_subprocess_{kind}" for kind in ("exec", "shell")),
    *(f"loop.subprocess_{kind}" for kind in ("exec", "shell")),
}
"""Modules and functions that start processes, as sources spell them."""


def started(source: str) -> set[str]:
    """Return what in *source* starts processes."""
    return set(_started(ast.parse(source)))


def _started(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), names=names):
                found = [module, *(f"{module}.{alias.name}" for alias in names)]
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                found = [f"{owner}.{name}"]
            case _:
                continue
        yield from (name for name in found if name in STARTING)


def test_only_runs_starts_processes_and_the_plugin_only_forks_its_waiting_one() -> None:
    starting = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if started(path.read_text("utf-8"))
    }

    ours = {name for name in starting if not name.startswith("pytest_recall_server/runs/")}
    assert starting - ours, "runs/ does"
    assert ours == {"pytest_recall/waiting.py"}


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import subprocess", "subprocess"),
        ("from subprocess import run", "subprocess"),
        ("from os import execv", "os.execv"),
        ("os.system('true')", "os.system"),
        ("await asyncio.create_subprocess_exec('true')", "asyncio.create_subprocess_exec"),
    ],
)
def test_a_start_of_a_process_is_noticed(source: str, what: str) -> None:
    assert what in started(source)
