"""The tests of one root's files, by parsing or from what earlier parsing told."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_recall_server.index import remembered
from pytest_recall_server.index.config import Config
from pytest_recall_server.index.definitions import definitions, doctests
from pytest_recall_server.index.doctests import first_line, has_examples
from pytest_recall_server.index.modules import Modules
from pytest_recall_server.index.parse import parse
from pytest_recall_server.index.remembered import Remembered, Stamp
from pytest_recall_server.index.walk import (
    FoundFile,
    has_doctests,
    is_python_test,
    relative_path,
)
from pytest_recall_server.model.dating import dated
from pytest_recall_server.model.flat import NOTHING, Flat, flat_of
from pytest_recall_server.model.outline import Definition, Module, SourceError, Span


@dataclass(frozen=True, kw_only=True, slots=True)
class FileTests:
    """What is known of one file."""

    modified: int
    """Nanoseconds since the epoch."""
    definitions: Sequence[Definition] | None
    """None: it could not be parsed."""
    flat: Flat = NOTHING
    """The definitions without their places."""
    error: SourceError | None = None


class Discovery:
    """Finds tests in files and texts.  Paths are relative to the rootdir; one thread at a time."""

    def __init__(self, config: Config) -> None:
        self._config = config
        search = (config.rootdir, os.path.join(config.rootdir, "src"), *config.python_path)
        folders = (_relative(config.rootdir, path) for path in dict.fromkeys(search))
        depends = (config.rules, config.starts, config.python_files, config.python_path)
        self._remembered = Remembered((config.rootdir, *depends))
        self._modules = Modules(config.rootdir, tuple(folders), self._remembered)

    @property
    def parsed(self) -> int:
        """How many files were parsed, and not remembered."""
        return self._modules.outlines.parsed

    def stamps(self) -> dict[str, Stamp]:
        """Return the files that were looked into, as they were then; also those without tests."""
        return self._remembered.stamps()

    def dependents(self, paths: Iterable[str]) -> set[str]:
        """Return the files whose tests depend on one of *paths* too."""
        return self._remembered.dependents(paths)

    def load(self) -> None:
        """Take what an earlier server remembered."""
        self._remembered.load(self._config.cache_dir)

    def content(self) -> bytes | None:
        """Return what is to be remembered, if anything of it is new."""
        changed = self._remembered.changed
        return self._remembered.content(self._config.rootdir) if changed else None

    def write(self, content: bytes) -> None:
        """Remember *content* for later servers; raise OSError where that cannot be."""
        try:
            remembered.write(self._config.cache_dir, content)
        except OSError:
            # There may be a cache directory next time.
            self._remembered.changed = True
            raise

    def begin(self, files: Iterable[FoundFile] = ()) -> None:
        """Look at all files anew; *files* were just looked at."""
        self._modules.begin({file.path: (file.modified, file.size) for file in files})

    def file(self, path: str) -> FileTests | None:
        """Return the tests of the file at *path*, or None where it cannot be read."""
        if not path.endswith(".py"):
            return self._text_file(path)
        stamp = self._modules.outlines.stamp(path)
        if stamp is None:
            return None
        known = self._remembered.definitions(path, stamp, self._modules.outlines.hold)
        if known is not None:
            return FileTests(modified=stamp[0], definitions=known[0], flat=known[1])
        with self._modules.outlines.noting() as needs:
            entry = self._modules.outline(path)
            if entry is None:
                return None
            stamp, outline = entry
            if isinstance(outline, SourceError):
                return FileTests(modified=stamp[0], definitions=None, error=outline)
            found = self._found(path, outline)
        return _tests(stamp, self._remembered.keep_definitions(path, stamp, needs, found))

    def text(self, path: str, text: str) -> tuple[Definition, ...] | None:
        """Return the tests of *text*, which stands for a file; None: it is no Python."""
        if not path.endswith(".py"):
            return _text_tests(path, text)
        outline = parse(text)
        if isinstance(outline, SourceError):
            return None
        self._modules.begin()
        with self._modules.outlines.standing_in(path, outline):
            found = self._found(path, outline)
        # What was concluded from the text in the editor is not what the file says.
        self._modules.begin()
        return dated(found, self._remembered.dates(path), time.time_ns())

    def _found(self, path: str, outline: Module) -> tuple[Definition, ...]:
        config = self._config
        absolute = os.path.join(config.rootdir, path)
        documented = has_doctests(config, absolute)
        found = doctests(path, outline, self._modules) if documented else ()
        if documented and not is_python_test(config, absolute):
            return found
        return (*found, *definitions(path, outline, config.rules, self._modules))

    def _text_file(self, path: str) -> FileTests | None:
        absolute = os.path.join(self._config.rootdir, path)
        stamp = self._modules.outlines.stamp(path)
        if stamp is None:
            return None
        if not has_doctests(self._config, absolute):
            return FileTests(modified=stamp[0], definitions=None)
        try:
            with open(absolute, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError):
            return FileTests(modified=stamp[0], definitions=None)
        return _tests(stamp, _text_tests(path, text))


def _tests(stamp: Stamp, found: tuple[Definition, ...]) -> FileTests:
    return FileTests(modified=stamp[0], definitions=found, flat=flat_of(found))


def _text_tests(path: str, text: str) -> tuple[Definition, ...]:
    if not has_examples(text):
        return ()
    line = first_line(text)
    span = Span(line=line, column=0, end_line=line, end_column=0)
    name = os.path.basename(path)
    return (Definition(name=name, kind="function", span=span, parameters=()),)


def _relative(rootdir: str, path: str) -> str:
    relative = relative_path(rootdir, path)
    return "" if relative == "." else relative
