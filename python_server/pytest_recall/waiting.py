"""Wait with everything imported, and be forked for each run that the server asks for.

The first child is forked before it is needed, and has done by then what a run does first
(`ahead.py`); further ones are forked when they are asked for.

It speaks with the server over one socket, a JSON object a line. The server first says what to
import for: `{"arguments": [...], "until": plugin or null}`. The answer is `{"ready": basis}` with
what must not change (`Preload.basis`) and `plugins`, or `{"spoiled": plugin, "why": text}`, which
is the end. Then a run is `{"run": arguments of the launcher}` together with a descriptor for the
output; answers are `{"started": pid}` and later `{"ended": pid, "status": n}`, negative for a
signal. The process ends when the server closes the socket or is no more.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

OURS = ("ahead", "basis", "installed", "modulenames", "preload", "traces", "waiting")


def wait(descriptor: int, root: str) -> list[str]:
    """Return the arguments of a run, in the process that is to be that run; see above."""
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - by position only
    if (why := _shadowed()) is not None:
        # Not even what this needs can be imported.
        text = why.encode("ascii", "replace").replace(b"\\", b"/").replace(b'"', b"'")
        os.write(descriptor, b'{"spoiled": "python", "why": "%s"}\n' % text)
        os._exit(0)
    import gc
    import json
    import socket

    with socket.socket(fileno=descriptor) as server:
        asked = json.loads(_line(server))
        common = _common(asked["arguments"])
        try:
            told = _preload(root, common, asked["until"])
        except Exception as exc:  # noqa: BLE001 - whatever it is, runs are cold then
            told = {"spoiled": "python", "why": f"cannot import ahead: {exc!r}"}
        gc.collect()
        server.sendall(json.dumps(told).encode() + b"\n")
        if "spoiled" in told:
            os._exit(0)
        arguments = _serve(server, common)
    for module in OURS:
        # A run that was not waited for does not know them.
        sys.modules.pop(f"pytest_recall.{module}", None)
    return arguments


def _shadowed() -> str | None:
    """Return a sentence if a file of somebody's own is in the place of one of Python's."""
    from pytest_recall.modulenames import modules_in

    standard = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib is not imported yet
    for folder in sys.path[1:]:
        if folder == standard:
            break
        found = modules_in(folder) & sys.stdlib_module_names
        if found:
            return f"finds {min(found)} in {folder}, where it is not Python's own"
    return None


def _common(arguments: list[str]) -> list[str]:
    """Return what pytest gets in all runs, of which the launcher gets *arguments*."""
    from pytest_recall import launcher

    ours, theirs = launcher.split_arguments(arguments)
    del sys.modules["pytest_recall.launcher"]
    return [*launcher.ALWAYS, *ours, *theirs]


def _preload(root: str, arguments: list[str], until: str | None) -> dict[str, object]:
    from pytest_recall import basis, preload

    work = preload.Preload(root, until)
    try:
        work.run(arguments)
    except preload.SpoiledError as exc:
        return {"spoiled": exc.name, "why": exc.why}
    return {"ready": basis.basis(work.installed, work.ini), "plugins": work.plugins}


def _line(server: socket.socket) -> bytes:
    """Return the next line, of which there is one at a time."""
    line = b""
    while not line.endswith(b"\n"):
        part = server.recv(65536)
        if not part:
            os._exit(0)
        line += part
    return line


def _serve(server: socket.socket, arguments: list[str]) -> list[str]:
    """Fork for each run; return in the child. All runs have *arguments*."""
    import socket

    awake, forget = _notice_ends()
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        forget()
        return _be_first(server, theirs, arguments)
    theirs.close()
    with ours:
        # It hears what the server says until it has a request, or is no more.
        _wait_for(ours, awake, server)
    while True:
        _wait_for(server, awake, server)
        arguments, output = _request(server)
        if os.fork() == 0:
            forget()
            return _begin(server, arguments, output)
        os.close(output)


def _notice_ends() -> tuple[int, Callable[[], None]]:
    """Return what can be read when a child has ended, and what a child does to have none of it."""
    import signal

    awake, wake = os.pipe()
    os.set_blocking(awake, False)
    os.set_blocking(wake, False)
    wakeup = signal.set_wakeup_fd(wake)
    # The wake-up is written for signals with a handler only.
    handler = signal.signal(signal.SIGCHLD, lambda *_: None)

    def forget() -> None:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGCHLD, handler)
        os.close(awake)
        os.close(wake)

    return awake, forget


def _wait_for(wanted: socket.socket, awake: int, server: socket.socket) -> None:
    """Wait until *wanted* can be read, and tell the server of children that end meanwhile."""
    import select

    while True:
        ready = select.select([wanted.fileno(), awake], [], [])[0]
        if awake in ready:
            os.read(awake, 4096)
            _tell_of_ended(server)
        if wanted.fileno() in ready:
            return


def _be_first(server: socket.socket, parent: socket.socket, arguments: list[str]) -> list[str]:
    """Do what all runs begin with, wait for a request, and return its arguments."""
    import gc
    import select

    from pytest_recall import ahead

    with parent:
        ahead.make_configuration(arguments)
        ahead.show_a_failure()
        # Besides, it looks at every object: memory that is shared with the parent is copied now.
        gc.collect()
        ready, _, _ = select.select([server, parent], [], [])
        if server not in ready:
            os._exit(0)
        arguments, output = _request(server)
    return _begin(server, arguments, output)


def _begin(server: socket.socket, arguments: list[str], output: int) -> list[str]:
    """Be a run."""
    _become_run(output)
    # Told by the run itself: from now on signals to its group reach it.
    _tell(server, {"started": os.getpid()})
    return arguments


def _request(server: socket.socket) -> tuple[list[str], int]:
    """Return the arguments of a run and the descriptor for its output."""
    import json
    import socket

    line, descriptors, _, _ = socket.recv_fds(server, 65536, 1)
    if not line:
        os._exit(0)
    if not line.endswith(b"\n"):
        line += _line(server)
    arguments: list[str] = json.loads(line)["run"]
    return arguments, descriptors[0]


def _become_run(output: int) -> None:
    """Be the process that the server would have started; standard input is empty already."""
    import logging
    import time

    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # Log records tell how long the program runs. Newer Pythons count nanoseconds.
    began: float = vars(logging)["_startTime"]
    vars(logging)["_startTime"] = time.time_ns() if isinstance(began, int) else time.time()


def _tell_of_ended(server: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(server, {"ended": pid, "status": os.waitstatus_to_exitcode(status)})


def _tell(server: socket.socket, what: dict[str, object]) -> None:
    import json

    try:
        server.sendall(json.dumps(what).encode() + b"\n")
    except OSError:
        os._exit(0)
