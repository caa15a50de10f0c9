"""Which modules can be imported from a folder; the plugin and the server both ask."""

from __future__ import annotations

import os

_ENDINGS = (".py", ".pyc", ".so", ".pyd")


def modules_in(folder: str) -> set[str]:
    """Return the names of what an import finds in *folder* before it looks in later ones.

    A folder without `__init__.py` gives way to a module of its name elsewhere.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return set()
    files = {name.partition(".")[0] for name in names if name.endswith(_ENDINGS)}
    packages = {
        name
        for name in names
        if "." not in name and os.path.exists(f"{folder}/{name}/__init__.py")  # noqa: PTH110
    }
    return files | packages
