"""Create the cache directory, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from _pytest import cacheprovider as stock

from pytest_recall.newfolder import make_whole


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
    """Create *target* with its supporting files; raises OSError."""
    make_whole(target, CACHEDIR_FILES)
