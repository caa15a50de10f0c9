"""Links inside the cache directory: none of them leads to where anything is written or removed.

A cache directory may come with a checkout, and a link in it would make every run write wherever it
points. The cache directory itself may be a link: that is its owner's choice. What is looked at is
how things stand, not how they could be changed in the same instant: whoever can change the
directory while a test runs can change the test as well.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""The flag of `os.open` that refuses a link; 0 where there is none."""

BINARY = getattr(os, "O_BINARY", 0)

OTHERS = stat.S_IRWXG | stat.S_IRWXO

_TAGS = {
    getattr(stat, "IO_REPARSE_TAG_SYMLINK", None),
    getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None),
} - {None}


def is_link(path: Path) -> bool:
    """Tell whether *path* itself is a symbolic link, or on Windows a junction."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) in _TAGS


def refuse_links(base: Path, path: Path) -> None:
    """Raise an OSError (ELOOP) if *path* or a folder between *base* and it is a link."""
    current = base
    for part in path.relative_to(base).parts:
        current = current / part
        if is_link(current):
            message = "Is a link, and links inside the cache directory are not followed"
            raise OSError(errno.ELOOP, message, str(current))


def make_folder(base: Path, path: Path) -> None:
    """Create *path* and what leads to it below *base*, which is there; raises OSError."""
    refuse_links(base, path)
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)


def make_private(base: Path, path: Path) -> None:
    """Create *path* below *base*, which is there, for its owner alone; raises OSError."""
    make_folder(base, path.parent)
    refuse_links(path.parent, path)
    if not path.is_dir():
        path.mkdir(mode=0o700, exist_ok=True)


def refuse_others(path: Path) -> None:
    """Raise an OSError (EPERM) unless the folder *path* is its user's alone, and no link."""
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    # Windows has its own lists of who may do what, and a temporary directory for each user.
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & OTHERS):
        raise OSError(errno.EPERM, "Is not private to the user who runs pytest", str(path))
