"""Creates a directory with files in it, whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def make_whole(target: Path, files: Mapping[str, bytes]) -> None:
    """Create *target* with *files* (name → content) under a temporary name and rename it.

    Whoever loses a race finds the directory made by the winner; raises OSError for all else.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="pytest-cache-files-", dir=target.parent))
    try:
        # A temporary directory is private; the cache has the mode any new directory gets.
        umask = os.umask(0o022)
        os.umask(umask)
        path.chmod(0o777 & ~umask)
        for name, content in files.items():
            (path / name).write_bytes(content)
        path.rename(target)
    except OSError as exc:
        if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    finally:
        shutil.rmtree(path, ignore_errors=True)
