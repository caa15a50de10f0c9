"""Take node ids apart, as text: no file is read and nothing is imported for it."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator


def path_of(nodeid: str) -> str:
    """Return the path part of *nodeid*, relative to rootdir with `/`."""
    return nodeid.partition("::")[0]


def without_parameters(nodeid: str) -> str:
    """Return *nodeid* without its final `[...]`; an id without one is returned as it is.

    The bracket is looked for behind the path, since folders may have brackets in their names,
    and from the left, since parameters may hold brackets but names of functions never do.
    """
    bracket = _bracket(nodeid)
    return nodeid if bracket < 0 else nodeid[:bracket]


def is_parametrised(nodeid: str) -> bool:
    """Tell whether *nodeid* ends in `[...]`."""
    # Most hold no bracket at all, and very many are asked for.
    return "[" in nodeid and _bracket(nodeid) >= 0


def _bracket(nodeid: str) -> int:
    names = nodeid.find("::")
    return nodeid.find("[", names) if names >= 0 else -1


def without_group(nodeid: str) -> str:
    """Return *nodeid* without the `@group` that xdist puts behind it under `--dist loadgroup`.

    Names of functions hold no `@`, so that it is looked for behind the parameters, which may.
    """
    names = nodeid.find("::")
    at = nodeid.find("@", names) if names >= 0 else -1
    if at >= 0 and 0 <= nodeid.find("[", names) < at:
        at = nodeid.find("@", nodeid.rfind("]"))
    return nodeid if at < 0 else nodeid[:at]


def names_of(nodeid: str) -> list[str]:
    """Return the names behind the path, the last one with its parameters."""
    base = without_parameters(nodeid)
    _path, separator, rest = base.partition("::")
    if not separator:
        return []
    names = rest.split("::")
    names[-1] += nodeid[len(base) :]
    return names


def folders_of(path: str) -> Iterator[str]:
    """Yield the folders of *path* from the nearest to the outermost, without the root."""
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def ancestors(nodeid: str) -> Iterator[str]:
    """Yield the classes, the file and the folders *nodeid* lies in, nearest first."""
    base = without_parameters(nodeid)
    path = path_of(base)
    while len(base) > len(path):
        base = base[: base.rindex("::")]
        yield base
    yield from folders_of(path)


def is_python_test(nodeid: str, function_patterns: list[str]) -> bool:
    """Tell whether *nodeid* looks like one that pytest's own Python plugin gives out.

    A file can be collected by several plugins (doctest, linters), so that an id which is absent
    from one collection of the file is only known to be gone if this plugin would have given it.
    """
    names = names_of(without_parameters(nodeid))
    if not names or not path_of(nodeid).endswith(".py"):
        return False
    if not all(name.isidentifier() for name in names):
        return False
    return len(names) > 1 or any(
        names[0].startswith(pattern) or fnmatch.fnmatchcase(names[0], pattern)
        for pattern in function_patterns
    )
