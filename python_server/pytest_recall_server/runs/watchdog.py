"""Ends the runs of a server that was killed.

A small process waits for the end of its standard input, which comes however the server
ends, and then ends the process groups that it was told of and that are still there.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import threading
from typing import IO

from pytest_recall_server.runs.process import WINDOWS

logger = logging.getLogger(__name__)

# Runs with nothing but the standard library, whatever became of our own files.
_PROGRAM = """
import os, signal, subprocess, sys, time
groups = set()
for line in sys.stdin:
    word, number = line.split()
    (groups.add if word == "add" else groups.discard)(int(number))
def send(group, number):
    try:
        os.killpg(group, number)
    except OSError:
        groups.discard(group)
if os.name == "nt":
    for group in groups:
        subprocess.run(["taskkill", "/PID", str(group), "/T", "/F"], capture_output=True)
else:
    for number, patience in ((signal.SIGINT, 1.0), (signal.SIGTERM, 0.8), (signal.SIGKILL, 0)):
        for group in list(groups):
            send(group, number)
        end = time.monotonic() + patience
        while groups and time.monotonic() < end:
            time.sleep(0.05)
            for group in list(groups):
                send(group, 0)
"""


class Watchdog:
    """One for a server; started with the first run."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def add(self, group: int) -> None:
        """End *group* if the server dies."""
        self._tell(f"add {group}\n")

    def discard(self, group: int) -> None:
        """Let *group* be."""
        self._tell(f"discard {group}\n")

    def _tell(self, line: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            stream = self._stream()
            stream.write(line)
            stream.flush()

    def _stream(self) -> IO[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                # A Ctrl-C meant for the server must not end its watchdog first.
                start_new_session=not WINDOWS,
            )
        stream = self._process.stdin
        if stream is None:
            raise OSError("the watchdog has no input")
        return stream
