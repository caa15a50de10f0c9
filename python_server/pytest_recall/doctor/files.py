"""Find wrong permissions and owners, links, and things in the place of others; set them right."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from pytest_recall import journal, salvage
from pytest_recall.doctor.entries import Entry, entries_of, entry_of
from pytest_recall.doctor.findings import Finding, Place, Repair
from pytest_recall.doctor.shapes import key_of
from pytest_recall.doctor.values import rebuild_missing
from pytest_recall.links import OTHERS
from pytest_recall.store import DIRECTORIES, VALUES

UNREADABLE = "unreadable"
PERMISSIONS = "permissions"
OWNER = "owner"
LINK = "link"
WRONG_KIND = "wrong-kind"

ACCESS = {True: stat.S_IRWXU, False: stat.S_IRUSR | stat.S_IWUSR}
"""What the owner of a folder (True) or a file needs."""


def examine_access(place: Place) -> Iterator[Finding]:
    """Yield what cannot be read or written, and what others could read or do own."""
    if sys.platform == "win32":
        return
    top = entry_of(place.cachedir.resolve())
    found: dict[tuple[str, str, str], list[str]] = {}
    for entry in (*([top] if top else []), *entries_of(place.cachedir)):
        if entry.is_link or not (entry.is_file or entry.is_folder):
            continue
        name = "." if entry is top else place.relative(entry.path)
        for kind, message, repair in _access_problems(entry, name, top):
            found.setdefault((kind, message, repair), []).append(name)
    for (kind, message, repair), names in found.items():
        yield Finding(kind, names[0], message, repair, more=tuple(names[1:]))


def _access_problems(entry: Entry, name: str, top: Entry | None) -> Iterator[tuple[str, str, str]]:
    user = os.geteuid()
    mode, owner = entry.status.st_mode, entry.status.st_uid
    may_change = user in {0, owner}
    if ACCESS[entry.is_folder] & ~mode:
        message = f"its owner cannot read and write it (mode {stat.S_IMODE(mode):04o})"
        yield UNREADABLE, message, "made readable and writable for its owner" if may_change else ""
    elif not os.access(entry.path, os.R_OK | os.W_OK | (os.X_OK if entry.is_folder else 0)):
        advice = f"do this as user {owner}" if user != owner else "is the file system read-only?"
        yield UNREADABLE, f"this user cannot read and write it: {advice}", ""
    if _is_private(entry, name) and mode & OTHERS:
        message = f"others can read what tests have printed (mode {stat.S_IMODE(mode):04o})"
        yield PERMISSIONS, message, "made private to its owner" if may_change else ""
    if top is not None and owner != top.status.st_uid:
        theirs = top.status.st_uid
        message = f"belongs to user {owner}, the cache directory to {theirs}"
        if user == 0:
            yield OWNER, message, f"given to user {theirs}"
        else:
            yield OWNER, f"{message}: sudo chown -R {theirs} {top.path}", ""


def _is_private(entry: Entry, name: str) -> bool:
    if not name.startswith(f"{DIRECTORIES}/recall"):
        return False
    return entry.is_folder or journal.SUFFIX in entry.path.name


def mend_access(place: Place, finding: Finding) -> Repair:
    """Set modes and owners right; raises OSError."""
    top = place.cachedir.stat()
    for name in finding.paths:
        entry = entry_of(place.absolute(name).resolve() if name == "." else place.absolute(name))
        if entry is None or entry.is_link:
            continue
        if finding.kind == OWNER:
            if sys.platform != "win32":
                os.chown(entry.path, top.st_uid, top.st_gid, follow_symlinks=False)
            continue
        mode = stat.S_IMODE(entry.status.st_mode)
        if finding.kind == UNREADABLE:
            mode |= ACCESS[entry.is_folder]
        else:
            mode &= ~OTHERS
        entry.path.chmod(mode)
    return Repair(finding, finding.repair)


def examine_kinds(place: Place) -> Iterator[Finding]:
    """Yield links, which are not followed, and things that stand in the place of others."""
    top = place.cachedir.resolve()
    runs = place.relative(journal.runs_directory(place.cachedir))
    folders = {VALUES, DIRECTORIES, f"{VALUES}/cache", f"{VALUES}/recall", f"{DIRECTORIES}/recall"}
    for entry in entries_of(place.cachedir):
        name = place.relative(entry.path)
        if entry.is_aside:
            continue
        if entry.is_link:
            yield Finding(LINK, name, _where(entry.path, top), "set aside")
        elif name in {*folders, runs} and not entry.is_folder:
            yield Finding(WRONG_KIND, name, "is not a folder, so nothing can be kept", "set aside")
        elif name.startswith(f"{VALUES}/") and not entry.is_file:
            key = key_of(name.removeprefix(f"{VALUES}/"))
            if not entry.is_folder or (key.role != "other" and name not in folders):
                yield Finding(WRONG_KIND, name, "is not a file, so it holds no value", "set aside")


def _where(path: Path, top: Path) -> str:
    target = Path(os.path.realpath(path))
    if target == top or top in target.parents:
        return "is a link, and links in the cache directory are not followed"
    return f"is a link that leads out of the cache directory, to {target}"


def mend_kind(place: Place, finding: Finding) -> Repair:
    """Set aside what is of the wrong kind, and write what can be known; raises OSError."""
    path = place.absolute(finding.path)
    data = _content(path)
    aside = salvage.set_aside(path)
    saved = rebuild_missing(place, path, data)
    return Repair(finding, f"set aside as {aside.name}" + (f", {saved}" if saved else ""))


def _content(path: Path) -> bytes:
    """Return what a link leads to, if it is a file: only reading is harmless."""
    try:
        return path.read_bytes() if stat.S_ISREG(path.stat().st_mode) else b""
    except OSError:
        return b""
