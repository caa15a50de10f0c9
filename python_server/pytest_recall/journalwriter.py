"""Writes a run journal, whatever tests do to their process meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import weakref
from pathlib import Path

from pytest_recall import links
from pytest_recall.descriptors import HIGH, identity_of, out_of_the_way, take_lock
from pytest_recall.journal import Event, encode, make_runs_directory
from pytest_recall.pinned import Pinned


class Writer:
    """Appends lines to one journal and holds its lock until it is closed.

    The first error ends the writing for good and is kept in `problem`: what becomes of the journal
    must never change what becomes of the run. That a test closes the descriptor is no such error:
    the journal is opened again.
    """

    opened_again = False
    """Whether a test has closed the descriptor, and the journal goes on under another one."""

    def __init__(self, path: Path, begin: Event | None = None) -> None:
        """Create *path*, its directory, and its first line from *begin*; raises OSError."""
        self.path = path
        self.problem: OSError | None = None
        make_runs_directory(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | links.BINARY
        self._descriptor: int | None = out_of_the_way(os.open(path, flags, 0o600))
        self._identity = identity_of(os.fstat(self._descriptor))
        self._is_in_child = False
        self.size = 0
        """Bytes that were written."""
        self._begin_length = 0
        take_lock(self._descriptor)
        self._watch_forks()
        if begin is not None:
            self._begin(begin)

    def _begin(self, begin: Event) -> None:
        line = encode(begin)
        self._begin_length = len(line)
        self.write_line(line)
        if self.problem is not None:
            # The disk is full, it may be: there is a file, and nothing can be put into it.
            with contextlib.suppress(OSError):
                self.path.unlink()
            raise self.problem

    def write(self, event: Event) -> None:
        """Append *event*."""
        self.write_line(encode(event))

    def write_line(self, line: bytes) -> None:
        """Append *line*, one or more that end in a newline, at once."""
        if self._descriptor is None:
            return
        try:
            if self._descriptor < HIGH[-1] and not self._has_descriptor():
                self._open_again()
            try:
                self._append(line)
            except OSError as exc:
                if exc.errno != errno.EBADF:
                    raise
                self._open_again()
                self._append(line)
        except OSError as exc:
            self.problem = self.problem or exc
            self.close()

    def _append(self, line: bytes) -> None:
        written = Pinned.write(self._descriptor or 0, line)
        while written < len(line):
            self.size += written
            line = line[written:]
            written = Pinned.write(self._descriptor or 0, line)
        self.size += written

    def _open_again(self) -> None:
        """Go on under another descriptor, as a test has closed ours; raises OSError."""
        # Its number may be a user's file now, so it is neither written to nor closed.
        self._descriptor = None
        try:
            self._descriptor = self._open_own()
        except OSError as exc:
            raise OSError(errno.EBADF, "the descriptor was closed by a test") from exc
        self.opened_again = True

    def _open_own(self) -> int:
        """Open and lock the journal, if it is still the file that was created; raises OSError."""
        # What has been put in its place may be a pipe, and opening that could wait for ever.
        self._refuse_other(self.path.lstat())
        flags = os.O_WRONLY | os.O_APPEND | links.NOFOLLOW | links.BINARY
        descriptor = os.open(self.path, flags)
        try:
            self._refuse_other(os.fstat(descriptor))
            descriptor = out_of_the_way(descriptor)
            take_lock(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _refuse_other(self, status: os.stat_result) -> None:
        if identity_of(status) != self._identity:
            raise OSError(errno.ESTALE, "the journal was replaced", str(self.path))

    def end(self, event: Event) -> None:
        """Append *event*, the last one, and give the lock back.

        A journal without an end would be taken for that of a dead run, and what could not be
        written of it for unfinished. So where the writing has ended early, the end is tried once
        more, and if that fails the journal is removed, unless *event* says that what it holds is
        still to be merged.
        """
        self.write(event)
        if self.problem is not None and not self._is_in_child:
            try:
                self._descriptor = self._open_own()
                # The last line may be torn.
                self._append(b"\n" + encode(event))
            except OSError:
                if event.get("merged") is not False:
                    self._remove()
        self.close()

    def discard_unused(self) -> None:
        """Close the journal of what was no run, and remove it if there is but its first line."""
        with contextlib.suppress(OSError):
            if self._descriptor is not None and self._has_descriptor():
                if os.fstat(self._descriptor).st_size <= self._begin_length:
                    self._remove()
                self.close()

    def _remove(self) -> None:
        """Remove the journal, if it is still the file that was created."""
        with contextlib.suppress(OSError):
            self._refuse_other(self.path.lstat())
            if os.name == "nt":
                # There, what is open cannot be removed.
                self.close()
            self.path.unlink()

    def _watch_forks(self) -> None:
        """Let forked children close the descriptor: what they do is not part of the run."""
        if not hasattr(os, "register_at_fork"):
            return
        writer = weakref.ref(self)

        def in_child() -> None:
            this = writer()
            if this is not None:
                this.leave_to_parent()

        os.register_at_fork(after_in_child=in_child)

    def leave_to_parent(self) -> None:
        """In a forked child: write nothing from now on, and let the parent's journal be."""
        self._is_in_child = True
        self.close()

    def _has_descriptor(self) -> bool:
        """Tell whether the descriptor is ours: if a test closed it, it may be a user's file."""
        try:
            return identity_of(os.fstat(self._descriptor or 0)) == self._identity
        except OSError:
            return False

    def close(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            is_ours = self._has_descriptor()
            descriptor, self._descriptor = self._descriptor, None
            if is_ours:
                try:
                    os.close(descriptor)
                except OSError as exc:
                    self.problem = self.problem or exc
