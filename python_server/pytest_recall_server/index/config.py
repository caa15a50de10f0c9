"""Find the rootdir and read the options, by pytest's rules (``_pytest/config/findpaths.py``).

Nothing is imported and ``addopts`` is not followed: what selects narrows runs, never the tree.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pytest_recall.telling import Told, told_by
from pytest_recall_server.errors import ConfigError
from pytest_recall_server.index.ini import parse_ini
from pytest_recall_server.index.options import OptionReader, Options, rules_of
from pytest_recall_server.index.rules import Rules
from pytest_recall_server.index.toml import load_toml

_NO_RECURSE = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")
_PYTHON_FILES = ("test_*.py", "*_test.py")


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """One root and its options.  Paths are absolute."""

    rootdir: str
    folder: str
    """Where pytest is invoked: the workspace folder, or the rootdir where that lies below one."""
    file: str | None
    cache_dir: str
    starts: tuple[str, ...]
    """Files and folders that pytest collects when it gets no arguments."""
    python_files: tuple[str, ...]
    no_recurse: tuple[str, ...]
    python_path: tuple[str, ...]
    rules: Rules
    several: bool = False
    """The starts are those of several workspace folders."""
    addopts: tuple[str, ...] = ()
    """What every run gets as arguments."""
    problems: tuple[str, ...] = ()
    nested: tuple[str, ...] = field(default=(), compare=False)
    """Folders below the rootdir that are other roots: what is in them is left to those.

    A root that comes or goes makes no other root a different one.
    """

    _below: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        below = tuple(folder + os.sep for folder in self.nested)
        object.__setattr__(self, "_below", below)

    def leaves_to_others(self, path: str) -> bool:
        """Tell whether the absolute *path* lies in another root below this one."""
        # Asked for every remembered file: this is quick also with many roots.
        return path.startswith(self._below) or path in self.nested


@dataclass(frozen=True, kw_only=True, slots=True)
class _Located:
    rootdir: str
    file: str | None
    options: Options
    problems: tuple[str, ...] = ()


def read_config(folder: str, environment: Mapping[str, str]) -> Config:
    """Return the root that ``pytest`` finds when invoked in *folder* without arguments."""
    return _config_of(_locate(os.path.realpath(folder)), folder, environment)


def read_told_config(folder: str, environment: Mapping[str, str], told: Told) -> Config:
    """Return the root that ``pytest`` finds when invoked in *folder* with what *told* says.

    Paths in it are relative to *folder*.  Raise ``ConfigError`` where a file cannot be read.
    """
    located = _locate(os.path.realpath(folder))
    if told.config_file:
        located = _named(os.path.join(os.path.realpath(folder), told.config_file))
    options = dict(located.options)
    # As pytest has it, what comes later counts, and the rest of addopts comes too late.
    added = told_by(OptionReader(options).words("addopts", ())).overrides
    for each in (*added, *told.overrides):
        name, equals, value = each.partition("=")
        if equals:
            options[name] = value
    located = replace(located, options=options)
    if told.rootdir:
        rootdir = os.path.join(os.path.realpath(folder), os.path.expandvars(told.rootdir))
        located = replace(located, rootdir=os.path.normpath(rootdir))
    return _config_of(located, folder, environment)


def _named(path: str) -> _Located:
    load = _LOADERS.get(os.path.basename(path)) or _BY_ENDING.get(os.path.splitext(path)[1])
    try:
        options = load(_read(path)) if load is not None else None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    path = os.path.normpath(path)
    return _Located(rootdir=os.path.dirname(path), file=path, options=options or {})


def _config_of(located: _Located, folder: str, environment: Mapping[str, str]) -> Config:
    rootdir = _as_spelled(located.rootdir, folder)
    reader = OptionReader(located.options)
    cache_dir = _cache_dir(reader, rootdir, environment)
    return Config(
        rootdir=rootdir,
        folder=folder,
        file=_respelled(located.file, located.rootdir, rootdir),
        cache_dir=cache_dir,
        starts=_starts(folder, rootdir, reader.words("testpaths", ())),
        python_files=reader.words("python_files", _PYTHON_FILES),
        no_recurse=reader.words("norecursedirs", _NO_RECURSE),
        python_path=tuple(os.path.join(rootdir, path) for path in reader.words("pythonpath", ())),
        rules=rules_of(reader),
        addopts=reader.words("addopts", ()),
        problems=tuple(dict.fromkeys((*located.problems, *reader.problems))),
    )


def is_in(path: str, folder: str) -> bool:
    """Tell whether *path* is *folder* or lies below it; both are absolute.

    Where the file system ignores case, as on Windows, so does this.
    """
    path, folder = os.path.normcase(path), os.path.normcase(folder)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def shared(config: Config, other: Config) -> Config:
    """Return the root of two folders: what is collected in either of them is."""
    starts = outermost((*config.starts, *other.starts))
    for one in (config, other):
        if starts == one.starts:
            return one
    return replace(config, starts=starts, several=True)


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Return those of *paths* that lie in no other, each once."""
    each = dict.fromkeys(paths)
    return tuple(path for path in each if not any(is_in(path, o) for o in each if o != path))


