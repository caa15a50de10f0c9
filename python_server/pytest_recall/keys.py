"""Which path a key of the cache names; keys that lead out of the cache directory are refused.

Every supported pytest gets the rules of pytest 9.2 and its words; before, `../x` was followed.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from pathlib import PurePath, PureWindowsPath
from typing import TypeVar

AnyPath = TypeVar("AnyPath", bound=PurePath)


def path_of_key(base: AnyPath, key: str) -> AnyPath:
    """Return the path below *base* that *key* names; the flavour of *base* is that of the rules.

    A `..` that cancels out is fine. Raises ValueError for one that does not, for an absolute path,
    a drive letter, and a NUL character.
    """
    name = os.fspath(key)
    if "\0" in name:
        raise ValueError(f"{name!r} is not allowed to contain a NUL character")
    normpath = ntpath.normpath if isinstance(base, PureWindowsPath) else posixpath.normpath
    path = type(base)(normpath(base / name))
    # A `cache_dir` such as `../cache` has a `..` itself, which pytest 9.2 takes for the key's.
    within = normpath(base)
    if type(base)(name).anchor or not path.is_relative_to(within):
        raise ValueError(f"{name!r} is not allowed to escape the cache directory")
    return base / path.relative_to(within)


def path_of_name(base: AnyPath, name: str) -> AnyPath:
    """Return the path of the folder *name*, a single name, in *base*; raises ValueError."""
    if len(type(base)(name).parts) > 1:
        raise ValueError("name is not allowed to contain path separators")
    return path_of_key(base, name)


def as_part(name: str) -> str:
    """Return *name* as one part of a key: it must not lead anywhere else."""
    # Nearly every run asks for no name, and to compile the pattern costs it as much as a module.
    return re.sub(r"[^\w.+-]+", "-", name).strip(".") if name else ""
