"""Make a cache directory where pytest has made none yet."""

from __future__ import annotations

from pathlib import Path

from pytest_recall.newfolder import make_whole

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
    make_whole(cachedir, {name: text.encode() for name, text in _FILES.items()})
