"""A process that has the server's modules imported, and forks a server for everyone who asks.

    python -X utf8 serverzygote.py

Standard input is a socket. A request is one line of JSON, with the folder and the environment that
the server is to have, and four descriptors: its standard input, output and error, and one on which
its process id and, once it has ended, its exit status are told, a line each. What a server does
from then on is its own: it runs as `python -X utf8 -m pytest_recall_server` does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from collections.abc import Mapping

MODULE = "pytest_recall_server"


class Forked(Exception):  # noqa: N818 - no error: the way out of the loop, for the child
    """This process is the server now."""

    def __init__(self, cwd: str, environment: Mapping[str, str]) -> None:
        super().__init__(cwd)
        self.cwd = cwd
        self.environment = environment


class Zygote:
    """The process that forks."""

    def __init__(self, asked: socket.socket) -> None:
        self.asked = asked
        self.told: dict[int, int] = {}
        """Process id → where its end is told."""
        # A signal that comes while the selector waits is seen by it, too.
        self.woken, self.wakes = socket.socketpair()
        self.wakes.setblocking(False)
        self.woken.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wakes.fileno())
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.asked, selectors.EVENT_READ)
        self.selector.register(self.woken, selectors.EVENT_READ)

    def serve(self) -> None:
        """Fork for every request, and tell of every end, until the socket is closed."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.woken:
                    self._tell_ends()
                elif not self._fork():
                    return

    def _fork(self) -> bool:
        request, descriptors, _, _ = socket.recv_fds(self.asked, 1 << 16, 4)
        if not request:
            return False
        while not request.endswith(b"\n"):
            request += self.asked.recv(1 << 16)
        cwd, environment = json.loads(request)
        *streams, told = descriptors
        pid = os.fork()
        if pid == 0:
            self._leave(streams, told)
            raise Forked(cwd, environment)
        for stream in streams:
            os.close(stream)
        self.told[pid] = told
        _write(told, pid)
        return True

    def _leave(self, streams: list[int], told: int) -> None:
        """Keep nothing of the zygote in the child but its modules."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for each in (self.asked, self.woken, self.wakes):
            each.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        for descriptor in (*streams, told, *self.told.values()):
            os.close(descriptor)

    def _tell_ends(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.woken.recv(1 << 12):
                pass
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                told = self.told.pop(pid)
                _write(told, os.waitstatus_to_exitcode(status))
                os.close(told)


def _write(descriptor: int, number: int) -> None:
    # Who asked may have gone.
    with contextlib.suppress(BrokenPipeError):
        os.write(descriptor, b"%d\n" % number)


def main() -> None:
    """Serve; in a child, be the server."""
    # The folder of this file; what is in it is nobody's here.
    del sys.path[0]
    importlib.import_module(f"{MODULE}.__main__")
    # What is loaded is much to look through, and to copy.
    gc.freeze()
    try:
        Zygote(socket.socket(fileno=os.dup(0))).serve()
    except Forked as forked:
        cwd, environment = forked.cwd, forked.environment
    else:
        return
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.path.insert(0, cwd)
    sys.argv = [MODULE]
    # It is loaded under its other name, and runs as the main module.
    del sys.modules[f"{MODULE}.__main__"]
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
