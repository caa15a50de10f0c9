"""Run one suite under some fault of the disk: ours, stock and none, as processes of their own."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.python.environment import clean_environment
from tests.python.plugin.support import SOURCES, Project

SUITE = {
    "test_a.py": """
    import pytest
    def test_passes(): pass
    def test_fails(): assert 0
    def test_is_mended(): pass
    @pytest.fixture
    def broken(): raise RuntimeError("broken")
    def test_error(broken): pass
    """,
    "test_b.py": "def test_also_fails(): assert 1 == 2\n",
}
KNOWN = {
    "cache/lastfailed": {"test_a.py::test_is_mended": True, "other.py::test_other": True},
    "cache/nodeids": ["other.py::test_other", "test_a.py::test_is_mended"],
    "cache/stepwise": [],
}


@dataclass(frozen=True)
class Run:
    """What one run wrote and returned."""

    status: int
    output: str

    @property
    def results(self) -> list[str]:
        """Return what the terminal says of the tests, without times and warnings."""
        lines = re.findall(r"(?m)^(?:PASSED|FAILED|ERROR) .*$", self.output)
        counts = re.findall(
            r"^=*\s*(\d+ (?:passed|failed).*) in [\d.]+s", self.output, re.MULTILINE
        )
        return [*lines, *(re.sub(r", \d+ warnings?", "", line) for line in counts)]

    @property
    def warnings(self) -> list[str]:
        """Return the warnings of the summary, and what was printed instead of one."""
        found = re.findall(r"(?m)PytestCacheWarning: (.*)|^warning: (.*)$", self.output)
        return [first or second for first, second in found]

    @property
    def is_sound(self) -> bool:
        """Whether nothing but the tests' own errors was reported."""
        return "INTERNALERROR" not in self.output and "Traceback (most" not in self.output


@dataclass
class Trial:
    """A fault, and how runs are made that meet it."""

    folder: Path
    prefix: tuple[str, ...] = ()
    limit: int | None = None

    def run(self, name: str, *arguments: str) -> tuple[Run, Project]:
        """Run pytest in the project *name*, which is written if it is not there."""
        project = self.project(name)
        (self.folder / "tmp").mkdir(exist_ok=True)
        environment = clean_environment() | {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": f"{SOURCES}:{self.folder}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(self.folder / "tmp"),
        }
        done = subprocess.run(
            [*self.prefix, sys.executable, "-m", "pytest", "-rA", *arguments],
            cwd=project.path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            preexec_fn=self._set_limit if self.limit is not None else None,
        )
        return Run(done.returncode, done.stdout + done.stderr), project

    def _set_limit(self) -> None:
        limit = self.limit or 0
        # Python ignores SIGXFSZ, so that a write beyond the limit is an error like a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    def project(self, name: str) -> Project:
        """Return the project *name*."""
        project = Project(self.folder / name)
        if not (project.path / "test_a.py").exists():
            project.write(SUITE)
        return project

    def journals(self) -> list[Path]:
        """Return the journals in the fallback directory."""
        return list((self.folder / "tmp").glob("pytest-recall-*/*/runs/*.jsonl"))


def remember(project: Project) -> dict[str, bytes]:
    """Let the cache of *project* know something; return all its values."""
    for key, value in KNOWN.items():
        project.set_key(key, value)
    (project.path / ".pytest_cache" / "CACHEDIR.TAG").write_text(
        "Signature: 8a477f597d28d172789f06886806bc55\n"
    )
    return values(project)


def values(project: Project) -> dict[str, bytes]:
    """Return all files below `v/`."""
    base = project.path / ".pytest_cache" / "v"
    return {
        str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()
    }
