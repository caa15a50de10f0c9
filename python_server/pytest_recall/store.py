"""Keys and files: tolerant reading, atomic replacing, a lock, and merging one run's delta."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from pytest_recall import keys, links

LASTFAILED = "cache/lastfailed"
NODEIDS = "cache/nodeids"
STEPWISE = "cache/stepwise"
UNFINISHED = "recall/unfinished"

VALUES = "v"
DIRECTORIES = "d"


class Reading:
    """What a key holds, or why it cannot be read."""

    def __init__(
        self, value: object = None, *, problem: str = "", error: str = "", exists: bool = False
    ) -> None:
        self.value = value
        """The JSON value, None when there is none."""
        self.problem = problem
        """Why the content cannot be used, in one line; empty for a good or an absent file."""
        self.error = error
        """Why the file cannot be read at all; this is no fault of the content."""
        self.exists = exists


def key_in(environment: str, key: str) -> str:
    """Return the key that stands for *key* where things are remembered apart under a name."""
    # The name may come from a journal, which anybody could have written.
    name = keys.as_part(environment)
    return f"recall/environments/{name}/{key.removeprefix('cache/')}" if name else key


def value_path(cachedir: Path, key: str) -> Path:
    """Return the file that holds *key*; raises ValueError if it would lie outside of `v/`."""
    return keys.path_of_key(cachedir / VALUES, key)


def read_json(path: Path) -> Reading:
    """Read a JSON file; absent, torn and binary files give a `Reading` and no exception."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Reading()
    except UnicodeDecodeError as exc:
        return Reading(problem=f"not UTF-8 ({exc.reason} at byte {exc.start})", exists=True)
    except OSError as exc:
        return Reading(error=str(exc.strerror or exc), exists=True)
    try:
        return Reading(value=json.loads(text), exists=True)
    except ValueError as exc:
        return Reading(problem=f"not valid JSON ({exc})", exists=True)
    except RecursionError:
        return Reading(problem="nested too deeply", exists=True)


def as_lastfailed(value: object) -> dict[str, bool] | None:
    """Return *value* if it has the shape of `cache/lastfailed` (id → true), else None."""
    if not isinstance(value, dict):
        return None
    if all(value.values()):
        return dict.fromkeys(map(str, value), True)
    return {str(nodeid): True for nodeid, failed in value.items() if failed}


def as_unfinished(value: object) -> list[str] | None:
    """Return the ids in *value* if it has the shape of `recall/unfinished`, else None."""
    if not isinstance(value, dict) or value.get("version") != 1:
        return None
    return as_nodeids(value.get("ids"))


def as_nodeids(value: object) -> list[str] | None:
    """Return *value* if it has the shape of `cache/nodeids` (a list of ids), else None."""
    if not isinstance(value, list):
        return None
    return [nodeid for nodeid in value if isinstance(nodeid, str)]


def dump(value: object) -> str:
    """Return *value* as pytest writes it: indented by two, non-ASCII kept, order kept."""
    if isinstance(value, list) and value and all(type(each) is str for each in value):
        # The json module indents in Python, which takes its time for 100,000 node ids.
        return "[\n  " + ",\n  ".join(map(json.encoder.encode_basestring, value)) + "\n]"
    return json.dumps(value, ensure_ascii=False, indent=2)


def replace_text(path: Path, text: str) -> None:
    """Replace *path* by *text* so that no reader ever sees half of it; raises OSError.

    The temporary file stands beside the target, because only within one file system is a rename
    atomic; whatever goes wrong, it is taken away again.
    There is no fsync: a process that is killed loses nothing without one, and every run would wait
    for the disk (measured: 0.2 to 4 ms a value). It would help at a power cut only, and there ext4
    and btrfs write the content out before they rename over a file. Elsewhere the value may then be
    torn or empty, which the next run sees, says, and makes good from the journals.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    # A lone surrogate in a node id has no UTF-8; it is kept as its JSON escape. What has this name
    # already, if only as a link, is somebody else's.
    file = temporary.open("x", encoding="UTF-8", errors="backslashreplace")
    try:
        with file:
            file.write(text)
        os.replace(temporary, path)  # noqa: PTH105 - `Path.replace` is what tests patch
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_value(cachedir: Path, key: str, value: object) -> None:
    """Write *key* and make the folders it needs in *cachedir*; raises OSError, also for links."""
    path = value_path(cachedir, key)
    if not cachedir.is_dir():
        # Made here, it would lack pytest's supporting files.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(cachedir))
    links.make_folder(cachedir, path.parent)
    links.refuse_links(path.parent, path)
    replace_text(path, dump(value))


@contextlib.contextmanager
def locked(cachedir: Path) -> Iterator[None]:
    """Hold the cache directory's exclusive lock; a file system without locks gives none.

    The lock is advisory and short: it is held for one read, apply and replace.
    """
    try:
        file = _open_lock(cachedir)
    except OSError:
        yield
        return
    with file:
        wait_for_lock(file)
        yield


def _open_lock(cachedir: Path) -> IO[bytes]:
    path = cachedir / DIRECTORIES / "recall" / "lock"
    make_private(path.parent)
    links.refuse_links(path.parent, path)
    flags = os.O_RDWR | os.O_CREAT | links.NOFOLLOW | links.BINARY
    return os.fdopen(os.open(path, flags, 0o600), "r+b")


def lock_problem(cachedir: Path) -> OSError | None:
    """Return why *cachedir* cannot be locked, None if it can be or is just being."""
    try:
        file = _open_lock(cachedir)
    except OSError as exc:
        return exc
    with file:
        try:
            try_lock_strictly(file.fileno())
        except OSError as exc:
            return None if exc.errno in HELD else exc
    return None


def make_private(directory: Path) -> None:
    """Create *directory* of `d/` of an existing cache directory, for its owner alone.

    Raises OSError, also for links on the way.
    """
    links.make_private(directory.parents[1], directory)


def wait_for_lock(file: IO[bytes]) -> None:
    """Take *file*'s exclusive lock, waiting for it; closing the file gives it back."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 30)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)


def try_lock(descriptor: int) -> bool:
    """Take the exclusive lock of an open file at once, or tell that somebody else holds it."""
    try:
        try_lock_strictly(descriptor)
    except OSError as exc:
        # Anything else is a file system without locks, where nobody can be known to hold it.
        return exc.errno not in HELD
    return True


def try_lock_strictly(descriptor: int) -> None:
    """Take the exclusive lock of an open file at once; raises OSError if that cannot be done."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK})
"""The errors by which systems say that somebody else holds a lock."""


def merged_lastfailed(
    stored: dict[str, bool], delta: dict[str, bool], again: Collection[str] = ()
) -> dict[str, bool]:
    """Apply a run's *delta* (id → failed) to what is *stored*; the order is that of failing.

    Ids in *again* had passed before they failed, and so have failed last.
    """
    if not delta and not again:
        return stored.copy()
    result = {nodeid: True for nodeid in stored if delta.get(nodeid, True) and nodeid not in again}
    for nodeid, failed in delta.items():
        if failed:
            result[nodeid] = True
    return result


def merged_nodeids(stored: list[str], seen: set[str], gone: set[str]) -> list[str]:
    """Return the sorted ids of *stored* and *seen* without those that are *gone*."""
    return sorted((set(stored) - gone) | seen)
