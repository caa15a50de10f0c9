"""What imported modules rest on: files that must not have changed when the modules are used."""

# ruff: noqa: PTH112, PTH116, PTH117, PTH208 # pathlib would be imported

from __future__ import annotations

import os
import sys
from types import ModuleType

from pytest_recall.installed import OURS, Installed, is_below


def basis(installed: Installed, ini: str | None) -> dict[str, object]:
    """Return what the modules that are loaded now rest on; paths are absolute.

    `files`: path → [mtime in ns, size]; `folders`: path → mtime in ns of those that hold installed
    modules; `own`: folders of `sys.path` that hold others, in which none of the modules `names` may
    be found. *ini* is a further file, if any.
    """
    libraries = [folder for folder in installed.folders[1:] if folder != OURS]
    files = [path for module in list(sys.modules.values()) if (path := _file_of(module))]
    if ini is not None:
        files.append(ini)
    for folder in filter(os.path.isdir, libraries):
        files += [f"{folder}/{name}" for name in os.listdir(folder) if name.endswith(".pth")]
    # Python's own files change with the interpreter, if ever.
    standard = installed.folders[:1]
    watched = [each for each in files if is_below(each, libraries) or not is_below(each, standard)]
    names = {name.partition(".")[0] for name in sys.modules} - {"pytest_recall", "__main__"}
    return {
        "files": {each: _state_of(each) for each in dict.fromkeys(watched)},
        "folders": {each: state and state[0] for each in libraries for state in [_state_of(each)]},
        "own": [each for each in sys.path if os.path.isdir(each) and not installed.holds(each)],
        "names": sorted(names),
    }


def _file_of(module: ModuleType) -> str | None:
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    return origin if isinstance(origin, str) and os.path.isabs(origin) else None


def _state_of(path: str) -> list[int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]
