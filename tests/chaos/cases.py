"""The ways in which a cache directory can be unusable."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

Act = Callable[[Path], None]
BLOCK = 4096
"""Bytes a tmpfs gives to a file at a time."""


@dataclass(frozen=True)
class Case:
    """One way; its acts get the cache directory, which holds some values already."""

    kind: str
    name: str
    prepare: Act = lambda _cachedir: None
    meanwhile: Act | None = None
    """Done again and again while the run goes on."""
    environment: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    """Size in KiB of a file system of its own, 0 for none."""
    keeps: bool = True
    """Whether the values that were stored can still be there afterwards."""

    @property
    def mounted(self) -> bool:
        """Whether the cache directory is a file system of its own."""
        return self.size > 0


def fill(free: int, cachedir: Path) -> None:
    """Fill the file system of *cachedir* up to *free* blocks."""
    status = os.statvfs(cachedir)
    blocks = status.f_bavail * status.f_frsize // BLOCK - free
    (cachedir / "ballast").write_bytes(b"x" * BLOCK * max(0, blocks))


def remount(cachedir: Path) -> None:
    """Let the file system of *cachedir* be read-only."""
    subprocess.run(["mount", "-o", "remount,ro", str(cachedir)], check=True)


def forbid(name: str, mode: int, cachedir: Path) -> None:
    """Create the folder *name* of the cache directory if it is not there, and set its mode."""
    path = cachedir / name
    if not path.is_file():
        path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)


def forbid_project(cachedir: Path) -> None:
    """Let there be no cache directory, and none be made."""
    shutil.rmtree(cachedir)
    cachedir.parent.chmod(0o555)


def put_file(name: str, cachedir: Path) -> None:
    """Put a file in the place of *name*, the cache directory itself if it is empty."""
    path = cachedir / name if name else cachedir
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("not a folder\n", "utf-8")


def put_folder(name: str, cachedir: Path) -> None:
    """Put a folder with something in it in the place of the file *name*."""
    path = cachedir / name
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)
    (path / "something").touch()


def put_link(target: str, cachedir: Path) -> None:
    """Put a symbolic link in the place of the cache directory."""
    shutil.rmtree(cachedir)
    cachedir.symlink_to(target)


def remove(name: str, cachedir: Path) -> None:
    """Do as `rm -rf` does."""
    with contextlib.suppress(OSError):
        shutil.rmtree(cachedir / name if name else cachedir)


FULL = [
    Case("full disk", f"{free} blocks free", partial(fill, free), size=400)
    for free in (0, 1, 2, 3, 4, 6, 9, 14)
]
READ_ONLY = [Case("read-only file system", "tmpfs", remount, size=400)]
FORBIDDEN = [
    Case("no permission", f"{name or '.'} {mode:o}", partial(forbid, name, mode))
    for name, mode in (
        ("", 0o555),
        ("v/cache", 0o555),
        ("v/cache/lastfailed", 0o000),
        ("v/recall", 0o555),
        ("d", 0o555),
        ("d/recall", 0o500),
        ("d/recall/runs", 0o555),
        ("d/recall/runs", 0o000),
    )
] + [Case("no permission", "project", forbid_project, keeps=False)]
IN_THE_WAY = (
    [
        Case(
            "file instead of folder",
            name or ".",
            partial(put_file, name),
            keeps=bool(name not in {"", "v", "v/cache"}),
        )
        for name in ("", "v", "v/cache", "v/recall", "d", "d/recall", "d/recall/runs")
    ]
    + [
        Case(
            "folder instead of file",
            name,
            partial(put_folder, name),
            keeps="lastfailed" not in name,
        )
        for name in ("d/recall/lock", "v/recall/unfinished", "v/cache/lastfailed")
    ]
    + [
        Case(
            "file instead of folder",
            "dangling link",
            partial(put_link, "nowhere/at/all"),
            keeps=False,
        ),
        Case(
            "file instead of folder",
            "link to itself",
            partial(put_link, ".pytest_cache"),
            keeps=False,
        ),
    ]
)
REMOVED = [
    Case(
        "removed during the run",
        f"by a test: {name}",
        environment={"CHAOS_REMOVE": name},
        keeps=name == "d",
    )
    for name in (".", "v", "d")
] + [
    Case(
        "removed during the run",
        "at the end",
        environment={"CHAOS_REMOVE_AT_END": "1"},
        keeps=False,
    ),
    Case("removed during the run", "again and again", meanwhile=partial(remove, ""), keeps=False),
    Case("removed during the run", "d again and again", meanwhile=partial(remove, "d")),
]
CASES: tuple[Case, ...] = (*FULL, *READ_ONLY, *FORBIDDEN, *IN_THE_WAY, *REMOVED)
