"""Create the cache directory, whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

from _pytest import cacheprovider as stock


def _supporting_files() -> dict[str, bytes]:
    """Return the files pytest puts into a new cache directory, as this version words them."""
    files: dict[str, bytes] | None = getattr(stock, "CACHEDIR_FILES", None)
    if files is not None:
        return dict(files)
    readme: str = getattr(stock, "README_CONTENT", "")
    tag: bytes = getattr(stock, "CACHEDIR_TAG_CONTENT", b"")
    return {
        "README.md": readme.encode(),
        ".gitignore": b"# Created by pytest automatically.\n*\n",
        "CACHEDIR.TAG": tag,
    }


CACHEDIR_FILES = _supporting_files()
CACHEDIR_TAG_CONTENT = CACHEDIR_FILES["CACHEDIR.TAG"]


def make_cachedir(target: Path) -> None:
    """Create *target* with its supporting files under a temporary name and rename it.

    Whoever loses a race finds the directory made by the winner; raises OSError for all else.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="pytest-cache-files-", dir=target.parent))
    try:
        # A temporary directory is private; the cache has the mode any new directory gets.
        umask = os.umask(0o022)
        os.umask(umask)
        path.chmod(0o777 & ~umask)
        for name, content in CACHEDIR_FILES.items():
            (path / name).write_bytes(content)
        path.rename(target)
    except OSError as exc:
        if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    finally:
        shutil.rmtree(path, ignore_errors=True)
