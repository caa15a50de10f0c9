"""The commit and branch a folder is on, read from git's files: no process is started."""

from __future__ import annotations

from pathlib import Path

Head = tuple["str | None", "str | None"]


def head_of(folder: Path) -> Head:
    """Return the commit in hexadecimal and the branch that *folder* is on, None for what is not."""
    for candidate in (folder, *folder.parents):
        entry = candidate / ".git"
        if entry.exists():
            try:
                return _read(_git_directory(entry))
            except (OSError, ValueError):
                return None, None
    return None, None


def _git_directory(entry: Path) -> Path:
    """Follow the file that stands in the place of `.git` in work trees and submodules."""
    if entry.is_dir():
        return entry
    _label, _colon, target = entry.read_text("utf-8").strip().partition("gitdir: ")
    return entry.parent / target


def _read(git: Path) -> Head:
    head = (git / "HEAD").read_text("utf-8").strip()
    if not head.startswith("ref: "):
        return head, None
    reference = head.removeprefix("ref: ")
    branch = reference.removeprefix("refs/heads/")
    common = git
    if (git / "commondir").is_file():
        common = git / (git / "commondir").read_text("utf-8").strip()
    loose = common / reference
    if loose.is_file():
        return loose.read_text("utf-8").strip(), branch
    packed = common / "packed-refs"
    if packed.is_file():
        for line in packed.read_text("utf-8").splitlines():
            commit, _space, name = line.partition(" ")
            if name == reference:
                return commit, branch
    return None, branch
