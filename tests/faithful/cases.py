"""What is compared: projects, the environments they run in, and the arguments of pytest."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = ROOT / "tests" / "projects"
ADDED = Path(__file__).parent / "added"
OBSERVER = "test_observed.py"
LITTER = ("__pycache__", ".pytest_cache", ".hypothesis")
Environment = Literal["projects", "plugins"]
ENVIRONMENTS: dict[Environment, Path] = {
    "projects": ROOT / ".venv" / "projects",
    "plugins": ROOT / ".venv" / "plugins",
}
TITLES: dict[Environment, str] = {"projects": "pytest, xdist", "plugins": "all plugins"}
SEEDED = ("--randomly-seed=20261125",)
UNSHUFFLED = ("-p", "no:randomly")
COVERED = ("--cov-branch", "--cov-report=term")
TWO = ("-n", "2", "-v")
"""Two workers; the output says which of them has run a test."""
EACH = ("--dist", "each", "--tx", "2*popen", "-v")
# pytest-asyncio warns without it, and the two projects of others make errors of warnings.
QUIET = ("-o", "asyncio_default_fixture_loop_scope=function")


@dataclass(frozen=True)
class Case:
    """One comparison."""

    project: str
    environment: Environment
    args: tuple[str, ...] = ()
    short: bool = False
    """It is part of the short form."""

    @property
    def title(self) -> str:
        """Return its arguments that matter, for people."""
        silent = {*QUIET, *COVERED, "-v"}
        return " ".join(("pytest", *(each for each in self.args if each not in silent)))

    @property
    def distributed(self) -> bool:
        """Tests run in workers: what each of them runs is decided while they run."""
        return self.args[-len(TWO) :] == TWO

    @property
    def each(self) -> bool:
        """Every worker runs all tests."""
        return self.args[-len(EACH) :] == EACH

    @property
    def python(self) -> Path:
        """Return the interpreter."""
        return ENVIRONMENTS[self.environment] / "bin" / "python"


CASES = (
    Case("sample", "projects", short=True),
    Case("sample", "projects", TWO),
    Case("sample", "projects", EACH),
    Case("sample", "plugins", (*SEEDED, *COVERED, "--cov=shop")),
    Case("plugins", "plugins", UNSHUFFLED),
    Case("plugins", "plugins", SEEDED),
    Case("plugins", "plugins", (*SEEDED, *TWO)),
    Case("plugins", "plugins", (*SEEDED, *EACH)),
    Case("plugins", "plugins", (*SEEDED, *COVERED, "--cov=guestbook"), short=True),
    Case("plugins", "plugins", (*SEEDED, *COVERED, "--cov=guestbook", *TWO)),
    Case("plugins", "plugins", (*SEEDED, "-x")),
    Case("itsdangerous", "projects"),
    Case("itsdangerous", "projects", TWO, short=True),
    Case("itsdangerous", "plugins", (*QUIET, *UNSHUFFLED)),
    Case("itsdangerous", "plugins", (*QUIET, *SEEDED)),
    Case("itsdangerous", "plugins", (*QUIET, *SEEDED, *TWO)),
    Case("itsdangerous", "plugins", (*QUIET, *SEEDED, "--cov=itsdangerous")),
    # It makes an error of pytest-asyncio's warning, and pytest ends with an internal error.
    Case("click", "plugins", UNSHUFFLED),
    Case("click", "projects"),
    Case("click", "projects", TWO),
    Case("click", "plugins", (*QUIET, *UNSHUFFLED)),
    Case("click", "plugins", (*QUIET, *SEEDED)),
    Case("click", "plugins", (*QUIET, *SEEDED, *TWO)),
    Case("click", "plugins", (*QUIET, *SEEDED, "--cov=click")),
)


def lay_out(project: str, sources: dict[str, Path], target: Path) -> None:
    """Put a fresh copy of *project* at *target*, with the test that observes among its own.

    *sources*: the folders of those projects that are not the repository's.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(
        sources.get(project, PROJECTS / project), target, ignore=shutil.ignore_patterns(*LITTER)
    )
    shutil.copy(ADDED / OBSERVER, target / "tests")


def tidy(project: str, sources: dict[str, Path], target: Path) -> None:
    """Remove what a run has left in the copy at *target*, and leave its own files untouched.

    A process that waits there for the next run would notice others in their place.
    """
    source = sources.get(project, PROJECTS / project)
    own = {path.relative_to(source) for path in source.rglob("*")} | {Path("tests", OBSERVER)}
    for path in sorted(target.rglob("*"), reverse=True):
        if path.relative_to(target) in own and path.name not in LITTER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
