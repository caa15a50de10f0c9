"""Node ids taken apart: path, names, parameters.

``tests/test_a.py::TestB::test_c[1-x]`` has the path ``tests/test_a.py``, the names
``TestB`` and ``test_c`` and the parameters ``[1-x]``.
"""

from __future__ import annotations

from collections.abc import Iterator

SEPARATOR = "::"


def path_of(node_id: str) -> str:
    """Return the path, which is all of the id of a file or folder."""
    return node_id.partition(SEPARATOR)[0]


def suffix_of(node_id: str) -> str:
    """Return what follows the path: empty, or begins with ``::``."""
    return node_id[len(path_of(node_id)) :]


def split_parameters(node_id: str) -> tuple[str, str]:
    """Return the id of the function and its parameters with their brackets, or an empty text.

    Parameters may hold anything, ``::`` and brackets too; names and classes hold no bracket,
    so the first one behind the path begins them.
    """
    path = path_of(node_id)
    at = node_id.find("[", len(path))
    if at < 0 or not node_id.endswith("]"):
        return node_id, ""
    return node_id[:at], node_id[at:]


def function_of(node_id: str) -> str:
    """Return the id without its parameters."""
    if not node_id.endswith("]"):
        return node_id
    # Asked for hundreds of thousands of ids; only a path can have a bracket before the names.
    head = node_id.partition("[")[0]
    return head if SEPARATOR in head else split_parameters(node_id)[0]


def names_of(node_id: str) -> tuple[str, ...]:
    """Return the names of classes and function, without parameters."""
    suffix = suffix_of(function_of(node_id))
    return tuple(suffix.split(SEPARATOR)[1:])


def label_of(node_id: str) -> str:
    """Return the name by which people know a test: ``test_a[1]``; of a file its path."""
    names = names_of(node_id)
    return names[-1] + split_parameters(node_id)[1] if names else node_id


def ancestors_of(node_id: str) -> Iterator[str]:
    """Yield the ids of the function (of a parametrised test), classes and file around it."""
    function = function_of(node_id)
    if function != node_id:
        yield function
    path = path_of(node_id)
    names = names_of(node_id)
    for count in range(len(names) - 1, 0, -1):
        yield SEPARATOR.join((path, *names[:count]))
    if names:
        yield path


def folder_of(path: str) -> str:
    """Return the folder that *path* lies in; of what lies in the root an empty text."""
    return path.rpartition("/")[0]


def folders_of(path: str) -> Iterator[str]:
    """Yield the folders around *path*, innermost first, without the root itself."""
    while "/" in path:
        path = folder_of(path)
        if path:
            yield path
