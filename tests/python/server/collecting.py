"""What pytest itself collects, asked of many projects in one process.

Importing pytest takes most of the time of collecting a small project, so one process
does that once and forks for each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.python.environment import clean_environment

_PROGRAM = """
import json, os, sys
import pytest

class Ids:
    def pytest_collection_finish(self, session):
        self.found = [item.nodeid for item in session.items]
        self.root = str(session.config.rootpath)
        self.cache = str(session.config.cache._cachedir)

for folder in json.load(sys.stdin):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.chdir(folder)
        sys.path[:] = [path for path in sys.path if path]
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        ids = Ids()
        pytest.main(["--collect-only", "-q", "--continue-on-collection-errors"], plugins=[ids])
        with open(write, "w") as file:
            json.dump([getattr(ids, name, []) for name in ("root", "found", "cache")], file)
        os._exit(0)
    os.close(write)
    with open(read) as file:
        print(file.read(), flush=True)
    os.waitpid(child, 0)
"""

Answer = tuple[str, list[str], str]
"""The rootdir, the ids and the cache directory."""


def collect(folders: Sequence[Path]) -> list[Answer]:
    """Return what ``pytest --collect-only`` finds when it is invoked in each of *folders*."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps([str(folder) for folder in folders]),
        capture_output=True,
        text=True,
        check=True,
        env={**clean_environment(), "A_FOLDER": "elsewhere", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [(root, found, cache) for root, found, cache in answers]
