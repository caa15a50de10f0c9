"""The projects whose tests are run."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

TAG = "Signature: 8a477f597d28d172789f06886806bc55"


@dataclass(frozen=True)
class Project:
    """A folder with tests, of which some are remembered as failed."""

    title: str
    folder: Path
    failed: tuple[str, ...]
    kind: str
    """How the server is asked to run those: `ids`, or `lastFailed`."""

    def remember(self) -> None:
        """Let the cache say that they failed, and that all are known."""
        values = self.folder / ".pytest_cache/v/cache"
        values.mkdir(parents=True, exist_ok=True)
        (values.parents[1] / "CACHEDIR.TAG").write_text(TAG, "utf-8")
        text = json.dumps(dict.fromkeys(self.failed, True), indent=2)
        (values / "lastfailed").write_text(text, "utf-8")

    def selection(self) -> dict[str, object]:
        """Return what the server is to run."""
        ids = self.failed if self.kind == "ids" else ()
        return {"kind": self.kind, "ids": list(ids), "exclude": []}


def one_trivial(folder: Path, scale: int) -> Project:
    """One test that passes, in 200 files of 10."""
    _write(folder, 200 // scale, frozenset())
    return Project("one trivial test of 2,000", folder, (_id(folder, 100 // scale, 5),), "ids")


def two_failed(folder: Path, scale: int) -> Project:
    """Two tests that fail, in 1,000 files of 10."""
    files = 1000 // scale
    failing = ((files // 3, 3), (2 * files // 3, 7))
    _write(folder, files, frozenset(failing))
    failed = tuple(_id(folder, *each) for each in failing)
    return Project("2 failed of 10,000", folder, failed, "lastFailed")


def all_trivial(folder: Path, scale: int) -> Project:
    """10,000 tests that pass."""
    _write(folder, 1000 // scale, frozenset())
    return Project("10,000 trivial tests", folder, (), "all")


def all_chosen(folder: Path, scale: int) -> Project:
    """10,000 tests that pass, each of them named."""
    files = 1000 // scale
    _write(folder, files, frozenset())
    ids = tuple(_id(folder, file, test) for file in range(files) for test in range(10))
    return Project("10,000 tests by their ids", folder, ids, "ids")


def stamping(folder: Path, tests: int) -> Project:
    """Let each test write down its own end, after some silence."""
    _empty(folder)
    text = "import time\nfrom pathlib import Path\n"
    for number in range(tests):
        # Silences of many lengths, since the journal is read more seldom the longer one is.
        silence = 0.02 + 0.3 * (number * 7 % tests) / tests
        text += (
            f"\n\ndef test_{number}():\n    time.sleep({silence:.3f})\n"
            f"    Path('stamp-{number}').write_text(repr(time.perf_counter()))\n"
        )
    (folder / "test_stamping.py").write_text(text, "utf-8")
    return Project("tests that write down their end", folder, (), "all")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")


def _path(folder: Path, number: int) -> Path:
    return folder / f"pkg_{number % 20:02}" / f"test_{number:04}.py"


def _id(folder: Path, file: int, test: int) -> str:
    return f"{_path(folder, file).relative_to(folder).as_posix()}::test_{test}"


def _write(folder: Path, files: int, failing: frozenset[tuple[int, int]]) -> None:
    _empty(folder)
    for number in range(files):
        path = _path(folder, number)
        path.parent.mkdir(exist_ok=True)
        tests = ((each, (number, each) not in failing) for each in range(10))
        path.write_text(
            "".join(f"def test_{n}():\n    assert {ok}\n\n\n" for n, ok in tests), "utf-8"
        )