def is_rootdir(folder: str, names: Collection[str]) -> bool:
    """Tell whether pytest takes one of the files *names* of *folder* for its configuration."""
    for name, load in _LOADERS.items():
        if name not in names or not os.path.isfile(path := os.path.join(folder, name)):
            continue
        try:
            text = _read(path)
        except (OSError, UnicodeDecodeError):
            return name in _OWN_FILES
        try:
            if load(text) is not None:
                return True
        except ConfigError:
            # A file that is being written holds for pytest until it says nothing of it any more.
            return name in _OWN_FILES or "pytest" in text
    return False


def _as_spelled(rootdir: str, folder: str) -> str:
    """Spell *rootdir* as the editor spells *folder*: pytest itself resolves links."""
    candidate = folder
    while True:
        if os.path.realpath(candidate) == rootdir:
            return candidate
        parent = os.path.dirname(candidate)
        if parent == candidate:
            return rootdir
        candidate = parent


def _respelled(path: str | None, old: str, new: str) -> str | None:
    return None if path is None else os.path.join(new, os.path.relpath(path, old))


def _locate(folder: str) -> _Located:
    fallback: str | None = None
    for base in _upwards(folder):
        for name, load in _LOADERS.items():
            path = os.path.join(base, name)
            if not os.path.isfile(path):
                continue
            if name == "pyproject.toml" and fallback is None:
                fallback = path
            try:
                options = load(_read(path))
            except (ConfigError, OSError, UnicodeDecodeError) as error:
                problem = f"{path} cannot be read, pytest's defaults are used: {error}"
                return _Located(rootdir=base, file=path, options={}, problems=(problem,))
            if options is not None:
                return _Located(rootdir=base, file=path, options=options)
    if fallback is not None:
        return _Located(rootdir=os.path.dirname(fallback), file=fallback, options={})
    for base in _upwards(folder):
        if os.path.isfile(os.path.join(base, "setup.py")):
            return _Located(rootdir=base, file=None, options={})
    return _Located(rootdir=folder, file=None, options={})


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _pytest_toml(text: str) -> Options | None:
    return _table(load_toml(text), "pytest") or {}


def _pytest_ini(text: str) -> Options | None:
    return parse_ini(text).get("pytest", {})


def _generic_ini(text: str) -> Options | None:
    return parse_ini(text).get("pytest")


def _setup_cfg(text: str) -> Options | None:
    return parse_ini(text).get("tool:pytest")


def _pyproject(text: str) -> Options | None:
    tool = _table(load_toml(text), "tool")
    own = _table(tool, "pytest") if tool else None
    if not own:
        return None
    native = {name: value for name, value in own.items() if name != "ini_options"}
    ini = _table(own, "ini_options")
    if native and ini:
        raise ConfigError("[tool.pytest] and [tool.pytest.ini_options] cannot be used together")
    return native or ini


def _table(parent: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = parent.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ConfigError(f"{name} is not a table")
    return value


_LOADERS: dict[str, Callable[[str], Options | None]] = {
    "pytest.toml": _pytest_toml,
    ".pytest.toml": _pytest_toml,
    "pytest.ini": _pytest_ini,
    ".pytest.ini": _pytest_ini,
    "pyproject.toml": _pyproject,
    "tox.ini": _generic_ini,
    "setup.cfg": _setup_cfg,
}
_BY_ENDING = {".ini": _generic_ini, ".cfg": _setup_cfg, ".toml": _pyproject}
"""For files of other names, which are named with ``-c``."""
_OWN_FILES = tuple(_LOADERS)[:4]
ROOT_FILES = frozenset(_LOADERS)
"""Files that may make a folder a rootdir by what they say."""
CONFIG_FILES = (*_LOADERS, "setup.py")


def _cache_dir(reader: OptionReader, rootdir: str, environment: Mapping[str, str]) -> str:
    default = ".pytest_cache"
    if tox := environment.get("TOX_ENV_DIR"):
        default = os.path.join(tox, default)
    path = os.path.expanduser(os.path.expandvars(reader.text("cache_dir", default)))
    return os.path.normpath(os.path.join(rootdir, path))


def _starts(folder: str, rootdir: str, testpaths: tuple[str, ...]) -> tuple[str, ...]:
    if folder != rootdir:
        return (folder,)
    found = [
        os.path.normpath(os.path.join(folder, path))
        for pattern in testpaths
        for path in sorted(glob.glob(pattern, root_dir=folder, recursive=True))
    ]
    return tuple(dict.fromkeys(found)) or (folder,)
