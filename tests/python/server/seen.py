"""What a test can see of the process that it runs in, for a project to be run in several ways."""

from __future__ import annotations

FILES = {
    "pytest.ini": "[pytest]\npythonpath = src\nfilterwarnings = ignore:nothing like it\n",
    "src/helper.py": "VALUE = 1\n",
    "looking.py": """\
import gc, json, locale, logging, multiprocessing, os, pathlib, random, resource, signal, sys
import threading, warnings

HERE = pathlib.Path(__file__).parent
HIGH = 200  # From here on descriptors are out of the way, and so are those of the journal.


def descriptors():
    found = {}
    for number in sorted(map(int, os.listdir("/proc/self/fd"))):
        try:
            if number < HIGH:
                place = os.readlink(f"/proc/self/fd/{number}")
                found[number] = place.partition(":[")[0].partition("#")[0]
        except FileNotFoundError:
            pass  # That of the listing itself.
    return found


def stream(name):
    file = getattr(sys, name)
    members = ("name", "mode", "encoding", "errors", "line_buffering", "write_through", "newlines")
    said = {member: getattr(file, member, None) for member in members}
    said["seekable"], said["tty"] = file.seekable(), file.isatty()
    return said


def loaders(config):
    plugins = [plugin for plugin, _ in config.pluginmanager.list_plugin_distinfo()]
    return [(each.__name__, type(each.__loader__).__name__) for each in plugins]


def look(where, config=None):
    umask = os.umask(0)
    os.umask(umask)
    main = sys.modules["__main__"]
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    seen = {
        "path": sys.path,
        "argv": sys.argv,
        "orig_argv": sys.orig_argv,
        "executable": [sys.executable, sys.prefix, sys.base_prefix],
        "flags": repr(sys.flags),
        "xoptions": sys._xoptions,
        "warnoptions": sys.warnoptions,
        "environ": dict(os.environ),
        "cwd": os.getcwd(),
        "descriptors": descriptors(),
        "streams": {name: stream(name) for name in ("__stdin__", "__stdout__", "__stderr__")},
        "signals": {each.name: str(signal.getsignal(each)) for each in signal.Signals},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "umask": umask,
        "group": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
        "start method": multiprocessing.get_start_method(allow_none=True),
        "main": [main.__name__, getattr(main, "__file__", None)],
        "names in main": sorted(vars(main)),
        "threads": [each.name for each in threading.enumerate()],
        "tasks": len(os.listdir("/proc/self/task")),
        "filters": [str(each) for each in warnings.filters],
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in limits},
        "nice": os.nice(0),
        "locale": locale.setlocale(locale.LC_ALL),
        "recursion": sys.getrecursionlimit(),
        "hooks": [str(each is getattr(sys, f"__{name}__")) for name, each in (
            ("excepthook", sys.excepthook), ("displayhook", sys.displayhook),
            ("breakpointhook", sys.breakpointhook))],
        "trace": [str(sys.gettrace()), str(sys.getprofile())],
        "finders": [getattr(each, "__name__", type(each).__name__) for each in sys.meta_path],
        "collector": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()],
        "depth": depth(),
        "modules": sorted(n for n in sys.modules if n.partition(".")[0] != "pytest_recall"),
        "loader": type(globals()["__loader__"]).__name__,
        "plugins": loaders(config) if config else None,
    }
    chance = {
        "random": random.random(), "hash": hash("x"), "logging": vars(logging)["_startTime"],
        "parent": os.getppid(),
    }
    with open(HERE / "seen.jsonl", "a") as file:
        file.write(json.dumps([where, seen, chance], default=str) + "\\n")


def depth():
    frame, depth = sys._getframe(2), 0
    while frame:
        frame, depth = frame.f_back, depth + 1
    return depth
""",
    "conftest.py": """\
import sys
sys.path.append(str(__import__("pathlib").Path(__file__).parent))
import looking
import pytest

looking.look("conftest")


def pytest_configure(config):
    looking.look("configure", config)


def pytest_sessionfinish(session):
    looking.look("sessionfinish", session.config)


@pytest.fixture
def looked(request):
    looking.look("fixture", request.config)
    yield
    looking.look("teardown", request.config)
""",
    "test_seen.py": """\
import multiprocessing
import os

import looking
import helper

looking.look("module")


def test_body(looked, request):
    looking.look("body", request.config)
    print("said by a test")


def test_rewritten():
    one = helper.VALUE
    assert one == 2, type(__loader__).__name__


def test_children():
    for method in ("spawn", "forkserver", "fork"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            assert pool.apply(os.path.basename, ("a/b",)) == "b"


def test_order(pytestconfig):
    assert 0, pytestconfig.invocation_params.args[-1]
""",
}
