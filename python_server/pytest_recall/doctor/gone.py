"""Find remembered ids of tests that are gone: the file is not there, or does not define them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pytest_recall import salvage, store
from pytest_recall.doctor.definitions import Definitions
from pytest_recall.doctor.findings import Finding, Place, Repair
from pytest_recall.doctor.shapes import ids_in, key_of, problem_of
from pytest_recall.doctor.values import value_files
from pytest_recall.nodeids import is_python_test, names_of, path_of, without_parameters

DEAD_IDS = "dead-ids"
UNKNOWN_ROOTDIR = "unknown-rootdir"
SHOWN = 3


@dataclass
class Tests:
    """Which tests can still be there, by what the files say now."""

    rootdir: Path
    place: Place
    _files: dict[str, bool] = field(default_factory=dict)
    _definitions: dict[str, Definitions | None] = field(default_factory=dict)
    _functions: dict[str, bool] = field(default_factory=dict)

    def is_gone(self, nodeid: str) -> bool:
        """Tell whether the test *nodeid* is surely gone; a parameter is not judged."""
        path = path_of(nodeid)
        if self.file_is_gone(path):
            return True
        function = without_parameters(nodeid)
        known = self._functions.get(function)
        if known is None:
            known = self._functions[function] = self._function_is_gone(path, function)
        return known

    def file_is_gone(self, path: str) -> bool:
        """Tell whether the file *path* is surely gone; what is no file's name is not judged."""
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = _is_gone(self.rootdir, path)
        return known

    def _function_is_gone(self, path: str, function: str) -> bool:
        if not is_python_test(function, list(self.place.functions)):
            return False
        if path not in self._definitions:
            self._definitions[path] = _parse(self.rootdir / path, self.place)
        definitions = self._definitions[path]
        return definitions is not None and not definitions.may_define(names_of(function))


def _is_gone(rootdir: Path, path: str) -> bool:
    # Some plugins give out ids of things that are no files.
    if "." not in path.rpartition("/")[2].strip("."):
        return False
    try:
        (rootdir / path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _parse(path: Path, place: Place) -> Definitions | None:
    try:
        status = path.stat()
        seen = (str(path), status.st_mtime_ns, status.st_size)
        if seen not in place.parsed:
            place.parsed[seen] = _parsed(path)
    except OSError:
        return None
    found = place.parsed[seen]
    return found if isinstance(found, Definitions) else None


def _parsed(path: Path) -> Definitions | None:
    data = path.read_bytes()
    try:
        return Definitions(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def examine_ids(place: Place) -> Iterator[Finding]:
    """Yield the keys that hold ids of tests that are gone."""
    if place.rootdir is None or not place.rootdir.is_dir():
        message = "which remembered tests are gone cannot be told: give --rootdir"
        yield Finding(UNKNOWN_ROOTDIR, ".", message, level="note")
        return
    tests = Tests(place.rootdir, place)
    for entry, key in value_files(place):
        ids = ids_in(key.role, store.read_json(entry.path).value)
        dead = tuple(nodeid for nodeid in ids if tests.is_gone(nodeid))
        if dead:
            name = place.relative(entry.path)
            message = _message(dead, tests.file_is_gone)
            yield Finding(DEAD_IDS, name, message, "forgotten, a copy kept", ids=dead)


def _message(dead: tuple[str, ...], file_is_gone: Callable[[str], bool]) -> str:
    files = list(dict.fromkeys(path_of(each) for each in dead if file_is_gone(path_of(each))))
    others = [each for each in dead if not file_is_gone(path_of(each))]
    in_files = len(dead) - len(others)
    parts: list[str] = []
    if files:
        noun = "test" if in_files == 1 else "tests"
        parts.append(f"{in_files} {noun} of {_listed(files)}, which {_is(files)} gone")
    if others:
        noun = "test that is" if len(others) == 1 else "tests that are"
        parts.append(f"{len(others)} {noun} gone: {_listed(others)}")
    return "; ".join(parts)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def forget(place: Place, finding: Finding) -> Repair:
    """Take the dead ids out of a value, a copy of which is kept; raises OSError.

    The caller holds the cache directory's lock.
    """
    path = place.absolute(finding.path)
    key = key_of(path.relative_to(place.cachedir / store.VALUES).as_posix())
    value = store.read_json(path).value
    left: object
    dead = set(finding.ids)
    ids = [nodeid for nodeid in ids_in(key.role, value) if nodeid not in dead]
    match key.role:
        case "failed":
            left = dict.fromkeys(ids, True)
        case "unfinished":
            left = {"version": 1, "ids": ids}
        case _:
            left = ids
    if problem_of(key.role, value) or left == value:
        return Repair(finding, "has been written anew by a run")
    aside = salvage.keep_aside(path, salvage.REPLACED)
    store.replace_text(path, store.dump(left))
    return Repair(finding, f"{len(dead)} forgotten; the original is {aside.name}")
