"""Write down what a test can observe; the comparison puts this file among a project's tests."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest


def descriptors() -> Iterator[tuple[int, int, bool]]:
    # The journal's own lies above these, where it takes no number from a test.  Above standard
    # error the numbers depend on how fast the threads of plugins are, with plain pytest, too.
    for number in range(200):
        try:
            status = os.fstat(number)
        except OSError:
            continue
        yield min(number, 3), status.st_mode >> 12, os.get_inheritable(number)


def test_observed(request: pytest.FixtureRequest) -> None:
    umask = os.umask(0)
    os.umask(umask)
    main = sys.modules["__main__"]
    seen = {
        "environment": dict(os.environ),
        "sys.argv": sys.argv,
        "sys.path": sys.path,
        "sys.flags": str(sys.flags),
        "sys.meta_path": [str(getattr(each, "__name__", type(each))) for each in sys.meta_path],
        "working directory": os.getcwd(),  # noqa: PTH109 - nothing that others may have patched
        "umask": umask,
        "threads": [thread.name for thread in threading.enumerate()],
        "__main__": [main.__name__, getattr(main, "__file__", None)],
        "warnings filters": [str(each) for each in warnings.filters],
        "signal handlers": {
            str(each): str(signal.getsignal(each)) for each in signal.valid_signals()
        },
        "descriptors": sorted(descriptors()),
        "start method": multiprocessing.get_start_method(allow_none=True),
    }
    if request.config.pluginmanager.hasplugin("randomly"):
        # Nobody else seeds it.
        seen["random state"] = random.random()  # noqa: S311 - no secret is made of it
    (request.config.rootpath / "observed.json").write_text(json.dumps(seen), "utf-8")
