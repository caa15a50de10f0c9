"""Make a cache directory where pytest has made none yet."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

_FILES = {
    "README.md": (
        "# pytest cache directory #\n\n"
        "This directory contains data from the pytest's cache plugin,\n"
        "which provides the `--lf` and `--ff` options, as well as the `cache` fixture.\n\n"
        "**Do not** commit this to version control.\n\n"
        "See [the docs](https://docs.pytest.org/en/stable/how-to/cache.html) for more"
        " information.\n"
    ),
    ".gitignore": "# Created by pytest automatically.\n*\n",
    "CACHEDIR.TAG": (
        "Signature: 8a477f597d28d172789f06886806bc55\n"
        "# This file is a cache directory tag created by pytest.\n"
        "# For information about cache directory tags, see:\n"
        "#\thttps://bford.info/cachedir/spec.html\n"
    ),
}
"""What pytest puts into a new one (``_pytest/cacheprovider.py``)."""


def ensure_cache(cachedir: Path) -> None:
    """Create *cachedir* whole, with its supporting files, if it is not there; raises OSError."""
    if cachedir.is_dir():
        return
    cachedir.parent.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="pytest-cache-files-", dir=cachedir.parent))
    try:
        umask = os.umask(0o022)
        os.umask(umask)
        path.chmod(0o777 & ~umask)
        for name, content in _FILES.items():
            (path / name).write_text(content, encoding="utf-8", newline="\n")
        path.rename(cachedir)
    except OSError as error:
        # Somebody else, most likely a run, has made it meanwhile.
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
    finally:
        shutil.rmtree(path, ignore_errors=True)
